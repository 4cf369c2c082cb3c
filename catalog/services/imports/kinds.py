"""What a kind of record needs so that it can come out of a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, RuleBroken, refuse
from catalog.foundation.imports import Column, day
from catalog.foundation.readers import BadValue, optional
from catalog.states import RowOutcome

# A row's number in the sheet, and its values by the names of the columns.
Row = tuple[int, dict[str, Any]]


class BadOption(RuleBroken):
    """Something said about the file as a whole that cannot be."""

    code = "bad-option"
    template = gettext_lazy("%(option)s: “%(value)s” %(problem)s.")


@dataclass(frozen=True, slots=True)
class Option:
    """Something to be said about a file as a whole, read like a cell.

    ``choices`` are what can be said, where that is not open, with its words.
    """

    name: str
    label: str | Promise
    read: Callable[[str], Any]
    is_required: bool = True
    choices: Callable[[], Iterable[tuple[str, Any]]] | None = None
    is_day: bool = False


def day_option(name: str, label: str | Promise, *, is_required: bool = True) -> Option:
    """A day to be said about a file."""
    return Option(name, label, day if is_required else optional(day), is_required, is_day=True)


@dataclass(slots=True)
class Context:
    """What a kind knows beside the rows: the options, who loads the file, when, and what a survey of it has found."""

    options: dict[str, Any]
    actor: Actor
    at: datetime
    by_row: bool = False
    surveyed: Any = None


@dataclass(slots=True)
class Planned:
    """What a row would do; ``changes`` are the old and the new value by field.

    ``claims`` are what no other row of the file may claim as well, in words, beside the key.
    """

    number: int
    outcome: RowOutcome
    changes: dict[str, list[Any]] = field(default_factory=dict)
    errors: list[DomainError] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)


Plan = Callable[[Sequence[Row], Context], list[Planned]]
Write = Callable[[Sequence[Row], Context], None]


@dataclass(frozen=True, slots=True)
class Together:
    """The rows of a file as one set in the database, however many they are.

    ``judge`` says of each row that ``plan`` has let pass what it would do, in the order of the rows; ``write`` does so
    again, and writes the good ones unless one is refused and the file is not written row by row.
    """

    judge: Callable[[Iterable[Row], Context], Iterable[Planned]]
    write: Callable[[Iterable[Row], Context], Iterable[Planned]]


def _nothing(context: Context) -> None:
    return None


def _no_rows(rows: Sequence[Row], context: Context) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record that files bring.

    ``plan`` says what a thousand rows would do, in a constant number of queries; ``write`` does it for those that
    add or change something, in the transaction of the whole file, to which ``prepare`` belongs as well: what stands
    once for the file, such as its price decision. ``admit`` refuses at once what may not be said about a file as a
    whole. ``lock`` holds what the rows change until the end of the transaction, so that it is planned again and written
    as it stands. ``key`` are the columns that say what a row is about; no two rows of a file agree in them. ``survey``
    looks at every row beforehand and keeps what each of them may refer to. The rows of a kind that ``is_whole`` are
    written all at once, since several of them make one record. Rows that are judged ``together`` by the database are
    not written by ``write``. ``importers`` are the roles that bring such files.
    """

    name: str
    label: str | Promise
    help: str | Promise
    columns: Sequence[Column]
    key: Sequence[str]
    plan: Plan
    write: Write | None = None
    options: Sequence[Option] = ()
    importers: Collection[str] = (Role.PROCUREMENT_OFFICER,)
    admit: Callable[[Context], Any] = _nothing
    prepare: Callable[[Context], Any] = _nothing
    survey: Callable[[Iterable[dict[str, Any]]], Any] | None = None
    lock: Write = _no_rows
    is_whole: bool = False
    together: Together | None = None

    def require_importer(self, actor: Actor) -> None:
        """Let pass whoever brings such files, and the platform itself.

        Raises:
            NotAllowed
        """
        if not (actor.is_platform or actor.has(*self.importers)):
            raise NotAllowed(reason=_("files with %(kind)s are not brought by your role") % {"kind": self.label})

    def read_options(self, given: Mapping[str, str]) -> dict[str, Any]:
        """What is said about a file as values.

        Raises:
            RulesBroken: with a ``BadOption`` for each that is missing or cannot be read.
        """
        values: dict[str, Any] = {}
        errors: list[DomainError] = []
        for option in self.options:
            text = given.get(option.name, "").strip()
            try:
                if option.is_required and not text:
                    raise BadValue(_("must not be empty"))
                values[option.name] = option.read(text)
            except BadValue as error:
                pointer = f"/options/{option.name}"
                errors.append(BadOption(option=option.label, value=text, problem=error, pointer=pointer))
        refuse(errors)
        return values


def refused(number: int, *errors: DomainError) -> Planned:
    """A row that cannot be written, and why."""
    return Planned(number, RowOutcome.REFUSED, errors=list(errors))


def compared(number: int, before: dict[str, Any] | None, after: dict[str, Any]) -> Planned:
    """A row as added where there was nothing before, else as changed or left alone, with the fields that differ."""
    if before is None:
        return Planned(number, RowOutcome.ADDED)
    changes = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    return Planned(number, RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED, changes)
