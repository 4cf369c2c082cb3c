"""A province of twelve months: what was planted in it is found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.utils.timezone import localdate

from distribution.models import AdverseReaction, LotAlert, RetailCase, RetailFinding, SafetySignal, ShortageItem
from distribution.queries.overdue import overdue_payables
from distribution.rules.lot_clusters import SAME_EVENT
from distribution.services.case_opening import note_swept
from distribution.services.lot_alerts import watch_lot
from distribution.services.retail_sweeps import execute_sweep, request_sweep
from distribution.services.shortage_watch import watch_shortages
from distribution.services.signals import refresh_signals
from distribution.states import CaseStatus, RetailSeverity, RetailVerdict, ShortageGrade
from tests.cast import HENAN, HUBEI
from tests.worlds.planted_year import CLUSTER, CLUSTER_LOT, END, SIGNAL, PlantedYear, make_planted_year

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

HIGH, GUIDE, BOUGHT, LOW = (
    RetailVerdict.ABNORMALLY_HIGH,
    RetailVerdict.ABOVE_GUIDE_PRICE,
    RetailVerdict.ABOVE_PURCHASE_PRICE,
    RetailVerdict.ABNORMALLY_LOW,
)


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[PlantedYear]:
    """The year, looked at once by every watch."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_planted_year()
        for reaction_id in AdverseReaction.objects.order_by("reported_at", "pk").values_list("pk", flat=True):
            watch_lot(reaction_id=reaction_id, actor=world.cast.platform, at=END)
        refresh_signals(actor=world.cast.platform, at=END)
        for province_id in (HENAN, HUBEI):
            watch_shortages(province_id=province_id, actor=world.cast.platform, at=END)
            asked = request_sweep(province_id=province_id, actor=world.cast.platform, at=END, reason="")
            execute_sweep(sweep_id=asked.pk, actor=world.cast.platform, at=END)
            note_swept(province_id=province_id, at=END)
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def db(lived: PlantedYear) -> Iterator[None]:
    """What a test changes is undone, the year stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def year(db: None, lived: PlantedYear) -> PlantedYear:
    return lived


class TestTheYear:
    def test_finds_the_prices_that_were_too_high_or_too_low(self, year: PlantedYear) -> None:
        found = RetailFinding.objects.standing().order_by("retail_price__observed_on", "verdict")
        rows = found.values_list("institution__code", "retail_price__product", "retail_price__price", "verdict")
        first, second, third, _fourth = (product.pk for product in year.products)
        codes = [seller.code for seller in year.sellers]
        free = year.unprocured.pk
        assert list(rows) == [
            (codes[1], first, Decimal("6.01"), BOUGHT),
            (codes[2], free, Decimal("8.73"), GUIDE),
            (codes[2], free, Decimal("8.73"), GUIDE),
            (codes[3], second, Decimal("2.00"), LOW),
            (codes[4], third, Decimal("9.00"), HIGH),
            (codes[4], third, Decimal("9.00"), GUIDE),
            (codes[4], third, Decimal("9.00"), BOUGHT),
        ]
        assert set(found.filter(verdict__in=(HIGH, LOW)).values_list("severity", flat=True)) == {RetailSeverity.ALARM}

    def test_has_a_case_for_each_institution_that_asked_too_much(self, year: PlantedYear) -> None:
        cases = RetailCase.objects.order_by("pk")
        assert list(cases.values_list("institution__code", "product", "status")) == [
            (year.sellers[1].code, year.products[0].pk, CaseStatus.CORRECTED),
            # lawful again since the month after
            (year.sellers[2].code, year.unprocured.pk, CaseStatus.CORRECTED),
            (year.sellers[4].code, year.products[2].pk, CaseStatus.CORRECTED),
        ]
        assert [case.findings.count() for case in cases] == [1, 2, 2]

    def test_warns_of_the_one_lot_on_which_reactions_crowd(self, year: PlantedYear) -> None:
        alert = LotAlert.objects.get()
        assert (alert.product, alert.lot_number) == (year.products[1], CLUSTER_LOT)
        assert [ground["rule"] for ground in alert.grounds] == [SAME_EVENT]
        assert alert.grounds[0]["values"] == {"event": CLUSTER, "reports": 3, "least": 3}

    def test_finds_the_one_event_that_comes_after_one_product(self, year: PlantedYear) -> None:
        signal = SafetySignal.objects.get()
        assert (signal.product, signal.event) == (year.products[2], SIGNAL)

    def test_knows_the_one_report_that_came_late(self, year: PlantedYear) -> None:
        late = AdverseReaction.objects.late().get()
        assert late.product == year.products[1]

    def test_lists_the_one_invoice_that_is_overdue(self, year: PlantedYear) -> None:
        overdue = overdue_payables(year.cast.officer, localdate(END))
        # three lines of the one invoice
        assert {row.invoice for row in overdue} == set(year.unpaid)

    def test_lists_the_one_medicine_that_is_short(self, year: PlantedYear) -> None:
        item = ShortageItem.objects.get()
        assert (item.province_id, item.presentation) == (HENAN, year.products[3].presentation)
        assert item.grade == ShortageGrade.SEVERE
        assert {check["rule"] for check in item.checks} == {
            "CN.2019-47.institution-report",
            "CN.2019-47.order-unsupplied",
            "CN.2019-47.stock-cover",
        }
