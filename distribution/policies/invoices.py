"""Who files invoices, and who settles them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import Invoice, Order, Settlement
from distribution.querysets import SELLERS


def may_invoice_order(actor: Actor, order: Order) -> int:
    """The supplier of the order, or the distributor that brings it; the id of the firm.

    Raises:
        NotAllowed
    """
    supplier = actor.has(Role.SUPPLIER_AGENT) and order.supplier_id == actor.organization_id
    distributor = actor.has(Role.DISTRIBUTOR_AGENT) and order.distributor_id == actor.organization_id
    if not (supplier or distributor) or actor.organization_id is None:
        raise NotAllowed(reason=_("only the supplier or its entrusted distributor invoices an order"))
    return actor.organization_id


def may_file_sale(actor: Actor, seller_id: int, buyer_id: int) -> int:
    """One of the two firms of the sale; its id.

    Raises:
        NotAllowed
    """
    if not actor.has(*SELLERS) or actor.organization_id not in (seller_id, buyer_id):
        raise NotAllowed(reason=_("a sale between firms is filed by the one that sold or the one that bought"))
    return actor.organization_id


def may_handle_invoice(actor: Actor, action: str, invoice: Invoice) -> None:
    """The platform matches and settles; who filed an invoice withdraws it.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if action != "withdraw":
        raise NotAllowed(reason=_("invoices are matched and settled by the platform"))
    if not actor.has(*SELLERS) or actor.organization_id != invoice.filed_by_id:
        raise NotAllowed(reason=_("an invoice is withdrawn by whoever filed it"))


def may_handle_settlement(actor: Actor, action: str, settlement: Settlement) -> None:
    """Officers of the province; a settlement is approved by another person than the one who drew it up.

    Raises:
        NotAllowed
    """
    if require_officer(actor) != settlement.province_id:
        raise NotAllowed(reason=_("the settlement is another province's"))
    if action == "approve":
        if actor.user_id is None:
            raise NotAllowed(reason=_("approval is given by a named person, not by a system"))
        if actor.user_id == settlement.drawn_by_id:
            raise NotAllowed(reason=_("nobody approves their own settlement; ask another officer"))


def require_officer(actor: Actor) -> str:
    """The province of the officer.

    Raises:
        NotAllowed
    """
    if not actor.has(Role.PROCUREMENT_OFFICER):
        raise NotAllowed(reason=_("this is done by procurement officers"))
    return actor.province
