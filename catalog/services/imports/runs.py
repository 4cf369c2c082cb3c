"""A file on its way in: taken, looked at row by row on a worker, agreed to by an officer, written as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db import DataError, IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from catalog.errors import RefusedRows
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, RulesBroken, refuse
from catalog.foundation.imports import BadCell, read_row
from catalog.foundation.journal.record import record
from catalog.foundation.mapping import ColumnMapping
from catalog.foundation.readers import BadValue, from_json
from catalog.foundation.sheets import Sheet, open_sheet
from catalog.foundation.transitions import find, perform, unit_of_work
from catalog.models import Import
from catalog.policies import may_handle_import, require_officer
from catalog.services.imports.kinds import Context, Kind, Planned, Row, refused
from catalog.services.imports.registry import kind_of
from catalog.services.imports.staging import ReadRow, refuse_repeats, stage_rows
from catalog.states import IMPORT, ImportStatus, RowOutcome

CHUNK = 1000
WRITTEN = (RowOutcome.ADDED, RowOutcome.CHANGED)
T = TypeVar("T")


def start_import(
    *,
    kind: str,
    file_name: str,
    content: bytes,
    mapping: Mapping[str, Any],
    options: Mapping[str, str],
    by_row: bool,
    actor: Actor,
    at: datetime,
) -> Import:
    """Take a file with the mapping of its columns; a worker looks at its rows, and nothing is written before agreed.

    Raises:
        RulesBroken: the mapping does not fit the file, or an option cannot be read.
        DamagedFile, TooLarge, MalformedMapping, NotVisible, NotAllowed
    """
    require_officer(actor)
    wanted = kind_of(kind)
    columns = ColumnMapping.read(mapping)
    read_options(wanted, options)
    with open_sheet(content, name=file_name) as sheet:
        columns.check(sheet.header, wanted.columns)
        header = sheet.header
    with unit_of_work():
        taken = Import.objects.create(
            organization_id=actor.organization_id,
            kind=kind,
            file_name=file_name[:200],
            content=content,
            mapping=columns.as_json(),
            options=dict(options),
            header=header,
            by_row=by_row,
            started_by_id=actor.user_id,
        )
        record(
            actor=actor,
            action="import.start",
            subject=taken,
            at=at,
            changes={"kind": [None, kind], "file": [None, file_name], "bytes": [None, len(content)]},
        )
    return taken


def read_options(kind: Kind, options: Mapping[str, str]) -> dict[str, Any]:
    """The options of a file as values.

    Raises:
        RulesBroken: with a ``BadCell`` for each that is missing or cannot be read.
    """
    values: dict[str, Any] = {}
    errors: list[DomainError] = []
    for option in kind.options:
        given = options.get(option.name, "").strip()
        try:
            if option.is_required and not given:
                raise BadValue(_("must not be empty"))
            values[option.name] = option.read(given)
        except BadValue as error:
            pointer = f"/options/{option.name}"
            errors.append(BadCell(row="–", column=option.label, value=given, problem=error, pointer=pointer))
    refuse(errors)
    return values


def check_import(*, import_id: int, actor: Actor, at: datetime) -> Import:
    """Look at every row and keep what it would do; a file that cannot be read to its end is given up.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    taken = find(Import.objects.visible_to(actor), pk=import_id)
    kind = kind_of(taken.kind)
    try:
        with perform(
            "finish_check",
            Import.objects.visible_to(actor),
            pk=import_id,
            machine=IMPORT,
            policy=may_handle_import,
            actor=actor,
            at=at,
        ) as checked:
            checked.rows.all().delete()
            context = _context(checked, kind, actor, at)
            with _rows_of(checked, kind) as rows:
                context.surveyed = kind.survey(row.values for row in rows if not row.errors)
            with _rows_of(checked, kind) as rows:
                for chunk in _batched(rows, CHUNK):
                    stage_rows(checked, kind, chunk, _plan(kind, chunk, context))
            refuse_repeats(checked)
            checked.counts = _counts(checked)
            if not checked.counts:
                raise NothingGiven(pointer="/rows")
    except RulesBroken as error:
        return _give_up(taken, [*error.errors], actor, at)
    except DomainError as error:
        if IMPORT.resolve(find(Import.objects.all(), pk=import_id).status, "give_up"):
            return _give_up(taken, [error], actor, at)
        raise
    return checked


def _give_up(taken: Import, errors: Sequence[DomainError], actor: Actor, at: datetime) -> Import:
    with perform(
        "give_up",
        Import.objects.visible_to(actor),
        pk=taken.pk,
        machine=IMPORT,
        policy=may_handle_import,
        actor=actor,
        at=at,
    ) as given_up:
        given_up.problem = "\n".join(map(str, errors))
    return given_up


def agree_import(
    *, import_id: int, by_row: bool, actor: Actor, at: datetime, expected_version: int | None = None
) -> Import:
    """Have the rows written as they were shown; a worker does it. ``by_row``: the good rows although others are bad.

    Raises:
        RefusedRows: there are bad rows, and the file is to be written as a whole.
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with perform(
        "agree",
        Import.objects.visible_to(actor),
        pk=import_id,
        machine=IMPORT,
        policy=may_handle_import,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as agreed:
        bad = agreed.counts.get(RowOutcome.REFUSED, 0)
        if bad and not by_row:
            raise RefusedRows(count=bad)
        agreed.by_row, agreed.agreed_by_id, agreed.agreed_at = by_row, actor.user_id, at
    return agreed


def write_import(*, import_id: int, actor: Actor, at: datetime) -> Import:
    """Write what was agreed to, in one transaction; what has become impossible since it was shown fails it.

    With ``by_row`` such a row is left out instead and told with the others. The rows are looked at again, since the
    registers may have changed since the preview.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    taken = find(Import.objects.visible_to(actor), pk=import_id)
    kind = kind_of(taken.kind)
    # what it does is the doing of who agreed, not of the worker that carries it out
    agreer = _on_behalf(taken, actor)
    try:
        with perform(
            "finish",
            Import.objects.visible_to(actor),
            pk=import_id,
            machine=IMPORT,
            policy=may_handle_import,
            actor=actor,
            at=at,
        ) as written:
            context = _context(written, kind, agreer, at)
            context.surveyed = kind.survey(values for _number, values in _good_rows(written, kind))
            with transaction.atomic():
                kind.prepare(context)
                _write_rows(written, kind, context)
            written.counts = _counts(written)
    except (DomainError, IntegrityError, DataError) as error:
        parts = error.errors if isinstance(error, RulesBroken) else [error]
        if find(Import.objects.all(), pk=import_id).status != ImportStatus.APPLYING:
            raise
        return _fail(import_id, parts, actor, at)
    return written


def _write_rows(written: Import, kind: Kind, context: Context) -> None:
    rows = _good_rows(written, kind)
    chunks = [list(rows)] if kind.is_whole else _batched(rows, CHUNK)
    for chunk in chunks:
        planned = {item.number: item for item in kind.plan(chunk, context)} if chunk else {}
        worse = [item for item in planned.values() if item.outcome == RowOutcome.REFUSED]
        if worse and not written.by_row:
            refuse([error for item in worse for error in item.errors])
        for item in worse:
            written.rows.filter(number=item.number).update(
                outcome=RowOutcome.REFUSED, problem="; ".join(map(str, item.errors))
            )
        due = [row for row in chunk if planned[row[0]].outcome in WRITTEN]
        if due:
            kind.write(due, context)


def _fail(import_id: int, errors: Sequence[Exception], actor: Actor, at: datetime) -> Import:
    with perform(
        "fail",
        Import.objects.visible_to(actor),
        pk=import_id,
        machine=IMPORT,
        policy=may_handle_import,
        actor=actor,
        at=at,
    ) as failed:
        failed.problem = "\n".join(
            str(error) if isinstance(error, DomainError) else _("It contradicts what was registered meanwhile.")
            for error in errors
        )
    return failed


def discard_import(*, import_id: int, actor: Actor, at: datetime) -> Import:
    """Give a file up that has not been written; its rows and its content are forgotten.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    with perform(
        "discard",
        Import.objects.visible_to(actor),
        pk=import_id,
        machine=IMPORT,
        policy=may_handle_import,
        actor=actor,
        at=at,
    ) as discarded:
        discarded.rows.all().delete()
        # not among the fields that a transition saves
        Import.objects.filter(pk=discarded.pk).update(content=b"")
    return discarded


def refused_rows(taken: Import) -> Iterator[tuple[list[str], str]]:
    """The cells of each refused row as they came, and what is wrong with it."""
    rows = taken.rows.filter(outcome=RowOutcome.REFUSED).order_by("number")
    for row in rows.values_list("cells", "problem").iterator(chunk_size=CHUNK):
        yield [from_json(cell) for cell in row[0]], row[1]


def _on_behalf(taken: Import, actor: Actor) -> Actor:
    if taken.agreed_by_id is None:
        return actor
    province = taken.organization.province_id if taken.organization else ""
    return Actor(
        channel=actor.channel,
        user_id=taken.agreed_by_id,
        organization_id=taken.organization_id,
        kind=taken.organization.kind if taken.organization else "",
        province=province,
        roles=frozenset(kind_of(taken.kind).importers),
        request_id=actor.request_id,
    )


def _context(taken: Import, kind: Kind, actor: Actor, at: datetime) -> Context:
    return Context(options=read_options(kind, taken.options), actor=actor, at=at, file_name=taken.file_name)


@contextmanager
def _rows_of(taken: Import, kind: Kind) -> Iterator[Iterator[ReadRow]]:
    """The rows of the file, read through its mapping one after the other."""
    mapping = ColumnMapping.read(taken.mapping)
    columns = mapping.bind(kind.columns)

    def rows(sheet: Sheet) -> Iterator[ReadRow]:
        came: list[str] = []

        def remembered() -> Iterator[tuple[int, list[str]]]:
            nonlocal came
            for number, came in sheet.rows:  # noqa: UP028 - the cells of the row at hand are kept in passing
                yield number, came

        for number, mapped in mapping.apply(sheet.header, remembered()):
            values, errors = read_row(number, mapped, columns)
            yield ReadRow(number, came, mapped, values, errors)

    with open_sheet(bytes(taken.content), name=taken.file_name) as sheet:
        yield rows(sheet)


def _good_rows(taken: Import, kind: Kind) -> Iterator[Row]:
    """The rows that add or change something, with their values read again."""
    columns = ColumnMapping.read(taken.mapping).bind(kind.columns)
    rows = taken.rows.filter(outcome__in=WRITTEN).order_by("number").values_list("number", "values")
    for number, cells in rows.iterator(chunk_size=CHUNK):
        values, _errors = read_row(number, {name: from_json(cell) for name, cell in cells.items()}, columns)
        yield number, values


def _plan(kind: Kind, chunk: Sequence[ReadRow], context: Context) -> dict[int, Planned]:
    """What each row of the chunk would do, by its number."""
    unreadable = [refused(row.number, *row.errors) for row in chunk if row.errors]
    readable = [(row.number, row.values) for row in chunk if not row.errors]
    planned = kind.plan(readable, context) if readable else []
    return {item.number: item for item in [*unreadable, *planned]}


def _counts(taken: Import) -> dict[str, int]:
    return dict(taken.rows.values_list("outcome").annotate(count=Count("pk")).order_by("outcome"))


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
