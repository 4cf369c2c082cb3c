"""A month's use of essential medicines: figures, shares, ranking, what must be stocked, what would help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.models import Event
from catalog.models import Product, RuleSet
from catalog.rules.use_share_rules import Measure, UseShareRules
from distribution.errors import MonthNotOver
from distribution.models import RetailPrice, UseFigure
from distribution.queries.must_stock import lacking, must_stock
from distribution.queries.rules import use_share_rules
from distribution.queries.usage import By, checks_of, figures_of_period, ranking, shares, use_of
from distribution.queries.use_moves import moves
from distribution.queries.use_of_month import used_products
from distribution.rules.use_share import Use
from distribution.services.usage import reckon_use
from distribution.tasks.usage import reckon_use_task
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import NOW, TODAY
from tests.worlds.usage import BEFORE, MONTH, make_use

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_use()
        transaction.set_rollback(True)


@pytest.fixture
def db(settled: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(settled: Cast, db: None) -> Cast:
    return settled


@pytest.fixture
def figure(cast: Cast) -> UseFigure:
    """The hospital's of last month."""
    reckon_use(province_id=HENAN, month=MONTH, actor=cast.officer, at=NOW)
    return UseFigure.objects.select_related("institution", "rules").get(institution=cast.hospital)


def report(cast: Cast, item: Product, price: str, day: date) -> None:
    factories.retail_report(cast, {item: price}, observed_on=day)


class TestReckonUse:
    def test_counts_varieties_units_and_yuan_of_the_month(self, cast: Cast, figure: UseFigure) -> None:
        # naproxen has no price: its units are used, its worth is not known
        assert use_of(figure) == Use(1, 3, 240, 312, Decimal("60.00"), Decimal("66.00"))
        assert figure.unvalued_units == 48
        assert figure.is_met is False
        [check] = checks_of(figure)
        assert (check.rule, check.values["part"], check.values["whole"], check.passed) == (
            "CN.2019-47.986.varieties",
            "1",
            "3",
            False,
        )
        event = Event.objects.get(action="use_figure.reckon")
        assert event.changes == {"month": [None, f"{MONTH:%Y-%m}"], "institutions": [None, 2]}

    def test_values_at_what_patients_paid_by_then(self, cast: Cast) -> None:
        naproxen = Product.objects.get(presentation__medicine__name="萘普生")
        report(cast, naproxen, "24.00", MONTH)
        report(cast, naproxen, "48.00", TODAY)
        reckon_use(province_id=HENAN, month=MONTH, actor=cast.officer, at=NOW)
        found = UseFigure.objects.get(institution=cast.hospital)
        assert (found.amount, found.unvalued_units) == (Decimal("114.00"), 0)
        assert RetailPrice.objects.count() == 2

    def test_agrees_with_its_rows_and_with_the_rule(self, figure: UseFigure) -> None:
        rows = used_products(figure.institution_id, HENAN, MONTH, excluded_forms=UseShareRules().excluded_forms)
        assert [(row.product.presentation.medicine.name, row.units, row.is_essential) for row in rows] == [
            ("阿莫西林", 240, True),
            ("头孢拉定", 24, False),
            ("萘普生", 48, False),
        ]
        assert sum(row.units for row in rows) == figure.units
        for row in UseFigure.objects.select_related("institution", "rules"):
            assert row.is_met is all(check.passed for check in checks_of(row))

    @pytest.mark.parametrize(
        ("parameters", "met"),
        [
            ({"shares": {"primary": {"least": "0.3333"}}}, True),
            ({"shares": {"primary": {"least": "0.3334"}}}, False),
            ({"shares": {"primary": {"measures": ["quantity", "amount"], "least": "0.76"}}}, True),
            ({"shares": {"primary": {"measures": ["quantity", "amount"], "least": "0.77"}}}, False),
            (
                {
                    "shares": {"primary": {"least": "0.3", "pilot_least": "0.5"}},
                    "pilot_counties": ["410102"],
                },
                False,
            ),
            ({"shares": {"secondary": {"least": "0.5"}}}, None),
        ],
    )
    def test_judges_by_the_rule_set_of_the_month(
        self, cast: Cast, parameters: dict[str, object], met: bool | None
    ) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.USE_SHARE).update(parameters=parameters)
        reckon_use(province_id=HENAN, month=MONTH, actor=cast.officer, at=NOW)
        found = UseFigure.objects.select_related("institution", "rules").get(institution=cast.hospital)
        assert found.is_met is met
        assert all(check.passed for check in checks_of(found)) is (met is not False)

    def test_brings_a_month_up_to_date(self, cast: Cast, figure: UseFigure) -> None:
        UseFigure.objects.filter(pk=figure.pk).update(units=999)
        gone = UseFigure.objects.exclude(pk=figure.pk).get()
        UseFigure.objects.filter(pk=gone.pk).update(institution=cast.other_hospital)
        later = NOW + timedelta(minutes=1)
        assert reckon_use(province_id=HENAN, month=MONTH, actor=cast.platform, at=later) == 2
        figure.refresh_from_db()
        assert (figure.units, figure.reckoned_at) == (312, later)
        assert not UseFigure.objects.filter(institution=cast.other_hospital).exists()

    def test_is_for_months_that_are_over_and_the_provinces_officers(self, cast: Cast) -> None:
        with pytest.raises(MonthNotOver):
            reckon_use(province_id=HENAN, month=TODAY, actor=cast.officer, at=NOW)
        for actor in (cast.foreign_officer, cast.supervisor, cast.pharmacist):
            with pytest.raises(NotAllowed):
                reckon_use(province_id=HENAN, month=MONTH, actor=actor, at=NOW)

    def test_runs_for_all_provinces_month_by_month(self, cast: Cast) -> None:
        assert reckon_use_task(months=2) == 3
        assert set(UseFigure.objects.values_list("institution__code", "month")) == {
            ("HOSP-HA", BEFORE),
            ("HOSP-HA", MONTH),
            ("NEIGHBOUR", MONTH),
        }


class TestShares:
    def test_are_told_apart_by_institution_level_county_and_month(self, cast: Cast, figure: UseFigure) -> None:
        reckon_use(province_id=HENAN, month=BEFORE, actor=cast.officer, at=NOW)
        period = figures_of_period(since=BEFORE, until=TODAY.replace(day=1), province_id=HENAN)
        found = {
            by: [(row.code, row.shares["varieties"], row.judged, row.lagging) for row in shares(by, period)]
            for by in By
        }
        assert found[By.INSTITUTION] == [("HOSP-HA", Decimal("0.5000"), 2, 1), ("NEIGHBOUR", Decimal("1.0000"), 1, 0)]
        assert [row[0] for row in found[By.TIER]] == ["secondary", "primary"]
        assert found[By.COUNTY] == [("410102", Decimal("0.6000"), 3, 1)]
        assert found[By.MONTH] == [
            (f"{BEFORE:%Y-%m}", Decimal("1.0000"), 1, 0),
            (f"{MONTH:%Y-%m}", Decimal("0.5000"), 2, 1),
        ]
        [own] = shares(By.INSTITUTION, period.visible_to(cast.pharmacist))
        assert own.shares[Measure.QUANTITY] == Decimal("0.8252")

    def test_rank_institutions_of_a_level_who_lags_first(self, cast: Cast, figure: UseFigure) -> None:
        first, second = sorted(ranking(HENAN, MONTH), key=lambda row: row.margin)
        assert (first.figure.institution.code, first.place, first.of) == ("HOSP-HA", 1, 1)
        assert first.margin == Decimal("0.3333") - Decimal("0.9")
        assert (second.figure.institution.code, second.margin) == ("NEIGHBOUR", Decimal("0.2"))

    @pytest.mark.parametrize(
        ("who", "count"), [("supervisor", 2), ("officer", 2), ("pharmacist", 1), ("outsider", 0), ("supplier", 0)]
    )
    def test_are_seen_by_whom_they_concern(self, cast: Cast, figure: UseFigure, who: str, count: int) -> None:
        assert UseFigure.objects.visible_to(getattr(cast, who)).count() == count


class TestMustStock:
    def test_asks_for_the_essential_medicines_that_are_agreed(self, cast: Cast) -> None:
        [row] = must_stock(HENAN, NOW)
        # amoxicillin was used up; ibuprofen came after the month
        assert (row.code, row.kept, row.required, row.lacking) == ("HOSP-HA", 1, 2, 1)
        assert [medicine.name for medicine in lacking(cast.hospital.pk, HENAN, NOW)] == ["阿莫西林"]

    def test_asks_for_the_provinces_own_list_where_there_is_one(self, cast: Cast) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.USE_SHARE).update(
            parameters={"must_stock": {HENAN: ["布洛芬", "萘普生", "头孢拉定"]}}
        )
        [row] = must_stock(HENAN, NOW)
        assert (row.kept, row.required) == (2, 3)
        assert [medicine.name for medicine in lacking(cast.hospital.pk, HENAN, NOW)] == ["头孢拉定"]

    def test_asks_for_nothing_where_nothing_is_agreed(self, cast: Cast) -> None:
        assert must_stock("420000", NOW - timedelta(days=900)) == []


class TestMoves:
    def test_find_the_agreed_essential_medicine_of_the_same_group(self, cast: Cast, figure: UseFigure) -> None:
        [best] = moves(figure, NOW)
        # cefradine has no essential neighbour in J01DB; naproxen shares M01AE with ibuprofen
        assert best.used.product.presentation.medicine.name == "萘普生"
        assert best.substitute.presentation.medicine.name == "布洛芬"
        assert (best.after.essential_varieties, best.after.varieties) == (2, 3)
        assert best.gain == Decimal(2) / 3 - Decimal(1) / 3
        assert best.after.amount == figure.amount + 48 * Decimal("0.25")

    def test_are_as_wide_as_the_rules_say(self, cast: Cast, figure: UseFigure) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.USE_SHARE).update(parameters={"substitute_atc_length": 3})
        found = moves(figure, NOW)
        # amoxicillin is kept: in cefradine's place it leaves one variety fewer
        assert {move.used.product.presentation.medicine.name: move.after.varieties for move in found} == {
            "萘普生": 3,
            "头孢拉定": 2,
        }


class TestUseShareRules:
    def test_are_the_usual_ones_where_none_is_in_force(self, cast: Cast) -> None:
        assert use_share_rules(date(2000, 1, 1)) == (UseShareRules(), None)
