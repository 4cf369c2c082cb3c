"""What an edition lists, entry by entry."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from catalog.models import EditionEntry
from catalog.services.edition_entries import write_entries
from tests import factories
from tests.cast import Cast
from tests.catalog.admin.answers import cost
from tests.catalog.admin.lists import ANTIBIOTICS, drafted, entry_of, listing, published
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

EYES = ("二十、眼科用药", "(一)抗感染药")


class TestEntries:
    def test_are_filtered_by_section_with_those_below_by_marks_and_by_kind(self, cast: Cast) -> None:
        listings = [
            listing(),
            listing(1, "青霉素", specialist=True),
            listing(is_repeat=True, section=EYES),
            listing(400, "抗蛇毒血清", is_group=True, section=("十九、生物制品",)),
        ]
        edition = published("2018", listings, cast)
        drafted("2026", [listing()], cast.officer)
        client = client_of(cast.supervisor)

        def found(**filters: Any) -> list[str]:
            rows = client.get(list_of(EditionEntry), filters).context["cl"].result_list
            return [row.medicine.name for row in rows]

        top = edition.sections.get(path=ANTIBIOTICS[0])
        assert found(section=top.pk, edition__id__exact=edition.pk) == ["青霉素", "阿莫西林"]
        assert found(section=top.pk) == ["青霉素", "阿莫西林"]
        assert found(section=edition.sections.get(name=EYES[1]).pk) == ["阿莫西林"]
        assert found(specialist_guidance__exact=1) == ["青霉素"]
        assert found(is_repeat__exact=1) == ["阿莫西林"]
        assert found(is_group__exact=1) == ["抗蛇毒血清"]
        assert len(found(edition__id__exact=edition.pk)) == 4

    def test_are_exported_as_they_are_filtered(self, cast: Cast) -> None:
        edition = published("2018", [listing(6, "阿莫西林", ("胶囊", "0.25g"), ("片剂", "0.25g"))], cast)
        drafted("2026", [listing(1, "青霉素")], cast.officer)
        address = reverse("admin:catalog_editionentry_export_workbook")
        answer = client_of(cast.supervisor).get(address, {"edition__id__exact": edition.pk})
        [sheet] = [CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()]
        assert len(sheet) == 2
        assert {"阿莫西林", "片剂 0.25g; 胶囊 0.25g"} <= set(sheet[1])

    def test_take_as_many_queries_for_fifty_as_for_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        edition = drafted("2018", [listing()], cast.officer)
        few = cost(client, list_of(EditionEntry))
        write_entries(edition, [listing(number, f"药{number}") for number in range(10, 60)])
        assert cost(client, list_of(EditionEntry)) == few


class TestEntryPage:
    def test_shows_the_strengths_as_quantities_the_marks_and_the_text_of_the_list(self, cast: Cast) -> None:
        entry = listing(
            6, "阿莫西林", ("注射液", "2ml:0.1g"), ("胶囊", "适量"), note="仅限成人", forms_text="注射液:2ml:0.1g"
        )
        edition = published("2018", [entry, listing(is_repeat=True, section=EYES)], cast)
        page = get(client_of(cast.supervisor), page_of(entry_of(edition, "阿莫西林")))
        for words in ("100 mg / 2 ml", "not readable as a quantity", "仅限成人", "注射液:2ml:0.1g", EYES[1]):
            assert words in page

    def test_takes_as_many_queries_for_many_presentations_as_for_one(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        strengths = [("胶囊", f"{number}mg") for number in range(1, 51)]
        edition = published("2018", [listing(1, "青霉素"), listing(6, "阿莫西林", *strengths)], cast)
        assert cost(client, page_of(entry_of(edition, "青霉素"))) == cost(
            client, page_of(entry_of(edition, "阿莫西林"))
        )


class TestSetMembers:
    @pytest.fixture
    def entry(self, cast: Cast) -> EditionEntry:
        edition = published("2018", [listing(400, "抗蛇毒血清", is_group=True), listing()], cast)
        return entry_of(edition, "抗蛇毒血清")

    def test_names_the_medicines_of_a_group(self, cast: Cast, entry: EditionEntry) -> None:
        member = factories.presentation("抗蝮蛇毒血清").medicine
        client = client_of(cast.officer)
        get(client, action_of(entry, "set_members"))
        assert "now stands for 1 medicines" in post(client, action_of(entry, "set_members"), medicines=[member.pk])
        assert list(entry.members.all()) == [member]
        assert f'<option value="{member.pk}" selected>' in get(client, action_of(entry, "set_members"))
        assert "member of 抗蛇毒血清" in get(client, page_of(member))

    def test_is_offered_for_groups_only(self, cast: Cast, entry: EditionEntry) -> None:
        other = entry_of(entry.edition, "阿莫西林")
        client = client_of(cast.officer)
        assert action_of(entry, "set_members") in get(client, page_of(entry))
        assert action_of(other, "set_members") not in get(client, page_of(other))
        member = factories.presentation("抗蝮蛇毒血清").medicine
        assert "There is no" in post(client, action_of(other, "set_members"), medicines=[member.pk])
        assert not other.members.exists()

    def test_does_not_take_the_group_for_its_own_member(self, cast: Cast, entry: EditionEntry) -> None:
        page = post(client_of(cast.officer), action_of(entry, "set_members"), medicines=[entry.medicine_id])
        assert "Select a valid choice" in page

    def test_is_not_for_supervisors(self, cast: Cast, entry: EditionEntry) -> None:
        assert client_of(cast.supervisor).post(action_of(entry, "set_members"), {}).status_code == 403

    def test_searches_medicines_as_one_types(self, cast: Cast, entry: EditionEntry) -> None:
        factories.presentation("抗蝮蛇毒血清")
        query = {"app_label": "catalog", "model_name": "editionentry", "field_name": "members", "term": "蝮蛇"}
        answer = client_of(cast.officer).get(reverse("admin:autocomplete"), query)
        assert [item["text"] for item in answer.json()["results"]] == ["抗蝮蛇毒血清"]
