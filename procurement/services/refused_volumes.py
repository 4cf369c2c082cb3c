"""Giving back what a whole set of documents had called off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from procurement.models import VolumeEntry

GIVE_BACK = """
WITH returned AS MATERIALIZED (
    SELECT line_id, units, reference FROM ({selection}) AS returned (line_id, units, reference)
), entered AS (
    INSERT INTO procurement_volumeentry (kind, line_id, quantity, reference, reason, entered_at)
    SELECT %(kind)s, line_id, -units, reference, '', %(entered_at)s::timestamptz FROM returned ORDER BY line_id
), locked AS MATERIALIZED (
    SELECT line.id, total.units
    FROM procurement_agreementline line
    JOIN (SELECT line_id, sum(units) AS units FROM returned GROUP BY line_id) total ON total.line_id = line.id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
)
UPDATE procurement_agreementline line
SET called_off_quantity = called_off_quantity - locked.units
FROM locked
WHERE line.id = locked.id
"""


def give_back_selected(*, selection: str, values: Mapping[str, Any], at: datetime) -> None:
    """Return the units that a SELECT finds: its columns are the agreement line, the units and the ledger's reference.

    Part of the caller's transaction. The lines are locked in the order of their keys.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            GIVE_BACK.format(selection=selection),
            {**values, "kind": VolumeEntry.Kind.CALL_OFF, "entered_at": at},
        )
