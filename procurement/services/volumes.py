"""Taking from agreed volumes and giving back; the ledger says why each of them changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from procurement.models import VolumeEntry

TAKE = """
WITH wanted AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(units)s::bigint[]) AS wanted (line_id, units)
), locked AS (
    SELECT line.id, wanted.units
    FROM procurement_agreementline line JOIN wanted ON wanted.line_id = line.id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
)
UPDATE procurement_agreementline line
SET called_off_quantity = called_off_quantity + locked.units
FROM locked
WHERE line.id = locked.id AND line.agreed_quantity - line.called_off_quantity >= locked.units
RETURNING line.id
"""


def take_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> set[int]:
    """Call off units of agreed volumes; return the ids of the lines that had enough left.

    Part of the caller's transaction. One statement locks the lines in the order of their keys, so that two callers
    cannot wait for each other, and takes only where the volume suffices; the ledger says why.
    """
    if not units_of_line:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"lines": list(units_of_line), "units": list(units_of_line.values())})
        taken = {row[0] for row in cursor.fetchall()}
    enter(VolumeEntry.Kind.CALL_OFF, {line_id: units_of_line[line_id] for line_id in taken}, reference, at)
    return taken


GIVE_BACK = """
WITH given AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(units)s::bigint[]) AS given (line_id, units)
), locked AS (
    SELECT line.id, given.units
    FROM procurement_agreementline line JOIN given ON given.line_id = line.id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
)
UPDATE procurement_agreementline line
SET called_off_quantity = called_off_quantity - locked.units
FROM locked
WHERE line.id = locked.id
"""


def give_back_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> None:
    """Return units that were called off and will not be supplied. Part of the caller's transaction."""
    if not units_of_line:
        return
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"lines": list(units_of_line), "units": list(units_of_line.values())})
    given = {line_id: -units for line_id, units in units_of_line.items()}
    enter(VolumeEntry.Kind.CALL_OFF, given, reference, at)


DELIVER = """
WITH delivered AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(units)s::bigint[]) AS delivered (line_id, units)
), locked AS (
    SELECT line.id, delivered.units
    FROM procurement_agreementline line JOIN delivered ON delivered.line_id = line.id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
)
UPDATE procurement_agreementline line
SET delivered_quantity = delivered_quantity + locked.units
FROM locked
WHERE line.id = locked.id
"""


def deliver_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> None:
    """Enter units that institutions have accepted. Part of the caller's transaction."""
    delivered = {line_id: units for line_id, units in units_of_line.items() if units}
    if not delivered:
        return
    with connection.cursor() as cursor:
        cursor.execute(DELIVER, {"lines": list(delivered), "units": list(delivered.values())})
    enter(VolumeEntry.Kind.DELIVER, delivered, reference, at)


def enter(
    kind: VolumeEntry.Kind, units_of_line: Mapping[int, int], reference: str, at: datetime, reason: str = ""
) -> None:
    """Write the ledger, in the caller's transaction that changes the volumes; what changes by nothing has no entry."""
    VolumeEntry.objects.bulk_create(
        VolumeEntry(kind=kind, line_id=line_id, quantity=units, reference=reference, reason=reason, entered_at=at)
        for line_id, units in sorted(units_of_line.items())
        if units
    )
