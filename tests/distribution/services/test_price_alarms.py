"""Price alarms of a quarter, and the trading that they suspend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from catalog.errors import NoRuleSet
from catalog.foundation.errors import NotAllowed
from catalog.models import RuleSet
from distribution.models import LotHold, OrderNotice, PriceAlarm
from distribution.queries.holds import held_product_ids, holds_on
from distribution.queries.orderers import orderer_of
from distribution.queries.ordering import Hindrance, judge_lines
from distribution.services.holds import lift_hold, place_hold
from distribution.services.price_alarms import watch_price_alarms
from distribution.states import HoldKind, NoticeKind
from procurement.models import AgreementLine
from procurement.rules.price_alarms import quarter_of
from procurement.states import AlarmTier
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, make_cast, make_rule_sets
from tests.factories import NOW, TODAY
from tests.refusals import refused

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

NEXT_QUARTER = NOW.replace(day=1, hour=12) + timedelta(days=100)


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Amoxicillin is agreed at 6.00 for 24; the rival lists the same at a tenth, and twice the strength at 0.85."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        factories.agreement_lines(cast)
        factories.procurement_price(factories.product(cast.rival_firm, code="CHEAP"), "0.60")
        strong = factories.presentation("阿莫西林", "胶囊", "0.5g")
        factories.guide_price(strong, price="9.99")
        factories.procurement_price(factories.product(cast.rival_firm, strong, code="STRONG"), "2.04")
        # the same medicine in another form is another thing
        other = factories.presentation("阿莫西林", "颗粒剂", "0.125g")
        factories.guide_price(other, price="9.99")
        factories.procurement_price(factories.product(cast.rival_firm, other, code="OTHER"), "9.00")
        yield cast
        transaction.set_rollback(True)


def watch(cast: Cast, at: datetime = NOW, province: str = HENAN) -> dict[str, PriceAlarm]:
    raised = watch_price_alarms(province_id=province, actor=cast.platform, at=at)
    return {alarm.product.code: alarm for alarm in raised}


@pytest.fixture
def line(cast: Cast) -> AgreementLine:
    return AgreementLine.objects.select_related("product").get(province=HENAN)


def hindrances(cast: Cast, line: AgreementLine, *, foreign: bool = False) -> list[str]:
    hospital = cast.other_hospital if foreign else cast.hospital
    return judge_lines([line.pk], orderer_of(hospital.pk, TODAY), TODAY)[line.pk].hindrances


class TestWatchPriceAlarms:
    def test_grades_what_is_listed_by_the_lowest_of_the_same_medicine(self, cast: Cast, line: AgreementLine) -> None:
        raised = watch(cast)
        assert {code: (alarm.tier, alarm.multiple) for code, alarm in raised.items()} == {
            line.product.code: (AlarmTier.RED_3, 10),
            # 2.04 ÷ 24 ÷ 1.7 = 0.05 against 0.025
            "STRONG": (AlarmTier.RED_1, 2),
        }
        alarm = raised[line.product.code]
        assert (alarm.quarter, alarm.price, alarm.comparable_price) == (quarter_of(TODAY), 6, Decimal("0.25"))
        assert (alarm.lowest.manufacturer, alarm.lowest_price) == (cast.rival_firm, Decimal("0.025"))
        assert alarm.rules.kind == RuleSet.Kind.PRICE_ALARM

    def test_happens_once_a_quarter(self, cast: Cast) -> None:
        assert watch(cast) and not watch(cast)
        assert watch(cast, NEXT_QUARTER)
        assert PriceAlarm.objects.count() == 4 and LotHold.objects.count() == 1

    def test_is_shown_to_the_province_and_the_maker(self, cast: Cast, line: AgreementLine) -> None:
        watch(cast)
        counts = {
            name: PriceAlarm.objects.visible_to(getattr(cast, name)).count()
            for name in ("officer", "foreign_officer", "supervisor", "buyer", "outsider", "supplier", "rival")
        }
        assert counts == {
            "officer": 2,
            "foreign_officer": 0,
            "supervisor": 2,
            "buyer": 2,
            "outsider": 0,
            "supplier": 1,
            "rival": 1,
        }

    def test_needs_a_rule_set_of_the_day(self, cast: Cast) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.PRICE_ALARM).delete()
        with refused(NoRuleSet):
            watch(cast)


class TestSuspension:
    def test_stops_the_ordering_in_the_province_and_nothing_else(self, cast: Cast, line: AgreementLine) -> None:
        foreign = AgreementLine.objects.get(lot=line.lot, province=HUBEI)
        assert Hindrance.HELD not in hindrances(cast, line)
        watch(cast)
        assert Hindrance.HELD in hindrances(cast, line)
        assert Hindrance.HELD not in hindrances(cast, foreign, foreign=True)
        assert [list(held_product_ids(code).values_list("product_id", flat=True)) for code in (HENAN, HUBEI)] == [
            [line.product_id],
            [],
        ]
        # what was ordered before is delivered, accepted and dispensed
        assert holds_on([line.product_id]).of(line.product_id, "L001") is None
        [notice] = OrderNotice.objects.filter(kind=NoticeKind.TRADING_SUSPENDED)
        assert notice.recipient == cast.supplier_firm

    def test_ends_on_the_day_on_which_the_price_has_fallen(self, cast: Cast, line: AgreementLine) -> None:
        watch(cast)
        tomorrow = NOW + timedelta(days=1)
        factories.procurement_price(line.product, "5.99", valid_from=tomorrow.date())
        watch(cast)
        assert LotHold.objects.in_force().exists()
        watch(cast, tomorrow)
        lifted = LotHold.objects.get()
        assert (lifted.lifted_at, bool(lifted.lift_reason)) == (tomorrow, True)
        assert Hindrance.HELD not in hindrances(cast, line)
        assert OrderNotice.objects.get(kind=NoticeKind.TRADING_RESUMED).recipient == cast.supplier_firm
        # the alarm of the quarter stays what it was
        assert PriceAlarm.objects.get(product=line.product).tier == AlarmTier.RED_3

    def test_is_placed_and_lifted_by_nobody_s_hand(self, cast: Cast, line: AgreementLine) -> None:
        watch(cast)
        with refused(NotAllowed):
            lift_hold(hold_id=LotHold.objects.get().pk, reason="x", actor=cast.officer, at=NOW)
        with refused(NotAllowed):
            place_hold(
                product_code=line.product.code,
                lot_number="",
                kind=HoldKind.PRICE_ALARM,
                reason="x",
                source="x",
                actor=cast.officer,
                at=NOW,
            )
