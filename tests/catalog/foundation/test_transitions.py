"""The one door, tried with the simplest record that has states: a demand round."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, Busy, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.foundation.machine import Machine
from catalog.foundation.transitions import do_last, find, lock, perform, perform_all, unit_of_work
from procurement.models import DemandRound
from procurement.states import DemandStatus
from tests.cast import Cast
from tests.factories import NOW

pytestmark = pytest.mark.django_db

ROUND = Machine(
    "round",
    DemandStatus,
    {
        "close": ("close", [DemandStatus.COLLECTING], DemandStatus.CLOSED),
        "reopen": ("reopen", [DemandStatus.CLOSED], DemandStatus.COLLECTING),
    },
)


def anybody(actor: Actor, action: str, row: DemandRound) -> None:
    """Everybody may."""


def nobody(actor: Actor, action: str, row: DemandRound) -> None:
    raise NotAllowed(reason="nobody may")


@pytest.fixture
def row(cast: Cast) -> DemandRound:
    return DemandRound.objects.create(code="R1", title="old title", year=2026, agency=cast.agency)


@pytest.fixture
def act(cast: Cast) -> Callable[..., AbstractContextManager[DemandRound]]:
    def act(action: str = "close", **changed: Any) -> AbstractContextManager[DemandRound]:
        options = {
            "queryset": DemandRound.objects.all(),
            "machine": ROUND,
            "policy": anybody,
            "actor": cast.officer,
            "at": NOW,
            "code": "R1",
        } | changed
        return perform(action, options.pop("queryset"), **options)

    return act


Act = Callable[..., AbstractContextManager[DemandRound]]


class TestPerform:
    def test_changes_the_state_and_raises_the_version(self, row: DemandRound, act: Act) -> None:
        with act() as locked:
            assert locked.status == DemandStatus.CLOSED
        row.refresh_from_db()
        assert (row.status, row.version) == (DemandStatus.CLOSED, 2)

    def test_saves_what_the_block_changes_and_no_more(self, row: DemandRound, act: Act) -> None:
        with act() as locked:
            DemandRound.objects.filter(pk=row.pk).update(year=1999)
            locked.title = "new title"
        row.refresh_from_db()
        assert (row.title, row.year) == ("new title", 1999)

    def test_writes_down_who_did_what_with_the_old_and_new_values(self, row: DemandRound, act: Act, cast: Cast) -> None:
        with act() as locked:
            locked.title = "new title"
        event = Event.objects.get()
        assert (event.action, event.subject_id, event.occurred_at) == ("round.close", row.pk, NOW)
        assert event.subject_type == ContentType.objects.get_for_model(DemandRound)
        assert (event.user_id, event.organization_id, event.channel) == (
            cast.officer.user_id,
            cast.agency.pk,
            cast.officer.channel,
        )
        assert event.changes == {"status": ["collecting", "closed"], "title": ["old title", "new title"]}

    def test_undoes_everything_when_the_block_fails(self, row: DemandRound, act: Act) -> None:
        with pytest.raises(ZeroDivisionError), act() as locked:
            locked.title = "new title"
            DemandRound.objects.create(code="R2", title="by the way", year=2026, agency=row.agency)
            raise ZeroDivisionError
        row.refresh_from_db()
        assert (row.status, row.version, row.title) == (DemandStatus.COLLECTING, 1, "old title")
        assert not DemandRound.objects.filter(code="R2").exists()
        assert not Event.objects.exists()

    def test_passes_the_version_that_was_seen(self, row: DemandRound, act: Act) -> None:
        with act(expected_version=1):
            pass
        with act("reopen", expected_version=2):
            pass
        row.refresh_from_db()
        assert row.version == 3

    def test_refuses_a_version_that_is_no_longer_current(self, row: DemandRound, act: Act) -> None:
        with pytest.raises(Stale) as caught, act(expected_version=7):
            pytest.fail("the block must not run")
        assert caught.value.facts == {"expected": 7, "current": 1}

    def test_asks_in_this_order(self, row: DemandRound, act: Act) -> None:
        """Is it visible, may the actor, is the version current, does the action start here."""
        with act():
            pass
        everything_wrong: dict[str, Any] = {
            "queryset": DemandRound.objects.none(),
            "policy": nobody,
            "expected_version": 7,
        }
        refusals = []
        for mended in ({}, {"queryset": DemandRound.objects.all()}, {"policy": anybody}, {"expected_version": 2}):
            everything_wrong |= mended
            with pytest.raises((NotVisible, NotAllowed, Stale, WrongState)) as caught, act(**everything_wrong):
                pytest.fail("the block must not run")
            refusals.append(type(caught.value))
        assert refusals == [NotVisible, NotAllowed, Stale, AlreadyDone]
        assert Event.objects.count() == 1

    def test_locks_the_row(self, row: DemandRound, act: Act, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(5) as queries, act():
            pass
        assert any("FOR NO KEY UPDATE" in query["sql"] for query in queries.captured_queries)


class TestPerformAll:
    @pytest.fixture
    def rows(self, cast: Cast) -> list[DemandRound]:
        return [
            DemandRound.objects.create(code=f"A{number}", title=f"A{number}", year=2026, agency=cast.agency)
            for number in range(3)
        ]

    def close_all(self, cast: Cast) -> list[DemandRound]:
        with transaction.atomic():
            return perform_all("close", DemandRound.objects.all(), machine=ROUND, actor=cast.officer, at=NOW)

    def test_moves_every_row_and_writes_each_down(self, rows: list[DemandRound], cast: Cast) -> None:
        self.close_all(cast)
        assert set(DemandRound.objects.values_list("status", "version")) == {(DemandStatus.CLOSED, 2)}
        events = Event.objects.order_by("pk")
        assert [event.subject_id for event in events] == [row.pk for row in rows]
        assert {str(event.changes) for event in events} == {"{'status': ['collecting', 'closed']}"}

    def test_moves_none_when_one_is_elsewhere(self, rows: list[DemandRound], cast: Cast, act: Act) -> None:
        with act(code="A2"):
            pass
        with pytest.raises(AlreadyDone):
            self.close_all(cast)
        assert DemandRound.objects.filter(status=DemandStatus.COLLECTING).count() == 2
        assert Event.objects.count() == 1

    def test_of_nothing_does_nothing(self, cast: Cast) -> None:
        assert self.close_all(cast) == []
        assert not Event.objects.exists()

    def test_costs_the_same_for_many_rows(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        DemandRound.objects.bulk_create(
            DemandRound(code=f"B{number}", title="", year=2026, agency=cast.agency) for number in range(200)
        )
        with django_assert_max_num_queries(6):
            self.close_all(cast)


class TestFind:
    def test_returns_the_row(self, row: DemandRound) -> None:
        assert find(DemandRound.objects.all(), code="R1") == row

    @pytest.mark.parametrize("key", [{"code": "R9"}, {"pk": 10**30}, {"pk": "no number"}, {"code": "R1\x00"}])
    def test_tells_apart_neither_what_is_missing_nor_what_cannot_be(
        self, row: DemandRound, key: dict[str, Any]
    ) -> None:
        with transaction.atomic(), pytest.raises(NotVisible) as caught:
            find(DemandRound.objects.all(), **key)
        assert str(next(iter(key.values()))) in str(caught.value)


class TestLock:
    def test_needs_a_transaction(self, row: DemandRound) -> None:
        with transaction.atomic():
            assert lock(DemandRound.objects.all(), code="R1") == row

    def test_does_not_find_what_is_not_in_the_queryset(self, row: DemandRound) -> None:
        with pytest.raises(NotVisible):
            lock(DemandRound.objects.exclude(code="R1"), code="R1")


class TestUnitOfWork:
    @pytest.mark.parametrize(
        "statement",
        [
            "SET LOCAL statement_timeout = 50; SELECT pg_sleep(1)",
            "DO $$ BEGIN RAISE EXCEPTION 'lock' USING ERRCODE = '55P03'; END $$",
            "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$",
        ],
    )
    def test_calls_a_lock_that_was_not_to_be_had_busy(self, statement: str) -> None:
        with pytest.raises(Busy), unit_of_work(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_leaves_other_failures_of_the_database_as_they_are(self) -> None:
        with pytest.raises(OperationalError), unit_of_work(), connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'disk' USING ERRCODE = '53100'; END $$")

    def test_within_another_fails_alone(self, row: DemandRound) -> None:
        with unit_of_work():
            with pytest.raises(Busy), unit_of_work():
                raise Busy()
            assert DemandRound.objects.get() == row

    def test_within_a_whole_one_fails_with_it(self, row: DemandRound) -> None:
        with pytest.raises(TransactionManagementError), unit_of_work(is_whole=True):
            with pytest.raises(Busy), unit_of_work():
                raise Busy()
            DemandRound.objects.get()
        assert DemandRound.objects.get() == row

    def test_does_what_others_wait_for_at_the_end_of_a_whole_one(self) -> None:
        done: list[str] = []
        with unit_of_work(is_whole=True):
            with unit_of_work():
                do_last(lambda: done.append("last"))
            done.append("first")
        do_last(lambda: done.append("at once"))
        assert done == ["first", "last", "at once"]

    def test_fails_as_a_whole_where_its_end_does(self, row: DemandRound) -> None:
        def fail() -> None:
            raise Busy()

        with pytest.raises(Busy), unit_of_work(is_whole=True):
            row.delete()
            do_last(fail)
        assert DemandRound.objects.exists()
