"""Which experts are in a conflict of interest with the bidders of a tender, and what ties them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from catalog.accounts.models import Membership, Organization, Ownership
from procurement.models import Bid, Expert, ExpertInterest, Tender


class Tie(StrEnum):
    """What ties an expert to a bidder, the nearest first."""

    WORKS_FOR = "works_for"
    OWNS = "owns"
    INTEREST = "interest"
    SHARED_OWNER = "shared_owner"


@dataclass(frozen=True, slots=True)
class InterestConflict:
    """The bidder by its name, and the tie."""

    tie: Tie
    firm: str


def bidder_ids(tender: Tender) -> set[int]:
    """The firms whose bids stand."""
    return set(Bid.objects.filter(lot__tender=tender).standing().values_list("supplier", flat=True))


def conflicts(experts: Collection[Expert], bidders: Collection[int]) -> dict[int, InterestConflict]:
    """The conflict of each expert that has one, by the expert's id; the experts come with their people.

    In conflict is who works for a bidder, owns or represents one, has an interest in one, or works for or has an
    interest in a firm that shares an owner with one, owns one or is owned by one.
    """
    employers = _employers(experts)
    interests = _interests(experts)
    firms = {*bidders, *(firm for tied in (*employers.values(), *interests.values()) for firm in tied)}
    names = dict(Organization.objects.filter(pk__in=firms).values_list("pk", "name"))
    holders: defaultdict[int, set[str]] = defaultdict(set)
    for firm, holder in Ownership.objects.filter(organization__in=firms).values_list("organization", "holder"):
        holders[firm].add(holder)
    # a firm is of its owners' family and of its own
    family = {firm: {name, *holders[firm]} for firm, name in names.items()}
    found: dict[int, InterestConflict] = {}
    for expert in experts:
        own, interested, person = employers[expert.pk], interests[expert.pk], expert.user.get_full_name()
        for bidder in sorted(bidders):
            if bidder in own:
                tie = Tie.WORKS_FOR
            elif person and person in holders[bidder]:
                tie = Tie.OWNS
            elif bidder in interested:
                tie = Tie.INTEREST
            elif any(family[firm] & family[bidder] for firm in own | interested):
                tie = Tie.SHARED_OWNER
            else:
                continue
            found[expert.pk] = InterestConflict(tie, names[bidder])
            break
    return found


def _employers(experts: Collection[Expert]) -> defaultdict[int, set[int]]:
    employers: defaultdict[int, set[int]] = defaultdict(set)
    of_user = {expert.user_id: expert.pk for expert in experts}
    for expert in experts:
        employers[expert.pk].add(expert.employer_id)
    for user, firm in Membership.objects.filter(user__in=of_user).values_list("user", "organization"):
        employers[of_user[user]].add(firm)
    return employers


def _interests(experts: Collection[Expert]) -> defaultdict[int, set[int]]:
    interests: defaultdict[int, set[int]] = defaultdict(set)
    declared = ExpertInterest.objects.filter(expert__in=[expert.pk for expert in experts])
    for expert, firm in declared.values_list("expert", "organization"):
        interests[expert].add(firm)
    return interests
