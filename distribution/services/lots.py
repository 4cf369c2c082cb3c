"""Lots in the hand of a service: locked, and looked at before they leave."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from distribution.errors import LotNotUsable, NotEnoughStock
from distribution.models import StockLot
from distribution.queries.stock import with_holds
from distribution.querysets import StockLotQuerySet
from distribution.services.stock import Move


def locked_lots(lots: StockLotQuerySet) -> list[StockLot]:
    """The lots with their products and ``is_held``, locked in the order of their keys until the transaction ends."""
    shown = with_holds(lots).select_related("product__presentation__medicine", "product__manufacturer")
    return list(shown.select_for_update(of=("self",), no_key=True).order_by("pk"))


def unusable(lot: StockLot, today: date, *, pointer: str = "") -> LotNotUsable | None:
    """Why the lot may not be handed to anybody; None if it may."""
    if lot.expires_on < today:
        why = _("expired on %(day)s") % {"day": lot.expires_on}
    elif lot.is_held:  # type: ignore[attr-defined]
        why = _("held or recalled")
    else:
        return None
    return LotNotUsable(product=lot.product, lot=lot.lot_number, why=why, pointer=pointer)


def short(lot: StockLot, units: int, *, left: int | None = None, pointer: str = "") -> NotEnoughStock | None:
    """The refusal of more units than are left of the lot; None if there are enough."""
    available = lot.units if left is None else left
    if units <= available:
        return None
    return NotEnoughStock(product=lot.product, lot=lot.lot_number, units=units, available=available, pointer=pointer)


def move(lot: StockLot, units: int) -> Move:
    """Signed units of a lot that is there already."""
    return Move(lot.holder_id, lot.product_id, lot.lot_number, lot.expires_on, units, lot.plan_id)
