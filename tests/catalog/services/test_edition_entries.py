from __future__ import annotations

from datetime import date

import pytest

from catalog.foundation.imports import BadCell, DuplicateRow
from catalog.models import Edition, ListSection, Presentation, SelectionFinding, SelectionReview
from catalog.services.edition_entries import check_edition_table
from catalog.states import Criterion
from tests import factories
from tests.cast import Cast
from tests.factories import edition_table
from tests.refusals import refused

Row = dict[str, str]
pytestmark = pytest.mark.django_db

AMOXICILLIN = {"number": "6", "name": "阿莫西林", "category": "抗微生物药", "subcategory": "青霉素类"}
INSULIN = {"number": "9", "name": "胰岛素", "category": "内分泌用药", "subcategory": ""}


@pytest.fixture
def draft(cast: Cast) -> Edition:
    draft = factories.drafted_edition(cast)
    draft.entries.all().delete()
    draft.sections.all().delete()
    return draft


class TestCheckEditionTable:
    def test_takes_rows_in_either_grammar(self) -> None:
        table = edition_table({"forms_and_strengths": "胶囊：0.25g"}, INSULIN)
        assert check_edition_table(table).errors == []

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            ({"forms_and_strengths": f"胶囊：{'9' * 101}g"}, "forms_and_strengths"),
            ({"atc": "J01CA04X"}, "atc"),
            ({"note": "注" * 501}, "note"),
            ({"function": "功" * 101}, "function"),
            ({"repeat": "maybe"}, "repeat"),
            ({"group": "maybe"}, "group"),
            ({"part": "herbal"}, "part"),
        ],
    )
    def test_refuses_what_no_column_holds(self, row: dict[str, str], column: str) -> None:
        with refused(BadCell) as refusal:
            check_edition_table(edition_table(row)).refuse()
        assert refusal.pointers == [f"/rows/2/{column}"]

    def test_takes_a_medicine_in_two_sections_and_not_twice_in_one(self) -> None:
        again = {"category": "消化系统用药"}
        assert check_edition_table(edition_table({}, again)).errors == []
        with refused(DuplicateRow):
            check_edition_table(edition_table({}, again, again)).refuse()


class TestSections:
    def test_are_a_tree_named_from_the_top(self, draft: Edition) -> None:
        factories.entries(
            draft,
            AMOXICILLIN | {"subsubcategory": "广谱", "function": "口服"},
            AMOXICILLIN | {"number": "7", "name": "青霉素"},
        )
        paths = list(draft.sections.order_by("position").values_list("path", flat=True))
        assert paths == [
            "抗微生物药",
            "抗微生物药 › 青霉素类",
            "抗微生物药 › 青霉素类 › 广谱",
            "抗微生物药 › 青霉素类 › 广谱 › 口服",
        ]
        deepest = ListSection.objects.get(name="口服")
        assert deepest.parent.parent.parent.name == "抗微生物药"
        assert deepest.entries.get().medicine.name == "阿莫西林"
        assert draft.entries.get(number=7).section.name == "青霉素类"

    def test_are_made_once_however_often_rows_are_put_on_the_draft(self, draft: Edition) -> None:
        factories.entries(draft, AMOXICILLIN)
        factories.entries(draft, INSULIN)
        factories.entries(draft, AMOXICILLIN | {"number": "7", "name": "青霉素"})
        assert list(draft.sections.order_by("position").values_list("path", flat=True)) == [
            "抗微生物药",
            "抗微生物药 › 青霉素类",
            "内分泌用药",
        ]

    def test_of_the_two_parts_are_apart(self, draft: Edition) -> None:
        factories.entries(draft, AMOXICILLIN, {"part": "tcm", "name": "清热", "category": "抗微生物药", "number": "1"})
        assert draft.sections.filter(name="抗微生物药").count() == 2


class TestEntries:
    def test_of_one_medicine_in_one_section_are_one(self, draft: Edition) -> None:
        [entry] = factories.entries(draft, AMOXICILLIN, AMOXICILLIN | {"form": "片剂", "strength": "0.5g"})
        assert {(item.form, item.strength) for item in entry.presentations.all()} == {
            ("胶囊", "0.25g"),
            ("片剂", "0.5g"),
        }

    @pytest.mark.parametrize("marked", ["", "yes"])
    def test_of_another_section_list_it_again(self, draft: Edition, marked: str) -> None:
        again = {"category": "消化系统用药"} | ({"repeat": marked} if marked else {})
        own, repeat = factories.entries(draft, AMOXICILLIN, AMOXICILLIN | again)
        assert (own.is_repeat, repeat.is_repeat) == (False, True)
        assert own.number == repeat.number == 6

    def test_marked_as_repeats_leave_the_number_to_the_own_one_behind_them(self, draft: Edition) -> None:
        factories.entries(draft, AMOXICILLIN | {"category": "消化系统用药", "repeat": "yes"}, AMOXICILLIN)
        assert draft.entries.get(is_repeat=False).section.path.startswith("抗微生物药")

    def test_put_on_it_again_stand_in_place_of_what_stood_there(self, draft: Edition) -> None:
        factories.entries(draft, AMOXICILLIN)
        factories.entries(draft, AMOXICILLIN | {"form": "片剂", "specialist": "yes"})
        entry = draft.entries.get()
        assert (entry.specialist_guidance, entry.presentations.get().form) == (True, "片剂")

    @pytest.mark.parametrize("change", [{"note": "注"}, {"category": "消化系统用药"}, {"number": "8"}])
    def test_put_on_it_again_keep_their_findings_and_members(self, draft: Edition, cast: Cast, change: Row) -> None:
        row = AMOXICILLIN | {"group": "yes"}
        [entry] = factories.entries(draft, row)
        review = SelectionReview.objects.create(edition=draft, title="t", held_on=date(2026, 1, 1), panel="p")
        SelectionFinding.objects.create(review=review, entry=entry, criterion=Criterion.values[0], is_met=True)
        entry.members.add(factories.presentation("氨苄西林").medicine)
        [again] = factories.entries(draft, row | change)
        assert (again.pk, draft.entries.count()) == (entry.pk, 1)
        assert (again.findings.count(), again.members.count(), again.presentations.count()) == (1, 1, 1)

    def test_that_are_no_groups_any_more_have_no_members(self, draft: Edition) -> None:
        [entry] = factories.entries(draft, AMOXICILLIN | {"group": "yes"})
        entry.members.add(factories.presentation("氨苄西林").medicine)
        factories.entries(draft, AMOXICILLIN)
        assert not entry.members.exists()

    def test_change_their_numbers_among_each_other(self, draft: Edition) -> None:
        before = factories.entries(draft, AMOXICILLIN, INSULIN)
        after = factories.entries(draft, AMOXICILLIN | {"number": "9"}, INSULIN | {"number": "6"})
        assert [entry.pk for entry in after] == [entry.pk for entry in before]
        assert dict(draft.entries.values_list("medicine__name", "number")) == {"阿莫西林": 9, "胰岛素": 6}

    def test_change_places_with_those_that_list_them_again(self, draft: Edition) -> None:
        again = AMOXICILLIN | {"category": "消化系统用药"}
        own, repeat = factories.entries(draft, AMOXICILLIN, again)
        factories.entries(draft, again, AMOXICILLIN | {"repeat": "yes"})
        assert dict(draft.entries.values_list("pk", "is_repeat")) == {own.pk: True, repeat.pk: False}

    def test_that_are_moved_to_where_they_were_listed_again_stand_there_once(self, draft: Edition) -> None:
        again = AMOXICILLIN | {"category": "消化系统用药"}
        _own, repeat = factories.entries(draft, AMOXICILLIN, again)
        factories.entries(draft, again)
        assert list(draft.entries.values_list("pk", "is_repeat")) == [(repeat.pk, False)]

    def test_keep_group_note_atc_and_part(self, draft: Edition) -> None:
        described = {"group": "yes", "note": "包括人胰岛素", "atc": "A10A", "form": "", "strength": ""}
        [entry] = factories.entries(draft, INSULIN | described)
        assert (entry.is_group, entry.note, entry.medicine.atc) == (True, "包括人胰岛素", "A10A")
        assert not entry.presentations.exists() and entry.forms_without_strength == []
        assert not entry.medicine.is_traditional
        [pills] = factories.entries(draft, {"part": "tcm", "name": "六味地黄", "form": "丸剂", "strength": ""})
        assert pills.medicine.is_traditional

    def test_name_a_form_without_a_strength_as_one(self, draft: Edition) -> None:
        [entry] = factories.entries(draft, AMOXICILLIN | {"form": "注射用无菌粉末", "strength": ""})
        assert (entry.forms_without_strength, entry.presentations.count()) == (["注射用无菌粉末"], 0)


class TestFormsAndStrengths:
    def test_are_read_in_the_grammar_of_the_list(self, draft: Edition) -> None:
        text = "片剂、胶囊：0.125g、0.25g|颗粒剂：0.125g|注射用无菌粉末"
        [entry] = factories.entries(draft, AMOXICILLIN | {"forms_and_strengths": text})
        assert {(item.form, item.strength) for item in entry.presentations.all()} == {
            ("片剂", "0.125g"),
            ("片剂", "0.25g"),
            ("胶囊", "0.125g"),
            ("胶囊", "0.25g"),
            ("颗粒剂", "0.125g"),
        }
        assert entry.forms_without_strength == ["注射用无菌粉末"]
        assert entry.forms_text == text

    def test_are_the_same_presentations_as_row_by_row(self, draft: Edition) -> None:
        factories.entries(draft, AMOXICILLIN)
        factories.entries(draft, AMOXICILLIN | {"forms_and_strengths": "胶囊:0.25g"})
        assert Presentation.objects.get().entries.count() == 1
