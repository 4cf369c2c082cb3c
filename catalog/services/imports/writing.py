"""Writing a file that was looked at: an officer agrees, a worker writes its rows as one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from catalog.errors import RefusedRows
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Busy, Conflict, DomainError, RulesBroken
from catalog.foundation.transitions import find, perform
from catalog.models import Import
from catalog.policies import may_handle_import
from catalog.services.imports.kinds import Context, Kind, Planned, refused
from catalog.services.imports.reading import (
    CHUNK,
    WRITTEN,
    batched,
    context_of,
    counts_of,
    good_rows,
    has_good_rows,
    spooled,
)
from catalog.services.imports.registry import kind_of
from catalog.services.imports.staging import keep_outcomes
from catalog.states import IMPORT, RowOutcome

# So many of the reasons are told; the rows have them all.
TOLD = 20


class ChangedMeanwhile(Conflict):
    """A row would no longer do what was shown."""

    code = "changed-meanwhile"
    template = gettext_lazy("Row %(row)s would now do something else than was shown: look at the file again.")


class _Worse(Exception):
    """Rows that were good when they were shown cannot be written any more."""

    def __init__(self, planned: list[Planned]) -> None:
        super().__init__()
        self.planned = planned


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
        kind_of(agreed.kind).require_importer(actor)
        bad = agreed.counts.get(RowOutcome.REFUSED, 0)
        if bad and not by_row:
            raise RefusedRows(count=bad)
        agreed.by_row, agreed.agreed_by_id, agreed.agreed_at = by_row, actor.user_id, at
    return agreed


def write_import(*, import_id: int, actor: Actor, at: datetime) -> Import:
    """Write what was agreed to, in one transaction; what has become impossible since it was shown fails it.

    With ``by_row`` such a row is left out instead and told with the others. The rows are looked at again, since the
    registers may have changed since the preview; nothing is done but what was shown. Rows that the database judges
    together are written together as well: one of them that would do something else fails the file also ``by_row``.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone, Busy
    """
    taken = find(Import.objects.visible_to(actor), pk=import_id)
    kind = kind_of(taken.kind)
    failure: Exception | None = None
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
            try:
                with transaction.atomic(), override(written.language or None):
                    _write_rows(written, kind, context_of(written, kind, actor, at))
                    # those that wait for the end of the transaction could not be told any more
                    connection.check_constraints()
            except (DomainError, IntegrityError, DataError, _Worse) as error:
                failure = error
                raise
            written.counts = counts_of(written)
    except (DomainError, IntegrityError, DataError, _Worse) as error:
        if error is not failure or isinstance(error, Busy):
            raise
        return _fail(import_id, error, actor, at)
    return written


def _write_rows(written: Import, kind: Kind, context: Context) -> None:
    kind.admit(context)
    kind.prepare(context)
    if not has_good_rows(written):
        return
    if kind.survey is not None:
        # also those that are left alone: what another row is may depend on them
        rows = good_rows(written, kind, (*WRITTEN, RowOutcome.UNCHANGED))
        context.surveyed = kind.survey(values for _number, values in rows)
    if kind.together is not None:
        with spooled(good_rows(written, kind)) as spool:
            for chunk in batched(kind.together.write(spool, context), CHUNK):
                if other := _otherwise(written, chunk):
                    raise _Worse(other)
                keep_outcomes(written, [item for item in chunk if item.outcome not in WRITTEN])
        return
    assert kind.write is not None
    rows = good_rows(written, kind)
    for batch in [list(rows)] if kind.is_whole else batched(rows, CHUNK):
        kind.lock(batch, context)
        planned = {item.number: item for item in kind.plan(batch, context)}
        planned |= {item.number: item for item in _otherwise(written, list(planned.values()))}
        worse = [item for item in planned.values() if item.outcome == RowOutcome.REFUSED]
        if worse and not written.by_row:
            raise _Worse(worse)
        due = [row for row in batch if planned[row[0]].outcome in WRITTEN]
        if due:
            kind.write(due, context)
        keep_outcomes(written, [item for item in planned.values() if item.outcome not in WRITTEN])


def _otherwise(written: Import, planned: Sequence[Planned]) -> list[Planned]:
    """Those that would write something else than was shown, as refused."""
    shown = {
        number: (outcome, changes)
        for number, outcome, changes in written.rows.filter(number__in=[item.number for item in planned]).values_list(
            "number", "outcome", "changes"
        )
    }
    return [
        refused(item.number, ChangedMeanwhile(row=item.number, pointer=f"/rows/{item.number}"))
        for item in planned
        if item.outcome in WRITTEN and (item.outcome, _as_json(item.changes)) != shown[item.number]
    ]


def _as_json(changes: dict[str, list[object]]) -> object:
    return json.loads(json.dumps(changes, cls=DjangoJSONEncoder))


def _fail(import_id: int, failure: Exception, actor: Actor, at: datetime) -> Import:
    planned = failure.planned if isinstance(failure, _Worse) else []
    reasons: Sequence[Exception] = [error for item in planned for error in item.errors] or (
        failure.errors if isinstance(failure, RulesBroken) else [failure]
    )
    with (
        perform(
            "fail",
            Import.objects.visible_to(actor),
            pk=import_id,
            machine=IMPORT,
            policy=may_handle_import,
            actor=actor,
            at=at,
        ) as failed,
        override(failed.language or None),
    ):
        keep_outcomes(failed, planned)
        failed.counts = counts_of(failed)
        said = [
            str(reason) if isinstance(reason, DomainError) else _("It contradicts what was registered meanwhile.")
            for reason in reasons[:TOLD]
        ]
        if len(reasons) > TOLD:
            said.append(_("Further reasons: %(count)s.") % {"count": len(reasons) - TOLD})
        failed.problem = "\n".join(said)
    return failed
