"""The rows of a file where they wait to be agreed to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils.translation import gettext as _

from catalog.foundation.errors import DomainError
from catalog.foundation.readers import to_json
from catalog.models import Import, ImportRow
from catalog.services.imports.kinds import Kind, Planned
from catalog.states import RowOutcome

COPY = """
COPY catalog_importrow (source_id, number, cells, values, key, outcome, changes, problem) FROM STDIN
"""
# The first row keeps what it would do; those that say the same after it are refused.
REPEATS = """
UPDATE catalog_importrow AS row
SET outcome = %(refused)s, problem = format(%(words)s, row.number, repeated.first, repeated.key)
FROM (
    SELECT id, key, min(number) OVER (PARTITION BY key) AS first, number
    FROM catalog_importrow
    WHERE source_id = %(source)s AND key <> '' AND outcome <> %(refused)s
) AS repeated
WHERE row.id = repeated.id AND repeated.number > repeated.first
"""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row on its way: its cells as they came, by column as the mapping gave them, and read; and what is wrong."""

    number: int
    cells: Sequence[str]
    mapped: Mapping[str, str]
    values: dict[str, Any]
    errors: Sequence[DomainError]


def stage_rows(
    taken: Import,
    kind: Kind,
    rows: Sequence[ReadRow],
    planned: Mapping[int, Planned],
) -> None:
    """Keep the rows with what each would do: its cells as they came, and by column as the mapping gave them."""
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            plan = planned[row.number]
            key = "" if row.errors else " · ".join(str(row.values[name]) for name in kind.key)
            copy.write_row(
                (
                    taken.pk,
                    row.number,
                    _json([to_json(cell) for cell in row.cells]),
                    _json({name: to_json(cell) for name, cell in row.mapped.items()}),
                    key[: ImportRow._meta.get_field("key").max_length],
                    plan.outcome.value,
                    _json(plan.changes),
                    "; ".join(map(str, plan.errors)),
                )
            )


def refuse_repeats(taken: Import) -> None:
    """Refuse every row that is about the same thing as one before it."""
    words = _("Row %(row)s says the same thing as row %(first)s (%(key)s): keep one of them.") % {
        "row": "%s",
        "first": "%s",
        "key": "%s",
    }
    with connection.cursor() as cursor:
        cursor.execute(REPEATS, {"refused": RowOutcome.REFUSED.value, "words": words, "source": taken.pk})


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
