"""Files of the tests, and their way in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.foundation.actor import Actor
from catalog.models import Import
from catalog.services.imports.checking import check_import
from catalog.services.imports.intake import start_import
from catalog.services.imports.registry import KINDS
from catalog.services.imports.writing import agree_import, write_import
from tests.cast import Cast
from tests.factories import NOW

Rows = Sequence[Mapping[str, str]]


def as_csv(rows: Rows) -> bytes:
    """The rows under their names, in the order in which those first appear."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def straight(kind: str, *names: str) -> dict[str, Any]:
    """The mapping of a file that calls its columns what the kind calls them."""
    known = [column.name for column in KINDS[kind].columns]
    return {"columns": {name: {"from": name} for name in (names or known)}}


def taken(cast: Cast, kind: str, rows: Rows, /, *, actor: Actor | None = None, **options: str) -> Import:
    """A file of the officer that the worker has not looked at yet."""
    names = dict.fromkeys(name for row in rows for name in row)
    return start_import(
        kind=kind,
        file_name="rows.csv",
        content=as_csv(rows),
        mapping=straight(kind, *names),
        options=options,
        actor=actor or cast.officer,
        at=NOW,
    )


def checked(cast: Cast, kind: str, rows: Rows, /, **options: str) -> Import:
    """A file that the worker has looked at."""
    return check_import(import_id=taken(cast, kind, rows, **options).pk, actor=cast.platform, at=NOW)


def written(cast: Cast, kind: str, rows: Rows, /, *, by_row: bool = False, **options: str) -> Import:
    """A file that was agreed to and written."""
    return agreed(cast, checked(cast, kind, rows, **options), by_row=by_row)


def agreed(cast: Cast, source: Import, *, by_row: bool = False) -> Import:
    """The file, agreed to and written."""
    agree_import(import_id=source.pk, by_row=by_row, actor=cast.officer, at=NOW)
    return write_import(import_id=source.pk, actor=cast.platform, at=NOW)


def problems(source: Import) -> dict[int, str]:
    """What is wrong with each refused row, by its number."""
    return dict(source.rows.filter(outcome="refused").values_list("number", "problem"))
