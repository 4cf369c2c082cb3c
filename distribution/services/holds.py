"""Lots that are recalled or in quarantine: placed, made known to whoever has them, and lifted."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.models import Product
from distribution.errors import HoldExists, HoldLifted, ReasonMissing
from distribution.models import DespatchLine, LotHold, StockLot
from distribution.policies import may_hold, may_lift
from distribution.services.notices import notify
from distribution.states import DespatchStatus, HoldKind, NoticeKind


def place_hold(
    *, product_code: str, lot_number: str, kind: HoldKind, reason: str, source: str, actor: Actor, at: datetime
) -> LotHold:
    """Hold a lot, or the whole product where no lot is named, and tell everybody who has it or awaits it.

    Raises:
        NotVisible, NotAllowed, ReasonMissing
        HoldExists: it is held already in this kind.
    """
    product = find(Product.objects.select_related("presentation__medicine", "manufacturer"), code=product_code)
    may_hold(actor, product, kind)
    if not reason.strip():
        raise ReasonMissing(product=product, pointer="/reason")
    with unit_of_work():
        try:
            with transaction.atomic():
                hold = LotHold.objects.create(
                    product=product,
                    lot_number=lot_number.strip(),
                    kind=kind,
                    reason=reason.strip(),
                    source=source.strip(),
                    organization_id=actor.organization_id,
                    held_at=at,
                    held_by_id=actor.user_id,
                )
        except IntegrityError as error:
            raise HoldExists(product=product, lot=lot_number, kind=HoldKind(kind).label) from error
        notify(
            _concerned(hold),
            NoticeKind.LOT_HELD,
            at=at,
            product=str(product),
            lot=hold.lot_number,
            hold=hold.kind,
            reason=hold.reason,
            source=hold.source,
        )
        record(actor=actor, action="lot_hold.place", subject=hold, at=at)
    return hold


def ensure_hold(
    *, product_code: str, lot_number: str, kind: HoldKind, reason: str, source: str, actor: Actor, at: datetime
) -> LotHold:
    """The hold of this kind on the lot that is in force, or else a new one.

    Raises:
        NotVisible, NotAllowed, ReasonMissing
    """
    with unit_of_work():
        held = LotHold.objects.in_force().filter(product__code=product_code, kind=kind, province=None)
        return held.filter(lot_number__iexact=lot_number.strip()).first() or place_hold(
            product_code=product_code,
            lot_number=lot_number,
            kind=kind,
            reason=reason,
            source=source,
            actor=actor,
            at=at,
        )


def lift_hold(*, hold_id: int, reason: str, actor: Actor, at: datetime) -> LotHold:
    """Set a lot free again.

    Raises:
        NotVisible, NotAllowed, ReasonMissing
        HoldLifted: it was lifted before.
    """
    with unit_of_work():
        hold = lock(LotHold.objects.visible_to(actor), pk=hold_id)
        may_lift(actor, hold)
        if hold.lifted_at is not None:
            raise HoldLifted(lifted_on=f"{hold.lifted_at:%Y-%m-%d}")
        if not reason.strip():
            raise ReasonMissing(product=hold, pointer="/reason")
        hold.lifted_at, hold.lift_reason = at, reason.strip()
        hold.save(update_fields=["lifted_at", "lift_reason"])
        record(actor=actor, action="lot_hold.lift", subject=hold, at=at)
    return hold


def _concerned(hold: LotHold) -> set[int]:
    """Who keeps the lot, and to whom it is on its way."""
    of_lot = Q(lot_number__iexact=hold.lot_number) if hold.lot_number else Q()
    keepers = StockLot.objects.on_hand().filter(of_lot, product=hold.product).values_list("holder_id", flat=True)
    under_way = DespatchLine.objects.filter(
        of_lot, order_line__product=hold.product, despatch__status=DespatchStatus.SENT
    ).values_list("despatch__order__institution_id", "despatch__order__recipient_id")
    return {*keepers, *(party for pair in under_way for party in pair if party is not None)}
