"""Who answers in a case, and who conducts it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import RetailCase
from distribution.querysets import INSTITUTION_ROLES, OFFICERS
from procurement.policies import require_person


def may_handle_case(actor: Actor, action: str, case: RetailCase) -> None:
    """The institution answers; named officers of the province do the rest, and who proposed a penalty not confirm it.

    Raises:
        NotAllowed
    """
    if action == "answer":
        if not actor.has(*INSTITUTION_ROLES) or actor.organization_id != case.institution_id:
            raise NotAllowed(reason=_("only the institution that the case is about answers"))
        return
    if not actor.has(*OFFICERS) or actor.province != case.province_id:
        raise NotAllowed(reason=_("cases are conducted by officers of the province"))
    if require_person(actor) == case.proposed_by_id and action == "penalise":
        raise NotAllowed(reason=_("who proposed the penalty does not confirm it; a second person does"))


def may_write_in_case(actor: Actor, case: RetailCase) -> None:
    """Both sides.

    Raises:
        NotAllowed
    """
    is_institution = actor.has(*INSTITUTION_ROLES) and actor.organization_id == case.institution_id
    may_handle_case(actor, "answer" if is_institution else "write", case)
