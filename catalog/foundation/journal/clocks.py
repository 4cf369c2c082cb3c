"""The readings by which the platform notices that its clock was moved, and the time that it trusts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Max, Min

from catalog.foundation.actor import Actor
from catalog.foundation.clock import Reading, judge_clock, read_clocks
from catalog.foundation.journal.models import ClockReading
from catalog.foundation.journal.record import record


def trusted_now() -> datetime:
    """The moment that the platform's clock shows, unless a witness contradicts it.

    The witnesses are the machine's count since its start, the newest reading that was believed, and the database.

    Raises:
        ClockNotTrusted
    """
    return _judge(read_clocks())


def note_clock() -> ClockReading:
    """Keep a reading of a believed clock; of each start of a machine the first is kept, and the newest of all.

    Raises:
        ClockNotTrusted: the reading is not kept.
    """
    now = read_clocks()
    _judge(now)
    with transaction.atomic():
        kept = _keep(now)
        first = ClockReading.objects.order_by().values("boot_id").annotate(first=Min("pk")).values("first")
        ClockReading.objects.exclude(pk__in=first).exclude(pk=kept.pk).delete()
    return kept


def confirm_clock(*, actor: Actor) -> ClockReading:
    """Forget all readings and begin anew with what the clock shows: people have looked, and it is right."""
    now = read_clocks()
    with transaction.atomic():
        former = ClockReading.objects.aggregate(at=Max("read_at"))["at"]
        ClockReading.objects.all().delete()
        kept = _keep(now)
        record(actor=actor, action="clock.confirm", subject=kept, at=now.wall, changes={"read_at": [former, now.wall]})
    return kept


def _judge(now: Reading) -> datetime:
    first = ClockReading.objects.filter(boot_id=now.boot_id).order_by("pk").first()
    last = ClockReading.objects.aggregate(at=Max("read_at"))["at"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [database] = cursor.fetchone()
    return judge_clock(now, first=None if first is None else _reading(first), last=last, database=database)


def _reading(row: ClockReading) -> Reading:
    return Reading(row.boot_id, timedelta(seconds=float(row.since_boot)), row.read_at)


def _keep(now: Reading) -> ClockReading:
    since_boot = Decimal(now.since_boot // timedelta(milliseconds=1)).scaleb(-3)
    return ClockReading.objects.create(read_at=now.wall, boot_id=now.boot_id, since_boot=since_boot)
