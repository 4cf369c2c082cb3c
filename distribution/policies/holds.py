"""Who stops lots, and who sets them free."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.models import Product
from distribution.models import LotHold
from distribution.querysets import OFFICERS
from distribution.states import HoldKind


def may_hold(actor: Actor, product: Product, kind: HoldKind) -> None:
    """Officers, and the maker for what it makes; what a price alarm suspends, the platform alone.

    Raises:
        NotAllowed
    """
    _refuse_price_alarm(kind)
    is_maker = actor.has(Role.SUPPLIER_AGENT) and actor.organization_id == product.manufacturer_id
    if not is_maker and not actor.has(*OFFICERS):
        raise NotAllowed(reason=_("only officers, and the maker for its own products, hold a lot"))


def may_lift(actor: Actor, hold: LotHold) -> None:
    """Officers, and the maker for the holds that it placed itself; what a price alarm suspends, the fall of the price.

    Raises:
        NotAllowed
    """
    _refuse_price_alarm(hold.kind)
    is_own = actor.has(Role.SUPPLIER_AGENT) and actor.organization_id == hold.organization_id
    if not is_own and not actor.has(*OFFICERS):
        raise NotAllowed(reason=_("only officers, and the maker for its own holds, lift a hold"))


def _refuse_price_alarm(kind: str) -> None:
    if kind == HoldKind.PRICE_ALARM:
        raise NotAllowed(reason=_("a price alarm suspends trading by itself, until the price has fallen"))
