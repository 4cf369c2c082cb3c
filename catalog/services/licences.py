"""The papers of firms: their licences, and who owns and represents them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Licence, Organization, Ownership
from catalog.errors import AlreadyRegistered, BadShare, NotAFirm, PeriodReversed, PeriodTaken
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.policies import require_officer
from catalog.services.periods import period

FIRMS = (OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR)


def require_firm(organization: Organization) -> None:
    """Let pass a supplier or a distributor.

    Raises:
        NotAFirm
    """
    if organization.kind not in FIRMS:
        raise NotAFirm(organization=organization, pointer="/organization")


def enter_licence(
    *,
    organization: Organization,
    kind: Licence.Kind,
    number: str,
    scopes: Collection[Licence.Scope],
    valid_from: date,
    valid_until: date,
    actor: Actor,
    at: datetime,
) -> Licence:
    """Put a firm's licence on file, for what it lets the firm make or sell, until before ``valid_until``.

    A renewed licence is entered again with its next period.

    Raises:
        NotAllowed: not an officer.
        NotAFirm, PeriodReversed
        NothingGiven: without a scope.
        PeriodTaken: the licence is on file for that time already.
    """
    require_officer(actor)
    require_firm(organization)
    if not scopes:
        raise NothingGiven(pointer="/scopes")
    validity = period(valid_from, valid_until)
    with unit_of_work():
        try:
            with transaction.atomic():
                licence = Licence.objects.create(
                    organization=organization, kind=kind, number=number, scopes=sorted(set(scopes)), validity=validity
                )
        except IntegrityError as error:
            raise PeriodTaken(what=number, period=validity) from error
        changes = {"organization_id": organization.pk, "scopes": licence.scopes, "validity": str(validity)}
        record(
            actor=actor,
            action="licence.enter",
            subject=licence,
            at=at,
            changes={name: [None, value] for name, value in changes.items()},
        )
    return licence


def end_licence(*, licence_id: int, on: date, actor: Actor, at: datetime) -> Licence:
    """Let a licence end before its time, from the day on: withdrawn, or given back.

    Raises:
        NotAllowed, NotVisible
        PeriodReversed: it ends by then already, or does not begin before.
    """
    require_officer(actor)
    with unit_of_work():
        licence = lock(Licence.objects.all(), pk=licence_id)
        former = licence.validity.upper
        if former <= on:
            raise PeriodReversed(begin=on, end=former, pointer="/on")
        licence.validity = period(licence.validity.lower, on)
        licence.save(update_fields=["validity"])
        record(actor=actor, action="licence.end", subject=licence, at=at, changes={"valid_until": [former, on]})
    return licence


def enter_ownership(
    *, organization: Organization, tie: Ownership.Tie, holder: str, share: Decimal | None, actor: Actor, at: datetime
) -> Ownership:
    """Note who owns a part of a firm, or represents it; ``share`` is a part of one, none where it is not known.

    Raises:
        NotAllowed, NotAFirm
        BadShare: nothing, or more than the whole.
        AlreadyRegistered: the holder has the tie already.
    """
    require_officer(actor)
    require_firm(organization)
    if share is not None and not 0 < share <= 1:
        raise BadShare(field="share", value=share, pointer="/share")
    with unit_of_work():
        try:
            with transaction.atomic():
                ownership = Ownership.objects.create(organization=organization, tie=tie, holder=holder, share=share)
        except IntegrityError as error:
            raise AlreadyRegistered(field="holder", value=holder, pointer="/holder") from error
        changes = {"organization_id": organization.pk, "tie": tie, "holder": holder, "share": share}
        record(
            actor=actor,
            action="ownership.enter",
            subject=ownership,
            at=at,
            changes={name: [None, value] for name, value in changes.items()},
        )
    return ownership


def remove_ownership(*, ownership_id: int, actor: Actor, at: datetime) -> None:
    """Take off a tie that is no more; the journal keeps it.

    Raises:
        NotAllowed, NotVisible
    """
    require_officer(actor)
    with unit_of_work():
        ownership = find(Ownership.objects.select_for_update(of=("self",)), pk=ownership_id)
        changes = {"tie": [ownership.tie, None], "holder": [ownership.holder, None], "share": [ownership.share, None]}
        record(actor=actor, action="ownership.remove", subject=ownership, at=at, changes=changes)
        ownership.delete()
