from __future__ import annotations

from datetime import date

import pytest

from catalog.foundation.actor import Actor
from catalog.foundation.errors import RulesBroken
from catalog.foundation.imports import BadCell, DuplicateRow, MissingColumns, Table
from catalog.foundation.journal.models import Event
from catalog.models import Edition, EditionEntry, Medicine, Presentation
from catalog.queries import edition_in_force, is_essential
from catalog.services.editions import EditionExists, LoadedEdition, load_edition
from tests import factories
from tests.cast import Cast
from tests.factories import NOW

HEADER = ["part", "number", "name", "inn", "category", "subcategory", "specialist", "form", "strength"]
CAPSULES = ["chemical", "6", "阿莫西林", "Amoxicillin", "抗微生物药", "青霉素类", "no", "胶囊", "0.25g"]
TABLETS = ["chemical", "6", "阿莫西林", "Amoxicillin", "抗微生物药", "青霉素类", "no", "片剂", "0.25g"]
PILLS = ["tcm", "6", "六味地黄", "", "补益剂", "", "yes", "丸剂", "每袋装3g"]


def load(*rows: list[str], code: str = "2018", since: int = 2018, until: int | None = 2026) -> LoadedEdition:
    return load_edition(
        code=code,
        title=f"国家基本药物目录({code}年版)",
        source="国卫药政发〔2018〕31号",
        valid_from=date(since, 11, 1),
        valid_until=date(until, 1, 1) if until else None,
        table=Table(HEADER, list(rows)),
        actor=Actor.platform(),
        at=NOW,
    )


@pytest.mark.django_db
class TestLoadEdition:
    def test_loads_medicines_with_their_presentations(self) -> None:
        loaded = load(CAPSULES, TABLETS, PILLS)
        assert (loaded.medicines, loaded.presentations) == (2, 3)
        entry = EditionEntry.objects.get(part="chemical", number=6)
        assert {item.form for item in entry.presentations.all()} == {"胶囊", "片剂"}
        assert not entry.specialist_guidance
        assert EditionEntry.objects.get(part="tcm", number=6).specialist_guidance
        assert Event.objects.get().changes == {"medicines": [None, 2], "presentations": [None, 3]}

    def test_takes_up_the_medicines_of_the_edition_before(self) -> None:
        load(CAPSULES, TABLETS)
        load(CAPSULES, code="2026", since=2026, until=None)
        assert (Medicine.objects.count(), Presentation.objects.count()) == (1, 2)

    def test_refuses_a_second_one_in_the_period(self) -> None:
        load(CAPSULES)
        for code, since in (("2018", 2026), ("2025", 2025)):
            with pytest.raises(EditionExists):
                load(PILLS, code=code, since=since, until=None)
        assert Edition.objects.get().entries.get().medicine.name == "阿莫西林"

    def test_refuses_everything_for_one_bad_row(self) -> None:
        with pytest.raises(RulesBroken) as caught:
            load(CAPSULES, [*PILLS[:1], "six", *PILLS[2:]], CAPSULES)
        assert [type(error) for error in caught.value.errors] == [BadCell, DuplicateRow]
        assert not Edition.objects.exists() and not Medicine.objects.exists()

    @pytest.mark.parametrize(
        ("column", "longest"),
        [("name", 200), ("inn", 200), ("category", 100), ("subcategory", 100), ("form", 50), ("strength", 100)],
    )
    def test_refuses_a_text_that_is_longer_than_its_field(self, column: str, longest: int) -> None:
        row = dict(zip(HEADER, CAPSULES, strict=True))
        with pytest.raises(RulesBroken) as caught:
            load([*(row | {column: "药" * (longest + 1)}).values()])
        assert [error.pointer for error in caught.value.errors] == [f"/rows/2/{column}"]
        load([*(row | {column: "药" * longest}).values()])
        assert Edition.objects.count() == 1

    def test_refuses_a_number_that_no_list_has(self) -> None:
        with pytest.raises(RulesBroken) as caught:
            load([CAPSULES[0], "2147483648", *CAPSULES[2:]])
        assert [error.pointer for error in caught.value.errors] == ["/rows/2/number"]

    def test_refuses_one_number_for_two_medicines(self) -> None:
        with pytest.raises(RulesBroken) as caught:
            load(CAPSULES, [*CAPSULES[:2], "头孢拉定", *CAPSULES[3:]])
        assert [type(error) for error in caught.value.errors] == [DuplicateRow]

    def test_refuses_one_medicine_under_two_numbers(self) -> None:
        with pytest.raises(RulesBroken) as caught:
            load(CAPSULES, ["chemical", "7", *TABLETS[2:]])
        assert [type(error) for error in caught.value.errors] == [DuplicateRow]
        assert not Edition.objects.exists()

    def test_refuses_a_sheet_without_its_columns(self) -> None:
        with pytest.raises(MissingColumns):
            load_edition(
                code="x",
                title="x",
                source="x",
                valid_from=date(2018, 11, 1),
                valid_until=None,
                table=Table(HEADER[:-1], []),
                actor=Actor.platform(),
                at=NOW,
            )


class TestIsEssential:
    def test_means_on_the_list_of_the_day_in_whatever_form(self, cast: Cast) -> None:
        load(CAPSULES)
        load(PILLS, code="2026", since=2026, until=None)
        granules = factories.product(cast.supplier_firm, factories.presentation(form="颗粒剂"))
        assert is_essential(granules, date(2020, 1, 1))
        assert not is_essential(granules, date(2027, 1, 1))
        assert not is_essential(granules, date(2017, 1, 1))

    def test_asks_the_edition_in_force(self, db: None) -> None:
        load(CAPSULES)
        assert edition_in_force(date(2025, 12, 31)).code == "2018"
        assert edition_in_force(date(2026, 1, 1)) is None
