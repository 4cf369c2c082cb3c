"""Who runs the distribution, answers orders and changes them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import Order, OrderNotice
from distribution.policies.roles import require_institution


def may_handle_order(actor: Actor, action: str, order: Order) -> None:
    """The supplier, or the distributor that it entrusted with this order.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if not _supplies(actor, order):
        raise NotAllowed(reason=_("only the supplier or its entrusted distributor answers an order"))


def may_change_order(actor: Actor, action: str, order: Order) -> None:
    """A buyer of the institution that ordered.

    Raises:
        NotAllowed
    """
    if require_institution(actor, Role.BUYER) != order.institution_id:
        raise NotAllowed(reason=_("the order is another institution's"))


def may_close_rest(actor: Actor, action: str, order: Order) -> None:
    """Both sides: who supplies, and a buyer of who ordered.

    Raises:
        NotAllowed
    """
    if not _supplies(actor, order):
        may_change_order(actor, action, order)


def _supplies(actor: Actor, order: Order) -> bool:
    supplier = actor.has(Role.SUPPLIER_AGENT) and order.supplier_id == actor.organization_id
    distributor = actor.has(Role.DISTRIBUTOR_AGENT) and order.distributor_id == actor.organization_id
    return supplier or distributor


def may_read_notice(actor: Actor, notice: OrderNotice) -> None:
    """The addressee alone; supervisors see it without having read it for somebody.

    Raises:
        NotAllowed
    """
    if notice.recipient_id != actor.organization_id:
        raise NotAllowed(reason=_("the notice is for another organization"))


def may_run_distribution(actor: Actor, province_id: str) -> None:
    """Officers of the province, and the platform's timetable.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if not actor.has(Role.PROCUREMENT_OFFICER) or actor.province != province_id:
        raise NotAllowed(reason=_("only officers of the province start its distribution run"))
