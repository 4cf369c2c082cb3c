from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.foundation import streams, workbooks
from catalog.foundation.readers import ExactNumber
from catalog.foundation.streams import DamagedFile, Source, TooLarge, open_rows
from tests.catalog.foundation.test_sheets import SHEET, with_part


def rows(source: Source) -> list[list[str]]:
    return list(open_rows(source, name="价格表"))


def workbook(*lines: list[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        sheet = book.add_worksheet()
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "d/m/yy"}),
            time: book.add_format({"num_format": "hh:mm"}),
        }
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if type(value) in formats:
                    sheet.write_datetime(row, column, value, formats[type(value)])
                else:
                    sheet.write(row, column, value)
    return buffer.getvalue()


def ods(*lines: list[str]) -> bytes:
    """The least that is an OpenDocument spreadsheet."""
    table = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in line
        )
        + "</table:table-row>"
        for line in lines
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet><table:table table:name="1">{table}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return buffer.getvalue()


class TestASource:
    CONTENT = "药品,价格\n阿莫西林,8.72\n".encode()

    @pytest.mark.parametrize(
        "make",
        [bytes, memoryview, io.BytesIO, lambda content: SimpleUploadedFile("a.csv", content)],
        ids=["bytes", "memoryview", "file", "upload"],
    )
    def test_is_read_wherever_it_is(self, make: Callable[[bytes], Source]) -> None:
        assert rows(make(self.CONTENT)) == [["药品", "价格"], ["阿莫西林", "8.72"]]

    def test_is_read_from_a_path(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(self.CONTENT)
        assert rows(path)[1] == ["阿莫西林", "8.72"]

    def test_is_refused_when_it_is_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(streams, "MAX_BYTES", len(self.CONTENT) - 1)
        with pytest.raises(TooLarge):
            rows(io.BytesIO(self.CONTENT))

    def test_need_not_be_read_to_its_end(self) -> None:
        lines = open_rows(workbook(["a"], [1], [2]), name="a.xlsx")
        assert next(lines) == ["a"]
        lines.close()
        assert list(lines) == []


class TestTheCellsOfAWorkbook:
    @pytest.mark.parametrize(
        ("value", "cell"),
        [
            (12.1, "12.1"),
            (12.100000000000001, "12.1"),
            (0.1 + 0.2, "0.3"),
            (40.0, "40"),
            (-0.5, "-0.5"),
            (0, "0"),
            (0.0000001, "0.0000001"),
            (123456789012345, "123456789012345"),
            (1e15, "1000000000000000"),
            (1e300, "1e+300"),
            (True, "true"),
            (False, "false"),
            (date(2026, 1, 31), "2026-01-31"),
            (datetime.fromisoformat("2026-01-31 09:30"), "2026-01-31 09:30:00"),
            (time(9, 30), "09:30:00"),
            ("00123", "00123"),
            (" 阿莫西林 ", "阿莫西林"),
            ("a\nb", "a\nb"),
            ("a\x01b", "a\x01b"),
            ("_x000D_", "_x000D_"),
        ],
    )
    def test_are_read_as_people_see_them(self, value: Any, cell: str) -> None:
        assert rows(workbook(["heading"], [value])) == [["heading"], [cell]]

    def test_tell_numbers_from_texts(self) -> None:
        [[number, text, day]] = rows(workbook([12.1, "12.1", date(2026, 1, 31)]))
        assert [type(cell) for cell in (number, text, day)] == [ExactNumber, str, str]

    @pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!"])
    def test_say_which_error_a_formula_has(self, error: str) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            book.add_worksheet().write_formula(0, 0, "=NA()", None, error)
        assert rows(buffer.getvalue()) == [[error]]

    def test_hold_rich_text_without_how_it_is_pronounced(self) -> None:
        runs = b"<si><r><t>ab</t></r><r><t xml:space='preserve'>c </t></r><rPh sb='0' eb='1'><t>x</t></rPh></si>"
        content = with_part(workbook(["plain"]), "xl/sharedStrings.xml", b"<si><t>plain</t></si>", runs)
        assert rows(content) == [["abc"]]

    def test_keep_their_places_where_cells_and_rows_are_missing(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet()
            sheet.write(2, 1, "a")
            sheet.write(4, 0, 7)
        assert rows(buffer.getvalue()) == [[], [], ["", "a"], [], ["7"]]

    def test_are_those_of_the_first_sheet(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            for name in ("b", "a"):
                book.add_worksheet(name).write(0, 0, name)
        assert rows(buffer.getvalue()) == [["b"]]

    @given(st.lists(st.lists(st.one_of(st.text("aé药_x0D\n", max_size=8), st.integers()), min_size=1), min_size=1))
    @settings(max_examples=15, deadline=None)
    def test_come_back_as_they_were_written(self, lines: list[list[str | int]]) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for row, line in enumerate(lines):
                for column, value in enumerate(line):
                    if isinstance(value, int) and abs(value) < 10**15:
                        sheet.write_number(row, column, value)
                    else:
                        sheet.write_string(row, column, str(value))
        width = max(map(len, lines))
        found = [[*row, *[""] * (width - len(row))] for row in rows(buffer.getvalue())]
        expected = [[str(cell).strip() for cell in line] + [""] * (width - len(line)) for line in lines]
        while expected and not any(expected[-1]):
            expected.pop()
        while found and not any(found[-1]):
            found.pop()
        assert found == expected


class TestAWorkbook:
    def test_of_another_kind_is_read_too(self) -> None:
        assert rows(ods(["药品", "b"], ["阿莫西林", "2"])) == [["药品", "b"], ["阿莫西林", "2"]]

    def test_is_read_although_its_styles_are_not_what_they_should_be(self) -> None:
        broken = with_part(workbook(["a"], [1]), "xl/styles.xml", b'patternType="gray125"', b'patternType="nonsense"')
        assert rows(broken) == [["a"], ["1"]]

    @pytest.mark.parametrize(
        ("old", "new"),
        [(b'<row r="2"', b'<row r="1"'), (b"<v>7</v>", b"<v>seven</v>"), (b"</sheetData>", b"<")],
        ids=["order", "number", "cut"],
    )
    def test_that_is_damaged_inside_is_refused_before_its_first_row(self, old: bytes, new: bytes) -> None:
        content = with_part(workbook([1], [7]), SHEET, old, new)
        with pytest.raises(DamagedFile):
            next(open_rows(content, name="a.xlsx"))

    def test_that_says_it_unpacks_to_too_much_is_refused(self) -> None:
        buffer = io.BytesIO(workbook(["a"]))
        with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/x.xml", "w") as part:
            for _ in range(workbooks.MAX_UNPACKED >> 20):
                part.write(b" " * (1 << 20))
        with pytest.raises(TooLarge):
            rows(buffer.getvalue())

    def test_with_endless_entities_is_refused(self) -> None:
        entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
        doctype = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>'.encode()
        content = with_part(workbook(["plain"]), "xl/sharedStrings.xml", b"<sst", doctype + b"<sst")
        content = with_part(content, "xl/sharedStrings.xml", b"plain", b"&e9;")
        with pytest.raises(DamagedFile):
            rows(content)

    @pytest.mark.parametrize("is_inline", [True, False], ids=["inline", "shared"])
    def test_takes_memory_that_does_not_grow_with_its_rows(self, is_inline: bool) -> None:
        def peak(count: int) -> int:
            lines = ([f"药品名称 {row}", f"规格 {row}", row, row / 7] for row in range(count))
            content = io.BytesIO(workbook(*lines, constant_memory=is_inline, in_memory=not is_inline))
            tracemalloc.start()
            try:
                read = sum(1 for _ in workbooks._rows(content))
                assert read == count
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        # in both, more texts than are kept at hand
        few, many = (peak(count) for count in (8_000, 14_000))
        # of a shared text its place is kept; an element of a row alone takes more
        assert many - few < 6_000 * 30


class TestCsv:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_is_parted_by_what_parts_its_header(self, delimiter: str) -> None:
        lines = [["药品", "price", "note"], ["阿莫西林", "8,72" if delimiter != "," else "8.72", ""]]
        content = "\n".join(delimiter.join(line) for line in lines).encode()
        assert rows(content) == lines

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (b"a;b,c\n1;2,3\n", [["a;b", "c"], ["1;2", "3"]]),
            (b'"a;b","c"\n1,2\n', [["a;b", "c"], ["1", "2"]]),
            (b'"a,b";"c"\n1;2\n', [["a,b", "c"], ["1", "2"]]),
            (b";;\n \na;b\n1;2\n", [["", "", ""], [""], ["a", "b"], ["1", "2"]]),
            (b"a\n1;2\n", [["a"], ["1;2"]]),
        ],
        ids=["both", "quoted semicolon", "quoted comma", "empty lines above", "none"],
    )
    def test_is_parted_by_commas_where_that_is_not_sure(self, content: bytes, found: list[list[str]]) -> None:
        assert rows(content) == found

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    @pytest.mark.parametrize("shift", range(4))
    def test_is_read_in_blocks_that_part_characters(self, encoding: str, shift: int) -> None:
        lines = [["x" * shift + "药品㐀𠮷"], *([["阿莫西林㐀𠮷"]] * (streams.BLOCK // 12))]
        content = "\n".join(cell for [cell] in lines).encode(encoding)
        assert len(content) > streams.BLOCK
        assert rows(content) == lines

    def test_is_refused_where_its_last_character_is_cut(self) -> None:
        with pytest.raises(DamagedFile):
            rows("a\n药".encode("gb18030")[:-1])

    def test_gives_the_rows_above_the_one_that_is_wrong(self) -> None:
        lines = open_rows(b'a\n1\n"2\n', name="a.csv")
        assert [next(lines), next(lines)] == [["a"], ["1"]]
        with pytest.raises(DamagedFile):
            next(lines)

    def test_that_begins_with_a_bracket_is_no_json(self) -> None:
        assert rows(b"[id],{name}\n1,2\n") == [["[id]", "{name}"], ["1", "2"]]


class TestJson:
    LINES = [{"药品": "阿莫西林", "price": 8.72, "pack": 24}, {"药品": "头孢拉定", "on": True, "note": None}]

    @pytest.mark.parametrize("wrap", [list, lambda lines: {"rows": lines, "page": 1}], ids=["list", "object"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_is_rows_by_the_names_in_the_order_of_their_appearance(
        self, wrap: Callable[[Any], Any], encoding: str
    ) -> None:
        assert rows(json.dumps(wrap(self.LINES), ensure_ascii=False, indent=1).encode(encoding)) == [
            ["药品", "price", "pack", "on", "note"],
            ["阿莫西林", "8.72", "24", "", ""],
            ["头孢拉定", "", "", "true", ""],
        ]

    @pytest.mark.parametrize(
        ("written", "cell"),
        [
            ("12.10", "12.1"),
            ("40.0", "40"),
            ("-0.5", "-0.5"),
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("0.1234567890123456789", "0.1234567890123456789"),
            ("690123456789012345678", "690123456789012345678"),
        ],
    )
    def test_has_exact_numbers(self, written: str, cell: str) -> None:
        [_header, [found]] = rows(f'[{{"a": {written}}}]'.encode())
        assert (found, type(found)) == (cell, ExactNumber)

    @pytest.mark.parametrize("written", ["1e999999", "NaN", "-Infinity", '"1.5"'])
    def test_has_no_number_where_none_can_be_exact(self, written: str) -> None:
        [_header, [found]] = rows(f'[{{"a": {written}}}]'.encode())
        assert type(found) is str

    @pytest.mark.parametrize(
        "content",
        [
            b'[{"a": [1]}]',
            b'[{"a": {"b": 1}}]',
            b'[{"a": 1}, 2]',
            b'{"rows": {"a": 1}}',
            b'{"lines": [{"a": 1}]}',
            b'[{"a": 1, "a": 2}]',
        ],
        ids=["list", "object", "number", "rows", "other", "twice"],
    )
    def test_is_refused_when_it_is_not_flat(self, content: bytes) -> None:
        with pytest.raises(DamagedFile) as caught:
            rows(content)
        assert caught.value.facts["problem"] != rows_problem(b'[{"a": 1')

    @pytest.mark.parametrize(
        "content",
        [b'[{"a": 1', b'[{"a": 1}] x', b'[{"a": "\xff"}]', b'[{"a": ' + b"[" * 100_000],
        ids=["cut", "more", "bytes", "deep"],
    )
    def test_is_refused_when_it_is_damaged(self, content: bytes) -> None:
        with pytest.raises(DamagedFile):
            rows(content)

    @pytest.mark.parametrize(
        "content",
        [
            b"[" + b"{}," * workbooks.MAX_ROWS + b"{}]",
            json.dumps([{str(name): 1 for name in range(workbooks.MAX_COLUMNS + 1)}]).encode(),
            json.dumps([{str(name): 1 for name in range(200)}, *[{}] * 5_000]).encode(),
            b"[{" + b'"a":[],' * 2_400_000 + b'"b":1}]',
        ],
        ids=["rows", "columns", "cells", "memory"],
    )
    def test_is_refused_beyond_the_limits(self, content: bytes) -> None:
        with pytest.raises(DamagedFile):
            rows(content)


def rows_problem(content: bytes) -> str:
    try:
        rows(content)
    except DamagedFile as error:
        return error.facts["problem"]
    raise AssertionError(content)
