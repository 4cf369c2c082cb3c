"""A file on its way in until it is looked at: taken, its columns mapped, given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.translation import get_language

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.mapping import ColumnMapping
from catalog.foundation.sheets import open_sheet
from catalog.foundation.transitions import perform, unit_of_work
from catalog.models import Import
from catalog.policies import may_handle_import
from catalog.services.imports.reading import context_of
from catalog.services.imports.registry import kind_of
from catalog.services.imports.staging import kept, storable
from catalog.states import IMPORT

# The first rows, beside which the mapping is made.
SAMPLE = 5


def take_file(*, kind: str, file_name: str, content: bytes, actor: Actor, at: datetime) -> Import:
    """Take a file and keep it until it is said what its columns are.

    Raises:
        DamagedFile, TooLarge, NotVisible, NotAllowed
    """
    wanted = kind_of(kind)
    wanted.require_importer(actor)
    with open_sheet(content, name=file_name) as sheet:
        header = [storable(heading) for heading in sheet.header]
        rows = (row for _number, row in sheet.rows if any(row))
        sample = [[kept(cell) for cell in row] for row in islice(rows, SAMPLE)]
    with unit_of_work():
        taken = Import.objects.create(
            organization_id=actor.organization_id,
            kind=wanted.name,
            file_name=file_name[-200:],
            content=content,
            header=header,
            sample=sample,
            started_by_id=actor.user_id,
        )
        record(
            actor=actor,
            action="import.upload",
            subject=taken,
            at=at,
            changes={"kind": [None, kind], "file_name": [None, taken.file_name], "bytes": [None, len(content)]},
        )
    return taken


def map_import(
    *,
    import_id: int,
    mapping: Mapping[str, Any],
    options: Mapping[str, str],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Import:
    """Say what the columns of the file are, and what is said about it as a whole; a worker then looks at its rows.

    Raises:
        RulesBroken: the mapping does not fit the file, or an option cannot be.
        MalformedMapping, NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with perform(
        "map",
        Import.objects.visible_to(actor),
        pk=import_id,
        machine=IMPORT,
        policy=may_handle_import,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as mapped:
        kind = kind_of(mapped.kind)
        kind.require_importer(actor)
        columns = ColumnMapping.read(mapping)
        columns.check(mapped.header, kind.columns)
        mapped.mapping, mapped.language = columns.as_json(), get_language() or ""
        mapped.options = {option.name: options.get(option.name, "").strip() for option in kind.options}
        kind.admit(context_of(mapped, kind, actor, at))
    return mapped


def start_import(
    *,
    kind: str,
    file_name: str,
    content: bytes,
    mapping: Mapping[str, Any],
    options: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> Import:
    """Take a file whose columns are known; a worker looks at its rows, and nothing is written before agreed.

    Raises:
        RulesBroken: the mapping does not fit the file, or an option cannot be.
        DamagedFile, TooLarge, MalformedMapping, NotVisible, NotAllowed
    """
    with unit_of_work():
        taken = take_file(kind=kind, file_name=file_name, content=content, actor=actor, at=at)
        return map_import(import_id=taken.pk, mapping=mapping, options=options, actor=actor, at=at)


def remap_import(*, import_id: int, actor: Actor, at: datetime) -> Import:
    """Take the file back to where its columns are mapped; what was seen in it is forgotten.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    with perform(
        "remap",
        Import.objects.visible_to(actor),
        pk=import_id,
        machine=IMPORT,
        policy=may_handle_import,
        actor=actor,
        at=at,
    ) as taken:
        taken.rows.all().delete()
        taken.counts, taken.problem, taken.agreed_by_id, taken.agreed_at = {}, "", None, None
    return taken


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
        discarded.sample = []
        # not among the fields that a transition saves
        Import.objects.filter(pk=discarded.pk).update(content=b"")
    return discarded
