"""Looking at every row of a file: what it would do, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import override

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, Malformed, NothingGiven, NotVisible, RuleBroken, RulesBroken
from catalog.foundation.transitions import find, perform
from catalog.models import Import
from catalog.policies import may_handle_import
from catalog.services.imports.kinds import Context, Kind, Planned, refused
from catalog.services.imports.reading import (
    CHUNK,
    ReadRow,
    batched,
    context_of,
    counts_of,
    good_rows,
    has_good_rows,
    rows_of,
    spooled,
)
from catalog.services.imports.registry import kind_of
from catalog.services.imports.staging import keep_outcomes, stage_rows, staging
from catalog.states import IMPORT, RowOutcome


def check_import(*, import_id: int, actor: Actor, at: datetime) -> Import:
    """Look at every row and keep what it would do; a file that cannot be read to its end is given up.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone, Busy
    """
    taken = find(Import.objects.visible_to(actor), pk=import_id)
    kind = kind_of(taken.kind)
    # why the file as a whole is given up; other failures are the worker's and are tried again
    given_up: DomainError | None = None
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
            try:
                with override(checked.language or None):
                    _look(checked, kind, context_of(checked, kind, actor, at))
            except (Malformed, RuleBroken, NotVisible) as error:
                given_up = error
                raise
    except DomainError as error:
        if error is not given_up:
            raise
        return _give_up(taken, error.errors if isinstance(error, RulesBroken) else [error], actor, at)
    return checked


def _look(checked: Import, kind: Kind, context: Context) -> None:
    if kind.survey is not None:
        with rows_of(checked, kind) as rows:
            context.surveyed = kind.survey(row.values for row in rows if not row.errors)
    with staging(checked), rows_of(checked, kind) as rows:
        for chunk in batched(rows, CHUNK):
            stage_rows(checked, kind, chunk, _plan(kind, chunk, context))
    if kind.together is not None and has_good_rows(checked):
        with spooled(good_rows(checked, kind)) as spool:
            for planned in batched(kind.together.judge(spool, context), CHUNK):
                keep_outcomes(checked, [item for item in planned if item.outcome != RowOutcome.ADDED])
    checked.counts = counts_of(checked)
    if not checked.counts:
        raise NothingGiven(pointer="/rows")


def _plan(kind: Kind, chunk: Sequence[ReadRow], context: Context) -> dict[int, Planned]:
    """What each row of the chunk would do, by its number."""
    unreadable = [refused(row.number, *row.errors) for row in chunk if row.errors]
    readable = [(row.number, row.values) for row in chunk if not row.errors]
    planned = kind.plan(readable, context) if readable else []
    return {item.number: item for item in [*unreadable, *planned]}


def _give_up(taken: Import, errors: Sequence[DomainError], actor: Actor, at: datetime) -> Import:
    with (
        perform(
            "give_up",
            Import.objects.visible_to(actor),
            pk=taken.pk,
            machine=IMPORT,
            policy=may_handle_import,
            actor=actor,
            at=at,
        ) as given_up,
        override(given_up.language or None),
    ):
        given_up.problem = "\n".join(map(str, errors))
    return given_up
