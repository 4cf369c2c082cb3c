"""May this actor do this to that? Who may see which rows stands in the querysets."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import Despatch, Order, Requisition


def require_institution(actor: Actor, role: Role) -> int:
    """The id of the actor's institution, for somebody with the role in it.

    Raises:
        NotAllowed
    """
    if not actor.has(role) or actor.organization_id is None:
        raise NotAllowed(reason=_("this needs the role “%(role)s” in the institution") % {"role": role.label})
    return actor.organization_id


def may_handle_requisition(actor: Actor, action: str, requisition: Requisition) -> None:
    """Buyers write, submit and cancel; an approver who is not the author approves or sends back; the run places.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if action == "place":
        raise NotAllowed(reason=_("only the distribution run places requisitions"))
    role = Role.APPROVER if action in ("approve", "return") else Role.BUYER
    if require_institution(actor, role) != requisition.institution_id:
        raise NotAllowed(reason=_("the requisition is another institution's"))
    if action == "approve":
        if actor.user_id is None:
            raise NotAllowed(reason=_("approval is given by a named person, not by a system"))
        if actor.user_id in (requisition.author_id, requisition.submitter_id):
            raise NotAllowed(reason=_("nobody approves their own requisition; ask another approver"))


def may_handle_order(actor: Actor, action: str, order: Order) -> None:
    """The supplier, or the distributor that it entrusted with this order.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    supplier = actor.has(Role.SUPPLIER_AGENT) and order.supplier_id == actor.organization_id
    distributor = actor.has(Role.DISTRIBUTOR_AGENT) and order.distributor_id == actor.organization_id
    if not (supplier or distributor):
        raise NotAllowed(reason=_("only the supplier or its entrusted distributor answers an order"))


def may_receive(actor: Actor, action: str, despatch: Despatch) -> None:
    """A pharmacist of the institution that ordered.

    Raises:
        NotAllowed
    """
    if require_institution(actor, Role.PHARMACIST) != despatch.order.institution_id:
        raise NotAllowed(reason=_("the goods are another institution's"))


def may_run_distribution(actor: Actor, province_id: str) -> None:
    """Officers of the province, and the platform's timetable.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if not actor.has(Role.PROCUREMENT_OFFICER) or actor.province != province_id:
        raise NotAllowed(reason=_("only officers of the province start its distribution run"))
