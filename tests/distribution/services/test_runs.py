from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import Product
from catalog.states import ProductStatus
from distribution.models import DistributionRun, Order, OrderLine, Requisition
from distribution.services import runs
from distribution.services.runs import RunUnderWay, execute_run, place_requisition, request_run
from distribution.states import LineOutcome, OrderStatus, RequisitionStatus, RunStatus
from procurement.models import AgreementLine, VolumeEntry
from procurement.services.agreements import change_agreement, conclude_agreements
from procurement.services.awards import Winner, award_lot
from procurement.services.volumes import take_volume
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, Cast
from tests.factories import NOW, ago
from tests.procurement.ledger import assert_ledger_equals_balance
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestRequestRun:
    @pytest.mark.parametrize("role", ["officer", "second_officer", "platform"])
    def test_hands_it_to_the_worker(self, cast: Cast, role: str) -> None:
        requested = request_run(province_id=HENAN, actor=getattr(cast, role), at=NOW)
        assert (requested.status, requested.province_id) == (RunStatus.REQUESTED, HENAN)
        assert requested.requested_by_id == getattr(cast, role).user_id
        [message] = Delivery.objects.filter(event__action="distribution_run.request")
        assert message.subscriber == "distribution.execute_run"

    def test_is_refused_while_another_one_is_under_way(self, cast: Cast) -> None:
        request_run(province_id=HENAN, actor=cast.officer, at=NOW)
        with refused(RunUnderWay):
            request_run(province_id=HENAN, actor=cast.second_officer, at=NOW)
        assert Delivery.objects.filter(event__action="distribution_run.request").count() == 1
        assert request_run(province_id=HUBEI, actor=cast.foreign_officer, at=NOW)

    def test_is_possible_again_after_it_has_finished(self, cast: Cast) -> None:
        factories.run(cast)
        assert request_run(province_id=HENAN, actor=cast.officer, at=NOW).status == RunStatus.REQUESTED

    @pytest.mark.parametrize("role", ["foreign_officer", "buyer", "supplier", "supervisor", "visitor"])
    def test_is_refused_to_others_than_the_provinces_officers(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            request_run(province_id=HENAN, actor=getattr(cast, role), at=NOW)
        assert not DistributionRun.objects.exists()

    @pytest.mark.parametrize("place", [ZHENGZHOU, "990000"])
    def test_is_refused_for_what_is_no_province(self, cast: Cast, place: str) -> None:
        with refused(NotVisible):
            request_run(province_id=place, actor=cast.platform, at=NOW)


class TestExecuteRun:
    def test_places_what_is_approved_and_counts_it(self, cast: Cast, lines: list[AgreementLine]) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10, lines[1]: 5})
        waiting = factories.submitted_requisition(cast, {lines[0]: 1})
        run = factories.run(cast)
        assert (run.status, run.requisition_count, run.order_count, run.refused_line_count) == (
            RunStatus.FINISHED,
            1,
            1,
            0,
        )
        assert run.amount == Decimal("90.00")
        assert (run.started_at, run.finished_at) == (NOW, NOW)
        approved.refresh_from_db()
        waiting.refresh_from_db()
        assert (approved.status, waiting.status) == (RequisitionStatus.PLACED, RequisitionStatus.SUBMITTED)

    def test_takes_the_volume(self, cast: Cast, lines: list[AgreementLine]) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10})
        factories.run(cast)
        lines[0].refresh_from_db()
        assert lines[0].called_off_quantity == 240
        assert VolumeEntry.objects.get(kind="call_off").reference == approved.number
        assert_ledger_equals_balance()

    def test_leaves_other_provinces_alone(self, cast: Cast, lines: list[AgreementLine]) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10})
        assert factories.run(cast, province_id=HUBEI).order_count == 0
        approved.refresh_from_db()
        assert approved.status == RequisitionStatus.APPROVED

    def test_of_nothing_finishes_with_nothing(self, cast: Cast) -> None:
        run = factories.run(cast)
        assert (run.status, run.order_count, run.amount) == (RunStatus.FINISHED, 0, 0)

    def test_happens_once(self, cast: Cast) -> None:
        run = factories.run(cast)
        with refused(WrongState):
            execute_run(run_id=run.pk, actor=cast.platform, at=NOW)

    def test_is_refused_for_a_run_that_is_not_there(self, cast: Cast) -> None:
        with refused(NotVisible):
            execute_run(run_id=10**6, actor=cast.platform, at=NOW)

    def test_is_refused_to_an_officer_of_another_province(self, cast: Cast) -> None:
        requested = request_run(province_id=HENAN, actor=cast.officer, at=NOW)
        with refused(NotAllowed):
            execute_run(run_id=requested.pk, actor=cast.foreign_officer, at=NOW)

    def test_serves_who_was_approved_first(self, cast: Cast, lines: list[AgreementLine]) -> None:
        late = factories.approved_requisition(cast, {lines[0]: 6_000}, at=NOW)
        early = factories.approved_requisition(cast, {lines[0]: 6_000}, at=ago(hours=1))
        factories.run(cast)
        assert early.lines.get().outcome == LineOutcome.PLACED
        assert late.lines.get().outcome == LineOutcome.REFUSED

    def test_refuses_a_line_whose_volume_is_gone_and_places_the_others(
        self, cast: Cast, lines: list[AgreementLine]
    ) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10_000, lines[1]: 5})
        take_volume({lines[0].pk: 24}, reference="x", at=NOW)
        run = factories.run(cast)
        refused_line, placed_line = approved.lines.order_by("agreement_line")
        assert refused_line.outcome == LineOutcome.REFUSED
        assert "240000" in refused_line.outcome_reason and "239976" in refused_line.outcome_reason
        assert (placed_line.outcome, placed_line.outcome_reason) == (LineOutcome.PLACED, "")
        assert list(OrderLine.objects.values_list("agreement_line", "packs")) == [(lines[1].pk, 5)]
        assert (run.order_count, run.refused_line_count) == (1, 1)
        assert_ledger_equals_balance()

    @pytest.mark.parametrize("hindrance", ["agreement suspended", "product suspended", "supplier barred"])
    def test_refuses_what_may_no_longer_be_bought(self, cast: Cast, lines: list[AgreementLine], hindrance: str) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10})
        if hindrance == "product suspended":
            Product.objects.filter(pk=lines[0].product_id).update(status=ProductStatus.SUSPENDED, status_reason="召回")
        elif hindrance == "supplier barred":
            factories.conduct_record(cast)
        else:
            change_agreement(
                number=lines[0].agreement.number, action="suspend", reason="停产", actor=cast.officer, at=NOW
            )
        run = factories.run(cast)
        assert (run.requisition_count, run.order_count, run.refused_line_count) == (1, 0, 1)
        approved.refresh_from_db()
        line = approved.lines.get()
        assert (approved.status, line.outcome) == (RequisitionStatus.PLACED, LineOutcome.REFUSED)
        assert line.outcome_reason
        assert not Order.objects.exists() and not VolumeEntry.objects.filter(kind="call_off").exists()

    def test_splits_by_supplier(self, cast: Cast) -> None:
        mine, theirs = two_suppliers(cast)
        factories.entrustment(cast)
        factories.approved_requisition(cast, {mine: 1, theirs: 2})
        assert factories.run(cast).order_count == 2
        orders = Order.objects.order_by("supplier").values_list("supplier", "distributor", "lines__packs", "status")
        assert list(orders) == [
            (cast.supplier_firm.pk, cast.distributor_firm.pk, 1, OrderStatus.PLACED),
            (cast.rival_firm.pk, None, 2, OrderStatus.PLACED),
        ]

    def test_freezes_the_price_of_the_requisition(self, cast: Cast, lines: list[AgreementLine]) -> None:
        factories.approved_requisition(cast, {lines[0]: 10})
        AgreementLine.objects.filter(pk=lines[0].pk).update(price=Decimal("5.00"))
        factories.run(cast)
        assert Order.objects.get().lines.get().price == Decimal("6.00")

    def test_writes_each_order_down(self, cast: Cast, lines: list[AgreementLine]) -> None:
        factories.placed_order(cast, {lines[0]: 10})
        actions = Event.objects.filter(channel="task").values_list("action", flat=True)
        for action in ("distribution_run.start", "requisition.place", "order.place", "distribution_run.finish"):
            assert action in actions


def two_suppliers(cast: Cast) -> list[AgreementLine]:
    """Two lots, the first awarded to the supplier, the second to the rival."""
    plans = []
    for number, medicine in enumerate(("阿司匹林", "布洛芬"), start=1):
        item = factories.presentation(medicine)
        factories.guide_price(item)
        plans.append(factories.lot_plan(item, number))
    tender = factories.tender_with_candidates(cast, plans, at=ago(days=20), supply_from=ago(days=10).date())
    for lot, winner in zip(tender.lots.order_by("number"), (cast.supplier, cast.rival), strict=True):
        award_lot(
            lot_id=lot.pk,
            winners=[Winner(factories.bid_of(lot, winner).pk, (HENAN, HUBEI))],
            reason="第二名",
            actor=cast.second_officer,
            at=NOW,
        )
    conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW)
    return list(AgreementLine.objects.filter(province=HENAN, lot__tender=tender).order_by("lot__number"))


class TestAfterACrash:
    def state(self) -> list[tuple[Any, ...]]:
        orders = Order.objects.order_by("requisition", "supplier", "lines__agreement_line")
        return list(orders.values_list("requisition", "supplier", "lines__agreement_line", "lines__packs"))

    def test_the_run_goes_on_and_places_nothing_twice(
        self, cast: Cast, lines: list[AgreementLine], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        approved = [factories.approved_requisition(cast, dict.fromkeys(lines, 1)) for _ in range(3)]
        requested = request_run(province_id=HENAN, actor=cast.officer, at=NOW)
        calls = 0

        def dies_at_the_second(**options: Any) -> list[Order]:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise MemoryError
            return place_requisition(**options)

        with monkeypatch.context() as patch:
            patch.setattr(runs, "place_requisition", dies_at_the_second)
            with pytest.raises(MemoryError):
                execute_run(run_id=requested.pk, actor=cast.platform, at=NOW)
        requested.refresh_from_db()
        assert requested.status == RunStatus.RUNNING
        assert len(self.state()) == 2

        finished = execute_run(run_id=requested.pk, actor=cast.platform, at=NOW)
        assert (finished.status, finished.requisition_count, finished.order_count) == (RunStatus.FINISHED, 3, 3)
        assert finished.amount == 3 * 2 * Decimal("6.00")
        assert self.state() == [(item.pk, cast.supplier_firm.pk, line.pk, 1) for item in approved for line in lines]
        assert_ledger_equals_balance()

    def test_a_requisition_is_placed_wholly_or_not_at_all(
        self, cast: Cast, lines: list[AgreementLine], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10})
        requested = request_run(province_id=HENAN, actor=cast.officer, at=NOW)

        def dies(*arguments: object) -> list[Order]:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(runs, "_create_orders", dies)
            with pytest.raises(MemoryError):
                execute_run(run_id=requested.pk, actor=cast.platform, at=NOW)
        assert not VolumeEntry.objects.filter(kind="call_off").exists() and not Order.objects.exists()
        assert Requisition.objects.get(pk=approved.pk).status == RequisitionStatus.APPROVED
        assert approved.lines.get().outcome == LineOutcome.OPEN

        execute_run(run_id=requested.pk, actor=cast.platform, at=NOW)
        assert Order.objects.count() == 1
        assert_ledger_equals_balance()

    def test_a_requisition_is_not_placed_a_second_time(self, cast: Cast, lines: list[AgreementLine]) -> None:
        order = factories.placed_order(cast, {lines[0]: 10})
        with refused(AlreadyDone):
            place_requisition(requisition_id=order.requisition_id, run=order.run, actor=cast.platform, at=NOW)
        assert OrderLine.objects.count() == 1
