from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.db import IntegrityError, connection, transaction

from catalog.accounts.models import Organization
from catalog.foundation.errors import AlreadyDone, Busy, WrongState
from catalog.foundation.journal import subscriptions
from catalog.foundation.journal.hearing import hears
from catalog.foundation.journal.models import Delivery, Event
from catalog.foundation.journal.record import record, record_all, record_selected
from catalog.foundation.journal.relay import RESEND_AFTER, acknowledge, relay
from tests.cast import Cast
from tests.concurrency.threads import at_once
from tests.factories import NOW, ahead


@pytest.fixture
def subscribed() -> Iterator[None]:
    """Two tasks want to hear of ``test.happen``."""
    subscriptions.subscribe("test.happen", "test.first")
    subscriptions.subscribe("test.happen", "test.second")
    subscriptions.subscribe("test.happen", "test.second")
    yield
    del subscriptions._tasks["test.happen"]


def happen(cast: Cast, action: str = "test.happen") -> Event:
    with transaction.atomic():
        return record(actor=cast.officer, action=action, subject=cast.hospital, at=NOW)


class TestRecord:
    @pytest.mark.django_db(transaction=True)
    def test_is_refused_outside_a_transaction(self, cast: Cast) -> None:
        with pytest.raises(RuntimeError, match="transaction"):
            record(actor=cast.officer, action="test.happen", subject=cast.hospital, at=NOW)
        assert not Event.objects.exists()

    def test_keeps_amounts_and_days(self, cast: Cast) -> None:
        changes = {"price": [None, Decimal("8.7200")], "on": [None, date(2026, 1, 31)], "at": [None, NOW]}
        event = record(actor=cast.officer, action="test.happen", subject=cast.hospital, at=NOW, changes=changes)
        event.refresh_from_db()
        assert event.changes["price"] == [None, "8.7200"]
        assert event.changes["on"] == [None, "2026-01-31"]

    def test_knows_the_record_by_its_name(self, cast: Cast) -> None:
        assert happen(cast).subject_label == cast.hospital.name

    def test_says_where_nobody_acted_that_it_was_the_platform(self, cast: Cast) -> None:
        event = record(actor=cast.platform, action="test.happen", subject=cast.hospital, at=NOW)
        assert (event.user_id, event.organization_id, event.channel) == (None, None, "task")

    def test_leaves_one_message_for_each_subscriber(self, cast: Cast, subscribed: None) -> None:
        event = happen(cast)
        waiting = Delivery.objects.order_by("subscriber").values_list("event", "subscriber", "delivered_at")
        assert list(waiting) == [(event.pk, "test.first", None), (event.pk, "test.second", None)]

    def test_leaves_none_where_nobody_listens(self, cast: Cast) -> None:
        happen(cast)
        assert not Delivery.objects.exists()

    def test_goes_with_the_transaction_that_it_describes(self, cast: Cast, subscribed: None) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            happen(cast)
            raise ZeroDivisionError
        assert not Event.objects.exists() and not Delivery.objects.exists()

    def test_writes_many_as_one_statement(
        self, cast: Cast, subscribed: None, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        subjects = [(organization, {}) for organization in [cast.hospital, cast.agency] * 50]
        happen(cast)
        # one for the entries, one for the messages
        with django_assert_num_queries(2):
            record_all(actor=cast.officer, action="test.happen", changes_of=subjects, at=NOW)
        assert (Event.objects.count(), Delivery.objects.count()) == (101, 202)


@pytest.mark.django_db
class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        ["UPDATE journal_event SET action = 'forged'", "DELETE FROM journal_event"],
    )
    def test_the_database_refuses_to_forge_the_journal(self, cast: Cast, statement: str) -> None:
        happen(cast)
        with pytest.raises(Exception, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert Event.objects.get().action == "test.happen"

    def test_a_message_is_written_once_per_subscriber(self, cast: Cast, subscribed: None) -> None:
        event = happen(cast)
        with pytest.raises(IntegrityError, match="one_delivery_per_subscriber"), transaction.atomic():
            Delivery.objects.create(event=event, subscriber="test.first")


class TestRelay:
    def test_sends_what_waits_once_and_in_order(self, cast: Cast, subscribed: None) -> None:
        events = [happen(cast).pk for _ in range(2)]
        sent: list[tuple[str, int]] = []
        assert relay(lambda name, event: sent.append((name, event)), at=NOW) == 4
        assert relay(lambda name, event: sent.append((name, event)), at=ahead(minutes=1)) == 0
        assert sent == [(name, event) for event in events for name in ("test.first", "test.second")]
        assert set(Delivery.objects.values_list("sent_at", "delivered_at")) == {(NOW, None)}

    def test_sends_again_what_nobody_has_dealt_with(self, cast: Cast, subscribed: None) -> None:
        event = happen(cast).pk
        relay(lambda *message: None, at=NOW)
        acknowledge("test.first", event, at=NOW)
        sent: list[tuple[str, int]] = []
        assert relay(lambda name, event: sent.append((name, event)), at=NOW + RESEND_AFTER) == 1
        assert sent == [("test.second", event)]
        assert relay(lambda *message: None, at=NOW + RESEND_AFTER) == 0

    def test_takes_no_more_than_it_is_told(self, cast: Cast, subscribed: None) -> None:
        for _ in range(3):
            happen(cast)
        assert [relay(lambda *message: None, at=NOW, limit=4) for _ in range(3)] == [4, 2, 0]

    def test_sends_again_what_a_crash_left_in_doubt(self, cast: Cast, subscribed: None) -> None:
        event = happen(cast).pk
        sent: list[tuple[str, int]] = []

        def crash_at_the_second(name: str, event_id: int) -> None:
            sent.append((name, event_id))
            if len(sent) == 2:
                raise ConnectionError

        with pytest.raises(ConnectionError):
            relay(crash_at_the_second, at=NOW)
        assert relay(lambda name, event_id: sent.append((name, event_id)), at=NOW) == 2
        assert sorted(sent) == sorted([("test.first", event), ("test.second", event)] * 2)

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_at_once_share_the_messages(self, cast: Cast, subscribed: None) -> None:
        for _ in range(4):
            happen(cast)
        sent: list[tuple[str, int]] = []
        both_hold = threading.Barrier(2, timeout=10)

        def work() -> int:
            first = True

            def send(name: str, event_id: int) -> None:
                nonlocal first
                if first:
                    first = False
                    both_hold.wait()
                sent.append((name, event_id))

            # four of the eight for each, held by both at the same time
            return relay(send, at=NOW, limit=4)

        assert at_once(work, work) == [4, 4]
        assert len(sent) == len(set(sent)) == 8
        assert not Delivery.objects.filter(sent_at=None).exists()


class TestHears:
    @pytest.fixture
    def event(self, cast: Cast, subscribed: None) -> Iterator[Event]:
        yield happen(cast)
        # the name is free again for the next test's task
        current_app.tasks.pop("test.first", None)

    def dealt_with(self) -> list[str]:
        return list(Delivery.objects.exclude(delivered_at=None).values_list("subscriber", flat=True))

    def test_gives_the_work_the_record_and_notes_that_it_is_done(self, cast: Cast, event: Event) -> None:
        heard: list[int] = []
        task = hears("test.first", waits=lambda pk: False)(heard.append)
        task(event.pk)
        assert heard == [cast.hospital.pk]
        assert self.dealt_with() == ["test.first"]

    @pytest.mark.parametrize("error", [WrongState, AlreadyDone])
    def test_takes_a_repeat_for_done(self, event: Event, error: type[WrongState]) -> None:
        def work(subject_id: int) -> None:
            raise error(action="x", status="x", allowed="x")

        hears("test.first", waits=lambda pk: False)(work)(event.pk)
        assert self.dealt_with() == ["test.first"]

    def test_takes_no_part_of_the_record_for_the_record(self, event: Event) -> None:
        def work(subject_id: int) -> None:
            raise WrongState(action="x", status="x", allowed="x")

        with pytest.raises(WrongState):
            hears("test.first", waits=lambda pk: True)(work)(event.pk)
        assert self.dealt_with() == []

    @pytest.mark.parametrize("error", [Busy, MemoryError])
    def test_leaves_the_message_of_a_failure_to_be_sent_again(self, event: Event, error: type[Exception]) -> None:
        def work(subject_id: int) -> None:
            raise error

        with pytest.raises((error, Retry)):
            hears("test.first", waits=lambda pk: False)(work)(event.pk)
        assert self.dealt_with() == []
        assert relay(lambda *message: None, at=NOW) == 2


class TestRecordSelected:
    def write(self, cast: Cast, code: str) -> None:
        record_selected(
            actor=cast.officer,
            action="test.happen",
            model=Organization,
            selection="SELECT id, name FROM accounts_organization WHERE code LIKE %(code)s ORDER BY id",
            values={"code": code},
            at=NOW,
        )

    def test_writes_an_entry_and_its_messages_for_each_that_is_found(self, cast: Cast, subscribed: None) -> None:
        self.write(cast, "HOSP-%")
        events = list(Event.objects.order_by("pk"))
        assert [(event.subject_id, event.subject_label) for event in events] == [
            (hospital.pk, hospital.name) for hospital in (cast.hospital, cast.other_hospital)
        ]
        alike = record(actor=cast.officer, action="test.happen", subject=cast.hospital, at=NOW)
        for name in (
            "action",
            "subject_id",
            "subject_type",
            "user",
            "organization",
            "channel",
            "occurred_at",
            "changes",
        ):
            assert getattr(events[0], name) == getattr(alike, name), name
        messages = Delivery.objects.filter(event__in=events).order_by("pk").values_list("event", "subscriber")
        assert set(messages) == {(event.pk, name) for event in events for name in ("test.first", "test.second")}

    def test_writes_nothing_where_nothing_is_found(self, cast: Cast, subscribed: None) -> None:
        self.write(cast, "NOBODY")
        assert not Event.objects.exists() and not Delivery.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_is_refused_outside_a_transaction(self, cast: Cast) -> None:
        with pytest.raises(RuntimeError, match="transaction"):
            self.write(cast, "HOSP-%")
