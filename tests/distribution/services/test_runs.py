from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import transaction

from catalog.accounts.models import Licence
from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import Product
from catalog.states import ProductStatus
from distribution.models import (
    ConsolidatedDelivery,
    DistributionRun,
    LotHold,
    Order,
    OrderLine,
    OrderNotice,
    Requisition,
    RequisitionLine,
)
from distribution.services import placing, runs
from distribution.services.runs import RunUnderWay, execute_run, request_run
from distribution.states import HoldKind, LineOutcome, NoticeKind, OrderStatus, RequisitionStatus, RunStatus
from procurement.models import AgreementLine, VolumeEntry
from procurement.services.agreements import change_agreement, conclude_agreements
from procurement.services.awards import Winner, award_lot
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, Cast
from tests.factories import NOW, ago
from tests.procurement.ledger import assert_ledger_equals_balance
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

# What a set of requisitions is placed by, in this order.
STEPS = [
    "perform_all",
    "judge_lines",
    "_consolidate",
    "_create_orders",
    "_note_outcomes",
    "record_selected",
    "_announce",
    "_tell_of_refused",
    "give_back_selected",
]
# After which step of which set it dies.
DEATHS = [*[("place_requisitions", number) for number in (1, 2, 3)], *[(step, 2) for step in STEPS]]
COUNTERS = (
    "status",
    "expected_count",
    "requisition_count",
    "order_count",
    "delivery_count",
    "refused_line_count",
    "amount",
)


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
        assert (run.status, run.expected_count, run.requisition_count, run.order_count, run.refused_line_count) == (
            RunStatus.FINISHED,
            1,
            1,
            1,
            0,
        )
        assert (run.amount, run.delivery_count) == (Decimal("90.00"), 1)
        assert (run.cut_off_at, run.started_at, run.finished_at) == (NOW, NOW, NOW)
        approved.refresh_from_db()
        waiting.refresh_from_db()
        assert (approved.status, waiting.status) == (RequisitionStatus.PLACED, RequisitionStatus.SUBMITTED)
        assert (approved.run, approved.version) == (run, waiting.version + 2)

    def test_takes_nothing_more_of_the_volume(self, cast: Cast, lines: list[AgreementLine]) -> None:
        factories.approved_requisition(cast, {lines[0]: 10})
        factories.run(cast)
        lines[0].refresh_from_db()
        assert lines[0].called_off_quantity == 240
        assert_ledger_equals_balance()

    def test_leaves_other_provinces_alone(self, cast: Cast, lines: list[AgreementLine]) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10})
        assert factories.run(cast, province_id=HUBEI).order_count == 0
        approved.refresh_from_db()
        assert approved.status == RequisitionStatus.APPROVED

    def test_leaves_what_was_approved_after_the_cut_off(self, cast: Cast, lines: list[AgreementLine]) -> None:
        requested = request_run(province_id=HENAN, actor=cast.officer, at=ago(minutes=1))
        late = factories.approved_requisition(cast, {lines[0]: 10})
        assert execute_run(run_id=requested.pk, actor=cast.platform, at=NOW).requisition_count == 0
        late.refresh_from_db()
        assert late.status == RequisitionStatus.APPROVED
        assert factories.run(cast).requisition_count == 1

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

    @pytest.mark.parametrize(
        "hindrance",
        [
            "agreement suspended",
            "line ended",
            "product suspended",
            "product held",
            "supplier barred",
            "approval ended",
            "licence lapsed",
        ],
    )
    def test_refuses_what_may_no_longer_be_bought(self, cast: Cast, lines: list[AgreementLine], hindrance: str) -> None:
        line = lines[0]
        approved = factories.approved_requisition(cast, {line: 10})
        if hindrance == "product suspended":
            Product.objects.filter(pk=line.product_id).update(status=ProductStatus.SUSPENDED, status_reason="召回")
        elif hindrance == "product held":
            LotHold.objects.create(product=line.product, kind=HoldKind.RECALL, reason="召回", source="1号", held_at=NOW)
        elif hindrance == "approval ended":
            Product.objects.filter(pk=line.product_id).update(licence_valid_until=ago(days=1).date())
        elif hindrance == "licence lapsed":
            factories.licence(cast.supplier_firm, Licence.Scope.CHEMICAL, valid_until=NOW.date())
        elif hindrance == "supplier barred":
            factories.conduct_record(cast)
        elif hindrance == "line ended":
            AgreementLine.objects.filter(pk=line.pk).update(ended_at=NOW)
        else:
            change_agreement(number=line.agreement.number, action="suspend", reason="停产", actor=cast.officer, at=NOW)
        run = factories.run(cast)
        assert (run.requisition_count, run.order_count, run.refused_line_count) == (1, 0, 1)
        approved.refresh_from_db()
        requested = approved.lines.get()
        assert (approved.status, requested.outcome) == (RequisitionStatus.PLACED, LineOutcome.REFUSED)
        assert requested.outcome_reason
        assert not Order.objects.exists()
        line.refresh_from_db()
        assert line.called_off_quantity == 0
        assert_ledger_equals_balance()
        [notice] = OrderNotice.objects.filter(kind=NoticeKind.LINE_NOT_PLACED)
        assert (notice.recipient, notice.requisition) == (cast.hospital, approved)
        assert (notice.facts["packs"], notice.facts["reason"]) == (10, requested.outcome_reason)
        assert "阿莫西林" in notice.facts["product"]

    def test_places_the_lines_beside_a_refused_one(self, cast: Cast, lines: list[AgreementLine]) -> None:
        approved = factories.approved_requisition(cast, {lines[0]: 10, lines[1]: 5})
        Product.objects.filter(pk=lines[0].product_id).update(status=ProductStatus.SUSPENDED, status_reason="召回")
        run = factories.run(cast)
        refused_line, placed_line = approved.lines.order_by("agreement_line")
        assert (refused_line.outcome, placed_line.outcome) == (LineOutcome.REFUSED, LineOutcome.PLACED)
        assert (refused_line.outcome_reason, placed_line.outcome_reason) == ("the product is suspended", "")
        assert list(OrderLine.objects.values_list("agreement_line", "packs")) == [(lines[1].pk, 5)]
        assert (run.order_count, run.refused_line_count, run.amount) == (1, 1, Decimal("30.00"))
        assert_ledger_equals_balance()

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
        order = factories.placed_order(cast, {lines[0]: 10})
        actions = Event.objects.filter(channel="task").values_list("action", flat=True)
        for action in ("distribution_run.start", "requisition.place", "order.place", "distribution_run.finish"):
            assert action in actions
        event = Event.objects.get(action="order.place")
        assert (event.subject_id, event.subject_label, event.occurred_at) == (order.pk, order.number, NOW)

    def test_tells_supplier_and_distributor(self, cast: Cast, lines: list[AgreementLine]) -> None:
        factories.entrustment(cast)
        order = factories.placed_order(cast, {lines[0]: 10})
        notices = OrderNotice.objects.order_by("recipient").values_list("recipient", "kind", "order", "facts")
        facts = {"order": order.number, "institution": cast.hospital.name}
        assert list(notices) == [
            (firm.pk, NoticeKind.ORDER_PLACED, order.pk, facts) for firm in (cast.supplier_firm, cast.distributor_firm)
        ]


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
    """Killed between two sets of requisitions, or inside of one, at any statement."""

    def state(self) -> list[Any]:
        """Everything that a run writes, apart from the numbers of the records and the moments of the journal."""
        orders = Order.objects.order_by("requisition", "supplier", "lines__agreement_line").values_list(
            *("requisition", "supplier", "distributor", "storage", "status", "run", "placed_at", "answer_due_at"),
            *("deliver_by", "delivery__county", "delivery__carrier", "delivery__route", "delivery__deliver_by"),
            *("lines__agreement_line", "lines__requisition_line", "lines__packs", "lines__price"),
        )
        notices = OrderNotice.objects.order_by("recipient", "requisition", "order__requisition", "order__supplier")
        events = Event.objects.filter(action__in=["requisition.place", "order.place", "distribution_run.finish"])
        requisitions = Requisition.objects.order_by("pk").values_list("pk", "status", "run", "version")
        lines = RequisitionLine.objects.order_by("pk").values_list("pk", "outcome", "outcome_reason")
        volumes = AgreementLine.objects.order_by("pk").values_list("pk", "called_off_quantity")
        entries = VolumeEntry.objects.order_by("line", "kind", "reference").values_list("line", "reference", "quantity")
        return [
            *map(list, (orders, requisitions, lines, volumes, entries)),
            list(notices.values_list("recipient", "kind", "requisition", "order__requisition")),
            sorted(events.values_list("action", flat=True)),
            list(ConsolidatedDelivery.objects.order_by("carrier").values_list("run", "county", "carrier", "storage")),
            DistributionRun.objects.values(*COUNTERS).get(),
        ]

    def requested(self, cast: Cast, lines: list[AgreementLine]) -> DistributionRun:
        """A run of five requisitions, one line of each to be refused, in sets of two."""
        factories.entrustment(cast)
        for _ in range(5):
            factories.approved_requisition(cast, dict.fromkeys(lines, 1))
        Product.objects.filter(pk=lines[1].product_id).update(status=ProductStatus.SUSPENDED, status_reason="召回")
        return request_run(province_id=HENAN, actor=cast.officer, at=NOW)

    def undisturbed(self, cast: Cast, run: DistributionRun) -> list[Any]:
        """What the run comes to when nothing happens to it; undone."""
        with transaction.atomic():
            execute_run(run_id=run.pk, actor=cast.platform, at=NOW)
            state = self.state()
            transaction.set_rollback(True)
        return state

    def test_the_run_goes_on_and_ends_the_same(
        self, cast: Cast, lines: list[AgreementLine], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "CHUNK", 2)
        run = self.requested(cast, lines)
        expected = self.undisturbed(cast, run)
        for step, call in DEATHS:
            with transaction.atomic():
                self.kill(cast, run, step, call)
                assert Requisition.objects.filter(status=RequisitionStatus.PLACED).count() == 2 * (call - 1)
                assert_ledger_equals_balance()
                execute_run(run_id=run.pk, actor=cast.platform, at=ago(minutes=-10))
                assert self.state() == expected, f"killed at {step}, set {call}"
                transaction.set_rollback(True)

    def kill(self, cast: Cast, run: DistributionRun, step: str, call: int) -> None:
        module = runs if hasattr(runs, step) else placing
        with pytest.MonkeyPatch.context() as patch, pytest.raises(MemoryError):
            patch.setattr(module, step, dying_at(getattr(module, step), call))
            execute_run(run_id=run.pk, actor=cast.platform, at=NOW)
        run.refresh_from_db()
        assert (run.status, run.requisition_count) == (RunStatus.RUNNING, 2 * (call - 1))


def dying_at(function: Callable[..., Any], call: int) -> Callable[..., Any]:
    """The function, which dies when it is called for the so-manieth time, after its work."""
    calls = count(1)

    def dies(*arguments: Any, **options: Any) -> Any:
        result = function(*arguments, **options)
        if next(calls) == call:
            raise MemoryError
        return result

    return dies
