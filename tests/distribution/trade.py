"""What everybody may do at any moment between basket and shelf, chosen by numbers; and what must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.foundation.errors import DomainError
from distribution.models import (
    Despatch,
    DespatchLine,
    GoodsReturn,
    Order,
    OrderLine,
    Requisition,
    RequisitionLine,
    StockEntry,
    StockLot,
)
from distribution.services.amendments import AmendedLine, amend_order, cancel_order
from distribution.services.despatches import advise_despatch
from distribution.services.found_lots import Received
from distribution.services.issues import Wish, issue_stock
from distribution.services.orders import LineAnswer, confirm_order, refuse_order
from distribution.services.receipts import receive_despatch
from distribution.services.requisitions import (
    Wanted,
    approve_requisition,
    change_requisition,
    draft_requisition,
    submit_requisition,
)
from distribution.services.rests import close_rest
from distribution.services.returns import answer_return, hand_over_return, request_return
from distribution.states import Remedy, StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.ledger import assert_ledger_equals_balance

# Of the 10,000 packs that are agreed: few, and so many that two cannot both have them.
PACKS = (1, 7, 2_500, 6_000)


@dataclass(slots=True)
class Trade:
    """One hospital, the main supplier of its area and the one that stands by."""

    cast: Cast
    lines: list[int]
    done: list[str] = field(default_factory=list)

    def step(self, what: int, which: int, how: int) -> None:
        """Do one thing that somebody may try now; what is refused changes nothing."""
        acts = list(self.acts())
        name, act, targets = acts[what % len(acts)]
        try:
            act(targets[which % len(targets)], how)
        except DomainError:
            name = f"{name} refused"
        self.done.append(name)

    def acts(self) -> Iterator[tuple[str, Callable[[Any, int], Any], list[Any]]]:
        """Everything that has something to be done to, with what that is."""
        yield "order", self.order, self.lines
        asked, orders = self._by_status(Requisition), self._by_status(Order)
        found: list[tuple[str, Callable[[Any, int], Any], list[Any]]] = [
            ("decide", self.decide, asked("submitted") + asked("approved")),
            ("run", self.run, asked("approved")),
            ("answer", self.answer, orders("placed")),
            ("change", self.change, orders("placed")),
            ("send", self.send, orders("confirmed") + orders("despatched")),
            ("close", self.close, orders("confirmed") + orders("despatched")),
            ("receive", self.receive, self._by_status(Despatch)("sent")),
            ("give back", self.give_back, list(DespatchLine.objects.filter(accepted_packs__gt=F("returned_packs")))),
            ("use", self.use, list(StockLot.objects.filter(units__gt=0))),
        ]
        yield from (entry for entry in found if entry[2])

    @staticmethod
    def _by_status(model: Any) -> Callable[[str], list[Any]]:
        rows: list[Any] = list(model.objects.order_by("pk"))
        return lambda status: [row for row in rows if row.status == status]

    def order(self, line_id: int, how: int) -> None:
        wanted = [Wanted(line_id, PACKS[how % len(PACKS)])]
        draft = draft_requisition(lines=wanted, actor=self.cast.buyer, at=NOW)
        submit_requisition(requisition_id=draft.pk, actor=self.cast.buyer, at=NOW)
        if how % 3:
            approve_requisition(requisition_id=draft.pk, actor=self.cast.approver, at=NOW)

    def decide(self, requisition: Requisition, how: int) -> None:
        if how % 3 == 0:
            approve_requisition(requisition_id=requisition.pk, actor=self.cast.approver, at=NOW)
        else:
            action, actor = [("return", self.cast.approver), ("cancel", self.cast.buyer)][how % 3 - 1]
            change_requisition(requisition_id=requisition.pk, action=action, actor=actor, at=NOW)

    def run(self, _requisition: Requisition, how: int) -> None:
        factories.run(self.cast)

    def answer(self, order: Order, how: int) -> None:
        actor = self._supplier(order)
        if how % 4 == 0:
            refuse_order(order_id=order.pk, reason="停产", actor=actor, at=NOW)
            return
        answers = [
            LineAnswer(line.pk, max(line.open_packs - how % 3, 0), code="out_of_stock") for line in order.lines.all()
        ]
        confirm_order(order_id=order.pk, answers=answers, actor=actor, at=NOW)

    def change(self, order: Order, how: int) -> None:
        if how % 3 == 0:
            cancel_order(order_id=order.pk, reason="误订", actor=self.cast.buyer, at=NOW)
        else:
            lines = [AmendedLine(line.pk, line.packs + how % 5 - 3) for line in order.lines.all()]
            amend_order(order_id=order.pk, lines=lines, actor=self.cast.buyer, at=NOW)

    def send(self, order: Order, how: int) -> None:
        sent = [
            factories.sent(line, max(line.outstanding_packs - how % 3, 1), lot_number=f"L{how % 2}")
            for line in order.lines.all()
        ]
        reference = f"DN{order.despatches.count()}-{how}"
        advise_despatch(order_id=order.pk, reference=reference, sent=sent, actor=self._supplier(order), at=NOW)

    def receive(self, despatch: Despatch, how: int) -> None:
        received = []
        for line in despatch.lines.all():
            rejected, missing = min(how % 3, line.packs), how // 3 % 2
            accepted = max(line.packs - rejected - missing, 0)
            received.append(Received(line.pk, accepted, rejected, "damaged" if rejected else ""))
        receive_despatch(despatch_id=despatch.pk, received=received, actor=self.cast.pharmacist, at=NOW)

    def give_back(self, line: DespatchLine, how: int) -> None:
        remedy = Remedy.REPLACE if how % 2 else Remedy.CREDIT
        packs = max(line.accepted_packs - line.returned_packs - how % 3, 1)
        actor, supplier = self.cast.pharmacist, self._supplier(line.despatch.order)
        goods: GoodsReturn = request_return(
            despatch_line_id=line.pk, packs=packs, reason="damaged", remedy=remedy, actor=actor, at=NOW
        )
        answer_return(return_id=goods.pk, action="agree", actor=supplier, at=NOW)
        hand_over_return(return_id=goods.pk, actor=actor, at=NOW)

    def close(self, order: Order, how: int) -> None:
        actor = [self.cast.buyer, self._supplier(order)][how % 2]
        close_rest(order_id=order.pk, reason="缺货", is_failure=how % 4 == 2, actor=actor, at=NOW)

    def use(self, lot: StockLot, how: int) -> None:
        wish = Wish(lot.product.code, max(lot.units // (1 + how % 3), 1))
        issue_stock(wishes=[wish], actor=self.cast.pharmacist, at=NOW)

    def _supplier(self, order: Order) -> Any:
        return self.cast.supplier if order.supplier_id == self.cast.supplier_firm.pk else self.cast.rival


def assert_balanced(agreed: int) -> None:
    """Agreed is what remains and what is called off, whoever says so; what is in stock has come from orders."""
    assert_ledger_equals_balance()
    lines = AgreementLine.objects.annotate(
        asked=_units(
            "packs",
            RequisitionLine.objects.filter(requisition__status__in=["submitted", "approved"]),
            "agreement_line__product__pack_quantity",
        ),
        ordered=_units("open", OrderLine.objects.annotate(open=F("packs") - F("closed_packs"))),
        accepted=_units("accepted_packs", OrderLine.objects.all()),
    )
    for line in lines:
        assert line.called_off_quantity == line.asked + line.ordered, line
        assert line.delivered_quantity == line.accepted, line
        assert 0 <= line.delivered_quantity <= line.called_off_quantity <= line.agreed_quantity, line
    assert sum(line.agreed_quantity for line in lines) == agreed
    kept = Sum(F("despatch_lines__accepted_packs") - F("despatch_lines__returned_packs"), default=0)
    under_way = OrderLine.objects.filter(despatch_lines__despatch__status="sent").annotate(
        packs_under_way=Sum("despatch_lines__packs")
    )
    on_the_way = dict(under_way.values_list("pk", "packs_under_way"))
    for ordered in OrderLine.objects.annotate(kept=kept):
        assert ordered.accepted_packs == ordered.kept, ordered
        assert ordered.despatched_packs == ordered.kept + on_the_way.get(ordered.pk, 0), ordered
        assert ordered.packs >= ordered.confirmed_packs + ordered.closed_packs, ordered
    for lot in StockLot.objects.annotate(entered=Sum("entries__units", default=0)):
        assert lot.units == lot.entered >= 0, lot
    came = StockEntry.objects.filter(kind__in=[StockMove.RECEIPT, StockMove.RETURN]).aggregate(
        units=Sum("units", default=0)
    )["units"]
    assert came == sum(line.delivered_quantity for line in lines)


def _units(packs: str, rows: QuerySet[Any], pack_quantity: str = "product__pack_quantity") -> Coalesce:
    """The units of an agreed volume that rows of another table amount to."""
    total = (
        rows.filter(agreement_line=OuterRef("pk"))
        .order_by()
        .values("agreement_line")
        .annotate(units=Sum(F(packs) * F(pack_quantity)))
        .values("units")
    )
    return Coalesce(Subquery(total), 0)
