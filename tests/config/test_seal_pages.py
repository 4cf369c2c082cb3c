"""The public page of the journal's seals."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog.foundation.journal.models import Book, Seal
from catalog.foundation.journal.sealing import seal_book
from catalog.foundation.journal.tasks import seal_books
from config import seal_pages
from procurement.client import is_signed
from tests.cast import Cast
from tests.factories import NOW, conduct_record
from tests.procurement.admin.pages import get

PAGE, FILE = reverse("journal-seals"), reverse("journal-seals-file")


class TestSealPage:
    def test_shows_the_seals_to_everybody(self, cast: Cast) -> None:
        client = Client(headers={"accept-language": "en"})
        assert "Nothing is sealed yet." in get(client, PAGE)
        conduct_record(cast)
        [seal] = seal_book(Book.EVENTS, at=NOW)
        page = get(client, PAGE)
        assert bytes(seal.digest).hex() in page and seal.signature in page
        assert f'href="{PAGE}"' in get(client, reverse("home"))

    def test_gives_them_as_a_file_that_holds_the_journal_to_what_it_was(self, cast: Cast, tmp_path: Path) -> None:
        conduct_record(cast)
        seal_books()
        answer = Client().get(FILE)
        kept = tmp_path / "seals.json"
        kept.write_bytes(answer.content)
        call_command("verify_journal", kept=kept, stdout=io.StringIO())
        [seal], keys = answer.json()["seals"], answer.json()["keys"]
        assert base64.b64decode(keys[seal["key_id"]]) == bytes(Seal.objects.get().public_key)
        assert is_signed(seal, [{"public_key": key} for key in keys.values()], ("journal-seal",))

    def test_leads_from_the_latest_to_those_before(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(seal_pages, "SEALS_PER_FILE", 1)
        for firm in (cast.supplier_firm, cast.rival_firm):
            conduct_record(cast, firm=firm)
            seal_books()
        first = Client().get(FILE).json()
        second = Client().get(first["next"]).json()
        assert [file["seals"][0]["number"] for file in (first, second)] == [2, 1]
        assert Client().get(second["next"]).json() == {"seals": [], "keys": {}, "next": None}
        assert Client().get(f"{FILE}?before=x").json() == first
