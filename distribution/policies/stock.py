"""Who keeps stock and hands it on."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import StockTransfer
from distribution.querysets import OFFICERS, SELLERS

KEEPER_ROLES = (Role.PHARMACIST, *SELLERS)


def require_keeper(actor: Actor) -> int:
    """The id of the actor's organization, for whoever answers for its stock: pharmacists, agents of firms.

    Raises:
        NotAllowed
    """
    if not actor.has(*KEEPER_ROLES) or actor.organization_id is None:
        raise NotAllowed(reason=_("only pharmacists and the agents of firms keep stock"))
    return actor.organization_id


def may_propose_transfer(actor: Actor, giver: Organization) -> None:
    """A pharmacist of the institution that gives, or an officer of its province.

    Raises:
        NotAllowed
    """
    is_own = actor.has(Role.PHARMACIST) and actor.organization_id == giver.pk
    if not (is_own or _is_officer_of(actor, giver.province_id)):
        raise NotAllowed(reason=_("only the institution that gives, or an officer of its province, proposes it"))


def may_handle_transfer(actor: Actor, action: str, transfer: StockTransfer) -> None:
    """The taker agrees, refuses and receives; the giver sends; the giver or an officer cancels.

    Raises:
        NotAllowed
    """
    if action == "cancel" and _is_officer_of(actor, transfer.province_id):
        return
    is_takers = action in ("agree", "refuse", "receive")
    side = transfer.taker_id if is_takers else transfer.giver_id
    if not actor.has(Role.PHARMACIST) or actor.organization_id != side:
        raise NotAllowed(
            reason=_("only a pharmacist of the institution that takes does this")
            if is_takers
            else _("only a pharmacist of the institution that gives does this")
        )


def _is_officer_of(actor: Actor, province_id: str) -> bool:
    return actor.has(*OFFICERS) and actor.province == province_id != ""


def require_staff(actor: Actor) -> int:
    """The id of the actor's institution, for whoever works in it.

    Raises:
        NotAllowed
    """
    if not actor.has(Role.BUYER, Role.APPROVER, Role.PHARMACIST) or actor.organization_id is None:
        raise NotAllowed(reason=_("only the staff of an institution sees its stock by product"))
    return actor.organization_id
