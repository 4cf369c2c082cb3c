"""The rows of a file where they wait to be agreed to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from catalog.foundation.imports import DuplicateRow
from catalog.foundation.readers import to_json
from catalog.models import Import, ImportRow
from catalog.services.imports.kinds import Kind, Planned
from catalog.services.imports.reading import ReadRow
from catalog.states import RowOutcome

COPY = """
COPY catalog_importrow (source_id, number, cells, values, key, outcome, changes, problem) FROM STDIN
"""
COPY_CLAIMS = "COPY import_claim (number, claim, said) FROM STDIN"
# The first row keeps what it would do; those that say the same after it are refused.
REPEATS = """
UPDATE catalog_importrow AS row
SET outcome = %(refused)s, changes = '{}', problem = format(%(words)s, repeat.number, repeat.first, repeat.said)
FROM (
    SELECT DISTINCT ON (number) number, first, said
    FROM (SELECT number, said, min(number) OVER (PARTITION BY claim) AS first FROM import_claim) AS claimed
    WHERE number > first
    ORDER BY number, first
) AS repeat
WHERE row.source_id = %(source)s AND row.number = repeat.number
"""
OUTCOMES = """
UPDATE catalog_importrow AS row
SET outcome = now.outcome, changes = now.changes::jsonb, problem = now.problem
FROM unnest(%s::integer[], %s::text[], %s::text[], %s::text[]) AS now (number, outcome, changes, problem)
WHERE row.source_id = %s AND row.number = now.number
"""
KEY_LENGTH = ImportRow._meta.get_field("key").max_length


@contextmanager
def staging(taken: Import) -> Iterator[None]:
    """Keep rows in place of those that there were; those that repeat one before them are refused at the end."""
    taken.rows.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE import_claim (number integer, claim text, said text)")
    yield
    # the words of the error, with the places of what differs from row to row
    words = str(DuplicateRow.template) % {"row": "%1$s", "first": "%2$s", "key": "%3$s"}
    with connection.cursor() as cursor:
        cursor.execute(REPEATS, {"refused": RowOutcome.REFUSED.value, "words": words, "source": taken.pk})
        cursor.execute("DROP TABLE import_claim")


def stage_rows(taken: Import, kind: Kind, rows: Sequence[ReadRow], planned: Mapping[int, Planned]) -> None:
    """Keep the rows with what each would do: its cells as they came, and by column as the mapping gave them."""
    headings = headings_of(taken)
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            plan = planned[row.number]
            key = "" if row.errors else " · ".join(_key(row, kind))
            copy.write_row(
                (
                    taken.pk,
                    row.number,
                    _json([kept(cell) for cell in row.cells]),
                    _json({name: kept(cell) for name, cell in row.mapped.items()}),
                    key[:KEY_LENGTH],
                    plan.outcome.value,
                    _json(plan.changes),
                    problem_of(plan, headings),
                )
            )
    claims = (
        (number, claim, said)
        for row in rows
        if planned[row.number].outcome != RowOutcome.REFUSED
        for number, claim, said in _claims(row, kind, planned[row.number])
    )
    with connection.cursor() as cursor, cursor.copy(COPY_CLAIMS) as copy:
        for line in claims:
            copy.write_row(line)


def keep_outcomes(taken: Import, planned: Sequence[Planned]) -> None:
    """Tell of these rows what becomes, or has become, of them."""
    headings = headings_of(taken)
    columns = (
        [item.number for item in planned],
        [item.outcome.value for item in planned],
        [_json(item.changes) for item in planned],
        [problem_of(item, headings) for item in planned],
    )
    if planned:
        with connection.cursor() as cursor:
            cursor.execute(OUTCOMES, [*columns, taken.pk])


def headings_of(taken: Import) -> dict[str, str]:
    """What the file calls the columns that are read."""
    columns = taken.mapping["columns"].items()
    return {name: source["from"] for name, source in columns if "from" in source}


def problem_of(plan: Planned, headings: Mapping[str, str]) -> str:
    """Everything that is wrong with a row, in the file's own words for its columns."""
    for error in plan.errors:
        for fact in ("column", "field"):
            if fact in error.facts:
                error.facts[fact] = headings.get(error.facts[fact], error.facts[fact])
    return storable("; ".join(map(str, plan.errors)))


def kept(cell: str) -> str | int | float:
    """The cell for a JSON field of the database."""
    content = to_json(cell)
    return storable(content) if isinstance(content, str) else content


def storable(text: str) -> str:
    """No text of the database holds a null character; the replacement character is seen in its place."""
    return text.replace("\x00", "\ufffd")


def _claims(row: ReadRow, kind: Kind, plan: Planned) -> Iterable[tuple[int, str, str]]:
    key = _key(row, kind)
    yield row.number, _json(["", *key]), " · ".join(key)
    for claim in plan.claims:
        yield row.number, claim, claim


def _key(row: ReadRow, kind: Kind) -> list[str]:
    return [str(row.values[name]) for name in kind.key]


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
