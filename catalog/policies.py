"""May this actor do this to that? Who may see which rows stands in the querysets."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.models import Edition, Import, MergeProposal, PriceAdjustment, Product


def require_officer(actor: Actor) -> None:
    """Let pass a procurement officer, and the platform itself.

    Raises:
        NotAllowed
    """
    if not (actor.is_platform or actor.has(Role.PROCUREMENT_OFFICER)):
        raise NotAllowed(reason=_("this needs the role “%(role)s”") % {"role": Role.PROCUREMENT_OFFICER.label})


def require_person(actor: Actor) -> int:
    """The user id of a named person: decisions are not made by machines.

    Raises:
        NotAllowed
    """
    if actor.user_id is None:
        raise NotAllowed(reason=_("this is decided by a named person, not by a system"))
    return actor.user_id


def require_province(actor: Actor, province_id: str) -> None:
    """Let pass an officer of the province, and the platform itself.

    Raises:
        NotAllowed
    """
    require_officer(actor)
    if not actor.is_platform and actor.province != province_id:
        raise NotAllowed(reason=_("this is another province's to decide"))


def may_handle_edition(actor: Actor, action: str, edition: Edition) -> None:
    """An officer; who drafted an edition does not publish it. The days turn it by the platform alone.

    Raises:
        NotAllowed
    """
    require_officer(actor)
    if actor.is_platform:
        return
    person = require_person(actor)
    if action == "publish" and person == edition.drafted_by_id:
        raise NotAllowed(reason=_("who drafted the edition does not publish it; a second officer does"))


def may_handle_product(actor: Actor, action: str, product: Product) -> None:
    """A named officer.

    Raises:
        NotAllowed
    """
    require_officer(actor)
    if not actor.is_platform:
        require_person(actor)


def may_decide_merge(actor: Actor, action: str, proposal: MergeProposal) -> None:
    """A named officer: nothing is merged by the platform itself.

    Raises:
        NotAllowed
    """
    require_officer(actor)
    require_person(actor)


def may_decide_adjustment(actor: Actor, action: str, adjustment: PriceAdjustment) -> None:
    """An officer of the province, and not the one who opened it; who opened it may drop it.

    Raises:
        NotAllowed
    """
    require_province(actor, adjustment.province_id)
    if require_person(actor) == adjustment.opened_by_id and action == "approve":
        raise NotAllowed(reason=_("who opened the adjustment does not approve it; a second officer does"))


def may_handle_import(actor: Actor, action: str, source: Import) -> None:
    """An officer of the organization whose file it is; the platform reads and writes it.

    Raises:
        NotAllowed
    """
    require_officer(actor)
    if actor.is_platform:
        return
    require_person(actor)
    if source.organization_id != actor.organization_id:
        raise NotAllowed(reason=_("the file is another organization's"))
