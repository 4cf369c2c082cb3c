from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, RuleSet
from catalog.queries import guide_prices
from catalog.queries.ceiling_history import CeilingPeriod, ceilings_between
from tests import factories
from tests.cast import PRICE_RATIOS, Cast
from tests.config.products import state

YEAR_2020, YEAR_2021 = date(2020, 1, 1), date(2021, 1, 1)


def told(periods: list[CeilingPeriod]) -> list[tuple[date, date, str, bool]]:
    return [(item.since, item.until, f"{item.ceiling.price:.2f}", item.ceiling.is_derived) for item in periods]


def large_and_small(cast: Cast) -> tuple[Product, Product]:
    known = factories.presentation()
    return tuple(factories.product(cast.supplier_firm, known, pack_quantity=pack) for pack in (24, 12))  # type: ignore[return-value]


class TestCeilingsBetween:
    def test_knows_what_is_stated_from_when_to_when(self, cast: Cast, rule_sets: object) -> None:
        large, _small = large_and_small(cast)
        state(large, "9.80", number="1", since=date(2019, 5, 1))
        state(large, "8.72", number="2", since=date(2020, 5, 1), until=date(2020, 9, 1))
        assert told(ceilings_between(large, YEAR_2020, YEAR_2021)) == [
            (YEAR_2020, date(2020, 5, 1), "9.80", False),
            (date(2020, 5, 1), date(2020, 9, 1), "8.72", False),
        ]

    def test_derives_where_nothing_is_stated(self, cast: Cast, rule_sets: object) -> None:
        large, small = large_and_small(cast)
        state(small, "5.20", number="1", since=date(2020, 2, 1), is_representative=True)
        state(large, "8.72", number="2", since=date(2020, 6, 1), until=date(2020, 9, 1))
        periods = ceilings_between(large, YEAR_2020, YEAR_2021)
        # 5.20 × 1.95 for twice the pack is 10.14, rounded to 0.1
        assert told(periods) == [
            (date(2020, 2, 1), date(2020, 6, 1), "10.10", True),
            (date(2020, 6, 1), date(2020, 9, 1), "8.72", False),
            (date(2020, 9, 1), YEAR_2021, "10.10", True),
        ]
        assert periods[0].ceiling.decision.number == "1"

    def test_what_is_stated_for_the_maker_goes_first(self, cast: Cast, rule_sets: object) -> None:
        large, _small = large_and_small(cast)
        of = large.presentation
        factories.guide_price(of, price="9.00", valid_from=date(2019, 1, 1))
        factories.guide_price(
            of, price="9.50", manufacturer=cast.supplier_firm, valid_from=date(2020, 3, 1), valid_until=date(2020, 4, 1)
        )
        factories.guide_price(of, price="7.00", manufacturer=cast.rival_firm, valid_from=date(2020, 5, 1))
        assert told(ceilings_between(large, YEAR_2020, YEAR_2021)) == [
            (YEAR_2020, date(2020, 3, 1), "9.00", False),
            (date(2020, 3, 1), date(2020, 4, 1), "9.50", False),
            (date(2020, 4, 1), YEAR_2021, "9.00", False),
        ]

    def test_is_on_every_day_the_ceiling_of_that_day(self, cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
        large, small = large_and_small(cast)
        others = [factories.presentation(strength="0.5g"), factories.presentation(form="颗粒剂", strength="0.125g")]
        priced = [small, *(factories.product(cast.supplier_firm, item, pack_quantity=12) for item in others)]
        for number, item in enumerate(priced):
            begin = date(2020, 2 + 3 * number, 1)
            state(item, f"{5 + number}.20", number=f"R{number}", since=begin, is_representative=True)
        factories.guide_price(large.presentation, valid_from=date(2020, 4, 1), valid_until=date(2020, 5, 1))
        ratio = rule_sets["price_ratio"]
        ratio.validity = type(ratio.validity)(date(2010, 1, 1), date(2020, 10, 1))
        ratio.save()
        RuleSet.objects.create(
            kind=RuleSet.Kind.PRICE_RATIO,
            title="2020",
            source="test",
            validity=type(ratio.validity)(date(2020, 10, 15), None),
            parameters={**PRICE_RATIOS, "pack_base": "1.9"},
        )
        periods = ceilings_between(large, YEAR_2020, YEAR_2021)
        assert len({item.ceiling.price for item in periods}) > 2
        day = YEAR_2020
        while day < YEAR_2021:
            held = next((item.ceiling for item in periods if item.since <= day < item.until), None)
            assert held == guide_prices([large], day).get(large.pk), day
            day += timedelta(days=7)

    def test_compares_no_compound_with_another_content(self, cast: Cast, rule_sets: object) -> None:
        large, _small = large_and_small(cast)
        compound = factories.presentation(strength="250mg+62.5mg")
        state(
            factories.product(cast.supplier_firm, compound), "9.00", number="1", since=YEAR_2020, is_representative=True
        )
        assert guide_prices([large], YEAR_2020) == {} and ceilings_between(large, YEAR_2020, YEAR_2021) == []

    def test_costs_the_same_whatever_has_changed(self, cast: Cast, rule_sets: object) -> None:
        large, _small = large_and_small(cast)
        state(large, "9.80", number="0", since=date(2019, 5, 1))
        with CaptureQueriesContext(connection) as one:
            ceilings_between(large, YEAR_2020, YEAR_2021)
        for month in range(1, 13):
            state(large, f"{Decimal(9) - month / Decimal(10):.2f}", number=f"M{month}", since=date(2020, month, 1))
        with CaptureQueriesContext(connection) as many:
            periods = ceilings_between(large, YEAR_2020, YEAR_2021)
        assert (len(periods), len(many)) == (12, len(one))
