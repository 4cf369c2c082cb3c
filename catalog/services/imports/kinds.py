"""What a kind of record needs so that it can come out of a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import Column
from catalog.states import RowOutcome

# A row's number in the sheet, and its values by the names of the columns.
Row = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Option:
    """Something to be said about a file as a whole, read like a cell."""

    name: str
    label: str | Promise
    read: Callable[[str], Any]
    is_required: bool = True
    help: str | Promise = ""


@dataclass(slots=True)
class Context:
    """What a kind knows beside the rows: the options, who loads the file, when, and what a survey of it has found."""

    options: dict[str, Any]
    actor: Actor
    at: datetime
    file_name: str = ""
    surveyed: Any = None


@dataclass(slots=True)
class Planned:
    """What a row would do; ``changes`` are the old and the new value by field."""

    number: int
    outcome: RowOutcome
    changes: dict[str, list[Any]] = field(default_factory=dict)
    errors: list[DomainError] = field(default_factory=list)


Plan = Callable[[Sequence[Row], Context], list[Planned]]
Write = Callable[[Sequence[Row], Context], None]


def _nothing(rows: Iterable[dict[str, Any]]) -> None:
    return None


def _no_preparation(context: Context) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record that files bring.

    ``plan`` says what a few hundred rows would do, in a constant number of queries; ``write`` does it for those that
    add or change something, in the transaction of the whole file, to which ``prepare`` belongs as well: what stands
    once for the file, such as its price decision. ``key`` are the columns that say what a row is about; no two rows of
    a file agree in them. ``survey`` looks at every row beforehand and keeps what each of them may refer to. The rows
    of a kind that ``is_whole`` are written all at once, since several of them make one record.
    """

    name: str
    label: str | Promise
    help: str | Promise
    columns: Sequence[Column]
    key: Sequence[str]
    plan: Plan
    write: Write
    options: Sequence[Option] = ()
    importers: Collection[str] = (Role.PROCUREMENT_OFFICER,)
    prepare: Callable[[Context], Any] = _no_preparation
    survey: Callable[[Iterable[dict[str, Any]]], Any] = _nothing
    is_whole: bool = False


def refused(number: int, *errors: DomainError) -> Planned:
    """A row that cannot be written, and why."""
    return Planned(number, RowOutcome.REFUSED, errors=list(errors))


def compared(number: int, before: dict[str, Any] | None, after: dict[str, Any]) -> Planned:
    """A row as added where there was nothing before, else as changed or left alone, with the fields that differ."""
    if before is None:
        return Planned(number, RowOutcome.ADDED)
    changes = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    return Planned(number, RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED, changes)
