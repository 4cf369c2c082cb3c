"""The sealer beside writers that commit late, out of order, or never."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection, transaction

from catalog.foundation.journal import sealing
from catalog.foundation.journal.models import Book, ChainLink, Event
from catalog.foundation.journal.record import record, record_all
from catalog.foundation.journal.sealing import seal_book
from catalog.foundation.journal.verifying import Kind, verify_book
from catalog.foundation.signing import current_public_key, key_id
from tests.cast import Cast
from tests.concurrency.threads import PATIENCE, at_once
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def happen(cast: Cast) -> int:
    with transaction.atomic():
        return record(actor=cast.officer, action="test.happen", subject=cast.hospital, at=NOW).pk


@contextmanager
def written_but_not_committed(cast: Cast) -> Iterator[int]:
    """An entry that another connection has written, and commits at the end of the block."""
    is_written, may_commit = threading.Event(), threading.Event()
    written: list[int] = []

    def work() -> None:
        try:
            with transaction.atomic():
                written.append(happen(cast))
                is_written.set()
                may_commit.wait(PATIENCE)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert is_written.wait(PATIENCE)
    yield written[0]
    may_commit.set()
    thread.join(PATIENCE)


def chained() -> list[int]:
    return list(ChainLink.objects.filter(book=Book.EVENTS).order_by("entry_id").values_list("entry_id", flat=True))


def breaks() -> list[tuple[Kind, int]]:
    public = current_public_key()
    return [(item.kind, item.number) for item in verify_book(Book.EVENTS, trusted={key_id(public): public}).breaks]


class TestTheSealer:
    def test_waits_for_an_entry_that_is_committed_late(self, cast: Cast) -> None:
        first = happen(cast)
        with written_but_not_committed(cast) as late:
            early = happen(cast)
            seal_book(Book.EVENTS, at=NOW)
            seal_book(Book.EVENTS, at=NOW)
            assert chained() == []
        seal_book(Book.EVENTS, at=NOW)
        assert chained() == [first, late, early]
        assert breaks() == []

    def test_seals_what_was_whole_although_others_are_writing_again(self, cast: Cast) -> None:
        with written_but_not_committed(cast) as late:
            early = happen(cast)
            seal_book(Book.EVENTS, at=NOW)
        with written_but_not_committed(cast):
            seal_book(Book.EVENTS, at=NOW)
            assert chained() == [late, early]
        seal_book(Book.EVENTS, at=NOW)
        assert chained() == sorted(Event.objects.values_list("pk", flat=True))

    def test_would_pass_over_a_late_entry_if_it_looked_at_numbers_alone(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sealing, "_writers", lambda written: [])
        with written_but_not_committed(cast) as late:
            early = happen(cast)
            seal_book(Book.EVENTS, at=NOW)
        seal_book(Book.EVENTS, at=NOW)
        assert chained() == [early]
        assert breaks() == [(Kind.UNCHAINED, late)]

    def test_beside_many_writers_and_another_sealer_skips_nothing(self, cast: Cast) -> None:
        done = threading.Event()
        writers = 6

        def write(seed: int) -> None:
            chance = random.Random(seed)
            for _round in range(12):
                with transaction.atomic():
                    number = chance.randint(1, 3)
                    record_all(
                        actor=cast.officer, action="test.happen", changes_of=[(cast.hospital, {})] * number, at=NOW
                    )
                    time.sleep(chance.random() / 50)
                    if chance.random() < 0.3:
                        transaction.set_rollback(True)

        def seal() -> int:
            sealed = 0
            while not done.is_set():
                sealed += len(seal_book(Book.EVENTS, at=NOW))
            return sealed

        def write_all() -> None:
            try:
                at_once(*(partial(write, seed) for seed in range(writers)))
            finally:
                done.set()

        _nothing, *sealed = at_once(write_all, seal, seal)
        assert sum(sealed) > 1
        seal_book(Book.EVENTS, at=NOW)
        seal_book(Book.EVENTS, at=NOW)
        assert chained() == sorted(Event.objects.values_list("pk", flat=True))
        assert len(chained()) > writers * 8
        assert breaks() == []
