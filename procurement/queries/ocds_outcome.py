"""What became of a tender's bids, read as sets: opened bids, awards and agreements as OCDS facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from catalog.models import Product
from procurement.models import Agreement, AgreementLine, Award, AwardArea, Bid, EvaluationLine, Lot, Tender, VolumeEntry
from procurement.rules.comparison import unit_price
from procurement.rules.ocds import facts
from procurement.states import BidStatus, LotStatus, Procedure, Stage

if TYPE_CHECKING:
    from procurement.queries.ocds_facts import Lowering, Moments

# Sealed, withdrawn unopened.
NEVER_OPENED = (BidStatus.SEALED, BidStatus.WITHDRAWN)
INVALID = (BidStatus.SET_ASIDE, BidStatus.SPOILED, BidStatus.NOT_SHORTLISTED)


def opened_bids(tender: Tender) -> list[Bid]:
    """The bids of which anything was opened, without their envelopes; of a direct listing, those that were listed."""
    bids = Bid.objects.filter(lot__tender=tender).exclude(status__in=NEVER_OPENED)
    if tender.procedure == Procedure.DIRECT_LISTING:
        bids = bids.filter(won_award__isnull=False)
    return list(
        bids.select_related("supplier__region", "product__presentation__medicine", "product__manufacturer")
        .select_related("evaluation_line", "won_award")
        .defer("envelope", "technical_envelope", "receipt", "answers", "technical_finding")
        .order_by("lot__number", "pk")
    )


def award_number(lot: int, supplier: str) -> str:
    """How the award of a lot to a supplier is called, from when it is a candidate."""
    return f"{lot:04d}-{supplier}"


def _described(product: Product | None) -> str:
    return f"{product.presentation} × {product.pack_quantity} {product.manufacturer}" if product else ""


def _per_unit(price: Decimal | None, bid: Bid) -> Decimal | None:
    pack = bid.pack_quantity or (bid.product.pack_quantity if bid.product else None)
    return unit_price(price, pack) if price is not None and pack else None


@dataclass(frozen=True, slots=True)
class Results:
    """The bids of a tender with when each thing about them became public."""

    tender: Tender
    lots: Mapping[int, Lot]
    moments: Moments
    bids: list[Bid]

    def bid(self, bid: Bid, openings: Mapping[str, datetime]) -> facts.Bid:
        """One opened bid; a standing offer of a direct listing is opened by being listed, at the price of that day."""
        if self.tender.procedure == Procedure.DIRECT_LISTING:
            openings = {Stage.COMMERCIAL: bid.won_award.awarded_at}
        priced_at, line = openings.get(Stage.COMMERCIAL), _line(bid)
        price = self._first_price(bid, bid.offer_price)
        return facts.Bid(
            reference=str(bid.reference),
            lot=self.lots[bid.lot_id].number,
            supplier=bid.supplier.code,
            received_at=bid.received_at,
            opened_at=min(openings.values()),
            priced_at=priced_at if price is not None else None,
            price=_per_unit(price, bid),
            product=_described(bid.product),
            judged_at=self._judged_at(bid, openings),
            is_valid=bid.status not in INVALID,
            rank=line.rank if line and bid.status != BidStatus.SET_ASIDE else None,
        )

    def _first_price(self, bid: Bid, last: Decimal | None) -> Decimal | None:
        """What a price was before the firm lowered it as a listed one."""
        lowered = self.moments.lowered.get(bid.pk)
        return lowered[0].former if lowered else last

    def _judged_at(self, bid: Bid, openings: Mapping[str, datetime]) -> datetime | None:
        if self.tender.procedure == Procedure.DIRECT_LISTING:
            return openings[Stage.COMMERCIAL]
        if bid.status == BidStatus.SPOILED:
            return openings.get(Stage.COMMERCIAL) or openings.get(Stage.TECHNICAL)
        if bid.status == BidStatus.NOT_SHORTLISTED:
            return self.tender.shortlist_published_at
        public = self.moments.results_at
        if public is None or bid.status in (BidStatus.TECHNICAL_OPENED, BidStatus.SHORTLISTED, BidStatus.OPENED):
            return None
        return max(public, self.moments.set_aside.get(bid.pk, public))

    def awards(self) -> tuple[facts.Award, ...]:
        """The candidates from their publication, and the winners."""
        won = {
            award.bid_id: award
            for award in Award.objects.filter(lot__tender=self.tender).prefetch_related(
                Prefetch("areas", AwardArea.objects.select_related("province").order_by("province", "pk"))
            )
        }
        decided = {award.lot_id: award.awarded_at for award in won.values() if award.replaces_id is None}
        proposed = self._proposed()
        found = (self._award(bid, won.get(bid.pk), decided, proposed.get(bid.pk)) for bid in self.bids)
        return tuple(award for award in found if award is not None)

    def _proposed(self) -> dict[int, datetime]:
        """When each candidate became one: with the first publication, or when its lot was judged anew."""
        public = self.moments.results_at if self.tender.candidates_published_at else None
        if public is None:
            return {}
        now: defaultdict[int, list[int]] = defaultdict(list)
        for bid in self.bids:
            if (line := _line(bid)) and line.is_proposed:
                now[bid.lot_id].append(bid.pk)
        proposed: dict[int, datetime] = {}
        for lot_id in self.lots:
            anew = self.moments.reproposed.get(lot_id, [])
            proposed |= dict.fromkeys(anew[0].former if anew else now[lot_id], public)
            for reproposal in anew:
                for bid_id in reproposal.proposed:
                    proposed.setdefault(bid_id, reproposal.at)
        return proposed

    def _award(
        self, bid: Bid, award: Award | None, decided: Mapping[int, datetime], proposed_at: datetime | None
    ) -> facts.Award | None:
        lot = self.lots[bid.lot_id]
        price = _per_unit(self._first_price(bid, award.price) if award else bid.agreed_price or bid.offer_price, bid)
        if price is None or (award is None and proposed_at is None):
            return None
        withdrawn_at, reason = self._withdrawn(bid, award, lot, decided)
        return facts.Award(
            number=award_number(lot.number, bid.supplier.code),
            lot=lot.number,
            supplier=bid.supplier.code,
            bid=str(bid.reference),
            product=_described(bid.product),
            price=price,
            proposed_at=proposed_at,
            awarded_at=award.awarded_at if award else None,
            areas=tuple(
                facts.Area(name=area.province.name, quantity=area.quantity)
                for area in (award.areas.all() if award else ())
            ),
            withdrawn_at=withdrawn_at,
            reason=reason,
        )

    def _withdrawn(
        self, bid: Bid, award: Award | None, lot: Lot, decided: Mapping[int, datetime]
    ) -> tuple[datetime | None, str]:
        """When a winner or a candidate stopped being one, and why."""
        if award is not None:
            return award.revoked_at, award.revoke_reason
        if bid.status == BidStatus.SET_ASIDE:
            return self.moments.set_aside.get(bid.pk), str(bid.finding.get("reason", ""))
        if lot.status == LotStatus.FAILED:
            return self.moments.failed.get(lot.pk), lot.decision_reason
        if lot.pk in decided:
            return decided[lot.pk], lot.decision_reason
        return self.moments.cancelled_at, self.tender.cancel_reason

    def contracts(self, awards: Collection[str]) -> tuple[facts.Contract, ...]:
        """The agreements that rest on the awards, by their numbers."""
        lowered = {(bid.lot_id, bid.supplier_id): self.moments.lowered.get(bid.pk, []) for bid in self.bids}
        return _contracts_of(self.tender, self.moments, awards, lowered)


def _line(bid: Bid) -> EvaluationLine | None:
    return getattr(bid, "evaluation_line", None)


def _contracts_of(
    tender: Tender,
    moments: Moments,
    awards: Collection[str],
    lowered: Mapping[tuple[int, int], Collection[Lowering]],
) -> tuple[facts.Contract, ...]:
    """The agreements with the volumes and prices that hold now, and before each change of them.

    ``lowered`` is by lot and supplier.
    """
    lines: defaultdict[int, list[AgreementLine]] = defaultdict(list)
    rows = AgreementLine.objects.filter(agreement__tender=tender).order_by("lot__number", "province", "pk")
    for line in rows.select_related(
        "lot", "province", "agreement__supplier", "product__presentation__medicine", "product__manufacturer"
    ):
        if award_number(line.lot.number, line.agreement.supplier.code) in awards:
            lines[line.agreement_id].append(line)
    entries: defaultdict[int, list[VolumeEntry]] = defaultdict(list)
    agreed = VolumeEntry.objects.filter(kind=VolumeEntry.Kind.AGREE, line__agreement__tender=tender)
    for entry in agreed.select_related("line").order_by("entered_at", "pk"):
        entries[entry.line.agreement_id].append(entry)
    return tuple(
        facts.Contract(
            number=agreement.number,
            signed_at=signed_at,
            valid_from=agreement.validity.lower,
            valid_until=agreement.validity.upper,
            lines=tuple(_contract_line(line, line.agreed_quantity, line.price) for line in lines[agreement.pk]),
            amendments=_changes(
                lines[agreement.pk],
                [entry for entry in entries[agreement.pk] if entry.entered_at > signed_at],
                {line.pk: lowered.get((line.lot_id, agreement.supplier_id), ()) for line in lines[agreement.pk]},
            ),
            ended_at=moments.ended.get(agreement.pk),
            reason=agreement.status_reason,
        )
        for agreement in Agreement.objects.filter(tender=tender).order_by("number")
        if (signed_at := agreement.concluded_at or moments.concluded_at) is not None and lines[agreement.pk]
    )


def _contract_line(line: AgreementLine, quantity: int, price: Decimal) -> facts.ContractLine:
    return facts.ContractLine(
        award=award_number(line.lot.number, line.agreement.supplier.code),
        product=_described(line.product),
        area=facts.Area(name=line.province.name, quantity=quantity),
        price=unit_price(price, line.product.pack_quantity),
    )


def _changes(
    lines: Collection[AgreementLine],
    entries: Iterable[VolumeEntry],
    lowered: Mapping[int, Collection[Lowering]],
) -> tuple[facts.ContractAmendment, ...]:
    """Go back from what is agreed now, change by change; a line that a change brought was not there before it."""
    by_moment: defaultdict[datetime, list[VolumeEntry]] = defaultdict(list)
    for entry in entries:
        by_moment[entry.entered_at].append(entry)
    lowered_at: defaultdict[datetime, dict[int, Lowering]] = defaultdict(dict)
    for pk, lowerings in lowered.items():
        for lowering in lowerings:
            lowered_at[lowering.at][pk] = lowering
    quantities = {line.pk: line.agreed_quantity for line in lines}
    prices = {line.pk: line.price for line in lines}
    named = {line.pk: f"{line.lot.number} {line.province.name}" for line in lines}
    absent: set[int] = set()
    found: list[facts.ContractAmendment] = []
    for number, at in reversed(list(enumerate(sorted({*by_moment, *lowered_at}), start=1))):
        changed = [entry for entry in by_moment[at] if entry.line_id in quantities]
        said = [f"{named[entry.line_id]}: {entry.quantity:+}" for entry in changed]
        for pk, lowering in lowered_at[at].items():
            prices[pk] = lowering.former
            said.append(f"{named[pk]}: {lowering.former:.4f} → {lowering.price:.4f}")
        for entry in changed:
            quantities[entry.line_id] -= entry.quantity
        absent |= {entry.line_id for entry in changed if quantities[entry.line_id] == 0}
        found.append(
            facts.ContractAmendment(
                number=number,
                agreed_at=at,
                rationale=next((entry.reason for entry in changed if entry.reason), ""),
                description="; ".join(said),
                before=tuple(
                    _contract_line(line, quantities[line.pk], prices[line.pk])
                    for line in lines
                    if line.pk not in absent
                ),
            )
        )
    return tuple(reversed(found))
