"""What is done to bids."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from procurement.errors import SupplierNotAdmitted
from procurement.models import (
    Bid,
    Lot,
    Negotiation,
)
from procurement.policies.roles import require_person, require_role
from procurement.policies.tenders import may_decide_lot, may_run_tender
from procurement.queries.standing import obstacles


def may_negotiate(actor: Actor, action: str, part: Bid | Negotiation) -> None:
    """A named officer of the agency.

    Raises:
        NotAllowed
    """
    require_person(actor)
    may_run_tender(actor, action, part.lot.tender)


def may_list_offer(actor: Actor, action: str, bid: Bid) -> None:
    """Who may decide its lot: not the officer who published the listing.

    Raises:
        NotAllowed
    """
    may_decide_lot(actor, action, bid.lot)


def may_set_aside_bid(actor: Actor, action: str, bid: Bid) -> None:
    """Who may decide its lot; the same holds of a revoked award.

    Raises:
        NotAllowed
    """
    may_decide_lot(actor, action, bid.lot)


def may_withdraw_bid(actor: Actor, action: str, bid: Bid) -> None:
    """The supplier whose bid it is.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.SUPPLIER_AGENT)
    if bid.supplier_id != actor.organization_id:
        raise NotAllowed(reason=_("the bid is another supplier's"))


def may_explain_bid(actor: Actor, action: str, bid: Bid) -> None:
    """The supplier whose price it is; an officer and a supervisor read what it says.

    Raises:
        NotAllowed
    """
    may_withdraw_bid(actor, action, bid)


def require_admitted(supplier_id: int, lot: Lot, at: datetime) -> None:
    """Let pass a supplier against whom nothing stands on the day: neither its conduct nor its licences.

    Raises:
        SupplierNotAdmitted: with every reason.
    """
    found = obstacles(supplier_id, lot.tender, lot, at)
    if found:
        supplier = Organization.objects.get(pk=supplier_id)
        reasons = "; ".join(obstacle.sentence for obstacle in found)
        raise SupplierNotAdmitted(supplier=supplier, lot=lot.number, reasons=reasons)
