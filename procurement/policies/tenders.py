"""What is done to tenders, lots, openings and what follows them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from procurement.models import (
    KeyShare,
    Lot,
    NegotiationRound,
    Objection,
    Tender,
)
from procurement.policies.roles import require_person, require_role


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


def may_cancel_tender(actor: Actor, action: str, tender: Tender) -> None:
    """A named officer of the agency; once bids were read another than the one who published the tender: four eyes.

    Raises:
        NotAllowed
    """
    person = require_person(actor)
    may_run_tender(actor, action, tender)
    if person == tender.published_by_id and tender.openings.exists():
        raise NotAllowed(
            reason=_("who published the tender does not cancel it after an opening; a second officer does")
        )


def may_decide_lot(actor: Actor, action: str, lot: Lot) -> None:
    """An officer of the agency, and neither the one who published the tender nor one who negotiated: four eyes.

    Raises:
        NotAllowed
    """
    may_run_tender(actor, action, lot.tender)
    person = require_person(actor)
    if person == lot.tender.published_by_id:
        raise NotAllowed(reason=_("who published the tender does not award its lots; a second officer does"))
    if NegotiationRound.objects.filter(negotiation__lot=lot, recorded_by=person).exists():
        raise NotAllowed(reason=_("who negotiated a lot does not award it; a second officer does"))


def may_renew_lot(actor: Actor, action: str, lot: Lot) -> None:
    """A named officer of the agency.

    Raises:
        NotAllowed
    """
    require_person(actor)
    may_run_tender(actor, action, lot.tender)


def may_publish_candidates(actor: Actor, action: str, tender: Tender) -> None:
    """A named officer of the agency.

    Raises:
        NotAllowed
    """
    require_person(actor)
    may_run_tender(actor, action, tender)


def may_answer_objection(actor: Actor, action: str, objection: Objection) -> None:
    """A named officer of the agency whose tender it is about.

    Raises:
        NotAllowed
    """
    require_person(actor)
    may_run_tender(actor, action, objection.tender)


def holds_share(actor: Actor, share: KeyShare | None) -> None:
    """Only the named holder uses a share.

    Raises:
        NotAllowed
    """
    if share is None or share.holder_id != require_person(actor):
        raise NotAllowed(reason=_("you hold no share of this tender's opening key"))


def may_review_flag(actor: Actor) -> None:
    """Supervisors: the agency whose tender it is reads the flag and does not judge it.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.SUPERVISOR)
