"""Editions: drafted, published, discarded, and what differs between two of them."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from catalog.models import Edition
from catalog.services.edition_entries import write_entries
from catalog.states import EditionStatus
from tests.cast import Cast
from tests.catalog.admin.answers import cost, rows_of
from tests.catalog.admin.lists import ANTIBIOTICS, drafted, listing, published
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

COMPARE = "admin:catalog_edition_compare"
DRAFT = "admin:catalog_edition_draft"
EYES = ("二十、眼科用药", "(一)抗感染药")
FILLED: dict[str, Any] = {
    "code": "2026",
    "title": "国家基本药物目录（2026年版）",
    "decision": "国卫药政发〔2026〕1号",
    "decided_on": "2026-07-01",
    "source": "国家卫生健康委员会",
    "valid_from": "2026-09-01",
    "valid_until": "",
    "announced_chemical": "476",
    "announced_tcm": "318",
}


class TestList:
    def test_shows_the_counts_beside_what_was_announced(self, cast: Cast) -> None:
        listings = [listing(), listing(is_repeat=True, section=EYES), listing(1, "逍遥丸", part="tcm")]
        drafted("2026", listings, cast.officer, announced=2)
        page = get(client_of(cast.supervisor), list_of(Edition))
        # listed again is not counted again
        [edition] = client_of(cast.supervisor).get(list_of(Edition)).context["cl"].result_list
        assert (edition.chemical_count, edition.tcm_count) == (1, 1)
        assert "announced 2" in page

    def test_is_exported_as_it_is_seen(self, cast: Cast) -> None:
        drafted("2018", [listing()], cast.officer)
        drafted("2026", [listing()], cast.officer)
        address = reverse("admin:catalog_edition_export_csv")
        lines = rows_of(client_of(cast.supervisor).get(address, {"q": "2026"}))
        assert [line[0] for line in lines[1:]] == ["2026"]

    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        drafted("E0", [listing()], cast.officer)
        few = cost(client, list_of(Edition))
        for number in range(1, 50):
            drafted(f"E{number}", [listing()], cast.officer)
        assert cost(client, list_of(Edition)) == few


class TestPage:
    def test_shows_the_tree_of_sections_with_what_each_holds(self, cast: Cast) -> None:
        listings = [
            listing(),
            listing(1, "青霉素"),
            listing(9, "头孢唑林", section=(ANTIBIOTICS[0], "(二)头孢菌素类")),
            listing(is_repeat=True, section=EYES),
        ]
        edition = drafted("2026", listings, cast.officer)
        answer = client_of(cast.supervisor).get(page_of(edition))
        page = answer.content.decode()
        [(_title, shown)] = answer.context["record_tables"]
        places = [shown.index(name) for name in (*ANTIBIOTICS, "(二)头孢菌素类", *EYES)]
        assert places == sorted(places)
        assert f"edition__id__exact={edition.pk}&amp;section={edition.sections.get(path=ANTIBIOTICS[0]).pk}" in page
        counts = re.findall(r'text-important">(\d+)<', shown)
        assert counts == ["3", "2", "1", "0", "0"]
        assert shown.count("listed again: 1") == 2

    def test_takes_as_many_queries_for_many_sections_as_for_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        edition = drafted("2026", [listing()], cast.officer)
        few = cost(client, page_of(edition))
        write_entries(
            edition, [listing(number, f"药{number}", section=("甲", f"乙{number}")) for number in range(10, 60)]
        )
        assert cost(client, page_of(edition)) == few


class TestDraft:
    def test_begins_an_edition(self, cast: Cast) -> None:
        page = post(client_of(cast.officer), reverse(DRAFT), **FILLED)
        edition = Edition.objects.get()
        assert "is drafted" in page
        assert (edition.status, edition.announced_tcm, edition.drafted_by_id) == (
            EditionStatus.DRAFT,
            318,
            cast.officer.user_id,
        )

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"valid_until": "2026-08-31"}, "not after its beginning"),
            ({"code": "2018"}, "is already there"),
            ({"announced_chemical": "-1"}, "greater than or equal to 0"),
        ],
    )
    def test_says_what_is_wrong(self, cast: Cast, changed: dict[str, str], words: str) -> None:
        drafted("2018", [], cast.officer)
        page = post(client_of(cast.officer), reverse(DRAFT), **FILLED | changed)
        assert words in page
        assert Edition.objects.count() == 1

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        assert client.get(reverse(DRAFT)).status_code == 403
        assert client.post(reverse(DRAFT), FILLED).status_code == 403
        assert reverse(DRAFT) not in get(client, list_of(Edition))


class TestPublish:
    def test_is_for_the_second_officer_and_ends_the_one_before(self, cast: Cast) -> None:
        former = published("2018", [listing()], cast)
        edition = drafted("2026", [listing(), listing(1, "青霉素")], cast.officer, since=2025, announced=2)
        page = post(client_of(cast.second_officer), action_of(edition, "publish"), version=edition.version)
        assert "is now “in force”" in page
        for record in (former, edition):
            record.refresh_from_db()
        assert (former.status, edition.status) == (EditionStatus.SUPERSEDED, EditionStatus.IN_FORCE)

    def test_tells_the_drafter_why_not(self, cast: Cast) -> None:
        edition = drafted("2026", [listing()], cast.officer)
        client = client_of(cast.officer)
        words = "who drafted the edition does not publish it"
        for address in (page_of(edition), action_of(edition, "publish")):
            assert words in get(client, address)
        assert words not in get(client_of(cast.second_officer), page_of(edition))
        assert words in post(client, action_of(edition, "publish"), version=edition.version)
        edition.refresh_from_db()
        assert edition.status == EditionStatus.DRAFT

    def test_is_refused_while_it_lists_another_number_than_announced(self, cast: Cast) -> None:
        edition = drafted("2026", [listing()], cast.officer, announced=476)
        page = post(client_of(cast.second_officer), action_of(edition, "publish"), version=edition.version)
        assert "the decision announced 476 medicines, the edition lists 1" in page

    def test_is_refused_on_another_version_than_was_seen(self, cast: Cast) -> None:
        edition = drafted("2026", [listing()], cast.officer)
        page = post(client_of(cast.second_officer), action_of(edition, "publish"), version=edition.version + 1)
        assert "This was changed meanwhile" in page

    @pytest.mark.parametrize("name", ["publish", "discard"])
    def test_is_not_for_supervisors(self, cast: Cast, name: str) -> None:
        edition = drafted("2026", [listing()], cast.officer)
        client = client_of(cast.supervisor)
        assert client.post(action_of(edition, name), {"version": 1}).status_code == 403
        assert action_of(edition, name) not in get(client, page_of(edition))


class TestDiscard:
    def test_gives_a_draft_up_and_no_other(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        edition, standing = drafted("2026", [listing()], cast.officer), published("2018", [listing()], cast)
        assert "is discarded" in post(client, action_of(edition, "discard"))
        assert "is not possible while this is" in post(client, action_of(standing, "discard"))
        assert action_of(standing, "discard") not in get(client, page_of(standing))
        edition.refresh_from_db()
        assert edition.status == EditionStatus.DISCARDED


class TestMend:
    def test_says_anew_what_was_announced(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        edition = drafted("2026", [listing()], cast.officer, announced=2)
        assert action_of(edition, "amend") in get(client, page_of(edition))
        said = {name: value for name, value in FILLED.items() if name != "code"} | {"announced_chemical": "1"}
        assert "is mended" in post(client, action_of(edition, "amend"), **said)
        edition.refresh_from_db()
        assert (edition.announced_chemical, edition.code) == (1, "2026")

    def test_takes_an_entry_out(self, cast: Cast) -> None:
        edition = drafted("2026", [listing(), listing(7, "头孢唑林")], cast.officer)
        entry = edition.entries.get(number=7)
        assert "is no longer on the draft" in post(client_of(cast.officer), action_of(entry, "take_out"))
        assert edition.entries.count() == 1

    def test_is_not_offered_once_it_is_published(self, cast: Cast) -> None:
        edition = published("2018", [listing()], cast)
        page = get(client_of(cast.officer), page_of(edition))
        assert action_of(edition, "amend") not in page
        assert action_of(edition, "import_entries") not in page

    def test_leads_to_the_wizard_for_the_draft(self, cast: Cast) -> None:
        edition = drafted("2026", [], cast.officer)
        answer = client_of(cast.officer).get(action_of(edition, "import_entries"))
        assert answer.headers["Location"].endswith("upload/?kind=entries&edition=2026")


class TestCompare:
    @pytest.fixture
    def editions(self, cast: Cast) -> tuple[Edition, Edition]:
        old = published("2018", [listing(), listing(7, "头孢唑林"), listing(8, "布洛芬")], cast)
        after = [listing(specialist=True), listing(1, "青霉素"), listing(9, "布洛芬")]
        return old, published("2026", after, cast, since=2025)

    def test_begins_with_the_two_newest(self, cast: Cast, editions: tuple[Edition, Edition]) -> None:
        answer = client_of(cast.supervisor).get(reverse(COMPARE))
        assert "1 added, 1 removed, 1 changed, 1 unchanged." in answer.content.decode()
        sections = {name: rows for name, _title, _headings, rows in answer.context["sections"]}
        assert [row[1] for row in sections["added"]] == ["青霉素"]
        assert [row[1] for row in sections["removed"]] == ["头孢唑林"]
        assert sections["changed"] == [[6, 6, "阿莫西林", "under specialist guidance (△)", "", "△"]]

    def test_goes_the_way_that_is_chosen(self, cast: Cast, editions: tuple[Edition, Edition]) -> None:
        old, new = editions
        answer = client_of(cast.officer).get(reverse(COMPARE), {"old": new.pk, "new": old.pk})
        sections = {name: rows for name, _title, _headings, rows in answer.context["sections"]}
        assert [row[1] for row in sections["added"]] == ["头孢唑林"]

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_is_taken_along(self, cast: Cast, editions: tuple[Edition, Edition], kind: str) -> None:
        old, new = editions
        answer = client_of(cast.supervisor).get(reverse(COMPARE), {"old": old.pk, "new": new.pk, "file": kind})
        if kind == "csv":
            lines = rows_of(answer)
        else:
            lines = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert [(line[0], line[2]) for line in lines[1:]] == [
            ("added", "青霉素"),
            ("removed", "头孢唑林"),
            ("changed", "阿莫西林"),
        ]

    def test_waits_for_a_second_edition(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        assert 'id="counts"' not in get(client, reverse(COMPARE))
        assert 'id="counts"' not in get(client, f"{reverse(COMPARE)}?old=0&new=nothing")

    def test_is_closed_to_a_buyer(self, cast: Cast) -> None:
        assert client_of(cast.buyer).get(reverse(COMPARE)).status_code == 403
