"""The keys that a tender's envelopes are sealed with: made at its publication, split, and forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership, User
from procurement.errors import OpeningKeyMissing, TenderIncomplete
from procurement.models import KeyShare, OpeningKey, Tender, TenderKey
from procurement.rules.sealing import new_key_pair, seal, split
from procurement.states import Stage

# Nobody opens alone; more holders than needed are the reserve for somebody absent.
LEAST_SHARES = 2


def refuse_holders(tender: Tender, holders: Sequence[User], threshold: int) -> None:
    """Hold who may open: at least two together, officers of the tender's own agency and supervisors, some of each.

    Raises:
        TenderIncomplete
    """
    people = {holder.pk: holder for holder in holders}
    if threshold < LEAST_SHARES or len(people) < threshold:
        raise TenderIncomplete(
            problem=_("at least two people must hold the opening key, and as many as it takes to open")
        )
    roles = Membership.objects.filter(user__in=people, user__is_active=True, organization__is_active=True)
    officers = roles.filter(role=Role.PROCUREMENT_OFFICER)
    supervisors = set(roles.filter(role=Role.SUPERVISOR).values_list("user", flat=True))
    own = set(officers.filter(organization=tender.agency_id).values_list("user", flat=True))
    foreign = set(officers.exclude(organization=tender.agency_id).values_list("user", flat=True))
    strangers = [str(person) for pk, person in people.items() if pk in foreign or pk not in own | supervisors]
    if strangers:
        raise TenderIncomplete(
            problem=_(
                "%(people)s may not hold the opening key: active officers of the agency that leads the tender and "
                "supervisors may"
            )
            % {"people": ", ".join(strangers)}
        )
    for role, found in ((Role.PROCUREMENT_OFFICER, own), (Role.SUPERVISOR, supervisors)):
        if not found:
            raise TenderIncomplete(problem=_("among the holders of the key is no “%(role)s”") % {"role": role.label})


def make_key(tender: Tender, stage: Stage, holders: Sequence[User], threshold: int) -> None:
    """Make the key pair of a stage and give each holder a share of the private half, sealed to their own key.

    Raises:
        OpeningKeyMissing
    """
    keys = {key.user_id: key for key in OpeningKey.objects.filter(user__in=holders)}
    for holder in holders:
        if holder.pk not in keys:
            raise OpeningKeyMissing(person=holder)
    pair = new_key_pair()
    tender_key = TenderKey.objects.create(tender=tender, stage=stage, public_key=pair.public, threshold=threshold)
    shares = split(pair.private, threshold=threshold, holders=len(keys))
    KeyShare.objects.bulk_create(
        KeyShare(key=tender_key, holder_id=user_id, sealed=seal(share, bytes(key.public_key)))
        for share, (user_id, key) in zip(shares, sorted(keys.items()), strict=True)
    )
