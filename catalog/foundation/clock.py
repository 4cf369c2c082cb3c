"""Moments in words, and whether the clock that they come from can be believed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from catalog.foundation.errors import Busy

# Clocks that are kept by NTP differ by less, however long the machine has been up.
TOLERANCE = timedelta(seconds=30)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ClockNotTrusted(Busy):
    """The platform's clock contradicts another one: what depends on the time waits until people have looked."""

    code = "clock-not-trusted"
    template = _(
        "The clock of the platform shows %(shown)s, but it should be about %(expected)s by %(witness)s. Nothing that "
        "depends on the time is accepted until its operators have put the clock right or, where it is right now, "
        "have confirmed it."
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """The wall clock and, at the same moment, the time since the machine started, which nobody can set.

    ``boot_id`` names the start of the machine; the time counts on while it sleeps.
    """

    boot_id: str
    since_boot: timedelta
    wall: datetime


def spoken(moment: datetime) -> str:
    """A moment in the platform's zone to the second, as an error names it."""
    return localtime(moment).strftime("%Y-%m-%d %H:%M:%S")


def read_clocks() -> Reading:
    """What the clocks of this machine show."""
    since_boot = timedelta(microseconds=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000)
    return Reading(boot_id=BOOT_ID.read_text().strip(), since_boot=since_boot, wall=datetime.now(UTC))


def judge_clock(now: Reading, *, first: Reading | None, last: datetime | None, database: datetime) -> datetime:
    """Return the moment that ``now`` shows, if no witness contradicts it by more than the tolerance.

    ``first`` is the oldest believed reading of this start of the machine: a clock that is moved by a few seconds again
    and again strays from it just as one that is moved at once. ``last`` is the newest believed wall clock of any start
    or machine, and the time does not run back behind it. ``database`` is the clock of the database.

    Raises:
        ClockNotTrusted: with the two times.
    """
    if first is not None and first.boot_id == now.boot_id:
        expected = first.wall + (now.since_boot - first.since_boot)
        if abs(now.wall - expected) > TOLERANCE:
            raise _contradiction(now.wall, expected, _("the time that has passed since the machine started"))
    if last is not None and now.wall < last - TOLERANCE:
        raise _contradiction(now.wall, last, _("its last reading"))
    if abs(now.wall - database) > TOLERANCE:
        raise _contradiction(now.wall, database, _("the clock of the database"))
    return now.wall


def _contradiction(shown: datetime, expected: datetime, witness: str | Promise) -> ClockNotTrusted:
    return ClockNotTrusted(shown=spoken(shown), expected=spoken(expected), witness=witness)
