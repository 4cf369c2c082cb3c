from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.accounts.models import Licence
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.states import ProductStatus, Storage
from distribution.errors import (
    ArrivedLater,
    LineMissing,
    LineTwice,
    MoreThanSent,
    NotAcceptable,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
    UnknownReason,
)
from distribution.models import Despatch, Order, OrderLine, Receipt, ReceiptLine, StockEntry, StockLot, TraceCode
from distribution.rules.cold_chain import Reading
from distribution.services.despatches import advise_despatch, file_cold_chain_log
from distribution.services.found_lots import Received
from distribution.services.receipts import receive_despatch
from distribution.services.sent_lots import Sent
from distribution.states import DespatchStatus, OrderStatus, RejectionReason
from procurement.models import AgreementLine, VolumeEntry
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, sent
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def order(cast: Cast, lines: list[AgreementLine]) -> Order:
    """Ten confirmed packs of each of two products, to be brought by the distributor."""
    factories.entrustment(cast)
    return factories.confirmed_order(cast, dict.fromkeys(lines, 10))


@pytest.fixture
def _carries_cold(cast: Cast) -> None:
    scopes = [Licence.Scope.CHEMICAL, Licence.Scope.COLD_CHAIN]
    kind, since = Licence.Kind.DISTRIBUTION, NOW.date() - timedelta(days=1)
    Licence.objects.create(
        organization=cast.distributor_firm, kind=kind, number="D1", scopes=scopes, validity=(since, None)
    )


@pytest.fixture
def ordered(order: Order) -> list[OrderLine]:
    return list(order.lines.all())


def advise(order: Order, cast: Cast, *content: Sent, **changed: Any) -> Despatch:
    options = {"reference": "DN1", "actor": factories.sender(cast, order), "at": NOW} | changed
    return advise_despatch(order_id=order.pk, sent=content, **options)


def receive(despatch: Despatch, cast: Cast, *content: Received, **changed: Any) -> Receipt:
    options = {"actor": cast.pharmacist, "at": NOW} | changed
    return receive_despatch(despatch_id=despatch.pk, received=content, **options)


def all_of(despatch: Despatch) -> list[Received]:
    return [Received(line.pk, line.packs) for line in despatch.lines.all()]


@pytest.fixture
def despatch(cast: Cast, order: Order, ordered: list[OrderLine]) -> Despatch:
    return advise(order, cast, *(sent(line) for line in ordered))


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


class TestReceiveDespatch:
    def test_in_full_completes_the_order(self, cast: Cast, order: Order, despatch: Despatch) -> None:
        receipt = receive(despatch, cast, *all_of(despatch))
        despatch.refresh_from_db()
        assert (despatch.status, receipt.received_at, receipt.received_by_id) == (
            DespatchStatus.RECEIVED,
            NOW,
            cast.pharmacist.user_id,
        )
        assert status_of(order) == OrderStatus.RECEIVED
        assert set(despatch.lines.values_list("accepted_packs", "rejected_packs")) == {(10, 0)}
        assert Event.objects.filter(action="receipt.record").exists()

    def test_keeps_what_was_rejected_and_why(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        receive(
            despatch,
            cast,
            Received(first.pk, 7, 3, RejectionReason.DAMAGED, "压损"),
            Received(second.pk, 9),
        )
        kept = ReceiptLine.objects.values_list("accepted_packs", "rejected_packs", "reason", "remark")
        assert list(kept) == [(7, 3, "damaged", "压损"), (9, 0, "", "")]

    def test_of_one_part_leaves_the_order_open(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        first = advise(order, cast, sent(ordered[0]))
        receive(first, cast, *all_of(first))
        assert status_of(order) == OrderStatus.DESPATCHED
        second = advise(order, cast, sent(ordered[1]), reference="DN2")
        receive(second, cast, *all_of(second))
        assert status_of(order) == OrderStatus.RECEIVED

    def test_of_the_last_line_does_not_hide_a_part_under_way(
        self, cast: Cast, order: Order, ordered: list[OrderLine]
    ) -> None:
        first, second = advise(order, cast, sent(ordered[0])), advise(order, cast, sent(ordered[1]), reference="DN2")
        receive(second, cast, *all_of(second))
        assert status_of(order) == OrderStatus.DESPATCHED
        receive(first, cast, *all_of(first))
        assert status_of(order) == OrderStatus.RECEIVED

    def test_refuses_more_than_was_sent(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        with refused(MoreThanSent) as refusal:
            receive(despatch, cast, Received(first.pk, 8, 3, "damaged"), Received(second.pk, 10))
        assert (refusal.facts["packs"], refusal.facts["limit"]) == (11, 10)
        assert not Receipt.objects.exists()

    def test_refuses_a_rejection_without_a_reason(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        with refused(ReasonMissing):
            receive(despatch, cast, Received(first.pk, 9, 1), Received(second.pk, 10))

    def test_refuses_a_reason_that_is_none(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        with refused(UnknownReason):
            receive(despatch, cast, Received(first.pk, 9, 1, "no_reason"), Received(second.pk, 10))

    @pytest.mark.parametrize(("accepted", "rejected"), [(-1, 0), (5, -1)])
    def test_refuses_less_than_nothing(self, cast: Cast, despatch: Despatch, accepted: int, rejected: int) -> None:
        first, second = despatch.lines.all()
        with refused(PacksNotPositive):
            receive(despatch, cast, Received(first.pk, accepted, rejected), Received(second.pk, 10))

    def test_wants_every_line_answered_once(self, cast: Cast, despatch: Despatch) -> None:
        first, _second = despatch.lines.all()
        with refused(LineTwice, UnknownOrderLine, LineMissing):
            receive(despatch, cast, Received(first.pk, 1), Received(first.pk, 1), Received(10**6, 1))

    def test_happens_once(self, cast: Cast, despatch: Despatch) -> None:
        receive(despatch, cast, *all_of(despatch))
        with refused(AlreadyDone):
            receive(despatch, cast, *all_of(despatch))
        assert Receipt.objects.count() == 1

    @pytest.mark.parametrize("role", ["outsider", "rival", "foreign_officer", "visitor"])
    def test_of_another_hospital_is_not_even_seen(self, cast: Cast, despatch: Despatch, role: str) -> None:
        with refused(NotVisible):
            receive(despatch, cast, *all_of(despatch), actor=getattr(cast, role))

    @pytest.mark.parametrize("role", ["buyer", "approver", "supplier", "distributor", "officer"])
    def test_is_refused_to_who_is_no_pharmacist(self, cast: Cast, despatch: Despatch, role: str) -> None:
        with refused(NotAllowed):
            receive(despatch, cast, *all_of(despatch), actor=getattr(cast, role))


class TestWhatFollows:
    def test_accepted_packs_are_stock_and_delivered_volume(
        self, cast: Cast, despatch: Despatch, lines: list[AgreementLine]
    ) -> None:
        first, second = despatch.lines.all()
        receipt = receive(despatch, cast, Received(first.pk, 7, 3, "damaged"), Received(second.pk, 10))
        stock = StockLot.objects.filter(holder=cast.hospital).order_by("pk")
        assert list(stock.values_list("lot_number", "units")) == [("L001", 7 * 24), ("L001", 10 * 24)]
        assert set(StockEntry.objects.values_list("reference", flat=True)) == {f"receipt-{receipt.pk}"}
        delivered = VolumeEntry.objects.filter(kind=VolumeEntry.Kind.DELIVER, line__in=lines)
        assert sorted(delivered.values_list("quantity", flat=True)) == [7 * 24, 10 * 24]

    def test_rejected_and_missing_packs_may_be_sent_again(
        self, cast: Cast, order: Order, ordered: list[OrderLine], despatch: Despatch
    ) -> None:
        first, second = despatch.lines.all()
        receive(despatch, cast, Received(first.pk, 7, 3, "damaged"), Received(second.pk, 9))
        assert list(despatch.lines.values_list("rejected_packs", "missing_packs")) == [(3, 0), (0, 1)]
        assert list(order.lines.values_list("despatched_packs", "accepted_packs")) == [(7, 7), (9, 9)]
        assert status_of(order) == OrderStatus.DESPATCHED
        later = NOW + timedelta(hours=1)
        again = advise(order, cast, sent(ordered[0], 3, lot_number="N"), sent(ordered[1], 1), reference="DN2", at=later)
        receive(again, cast, *all_of(again), at=later)
        order.refresh_from_db()
        assert (order.status, order.received_at) == (OrderStatus.RECEIVED, later)
        assert set(order.lines.values_list("received_at", flat=True)) == {later}

    def test_surplus_is_written_down_and_never_accepted(self, cast: Cast, order: Order, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        receive(despatch, cast, Received(first.pk, 10, surplus=2), Received(second.pk, 10))
        assert ReceiptLine.objects.get(despatch_line=first).surplus_packs == 2
        assert order.lines.get(pk=first.order_line_id).accepted_packs == 10

    def test_of_a_village_goes_to_the_village(self, cast: Cast, order: Order, despatch: Despatch) -> None:
        Order.objects.filter(pk=order.pk).update(recipient=cast.other_hospital)
        factories.entrustment(cast, "420000")
        receive(despatch, cast, *all_of(despatch), actor=cast.outsider)
        assert set(StockLot.objects.values_list("holder", flat=True)) == {cast.other_hospital.pk}


class TestChecklist:
    def test_is_kept_with_its_evidence_in_both_languages(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        receipt = receive(despatch, cast, Received(first.pk, 8), Received(second.pk, 10))
        short = next(check for check in receipt.checks if check["rule"] == "CN.contract.short")
        assert (short["gate"], short["passed"], short["line"]) == ("warning", False, first.pk)
        assert short["values"] == {"sent": 10, "missing": 2}
        assert short["sentences"]["en"] == "2 of the 10 packs sent are missing."
        assert set(short["sentences"]) == {"en", "zh-hans"}
        assert all(check["source"] for check in receipt.checks)

    @pytest.mark.usefixtures("_carries_cold")
    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"status": ProductStatus.SUSPENDED, "status_reason": "x"}, "CN.GSP-61.approval"),
            ({"licence_valid_until": NOW.date() - timedelta(days=2)}, "CN.GSP-61.approval"),
            ({"storage": Storage.COLD}, "CN.GSP-annex-3.temperature"),
        ],
    )
    def test_refuses_a_product_that_is_not_fit(
        self, cast: Cast, despatch: Despatch, changes: dict[str, Any], rule: str
    ) -> None:
        first, second = despatch.lines.all()
        type(first.order_line.product).objects.filter(pk=first.order_line.product_id).update(**changes)
        with refused(NotAcceptable) as refusal:
            receive(despatch, cast, *all_of(despatch))
        assert (refusal.facts["rule"], refusal.pointers) == (rule, ["/lines/0"])
        assert not Receipt.objects.exists() and not StockEntry.objects.exists()
        rejection = Received(first.pk, 0, 10, RejectionReason.PAPERS)
        receipt = receive(despatch, cast, rejection, Received(second.pk, 10))
        kept = next(check for check in receipt.checks if check["rule"] == rule and check["line"] == first.pk)
        assert (kept["gate"], kept["passed"]) == ("warning", False)

    def test_refuses_every_breach_at_once(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        despatch = advise(order, cast, sent(ordered[0], 5, lot_number="BAD"), sent(ordered[1], 5, days=30))
        factories.hold(cast.officer, ordered[0].product, "BAD")
        wrong, short = despatch.lines.all()
        with refused(NotAcceptable, NotAcceptable, NotAcceptable, NotAcceptable) as refusal:
            receive(despatch, cast, Received(wrong.pk, 5), Received(short.pk, 5, lot_found="X", product_found="Y"))
        assert [error.facts["rule"] for error in refusal.errors] == [
            "CN.GSP.order-match",
            "CN.GSP.lot-match",
            "CN.2022-recall.lot-on-hold",
            "CN.contract.remaining-life",
        ]

    @pytest.mark.usefixtures("_carries_cold")
    @pytest.mark.parametrize(
        ("celsius", "minutes", "verdict"), [("5", 5, ""), ("9.5", 5, "excursion"), ("5", 20, "gaps")]
    )
    def test_looks_at_the_log_of_the_cold_chain(
        self, cast: Cast, order: Order, ordered: list[OrderLine], celsius: str, minutes: int, verdict: str
    ) -> None:
        despatch = advise(order, cast, sent(ordered[0], 5))
        type(ordered[0].product).objects.filter(pk=ordered[0].product_id).update(storage=Storage.COLD)
        arrived, recorded = NOW + timedelta(minutes=minutes), NOW + timedelta(hours=3)
        readings = [Reading(NOW, Decimal("4")), Reading(arrived, Decimal(celsius))]
        file_cold_chain_log(despatch_id=despatch.pk, readings=readings, actor=cast.distributor, at=recorded)
        if verdict:
            with refused(NotAcceptable) as refusal:
                receive(despatch, cast, *all_of(despatch), arrived_at=arrived, at=recorded)
            assert refusal.facts["values"]["verdict"] == verdict
        else:
            receipt = receive(despatch, cast, *all_of(despatch), arrived_at=arrived, at=recorded)
            assert (receipt.received_at, receipt.arrived_at) == (recorded, arrived)

    @pytest.mark.parametrize("minutes", [-1, 1])
    def test_takes_no_arrival_before_the_despatch_or_after_now(
        self, cast: Cast, despatch: Despatch, minutes: int
    ) -> None:
        with refused(ArrivedLater):
            receive(despatch, cast, *all_of(despatch), arrived_at=NOW + timedelta(minutes=minutes))


class TestTraceCodes:
    @pytest.fixture
    def codes(self, ordered: list[OrderLine]) -> list[str]:
        product = ordered[0].product
        product.trace_prefix = "8123456"
        product.save()
        return [f"8123456000000000000{number}" for number in range(4)]

    @pytest.fixture
    def despatch(self, cast: Cast, order: Order, ordered: list[OrderLine], codes: list[str]) -> Despatch:
        return advise(order, cast, Sent(ordered[0].pk, "A", sent(ordered[0]).expires_on, 3, codes=codes[:3]))

    def test_of_rejected_packs_are_free_again_and_new_ones_are_kept(
        self, cast: Cast, despatch: Despatch, codes: list[str]
    ) -> None:
        [line] = despatch.lines.all()
        found = [codes[0], codes[3]]
        receipt = receive(despatch, cast, Received(line.pk, 2, 1, "damaged", codes=found))
        assert dict(TraceCode.objects.values_list("code", "is_active")) == {
            codes[0]: True,
            codes[1]: False,
            codes[2]: False,
            codes[3]: True,
        }
        announced = next(check for check in receipt.checks if check["rule"] == "CN.NMPAB-1002.codes-announced")
        assert (announced["passed"], announced["values"]["unannounced"]) == (False, [codes[3]])

    def test_stay_where_nobody_scanned_and_are_free_where_nothing_was_kept(
        self, cast: Cast, order: Order, ordered: list[OrderLine], despatch: Despatch, codes: list[str]
    ) -> None:
        [line] = despatch.lines.all()
        receive(despatch, cast, Received(line.pk, 0, 3, "damaged"))
        assert not TraceCode.objects.filter(is_active=True).exists()
        again = advise(
            order,
            cast,
            Sent(ordered[0].pk, "A", sent(ordered[0]).expires_on, 3, codes=codes[:3]),
            reference="DN2",
        )
        receive(again, cast, Received(again.lines.get().pk, 2, 1, "damaged"))
        assert TraceCode.objects.filter(is_active=True).count() == 3

    def test_of_others_twice_or_seen_before_stop_the_receipt(
        self, cast: Cast, order: Order, ordered: list[OrderLine], despatch: Despatch, codes: list[str]
    ) -> None:
        [line] = despatch.lines.all()
        receive(despatch, cast, Received(line.pk, 3))
        second = advise(order, cast, sent(ordered[0], 3), reference="DN2")
        found = [codes[0], "99999990000000000001"]
        with refused(NotAcceptable, NotAcceptable) as refusal:
            receive(second, cast, Received(second.lines.get().pk, 3, codes=found))
        assert [error.facts["rule"] for error in refusal.errors] == [
            "CN.NMPAB-1001.codes-belong",
            "CN.NMPAB-1001.codes-unique",
        ]
