"""What is done around committees."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from procurement.models import (
    CommitteeMember,
    ScoreSheet,
    Tender,
)
from procurement.policies.roles import require_person, require_role
from procurement.policies.tenders import may_run_tender


def may_keep_expert(actor: Actor, employer: Organization) -> None:
    """Officers keep the experts of their province; those of a national body any officer.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if not actor.is_platform and employer.province_id not in ("", actor.province):
        raise NotAllowed(reason=_("the expert is kept by the officers of another province"))


def may_score(actor: Actor, action: str, sheet: ScoreSheet) -> None:
    """The expert whose sheet it is, as long as they sit on the committee.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.EXPERT)
    member = CommitteeMember.objects.select_related("expert").get(pk=sheet.member_id)
    if member.expert.user_id != require_person(actor):
        raise NotAllowed(reason=_("the score sheet is another member's"))
    if member.left_at is not None:
        raise NotAllowed(reason=_("you were replaced on this committee"))


def may_decide_shortlist(actor: Actor, action: str, tender: Tender) -> None:
    """An officer of the agency, and not the one who published the tender.

    Raises:
        NotAllowed
    """
    may_run_tender(actor, action, tender)
    if require_person(actor) == tender.published_by_id:
        raise NotAllowed(reason=_("who published the tender does not decide on its shortlist; a second officer does"))
