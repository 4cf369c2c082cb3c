from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from django.utils import translation

from catalog.foundation.imports import read_table
from catalog.foundation.journal.models import Event
from catalog.models import Edition, Medicine

pytestmark = pytest.mark.django_db

HEADER = ["part", "number", "name", "inn", "category", "subcategory", "specialist", "form", "strength"]
CAPSULES = ["chemical", "6", "阿莫西林", "Amoxicillin", "抗微生物药", "青霉素类", "no", "胶囊", "0.25g"]
TABLETS = [*CAPSULES[:7], "片剂", "0.25g"]
PILLS = ["tcm", "6", "六味地黄", "", "补益剂", "", "no", "丸剂", "每袋装3g"]
EDITION = ["--code=2026", "--title=国家基本药物目录（2026年版）", "--source=国家卫生健康委员会", "--from=2026-09-01"]

Sheet = Callable[..., Path]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    def write(*rows: list[str], header: list[str] = HEADER, ending: str = "csv") -> Path:
        path = tmp_path / f"list.{ending}"
        if ending == "csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows])
        else:
            with xlsxwriter.Workbook(path) as workbook:
                page = workbook.add_worksheet()
                for number, row in enumerate([header, *rows]):
                    page.write_row(number, 0, row)
        return path

    return write


def run(path: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("load_list", str(path), *options, stdout=said, stderr=said)
    return said.getvalue()


def refused(path: Path, *options: str) -> tuple[str, str]:
    """What was said line by line, and what at the end; nothing may be in the database."""
    said = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("load_list", str(path), *options, stdout=said, stderr=said)
    assert caught.value.returncode == 1
    assert not Edition.objects.exists()
    assert not Medicine.objects.exists()
    assert not Event.objects.exists()
    return said.getvalue(), str(caught.value)


class TestLoadList:
    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_loads_a_sheet_and_says_how_much(self, sheet: Sheet, ending: str) -> None:
        said = run(sheet(CAPSULES, TABLETS, PILLS, ending=ending), *EDITION, "--until=2029-09-01")
        assert "Loaded: 2 medicines, 3 presentations" in said
        assert "chemical: 2 presentations" in said
        edition = Edition.objects.get()
        assert (edition.code, str(edition.validity.lower), str(edition.validity.upper)) == (
            "2026",
            "2026-09-01",
            "2029-09-01",
        )
        assert Event.objects.get().channel == "command"

    def test_reads_the_columns_in_any_order(self, sheet: Sheet) -> None:
        run(sheet(CAPSULES[::-1], header=HEADER[::-1]), *EDITION)
        assert Medicine.objects.get().name == "阿莫西林"

    def test_refuses_an_edition_in_a_period_that_has_one(self, sheet: Sheet) -> None:
        path = sheet(CAPSULES)
        run(path, *EDITION)
        with pytest.raises(CommandError, match="already loaded"):
            run(path, *EDITION)
        assert Edition.objects.count() == 1

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ([], "--code, --title, --source, --from"),
            ([*EDITION, "--until=2026-09-01"], "must lie after"),
            ([*EDITION, f"--code={'9' * 21}"], "--code"),
        ],
    )
    def test_refuses_an_edition_that_is_not_described(self, sheet: Sheet, options: list[str], said: str) -> None:
        assert said in refused(sheet(CAPSULES), *options)[1]


class TestCheck:
    def test_says_how_much_is_good_and_writes_nothing(self, sheet: Sheet) -> None:
        assert "Good: 2 medicines, 3 presentations" in run(sheet(CAPSULES, TABLETS, PILLS), "--check")
        assert not Edition.objects.exists()

    def test_finds_what_loading_would_refuse(self, sheet: Sheet) -> None:
        lines, _last = refused(sheet(["herbal", *CAPSULES[1:]]), "--check")
        assert "Row 2" in lines


class TestASheetThatIsNotAcceptable:
    def test_damaged(self, sheet: Sheet) -> None:
        path = sheet(CAPSULES, ending="xlsx")
        path.write_bytes(path.read_bytes()[:200])
        assert "cannot be read as a spreadsheet" in refused(path, *EDITION)[1]
        assert list(path.parent.iterdir()) == [path]

    def test_not_there(self, tmp_path: Path) -> None:
        assert "No such file" in refused(tmp_path / "list.csv", *EDITION)[1]

    def test_with_a_column_of_another_name(self, sheet: Sheet) -> None:
        said = refused(sheet(CAPSULES, header=["chapter", *HEADER[1:]]), *EDITION)[1]
        assert "columns part are missing" in said
        assert "chapter" in said

    def test_with_a_row_twice(self, sheet: Sheet) -> None:
        path = sheet(CAPSULES, TABLETS, CAPSULES)
        lines, last = refused(path, *EDITION)
        assert "Row 4 says the same thing as row 2" in lines
        assert "1 of 3 rows" in last
        beside = path.with_name("list-errors.xlsx")
        written = read_table(beside.read_bytes(), name=beside.name)
        assert [bool(row[-1]) for row in written.rows] == [False, False, True]

    def test_names_every_bad_row_and_writes_where_it_was_told(self, sheet: Sheet, tmp_path: Path) -> None:
        place = tmp_path / "wrong.xlsx"
        bad = ["chemical", "six", "", *CAPSULES[3:]]
        lines, last = refused(sheet(CAPSULES, bad, ["", *PILLS[1:]]), *EDITION, f"--errors={place}")
        assert lines.count("Row 3") == 2
        assert lines.count("Row 4") == 1
        assert str(place) in last
        assert len(read_table(place.read_bytes(), name=place.name).rows) == 3
