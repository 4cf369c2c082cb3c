"""Timed and heavy work of the catalogue: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.hearing import hears
from catalog.models import Import
from catalog.services.editions import turn_editions
from catalog.services.imports.checking import check_import
from catalog.services.imports.writing import write_import
from catalog.states import ImportStatus


@shared_task(name="catalog.turn_editions")
def turn_due_editions() -> int:
    """Bring into force what begins today and supersede what has ended; beat calls this every hour."""
    at = timezone.now()
    return len(turn_editions(on=localdate(at), actor=Actor.platform(), at=at))


def _is(import_id: int, status: ImportStatus) -> bool:
    return Import.objects.filter(pk=import_id, status=status).exists()


@hears("catalog.check_import", waits=lambda pk: _is(pk, ImportStatus.CHECKING))
def check_import_task(import_id: int) -> None:
    """Look at the rows of a file that was taken."""
    check_import(import_id=import_id, actor=Actor.platform(), at=timezone.now())


@hears("catalog.write_import", waits=lambda pk: _is(pk, ImportStatus.APPLYING))
def write_import_task(import_id: int) -> None:
    """Write the rows of a file that an officer agreed to."""
    write_import(import_id=import_id, actor=Actor.platform(), at=timezone.now())
