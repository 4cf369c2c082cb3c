"""May this actor do this to that? Who may see which rows stands in the querysets."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from procurement.models import Agreement, Bid, KeyShare, Lot, Tender


def require_role(actor: Actor, role: Role) -> None:
    """Let pass whoever holds the role, and the platform itself.

    Raises:
        NotAllowed
    """
    if not (actor.is_platform or actor.has(role)):
        raise NotAllowed(reason=_("this needs the role “%(role)s”") % {"role": role.label})


def require_person(actor: Actor) -> int:
    """The user id of a named person: decisions are not made by machines.

    Raises:
        NotAllowed
    """
    if actor.user_id is None:
        raise NotAllowed(reason=_("this is decided by a named person, not by a system"))
    return actor.user_id


def may_run_tender(actor: Actor, action: str, tender: Tender) -> None:
    """Officers of the agency that leads the tender; the platform closes, opens and evaluates.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if tender.agency_id != actor.organization_id:
        raise NotAllowed(reason=_("the tender is led by another agency"))


def may_decide_lot(actor: Actor, action: str, lot: Lot) -> None:
    """An officer of the agency, and not the one who published the tender: four eyes over every award.

    Raises:
        NotAllowed
    """
    may_run_tender(actor, action, lot.tender)
    if require_person(actor) == lot.tender.published_by_id:
        raise NotAllowed(reason=_("who published the tender does not award its lots; a second officer does"))


def may_withdraw_bid(actor: Actor, action: str, bid: Bid) -> None:
    """The supplier whose bid it is.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.SUPPLIER_AGENT)
    if bid.supplier_id != actor.organization_id:
        raise NotAllowed(reason=_("the bid is another supplier's"))


def may_run_agreement(actor: Actor, action: str, agreement: Agreement) -> None:
    """Officers of the agency that concluded it.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if not actor.is_platform and agreement.agency_id != actor.organization_id:
        raise NotAllowed(reason=_("the agreement is another agency's"))


def holds_share(actor: Actor, share: KeyShare | None) -> None:
    """Only the named holder uses a share.

    Raises:
        NotAllowed
    """
    if share is None or share.holder_id != require_person(actor):
        raise NotAllowed(reason=_("you hold no share of this tender's opening key"))
