"""The credit level of a firm on a day: what its records in force come to (价格招采信用评价)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from catalog.accounts.models import Organization
from catalog.rules.conduct_rules import Effect, Level
from procurement.models import ConductRecord


@dataclass(frozen=True, slots=True)
class CreditStanding:
    """A firm with records in force on a day: the gravest level among them, and until before when it holds.

    ``barred_in`` are the provinces in which it may not take part, empty for the whole nation where ``is_barred``.
    """

    organization: Organization
    level: Level
    until: date
    records: tuple[ConductRecord, ...]

    @property
    def level_display(self) -> str:
        return str(ConductRecord.Level(self.level).label)

    @property
    def record_ids(self) -> list[int]:
        return [record.pk for record in self.records]

    @property
    def is_barred(self) -> bool:
        """Somewhere at least."""
        return any(Effect.BARRED in (record.effect, record.elsewhere) for record in self.records)

    @property
    def barred_in(self) -> list[str]:
        barring = [record for record in self.records if record.effect == Effect.BARRED]
        if any(record.province_id is None for record in barring):
            return []
        return sorted({record.province_id for record in barring if record.province_id is not None})


def credit_standings(on: date) -> list[CreditStanding]:
    """Every firm that has a level on the day, the gravest first; who is not in it has none."""
    found: defaultdict[int, list[ConductRecord]] = defaultdict(list)
    rows = ConductRecord.objects.in_force(on).select_related("organization", "province").order_by("validity", "pk")
    for record in rows:
        found[record.organization_id].append(record)
    standings = [_standing(records) for records in found.values()]
    return sorted(standings, key=lambda item: (-item.level.gravity, item.organization.name))


def credit_standing(organization_id: int, on: date) -> CreditStanding | None:
    """The firm's on the day; none where nothing is recorded that holds then."""
    rows = ConductRecord.objects.in_force(on).filter(organization=organization_id).select_related("organization")
    records = list(rows.order_by("validity", "pk"))
    return _standing(records) if records else None


def _standing(records: list[ConductRecord]) -> CreditStanding:
    level = max((Level(record.level) for record in records), key=lambda item: item.gravity)
    until = max(record.validity.upper for record in records if record.level == level)
    return CreditStanding(records[0].organization, level, until, tuple(records))
