from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from catalog.foundation import imports, streams
from catalog.foundation.errors import NothingGiven, RulesBroken
from catalog.foundation.imports import (
    BadCell,
    Column,
    DuplicateRow,
    MissingColumns,
    MoreMistakes,
    Table,
    annotated,
    check,
    day,
    price,
    read_row,
    read_table,
    text,
    whole_number,
    write_refused,
)
from catalog.foundation.readers import ExactNumber, optional
from catalog.foundation.sheets import DamagedFile, TooLarge, error_heading

COLUMNS = [Column("药品", text), Column("quantity", whole_number), Column("price", price)]
HEADER = ["药品", "quantity", "price"]
GOOD = ["阿莫西林", "100", "8.72"]
OTHER = ["头孢拉定", "20", "5"]


def as_csv(*rows: list[str], encoding: str = "utf-8") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode(encoding)


def as_xlsx(*rows: list[object]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, workbook.add_format({"num_format": "yyyy-mm-dd"}))
                else:
                    sheet.write(number, column, value)
    return buffer.getvalue()


class TestReadTable:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
    def test_reads_csv_in_the_encodings_of_the_country(self, encoding: str) -> None:
        table = read_table(as_csv(HEADER, GOOD, encoding=encoding), name="a.csv")
        assert table == Table(header=HEADER, rows=[GOOD])

    def test_reads_a_workbook(self) -> None:
        table = read_table(as_xlsx(HEADER, ["阿莫西林", 100, 8.72]), name="a.xlsx")
        assert table == Table(header=HEADER, rows=[GOOD])

    def test_judges_a_file_by_its_content_and_not_by_its_name(self) -> None:
        assert read_table(as_xlsx(HEADER, GOOD), name="a.csv").rows == [GOOD]
        assert read_table(as_csv(HEADER, GOOD), name="a.xlsx").rows == [GOOD]

    def test_reads_a_date_cell_as_a_day(self) -> None:
        [[cell]] = read_table(as_xlsx(["on"], [date(2026, 1, 31)]), name="a.xlsx").rows
        assert day(cell) == date(2026, 1, 31)

    def test_skips_empty_lines_above_the_header_and_surrounding_spaces(self) -> None:
        content = b"\n , \na , b\n 1 , 2 \n"
        assert read_table(content, name="a.csv") == Table(header=["a", "b"], rows=[["1", "2"]], first_row=4)

    def test_names_the_row_that_people_see_below_empty_lines(self) -> None:
        table = read_table(b"number\n\n7\n\nseven\n", name="a.csv")
        checked = check(table, [Column("number", whole_number)], key=("number",))
        assert checked.rows == [(3, {"number": 7})]
        assert [number for number, _error in checked.errors] == [5]

    def test_keeps_commas_and_line_ends_inside_quotes(self) -> None:
        assert read_table(b'a,b\n"1,2","3\n4"\n', name="a.csv").rows == [["1,2", "3\n4"]]

    @pytest.mark.parametrize(
        "content",
        [b"", b"\n\n", b" , \n", as_csv([]), as_xlsx([])],
        ids=["nothing", "lines", "cells", "row", "workbook"],
    )
    def test_refuses_an_empty_file(self, content: bytes) -> None:
        with pytest.raises(DamagedFile):
            read_table(content, name="a.csv")

    @pytest.mark.parametrize(
        "content",
        [
            as_xlsx(HEADER, GOOD)[:400],
            b"PK\x03\x04" + b"\x00" * 200,
            b"\xd0\xcf\x11\xe0" + b"\x00" * 600,
            b"%PDF-1.7\n\x00\xff\xfe\x80",
            b'a,b\n"never closed,1\n',
            b"a,b\n1,\x002\n",
            b"\xff\xff\xff",
        ],
        ids=["cut", "zip", "xls", "pdf", "quote", "null", "bytes"],
    )
    def test_refuses_a_damaged_file(self, content: bytes) -> None:
        with pytest.raises(DamagedFile) as caught:
            read_table(content, name="价格表.xlsx")
        assert "价格表.xlsx" in str(caught.value)

    def test_refuses_a_file_that_is_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        content = as_csv(HEADER, GOOD)
        monkeypatch.setattr(streams, "MAX_BYTES", len(content))
        assert read_table(content, name="a.csv").rows == [GOOD]
        with pytest.raises(TooLarge):
            read_table(content + b"\n", name="a.csv")


class TestCheck:
    def test_gives_values_by_row(self) -> None:
        checked = check(Table(HEADER, [GOOD, OTHER]), COLUMNS, key=["药品"])
        assert checked.errors == []
        assert checked.rows == [
            (2, {"药品": "阿莫西林", "quantity": 100, "price": Decimal("8.72")}),
            (3, {"药品": "头孢拉定", "quantity": 20, "price": Decimal(5)}),
        ]
        checked.refuse()

    def test_finds_the_columns_wherever_they_stand(self) -> None:
        table = Table(["price", "remark", "quantity", "药品"], [["8.72", "x", "100", "阿莫西林"]])
        assert check(table, COLUMNS, key=["药品"]).rows[0][1]["quantity"] == 100

    def test_refuses_a_sheet_without_its_columns(self) -> None:
        with pytest.raises(MissingColumns) as caught:
            check(Table(["药品", "remark"], [GOOD]), COLUMNS, key=["药品"])
        assert caught.value.facts == {"missing": "quantity, price", "found": "药品, remark"}

    def test_tells_every_bad_cell_with_row_and_column(self) -> None:
        checked = check(Table(HEADER, [GOOD, ["", "x", "5"], OTHER, ["阿司匹林", "1"]]), COLUMNS, key=["药品"])
        assert [number for number, _row in checked.rows] == [2, 4]
        found = [(number, error.facts["column"], error.pointer) for number, error in checked.errors]
        assert found == [
            (3, "药品", "/rows/3/药品"),
            (3, "quantity", "/rows/3/quantity"),
            (5, "price", "/rows/5/price"),
        ]
        with pytest.raises(RulesBroken) as caught:
            checked.refuse()
        assert [type(error) for error in caught.value.errors] == [BadCell] * 3

    def test_refuses_a_row_that_repeats_another(self) -> None:
        checked = check(Table(HEADER, [GOOD, OTHER, GOOD, GOOD]), COLUMNS, key=["药品"])
        assert [number for number, _row in checked.rows] == [2, 3]
        assert [(number, type(error), error.facts["first"]) for number, error in checked.errors] == [
            (4, DuplicateRow, 2),
            (5, DuplicateRow, 2),
        ]

    def test_says_every_error_with_its_row_in_the_order_of_the_rows(self) -> None:
        checked = check(Table(HEADER, [GOOD, ["", "1", "5"]]), COLUMNS, key=["药品"])
        checked.add(2, NothingGiven())
        first, second = checked.problems()
        assert "2" in first and str(NothingGiven()) in first
        assert second == str(checked.errors[0][1])

    def test_lists_the_first_mistakes_and_counts_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(imports, "MAX_ERRORS", 2)
        table = Table(HEADER, [["", "x", "5"], ["", "1", "5"], GOOD, ["", "x", "5"]])
        checked = check(table, COLUMNS, key=["药品"])
        assert (len(checked.errors), checked.unlisted, checked.count) == (2, 3, 5)
        assert checked.refused == {2, 3, 5}
        assert checked.problems()[2:] == [str(MoreMistakes(count=3))]
        with pytest.raises(RulesBroken) as caught:
            checked.refuse()
        assert [type(error) for error in caught.value.errors] == [BadCell, BadCell, MoreMistakes]
        assert caught.value.facts == {"count": 5}
        again = read_table(annotated(table, checked), name="a.xlsx")
        assert str(MoreMistakes(count=3)) in again.header[3]
        assert [bool(row[3]) for row in again.rows] == [True, False, False, False]

    def test_takes_cells_beyond_the_header_for_nothing(self) -> None:
        assert len(check(Table(HEADER, [[*GOOD, "more"]]), COLUMNS, key=["药品"]).rows) == 1

    def test_reads_a_column_that_is_not_required_as_empty_where_it_is_missing(self) -> None:
        columns = [Column("药品", text), Column("price", optional(price), is_required=False)]
        assert check(Table(["药品"], [["阿莫西林"]]), columns, key=["药品"]).rows == [
            (2, {"药品": "阿莫西林", "price": None})
        ]
        assert check(Table(HEADER, [GOOD]), columns, key=["药品"]).rows[0][1]["price"] == Decimal("8.72")


class TestReadRow:
    def test_gives_the_values_that_are_good_and_the_errors_of_the_others(self) -> None:
        values, errors = read_row(7, {"药品": "阿莫西林", "quantity": "x"}, COLUMNS)
        assert values == {"药品": "阿莫西林"}
        assert [(type(error), error.pointer) for error in errors] == [
            (BadCell, "/rows/7/quantity"),
            (BadCell, "/rows/7/price"),
        ]


class TestAnnotated:
    def test_stands_beside_the_rows_and_can_be_loaded_again(self) -> None:
        table = Table(HEADER, [GOOD, ["头孢拉定", "x", "5"]])
        again = read_table(annotated(table, check(table, COLUMNS, key=["药品"])), name="a.xlsx")
        assert again.header[:3] == HEADER
        assert again.rows[0][:3] == GOOD and again.rows[0][3] == ""
        assert again.rows[1][:3] == table.rows[1] and "quantity" in again.rows[1][3]
        again.rows[1][1] = "20"
        assert check(again, COLUMNS, key=["药品"]).errors == []

    @pytest.mark.parametrize("cell", ["=1+1", '=HYPERLINK("http://x")', "+1", "@SUM(A1)", "-1"])
    def test_writes_formulas_as_text(self, cell: str) -> None:
        table = Table(["药品"], [[cell]])
        content = annotated(table, check(table, [Column("药品", text)], key=["药品"]))
        assert read_table(content, name="a.xlsx").rows[0][0] == cell
        assert b"<f>" not in _sheet_of(content)

    def test_keeps_a_long_number_as_it_was_typed(self) -> None:
        table = Table(["药品"], [["00123456789012345678"]])
        content = annotated(table, check(table, [Column("药品", text)], key=["药品"]))
        assert read_table(content, name="a.xlsx").rows[0][0] == "00123456789012345678"

    def test_writes_cells_that_look_like_links_as_text(self) -> None:
        table = Table(["药品"], [["http://example.org/" + "x" * 3000]])
        content = annotated(table, check(table, [Column("药品", text)], key=["药品"]))
        assert read_table(content, name="a.xlsx").rows[0][0] == table.rows[0][0]


class TestWriteRefused:
    def test_has_the_rows_and_what_is_wrong_with_each(self) -> None:
        again = read_table(write_refused(HEADER, [(GOOD, "甲"), (["头孢拉定"], "乙")]).read(), name="a.xlsx")
        assert again == Table([*HEADER, error_heading()], [[*GOOD, "甲"], ["头孢拉定", "", "", "乙"]])

    def test_gives_the_place_of_errors_before_to_those_of_now(self) -> None:
        first = read_table(write_refused(HEADER, [(GOOD, "before")]).read(), name="a.xlsx")
        again = read_table(write_refused(first.header, [(first.rows[0], "now")]).read(), name="a.xlsx")
        assert again == Table([*HEADER, error_heading()], [[*GOOD, "now"]])

    def test_keeps_numbers_and_texts_apart(self) -> None:
        row = [ExactNumber("8.72"), "8.72", ExactNumber("690123456789012"), "007", "=1+1", "http://a.example"]
        again = read_table(write_refused([*"abcdef"], [(row, "")]).read(), name="a.xlsx")
        assert again.rows[0][:6] == row
        assert [type(cell) for cell in again.rows[0][:6]] == [type(cell) for cell in row]

    def test_cuts_a_text_that_no_cell_holds(self) -> None:
        again = read_table(write_refused(["a"], [(["x" * 40_000], "too long")]).read(), name="a.xlsx")
        assert again.rows == [["x" * 32_767, "too long"]]

    def test_takes_the_rows_as_they_come(self) -> None:
        rows = ((["阿莫西林", str(number), "1"], "") for number in range(1000))
        assert len(read_table(write_refused(HEADER, rows).read(), name="a.xlsx").rows) == 1000


def _sheet_of(content: bytes) -> bytes:
    from zipfile import ZipFile

    with ZipFile(io.BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


class TestFormulas:
    def test_in_csv_are_text_like_any_other(self) -> None:
        assert read_table(as_csv(["a"], ["=1+1"]), name="a.csv").rows == [["=1+1"]]

    def test_in_a_workbook_are_not_computed(self) -> None:
        # the writer stores the formula with the result 0
        assert read_table(as_xlsx(["a"], ["=1+1"]), name="a.xlsx").rows == [["0"]]
