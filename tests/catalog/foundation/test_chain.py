"""The chain of the journal: sealed entry by entry, and broken by raw SQL past every trigger."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from catalog.foundation.journal import sealing, verifying
from catalog.foundation.journal.books import WRITTEN
from catalog.foundation.journal.models import Book, ChainLink, DeniedAttempt, Event, Reading, Seal
from catalog.foundation.journal.record import record_all
from catalog.foundation.journal.sealing import seal_book, signed_document, stamp_of
from catalog.foundation.journal.tasks import seal_books
from catalog.foundation.journal.verifying import Break, Kind, check_kept, verify_book
from catalog.foundation.signing import current_public_key, key_id, sign, signing_key_of, verifying_key_of
from tests.cast import Cast
from tests.factories import NOW, ahead

FORGER = signing_key_of("forged" * 10)
FORMER = "former" * 10


def happen(cast: Cast, times: int = 1) -> list[int]:
    with transaction.atomic():
        events = record_all(
            actor=cast.officer, action="test.happen", changes_of=[(cast.hospital, {"名": [None, "值"]})] * times, at=NOW
        )
    return [event.pk for event in events]


def run(statement: str, **values: Any) -> None:
    """As whoever owns the tables can: no trigger is asked."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("event", "deniedattempt", "reading", "chainlink", "seal"):
            cursor.execute(f"ALTER TABLE journal_{table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        for table in ("event", "deniedattempt", "reading", "chainlink", "seal"):
            cursor.execute(f"ALTER TABLE journal_{table} ENABLE TRIGGER USER")


def trusted() -> dict[str, bytes]:
    public = current_public_key()
    return {key_id(public): public}


def breaks(book: Book = Book.EVENTS) -> list[tuple[Kind, int]]:
    return [(item.kind, item.number) for item in verify_book(book, trusted=trusted()).breaks]


@pytest.fixture
def chained(cast: Cast) -> list[int]:
    """Seven entries in three seals; behind the fourth is a number that no entry has."""
    first = happen(cast, 2)
    seal_book(Book.EVENTS, at=NOW)
    second = happen(cast, 2)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        happen(cast)
        raise ZeroDivisionError
    second += happen(cast)
    seal_book(Book.EVENTS, at=ahead(minutes=1))
    third = happen(cast, 2)
    seal_book(Book.EVENTS, at=ahead(minutes=2))
    assert breaks() == []
    return [*first, *second, *third]


class TestSealing:
    def test_goes_on_where_the_last_seal_ended(self, chained: list[int]) -> None:
        told = Seal.objects.order_by("number").values_list("number", "through", "entries")
        assert list(told) == [(1, chained[1], 2), (2, chained[4], 5), (3, chained[6], 7)]
        assert list(ChainLink.objects.order_by("entry_id").values_list("entry_id", flat=True)) == chained

    def test_without_anything_new_sets_no_seal(self, chained: list[int]) -> None:
        assert seal_book(Book.EVENTS, at=NOW) == []

    def test_of_many_entries_is_cut_into_parts(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sealing, "MOST_ENTRIES", 2)
        happen(cast, 5)
        assert [seal.entries for seal in seal_book(Book.EVENTS, at=NOW)] == [2, 4, 5]
        assert breaks() == []

    @pytest.mark.parametrize(("removed", "miscounted"), [("number = 3", 3), ("number > 1", 2), ("true", 1)])
    def test_goes_on_behind_links_whose_seals_were_removed_and_leaves_that_to_be_seen(
        self, chained: list[int], cast: Cast, removed: str, miscounted: int
    ) -> None:
        run(f"DELETE FROM journal_seal WHERE {removed}")
        for minutes in (3, 4):
            chained += happen(cast)
            [seal] = seal_book(Book.EVENTS, at=ahead(minutes=minutes))
            assert seal.through == chained[-1]
            assert breaks() == [(Kind.MISCOUNTED, miscounted)]
        assert list(ChainLink.objects.order_by("entry_id").values_list("entry_id", flat=True)) == chained

    def test_is_not_led_on_by_a_link_ahead_of_every_entry(self, chained: list[int], cast: Cast) -> None:
        run("INSERT INTO journal_chainlink VALUES ('events', %(id)s, sha256('x'))", id=chained[-1] + 1000)
        [entry] = happen(cast)
        [seal] = seal_book(Book.EVENTS, at=ahead(minutes=3))
        assert seal.through == entry
        assert (Kind.UNSEALED, chained[-1] + 1000) in breaks()

    def test_does_not_depend_on_how_a_session_writes_values(self, chained: list[int]) -> None:
        texts = f"SELECT {WRITTEN[Book.EVENTS].text} FROM journal_event AS entry ORDER BY id"
        with connection.cursor() as cursor:
            cursor.execute(texts)
            usual = cursor.fetchall()
            cursor.execute("SET LOCAL timezone = 'America/New_York'; SET LOCAL datestyle = 'German'")
            cursor.execute(texts)
            assert cursor.fetchall() == usual

    def test_keeps_a_chain_of_attempts_and_of_readings_as_well(self, cast: Cast) -> None:
        told = {"user_id": cast.officer.user_id, "organization": cast.agency, "channel": "admin"}
        DeniedAttempt.objects.create(**told, occurred_at=NOW, what="GET /", code="not_allowed", network_address="::1")
        subject_type_id = happen(cast) and Event.objects.get().subject_type_id
        Reading.objects.create(
            **told, minute=NOW, subject_type_id=subject_type_id, subject_id=1, subject_label="T", page="/admin/"
        )
        assert seal_books() == 3
        run("UPDATE journal_deniedattempt SET detail = 'forged'")
        run("UPDATE journal_reading SET page = 'forged'")
        assert breaks(Book.ATTEMPTS) == [(Kind.ALTERED, DeniedAttempt.objects.get().pk)]
        assert breaks(Book.READINGS) == [(Kind.ALTERED, Reading.objects.get().pk)]
        assert breaks(Book.EVENTS) == []


@pytest.mark.django_db
class TestABrokenJournal:
    """Places: 0, 1 in the first seal; 2, 3, 4 in the second; 5, 6 in the third."""

    @pytest.mark.parametrize(
        "column",
        [
            *("action = 'x'", "subject_id = 0", "subject_label = 'x'", "user_id = NULL", "organization_id = NULL"),
            *("channel = 'x'", "occurred_at = occurred_at + interval '1 microsecond'", "request_id = 'x'"),
            *("changes = '{}'", "subject_type_id = subject_type_id + 1"),
        ],
    )
    def test_shows_each_value_that_was_altered(self, chained: list[int], column: str) -> None:
        run(f"UPDATE journal_event SET {column} WHERE id = %(id)s", id=chained[3])
        assert breaks() == [(Kind.ALTERED, chained[3])]

    def test_shows_what_was_removed(self, chained: list[int]) -> None:
        run("DELETE FROM journal_event WHERE id = %(id)s", id=chained[3])
        assert breaks() == [(Kind.REMOVED, chained[3])]

    def test_shows_where_something_was_removed_with_its_link(self, chained: list[int]) -> None:
        run("DELETE FROM journal_event WHERE id = %(id)s", id=chained[3])
        run("DELETE FROM journal_chainlink WHERE entry_id = %(id)s", id=chained[3])
        assert breaks() == [(Kind.ALTERED, chained[4]), (Kind.MISCOUNTED, 2)]

    def test_shows_what_was_inserted(self, chained: list[int]) -> None:
        insert(chained[3] + 1, like=chained[3])
        assert breaks() == [(Kind.UNCHAINED, chained[3] + 1)]

    def test_shows_what_was_inserted_with_a_link(self, chained: list[int]) -> None:
        insert(chained[3] + 1, like=chained[3])
        rechain([chained[3] + 1], after=chained[3])
        assert breaks() == [(Kind.ALTERED, chained[4]), (Kind.MISCOUNTED, 2)]

    def test_shows_what_changed_places(self, chained: list[int]) -> None:
        swap = "UPDATE journal_event SET id = CASE id WHEN %(a)s THEN -1 ELSE %(a)s END WHERE id IN (%(a)s, %(b)s)"
        run(swap, a=chained[2], b=chained[3])
        run("UPDATE journal_event SET id = %(b)s WHERE id = -1", b=chained[3])
        run("UPDATE journal_event SET request_id = 'first' WHERE id = %(b)s", b=chained[3])
        assert (Kind.ALTERED, chained[3]) in breaks()

    def test_shows_a_link_that_was_altered(self, chained: list[int]) -> None:
        run("UPDATE journal_chainlink SET digest = sha256('x') WHERE entry_id = %(id)s", id=chained[2])
        assert breaks() == [(Kind.ALTERED, chained[2]), (Kind.ALTERED, chained[3])]

    def test_shows_between_which_seals_the_chain_was_rewritten(self, chained: list[int]) -> None:
        run("UPDATE journal_event SET action = 'x' WHERE id = %(id)s", id=chained[3])
        rechain(chained[3:], after=chained[2])
        assert breaks() == [(Kind.REWRITTEN, 2), (Kind.REWRITTEN, 3)]

    def test_shows_seals_that_were_altered_to_fit(self, chained: list[int]) -> None:
        run("UPDATE journal_event SET action = 'x' WHERE id = %(id)s", id=chained[6])
        rechain(chained[6:], after=chained[5])
        run(
            "UPDATE journal_seal SET digest = (SELECT digest FROM journal_chainlink WHERE entry_id = through) "
            "WHERE number = 3"
        )
        assert breaks() == [(Kind.SEAL_FORGED, 3)]

    def test_shows_seals_of_a_key_that_is_not_the_platforms(self, chained: list[int]) -> None:
        seal = Seal.objects.get(number=3)
        run(
            "UPDATE journal_seal SET signature = %(signature)s, key_id = %(key_id)s, public_key = %(public)s "
            "WHERE number = 3",
            **sign(stamp_of(seal).document(), FORGER),
            public=verifying_key_of(FORGER),
        )
        assert breaks() == [(Kind.SEAL_OF_STRANGE_KEY, 3)]

    def test_shows_which_seal_was_removed(self, chained: list[int]) -> None:
        run("DELETE FROM journal_seal WHERE number = 2")
        assert breaks() == [(Kind.SEAL_MISSING, 2)]

    def test_shows_that_the_last_seal_was_removed(self, chained: list[int]) -> None:
        run("DELETE FROM journal_seal WHERE number = 3")
        assert breaks() == [(Kind.UNSEALED, chained[6])]

    def test_cut_off_at_its_end_is_shown_by_a_seal_that_somebody_kept(self, chained: list[int]) -> None:
        kept = published()
        assert check_kept(kept, trusted=trusted()) == []
        for table, column in (("event", "id"), ("chainlink", "entry_id"), ("seal", "through")):
            run(f"DELETE FROM journal_{table} WHERE {column} > %(id)s", id=chained[4])
        assert breaks() == []
        assert check_kept(kept, trusted=trusted()) == [Break(Book.EVENTS, Kind.KEPT_DIFFERS, 3)]

    def test_is_not_accused_by_a_seal_that_somebody_made_up(self, chained: list[int]) -> None:
        made_up = [{**published()[0], "digest": "00" * 32}]
        assert check_kept(made_up, trusted=trusted()) == [Break(Book.EVENTS, Kind.SEAL_FORGED, 1)]


def insert(entry: int, *, like: int) -> None:
    """An entry written past the journal."""
    columns = ", ".join(field.column for field in Event._meta.concrete_fields if field.column != "id")
    run(
        f"INSERT INTO journal_event (id, {columns}) SELECT %(id)s, {columns} FROM journal_event WHERE id = %(like)s",
        id=entry,
        like=like,
    )


def rechain(entries: list[int], *, after: int) -> None:
    """Links that fit the entries as they are now, as a forger would reckon them."""
    for entry in entries:
        run(
            "INSERT INTO journal_chainlink (book, entry_id, digest) "
            f"SELECT 'events', entry.id, {WRITTEN[Book.EVENTS].digest('link.digest')} "
            "FROM journal_event AS entry JOIN journal_chainlink AS link ON link.entry_id = %(after)s "
            "WHERE entry.id = %(entry)s ON CONFLICT (book, entry_id) DO UPDATE SET digest = excluded.digest",
            entry=entry,
            after=after,
        )
        after = entry


def published() -> list[dict[str, Any]]:
    return [signed_document(seal) for seal in Seal.objects.order_by("number")]


class TestVerifyJournal:
    def test_says_that_it_is_whole(self, chained: list[int], cast: Cast) -> None:
        happen(cast)
        said = io.StringIO()
        call_command("verify_journal", stdout=said)
        assert "7 entries in 3 seals, 1 more to be sealed" in said.getvalue()
        assert said.getvalue().endswith("The journal is whole.\n")

    def test_takes_longer_than_other_statements_may(self, chained: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verifying, "WAITING", "SELECT count(*) FROM pg_sleep(0.3)")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '200ms'")
        call_command("verify_journal", stdout=io.StringIO())

    def test_fails_and_names_the_place(self, chained: list[int]) -> None:
        run("DELETE FROM journal_event WHERE id = %(id)s", id=chained[3])
        said = io.StringIO()
        with pytest.raises(CommandError, match="broken in 1 place"):
            call_command("verify_journal", stdout=said)
        assert f"entry {chained[3]}: was removed" in said.getvalue()

    def test_holds_kept_seals_against_the_chain(self, chained: list[int], tmp_path: Path) -> None:
        file = tmp_path / "seals.json"
        file.write_text(json.dumps({"seals": published()}), encoding="utf-8")
        call_command("verify_journal", kept=file, stdout=io.StringIO())
        run("DELETE FROM journal_chainlink")
        run("DELETE FROM journal_seal")
        said = io.StringIO()
        with pytest.raises(CommandError, match="broken in 3 places"):
            call_command("verify_journal", kept=file, stdout=said)
        assert "seal 2: was kept outside" in said.getvalue()

    @pytest.mark.parametrize("text", ["{", "[]", '{"seals": [{}]}', '{"seals": [{"book": "x"}]}'])
    @pytest.mark.django_db
    def test_refuses_a_file_of_something_else(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "seals.json"
        file.write_text(text)
        with pytest.raises(CommandError, match="does not hold seals"):
            call_command("verify_journal", kept=file, stdout=io.StringIO())

    def test_believes_a_former_key_where_it_is_told_to(self, cast: Cast) -> None:
        happen(cast)
        with override_settings(SIGNING_KEY=FORMER):
            seal_book(Book.EVENTS, at=NOW)
        with pytest.raises(CommandError, match="broken in 1 place"):
            call_command("verify_journal", stdout=io.StringIO())
        former = base64.b64encode(verifying_key_of(signing_key_of(FORMER))).decode()
        call_command("verify_journal", trust=[former], stdout=io.StringIO())
        with pytest.raises(CommandError, match="32 bytes"):
            call_command("verify_journal", trust=["AAAA"], stdout=io.StringIO())
