"""What the main supplier of an area does not supply, its backup supplier supplies by rule, at its own price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from distribution.models import Order, OrderLine
from distribution.queries import supply_rules
from distribution.queries.agencies import agency_ids
from distribution.queries.entrustments import carriers_for
from distribution.queries.orderers import orderer_of
from distribution.queries.ordering import Hindrance, judge_lines
from distribution.rules.deadlines import answer_by, deliver_by
from distribution.services.closing import close_packs
from distribution.services.notices import notify
from distribution.states import NoticeKind
from procurement.models import AgreementLine
from procurement.services.volumes import hand_over_volume, lock_volumes, take_volume
from procurement.states import SupplyRole

# That the tier may order the medicine was judged when the main supplier's was ordered.
OVERLOOKED = {Hindrance.BACKUP, Hindrance.NOT_ESSENTIAL}


@dataclass(frozen=True, slots=True)
class Share:
    """What the backup's line takes over of a closed line: whole packs of its own product, never more units."""

    line: OrderLine
    backup: AgreementLine
    packs: int

    @property
    def units(self) -> int:
        return self.packs * self.backup.product.pack_quantity


def supply_otherwise(
    order: Order, packs_of_line: Mapping[OrderLine, int], *, act: str, reason: str, at: datetime
) -> list[Order]:
    """Close packs that the supplier does not supply, and order them from who stands by; return the new orders.

    Part of the caller's transaction, which has locked the order. ``act`` tells the ledger which act of the order it
    was. Where the rule set or nobody provides for it, the institution and the province's agency are told.

    Raises:
        RuleSetMissing
    """
    closing = {line: packs for line, packs in packs_of_line.items() if packs}
    if not closing:
        return []
    rules = supply_rules(localdate(at))
    backups = _backups(order, closing, at) if rules.backup_on_refusal else {}
    reference = f"{order.number}/{act}"
    # what is given back and what is taken over lie on different lines: all of them first
    lock_volumes([line.agreement_line_id for line in closing] + [backup.pk for backup in backups.values()])
    close_packs(closing, reference=reference, at=at)
    shares = [
        Share(line, backups[line.pk], packs)
        for line in closing
        if line.pk in backups
        and (packs := closing[line] * line.product.pack_quantity // backups[line.pk].product.pack_quantity)
    ]
    orders = _place(order, shares, reference=reference, reason=reason, at=at)
    _tell_unserved(order, closing, shares, reason=reason, at=at)
    return orders


def _backups(order: Order, lines: Collection[OrderLine], at: datetime) -> dict[int, AgreementLine]:
    """By order line, the line of who stands by in its area today; only of a main supplier's lines.

    What may not be ordered from the backup today, but for its not having been called upon, is left out.
    """
    mains = {
        row.pk: row
        for row in AgreementLine.objects.filter(pk__in=[line.agreement_line_id for line in lines], role=SupplyRole.MAIN)
    }
    areas = Q(pk__in=[])
    for main in mains.values():
        areas |= Q(lot=main.lot_id, province=main.province_id)
    standing_by = AgreementLine.objects.filter(areas, role=SupplyRole.BACKUP, ended_at=None).select_related(
        "agreement__supplier", "product__presentation__medicine"
    )
    on = localdate(at)
    judged = judge_lines([row.pk for row in standing_by], orderer_of(order.institution_id, on), on)
    of_area = {
        (row.lot_id, row.province_id): row
        for row in standing_by
        if row.pk in judged and OVERLOOKED.issuperset(judged[row.pk].hindrances)
    }
    found = {line.pk: mains[line.agreement_line_id] for line in lines if line.agreement_line_id in mains}
    return {
        pk: of_area[main.lot_id, main.province_id]
        for pk, main in found.items()
        if (main.lot_id, main.province_id) in of_area
    }


def _place(order: Order, shares: Collection[Share], *, reference: str, reason: str, at: datetime) -> list[Order]:
    """Hand the volume over, and order it: one order per supplier, distributor and storage, as the run makes them."""
    if not shares:
        return []
    hand_over_volume(
        {(share.line.agreement_line_id, share.backup.pk): share.units for share in shares},
        reference=reference,
        at=at,
        reason=reason,
    )
    placings = _divide(order, shares, at)
    Order.objects.bulk_create(placed for placed, _shares in placings)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=placed,
            requisition_line_id=share.line.requisition_line_id,
            agreement_line=share.backup,
            product_id=share.backup.product_id,
            replaces=share.line,
            packs=share.packs,
            price=share.backup.price,
        )
        for placed, ordered in placings
        for share in ordered
    )
    for placed, ordered in placings:
        take_volume({share.backup.pk: share.units for share in ordered}, reference=placed.number, at=at)
        notify([placed.supplier_id, placed.distributor_id], NoticeKind.ORDER_PLACED, order=placed, at=at)
        notify(
            [placed.institution_id, placed.recipient_id],
            NoticeKind.SERVED_BY_BACKUP,
            order=placed,
            at=at,
            replaces=order.number,
            supplier=ordered[0].backup.agreement.supplier.name,
            reason=reason,
        )
    _record(order, placings, reason, at)
    return [placed for placed, _shares in placings]


def _divide(order: Order, shares: Collection[Share], at: datetime) -> list[tuple[Order, list[Share]]]:
    """The orders to be written, each with what is to be in it."""
    rules = supply_rules(localdate(at))
    place = order.recipient or order.institution
    is_remote = place.township is not None and place.township.is_remote
    wanted = [(share.backup.agreement.supplier_id, share.backup.product) for share in shares]
    distributors = carriers_for(wanted, place, localdate(at))
    grouped: defaultdict[tuple[int, int | None, str], list[Share]] = defaultdict(list)
    for share in shares:
        supplier_id = share.backup.agreement.supplier_id
        distributor_id = distributors.get((supplier_id, share.backup.product_id))
        grouped[supplier_id, distributor_id, share.backup.product.storage].append(share)
    return [
        (
            Order(
                requisition_id=order.requisition_id,
                institution_id=order.institution_id,
                recipient_id=order.recipient_id,
                province_id=order.province_id,
                supplier_id=supplier_id,
                distributor_id=distributor_id,
                storage=storage,
                urgency=order.urgency,
                replaces=order,
                placed_at=at,
                answer_due_at=answer_by(at, order.urgency, rules=rules),
                deliver_by=deliver_by(at, order.urgency, is_remote=is_remote, rules=rules),
            ),
            parts,
        )
        for (supplier_id, distributor_id, storage), parts in grouped.items()
    ]


def _record(order: Order, placings: Collection[tuple[Order, list[Share]]], reason: str, at: datetime) -> None:
    """In the journal of the new orders, and of the agreed volumes as when an officer calls the backup supplier."""
    platform = Actor.platform()
    new = [(placed, {"replaces": [None, order.number]}) for placed, _shares in placings]
    record_all(actor=platform, action="order.place", changes_of=new, at=at)
    moved = [
        (
            share.line.agreement_line,
            {"units": [None, share.units], "to": [None, str(share.backup.agreement)], "reason": [None, reason]},
        )
        for _placed, ordered in placings
        for share in ordered
    ]
    record_all(actor=platform, action="agreed_volume.call_backup", changes_of=moved, at=at)


def _tell_unserved(
    order: Order, closing: Mapping[OrderLine, int], shares: Collection[Share], *, reason: str, at: datetime
) -> None:
    """What nobody supplies, and what is too little for a whole pack of the backup's."""
    served = {share.line.pk: share.units for share in shares}
    left = {
        str(line.product): units
        for line, packs in closing.items()
        if (units := packs * line.product.pack_quantity - served.get(line.pk, 0))
    }
    if left:
        notify(
            [order.institution_id, order.recipient_id, *agency_ids(order.province_id)],
            NoticeKind.NOT_SUPPLIED,
            order=order,
            at=at,
            products="; ".join(f"{product}: {units}" for product, units in left.items()),
            reason=reason,
        )
