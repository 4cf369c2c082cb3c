"""Who orders, for whom, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.prepared import prepared_cursor
from catalog.models import RuleSet
from catalog.rules.supply_rules import SupplyRules
from distribution.errors import NotYourVillage
from distribution.queries.rules import IN_FORCE, understand

NAMED = f"""
SELECT id, tier, region_id, {IN_FORCE} FROM accounts_organization
WHERE id = %(institution)s OR code = %(recipient)s AND ordering_centre_id = %(institution)s AND is_active
"""


@dataclass(frozen=True, slots=True)
class Orderer:
    """An institution that orders, for itself or for a village clinic, under the supply rules of the day.

    Both have to be of a tier that may order what is not essential, where one of them is to have it.
    """

    institution_id: int
    province_id: str
    tier: str
    recipient_id: int | None
    is_essential_only: bool
    rules: SupplyRules

    @property
    def holder_id(self) -> int:
        """Where the goods go, and the stock lies."""
        return self.recipient_id or self.institution_id

    def limit(self, role: Role) -> Decimal | None:
        """Yuan that somebody with the role may decide on alone; none where the rules set no limit."""
        return self.rules.limits.get((role.value, self.tier))


def orderer_of(institution_id: int, on: date, *, recipient: str = "") -> Orderer:
    """The institution as it orders on the day, for itself or for the village clinic that the code names.

    Raises:
        NotYourVillage: the clinic is not one that the institution orders for.
        RuleSetMissing
    """
    asked = {
        "institution": institution_id,
        # a code with a null character is nobody's, and none that the database would read
        "recipient": recipient.replace("\x00", "\ufffd") or None,
        "kind": RuleSet.Kind.SUPPLY.value,
        "on": on,
    }
    with prepared_cursor() as cursor:
        cursor.execute(NAMED, asked)
        rows = cursor.fetchall()
    found = {key: Organization(pk=key, tier=tier, region_id=region) for key, tier, region, _rules in rows}
    institution = found.pop(institution_id)
    if recipient and not found:
        raise NotYourVillage(recipient=recipient, pointer="/recipient")
    rules = understand(RuleSet.Kind.SUPPLY, SupplyRules, rows[0][-1], on)
    tiers = {institution.tier, *(row.tier for row in found.values())}
    return Orderer(
        institution_id=institution_id,
        province_id=institution.province_id,
        tier=institution.tier,
        recipient_id=next(iter(found), None),
        is_essential_only=not tiers.isdisjoint(rules.essential_only_tiers),
        rules=rules,
    )


def villages_of(institution_id: int) -> list[Organization]:
    """The village clinics that a township centre orders for, by their codes."""
    return list(Organization.objects.filter(ordering_centre=institution_id, is_active=True).order_by("code"))
