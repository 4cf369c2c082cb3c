"""The one door through which a record changes its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, OperationalError, models, transaction
from psycopg.types.range import Range

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Busy, NotVisible, Stale
from catalog.foundation.journal.record import record, record_all
from catalog.foundation.machine import Machine
from catalog.foundation.records import Versioned

M = TypeVar("M", bound=models.Model)
Policy = Callable[[Actor, str, M], None]

# Switched off only by the race tests, to show that the race exists without it.
LOCKING = True

# lock_not_available, deadlock_detected, query_canceled by statement_timeout
BUSY_STATES = {"55P03", "40P01", "57014"}


_put_off: ContextVar[list[Callable[[], object]] | None] = ContextVar("put_off", default=None)


@contextmanager
def unit_of_work(*, is_whole: bool = False) -> Iterator[None]:
    """One transaction of a use case; a lock that could not be had in time becomes ``Busy``.

    One within another can fail and be given up alone, which costs two round trips; within one that ``is_whole``
    whatever fails undoes everything.
    """
    is_within_whole = _put_off.get() is not None
    put_off: list[Callable[[], object]] = []
    token = _put_off.set(put_off) if is_whole else None
    try:
        with transaction.atomic(savepoint=is_whole or not is_within_whole):
            yield
            for work in put_off:
                work()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) in BUSY_STATES:
            raise Busy() from error
        raise
    finally:
        if token is not None:
            _put_off.reset(token)


def do_last(work: Callable[[], object]) -> None:
    """Do what others wait for, such as to change a row that many want: at the end of the whole unit of work, or now.

    Its failure fails the unit of work either way.
    """
    put_off = _put_off.get()
    work() if put_off is None else put_off.append(work)


def lock(queryset: models.QuerySet[M], **key: Any) -> M:
    """Return the one row that the key names, locked until the transaction ends.

    Raises:
        NotVisible: no such row in the queryset.
    """
    if LOCKING:
        queryset = queryset.select_for_update(of=("self",), no_key=True)
    return find(queryset, **key)


def find(queryset: models.QuerySet[M], **key: Any) -> M:
    """Return the one row that the key names.

    Raises:
        NotVisible: no such row in the queryset.
    """
    try:
        return queryset.get(**key)
    # a key that no row can have (letters for a number, a null character) names no row either
    except (ObjectDoesNotExist, ValidationError, ValueError, DataError):
        what = queryset.model._meta.verbose_name
        raise NotVisible(what=what, key=next(iter(key.values()))) from None


def _values(instance: models.Model) -> dict[str, Any]:
    return {
        field.attname: _told(getattr(instance, field.attname))
        for field in instance._meta.concrete_fields
        if not isinstance(field, models.BinaryField)
    }


def _told(value: Any) -> Any:
    """A period as text, since JSON has none."""
    return str(value) if isinstance(value, Range) else value


def refuse_stale(instance: Versioned, expected_version: int | None) -> None:
    """Let a decision pass that was made on the current version, or on none in particular.

    Raises:
        Stale
    """
    if expected_version is not None and instance.version != expected_version:
        raise Stale(expected=expected_version, current=instance.version)


@contextmanager
def perform(
    action: str,
    queryset: models.QuerySet[M],
    *,
    machine: Machine,
    policy: Policy[M],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
    **key: Any,
) -> Iterator[M]:
    """Move one record along one arrow of its machine, in one transaction, and write it down.

    In this order: lock the row, is it visible (``queryset`` is what the actor may see), may the actor, is the
    version current, does the action start here, then the caller's own rules in the ``with`` block, save, journal.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, Busy; whatever the block raises undoes everything.
    """
    with unit_of_work():
        instance: Any = lock(queryset, **key)
        policy(actor, action, instance)
        refuse_stale(instance, expected_version)
        transition = machine.resolve(instance.status, action)
        before = _values(instance)
        instance.status = transition.target
        instance.version += 1
        yield instance
        changed = {name: value for name, value in _values(instance).items() if before[name] != value}
        instance.save(update_fields=[*changed, "updated_at"])
        record(
            actor=actor,
            action=f"{machine.name}.{action}",
            subject=instance,
            at=at,
            changes={name: [before[name], value] for name, value in changed.items() if name != "version"},
        )


def perform_all(action: str, queryset: models.QuerySet[M], *, machine: Machine, actor: Actor, at: datetime) -> list[M]:
    """Move every row of the queryset along one arrow, locked in the order of their keys, in the caller's transaction.

    For what a service does to a whole document's parts at once (the bids of a tender); the caller has asked the policy.

    Raises:
        WrongState, AlreadyDone: one of the rows is elsewhere; nothing moves.
    """
    rows: list[Any] = list(queryset.select_for_update(of=("self",), no_key=True).order_by("pk"))
    moved: list[tuple[Any, str]] = []
    for row in rows:
        transition = machine.resolve(row.status, action)
        moved.append((row, row.status))
        row.status, row.version = transition.target, row.version + 1
    if rows:
        queryset.model._base_manager.filter(pk__in=[row.pk for row in rows]).update(
            status=rows[0].status, version=models.F("version") + 1, updated_at=at
        )
    record_all(
        actor=actor,
        action=f"{machine.name}.{action}",
        changes_of=[(row, {"status": [before, row.status]}) for row, before in moved],
        at=at,
    )
    return rows
