from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext

from catalog.foundation.actor import Actor
from catalog.foundation.clock import ClockNotTrusted, Reading, read_clocks
from catalog.foundation.journal import clocks
from catalog.foundation.journal.clocks import confirm_clock, note_clock, trusted_now
from catalog.foundation.journal.models import ClockReading, Event
from catalog.foundation.journal.tasks import read_clock

pytestmark = pytest.mark.django_db
Shift = Callable[..., None]


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> Shift:
    """The machine's clocks show another time from now on, and so does its database."""
    judge = clocks.judge_clock

    def shift(wall: timedelta, *, since_boot: timedelta = timedelta(), boot_id: str = "") -> None:
        def read() -> Reading:
            now = read_clocks()
            return replace(
                now,
                wall=now.wall + wall,
                since_boot=now.since_boot + since_boot,
                boot_id=boot_id or now.boot_id,
            )

        def judged(now: Reading, *, first: Reading | None, last: datetime | None, database: datetime) -> datetime:
            return judge(now, first=first, last=last, database=database + wall)

        monkeypatch.setattr(clocks, "read_clocks", read)
        monkeypatch.setattr(clocks, "judge_clock", judged)

    return shift


class TestTrustedNow:
    def test_is_the_present_without_a_reading(self) -> None:
        before = timezone.now()
        assert before <= trusted_now() <= timezone.now()

    def test_is_the_present_beside_a_reading(self) -> None:
        note_clock()
        before = timezone.now()
        assert before <= trusted_now() <= timezone.now()

    @pytest.mark.parametrize("moved", [timedelta(minutes=1), timedelta(minutes=-1)], ids=str)
    def test_refuses_a_clock_that_was_moved_since(self, shift: Shift, moved: timedelta) -> None:
        note_clock()
        shift(moved)
        with pytest.raises(ClockNotTrusted):
            trusted_now()

    def test_refuses_a_time_before_the_last_reading_after_a_new_start(self, shift: Shift) -> None:
        note_clock()
        shift(timedelta(minutes=-1), boot_id="another start")
        with pytest.raises(ClockNotTrusted, match=gettext("its last reading")):
            trusted_now()

    def test_refuses_a_database_that_shows_another_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ahead = read_clocks()
        monkeypatch.setattr(clocks, "read_clocks", lambda: replace(ahead, wall=ahead.wall + timedelta(hours=1)))
        with pytest.raises(ClockNotTrusted):
            trusted_now()


class TestNoteClock:
    def test_keeps_the_first_of_each_start_and_the_newest(self, shift: Shift) -> None:
        first = note_clock()
        for minute in range(1, 4):
            shift(minute * timedelta(minutes=1), since_boot=minute * timedelta(minutes=1))
            newest = note_clock()
        assert set(ClockReading.objects.values_list("pk", flat=True)) == {first.pk, newest.pk}
        shift(timedelta(hours=1), boot_id="another start")
        after = note_clock()
        assert set(ClockReading.objects.values_list("pk", flat=True)) == {first.pk, after.pk}

    def test_keeps_none_that_is_not_believed(self, shift: Shift) -> None:
        kept = note_clock()
        shift(timedelta(hours=1))
        with pytest.raises(ClockNotTrusted):
            read_clock()
        assert ClockReading.objects.get() == kept

    def test_is_done_by_the_task_of_beat(self) -> None:
        assert read_clock() == ClockReading.objects.get().read_at.isoformat()


class TestConfirmClock:
    def test_begins_anew_and_is_written_down(self, shift: Shift) -> None:
        former = note_clock()
        shift(timedelta(hours=1))
        kept = confirm_clock(actor=Actor.platform())
        assert ClockReading.objects.get() == kept
        assert trusted_now() > timezone.now() + timedelta(minutes=59)
        event = Event.objects.get(action="clock.confirm")
        assert set(event.changes) == {"read_at"}
        assert former.read_at.strftime("%Y-%m-%dT%H:%M") in event.changes["read_at"][0]

    def test_is_a_command_of_the_operators(self, shift: Shift) -> None:
        note_clock()
        shift(timedelta(hours=1))
        said = StringIO()
        call_command("confirm_clock", stdout=said)
        assert said.getvalue().startswith("The platform goes by this clock again: it shows ")
        assert Event.objects.get(action="clock.confirm").channel == "command"
        assert trusted_now()
