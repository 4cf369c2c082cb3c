"""Who sends, receives, gives back and takes back."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import Despatch, GoodsReturn, Order
from distribution.policies.orders import may_handle_order
from distribution.policies.roles import require_institution


def may_despatch(actor: Actor, action: str, order: Order) -> None:
    """The distributor that is entrusted with the order; the supplier where none is.

    Raises:
        NotAllowed
    """
    role, sender = Role.SUPPLIER_AGENT, order.supplier_id
    if order.distributor_id is not None:
        role, sender = Role.DISTRIBUTOR_AGENT, order.distributor_id
    if not actor.has(role) or actor.organization_id != sender:
        raise NotAllowed(
            reason=_("goods are sent by the entrusted distributor, or by the supplier where there is none")
        )


def may_receive(actor: Actor, action: str, despatch: Despatch) -> None:
    """A pharmacist of the institution that ordered, or of the village clinic that it ordered for.

    Raises:
        NotAllowed
    """
    _require_pharmacist(actor, despatch.order)


def may_handle_return(actor: Actor, action: str, goods_return: GoodsReturn) -> None:
    """Who received asks, hands over and cancels; the supplier or its distributor agrees or refuses.

    Raises:
        NotAllowed
    """
    order = goods_return.despatch_line.despatch.order
    if action in ("agree", "refuse"):
        may_handle_order(actor, action, order)
    else:
        _require_pharmacist(actor, order)


def _require_pharmacist(actor: Actor, order: Order) -> None:
    if require_institution(actor, Role.PHARMACIST) not in (order.institution_id, order.recipient_id):
        raise NotAllowed(reason=_("the goods are another institution's"))
