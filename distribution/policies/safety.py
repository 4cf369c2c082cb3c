"""Who reports reactions and judges them, and who recalls, answers and reports on recalls."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import AdverseReaction, LotAlert, Recall, RecallNotice, SafetySignal
from distribution.policies.stock import require_keeper
from distribution.querysets import INSTITUTION_ROLES, OFFICERS, SELLERS


def require_reaction_reporter(actor: Actor) -> int:
    """The id of the actor's organization: institutions, makers and distributors are bound to report.

    Raises:
        NotAllowed
    """
    if not actor.has(*INSTITUTION_ROLES, *SELLERS) or actor.organization_id is None:
        raise NotAllowed(reason=_("adverse reactions are reported by institutions, suppliers and distributors"))
    return actor.organization_id


def may_handle_reaction(actor: Actor, action: str, reaction: AdverseReaction) -> None:
    """Officers of the province review, conclude and set aside.

    Raises:
        NotAllowed
    """
    if actor.province != reaction.province_id:
        raise NotAllowed(reason=_("adverse reactions are reviewed by officers of the province"))
    _require_officer_in_person(actor)


def may_judge_safety(actor: Actor, action: str, subject: SafetySignal | LotAlert) -> None:
    """Officers judge signals and decide about lots that are warned of.

    Raises:
        NotAllowed
    """
    _require_officer_in_person(actor)


def may_handle_recall(actor: Actor, action: str, recall: Recall) -> None:
    """Officers and the maker notify, and drop (the maker its own proposals); a second officer opens; officers close.

    Raises:
        NotAllowed
    """
    if action in ("notify", "drop"):
        require_recaller(actor, recall)
        if action == "drop" and not actor.has(*OFFICERS) and actor.organization_id != recall.organization_id:
            raise NotAllowed(reason=_("a maker drops its own proposals alone"))
        return
    _require_officer_in_person(actor)
    if action == "open" and actor.user_id == recall.proposed_by_id:
        raise NotAllowed(reason=_("whoever proposed a recall does not open it"))


def require_recaller(actor: Actor, recall: Recall) -> None:
    """The maker answers for a recall, and officers stand in for it.

    Raises:
        NotAllowed
    """
    is_maker = actor.has(Role.SUPPLIER_AGENT) and actor.organization_id == recall.product.manufacturer_id
    if not is_maker and not actor.has(*OFFICERS):
        raise NotAllowed(reason=_("a recall is its maker's and the officers' to lead"))


def may_answer_recall(actor: Actor, action: str, notice: RecallNotice) -> None:
    """Whoever keeps the addressee's stock.

    Raises:
        NotAllowed
    """
    if require_keeper(actor) != notice.recipient_id:
        raise NotAllowed(reason=_("a recall notice is answered by its addressee"))


def _require_officer_in_person(actor: Actor) -> None:
    if not actor.has(*OFFICERS):
        raise NotAllowed(reason=_("this is the officers' to decide"))
    if actor.user_id is None:
        raise NotAllowed(reason=_("this is decided by a named person, not by a system"))
