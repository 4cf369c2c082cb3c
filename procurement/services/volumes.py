"""Taking from agreed volumes and giving back; the ledger says why each of them changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from catalog.foundation.prepared import prepared_cursor
from procurement.models import AgreementLine, VolumeEntry

# What is locked as ``locked (id, units)`` changes and is entered, where the condition holds.
CHANGED = """
changed AS (
    UPDATE procurement_agreementline line
    SET {counter} = {counter} + locked.units
    FROM locked
    WHERE line.id = locked.id AND {condition}
    RETURNING line.id, locked.units
)"""
# One statement locks the lines in the order of their keys, so that two callers cannot wait for each other, and
# changes and enters them: whoever waits for the lines waits for one statement.
CHANGE = f"""
WITH wanted AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(units)s::bigint[]) AS wanted (line_id, units)
), locked AS (
    SELECT line.id, wanted.units
    FROM procurement_agreementline line JOIN wanted ON wanted.line_id = line.id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
), {CHANGED}
INSERT INTO procurement_volumeentry (kind, line_id, quantity, reference, reason, entered_at)
SELECT %(kind)s, id, units, %(reference)s, %(reason)s, %(at)s::timestamptz FROM changed
RETURNING line_id
"""
COUNTERS = {
    VolumeEntry.Kind.AGREE: "agreed_quantity",
    VolumeEntry.Kind.CALL_OFF: "called_off_quantity",
    VolumeEntry.Kind.DELIVER: "delivered_quantity",
}
ALWAYS, WHERE_ENOUGH_IS_LEFT = "TRUE", "line.agreed_quantity - line.called_off_quantity >= locked.units"

# For a statement of the caller's own, which has locked the lines as ``locked (id, units)`` in the order of their keys
# and seen that enough is left of them, and knows the reference from its ``written``.
CALLED_OFF = f"""
{CHANGED.format(counter=COUNTERS[VolumeEntry.Kind.CALL_OFF], condition=WHERE_ENOUGH_IS_LEFT)}, entered AS (
    INSERT INTO procurement_volumeentry (kind, line_id, quantity, reference, reason, entered_at)
    SELECT '{VolumeEntry.Kind.CALL_OFF}', changed.id, units, written.reference, '', %(at)s::timestamptz
    FROM changed CROSS JOIN written
)"""


def take_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> set[int]:
    """Call off units of agreed volumes; return the ids of the lines that had enough left, the others are not touched.

    Part of the caller's transaction, as are the others here.
    """
    return _change(VolumeEntry.Kind.CALL_OFF, units_of_line, reference, at, condition=WHERE_ENOUGH_IS_LEFT)


def give_back_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> None:
    """Return units that were called off and will not be supplied."""
    given = {line_id: -units for line_id, units in units_of_line.items()}
    _change(VolumeEntry.Kind.CALL_OFF, given, reference, at)


def deliver_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> None:
    """Enter units that institutions have accepted; fewer than none where accepted goods went back."""
    _change(VolumeEntry.Kind.DELIVER, units_of_line, reference, at)


def hand_over_volume(
    units_of_pair: Mapping[tuple[int, int], int], *, reference: str, at: datetime, reason: str
) -> None:
    """Move agreed units that are not called off from a main supplier's line to its backup's: by the pair of their ids.

    Where something else is locked between, the caller has locked both with ``lock_volumes`` before.
    """
    units: Counter[int] = Counter()
    for (main_id, backup_id), moved in units_of_pair.items():
        units[main_id] -= moved
        units[backup_id] += moved
    _change(VolumeEntry.Kind.AGREE, units, reference, at, reason=reason)


def lock_volumes(line_ids: Collection[int]) -> None:
    """Lock lines in the order of their keys: before several of the changes here that touch different ones."""
    locked = AgreementLine.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=line_ids)
    list(locked.order_by("pk").values_list("pk"))


def _change(
    kind: VolumeEntry.Kind,
    units_of_line: Mapping[int, int],
    reference: str,
    at: datetime,
    *,
    condition: str = ALWAYS,
    reason: str = "",
) -> set[int]:
    """Add signed units to a counter of the lines and to the ledger; return the ids of those that were changed."""
    wanted = {line_id: units for line_id, units in units_of_line.items() if units}
    if not wanted:
        return set()
    statement = CHANGE.format(counter=COUNTERS[kind], condition=condition)
    with prepared_cursor() as cursor:
        lines, units = list(wanted), list(wanted.values())
        told: dict[str, Any] = {"kind": kind.value, "reference": reference, "reason": reason, "at": at}
        cursor.execute(statement, {**told, "lines": lines, "units": units})
        return {row[0] for row in cursor.fetchall()}


def enter(
    kind: VolumeEntry.Kind, units_of_line: Mapping[int, int], reference: str, at: datetime, reason: str = ""
) -> None:
    """Write the ledger, in the caller's transaction that changes the volumes; what changes by nothing has no entry."""
    VolumeEntry.objects.bulk_create(
        VolumeEntry(kind=kind, line_id=line_id, quantity=units, reference=reference, reason=reason, entered_at=at)
        for line_id, units in sorted(units_of_line.items())
        if units
    )
