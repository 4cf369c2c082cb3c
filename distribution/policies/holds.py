"""Who stops lots, and who sets them free."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.models import Product
from distribution.models import LotHold
from distribution.querysets import OFFICERS


def may_hold(actor: Actor, product: Product) -> None:
    """Officers, and the maker for what it makes.

    Raises:
        NotAllowed
    """
    is_maker = actor.has(Role.SUPPLIER_AGENT) and actor.organization_id == product.manufacturer_id
    if not is_maker and not actor.has(*OFFICERS):
        raise NotAllowed(reason=_("only officers, and the maker for its own products, hold a lot"))


def may_lift(actor: Actor, hold: LotHold) -> None:
    """Officers, and the maker for the holds that it placed itself.

    Raises:
        NotAllowed
    """
    is_own = actor.has(Role.SUPPLIER_AGENT) and actor.organization_id == hold.organization_id
    if not is_own and not actor.has(*OFFICERS):
        raise NotAllowed(reason=_("only officers, and the maker for its own holds, lift a hold"))
