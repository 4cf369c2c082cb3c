"""Files that are made to take what the machine has."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from typing import Any

import pytest
import xlsxwriter
from django.utils.translation import override

from catalog.foundation import sheets, workbooks
from catalog.foundation.imports import write_refused
from catalog.foundation.sheets import DamagedFile, TooLarge, open_sheet, read_table


def workbook(cells: dict[tuple[int, int], str]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for (row, column), value in cells.items():
            sheet.write(row, column, value)
    return buffer.getvalue()


def with_part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The workbook with something replaced in one of its parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old_file, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for part in old_file.namelist():
            text = old_file.read(part)
            if part == name:
                assert old in text
                text = text.replace(old, new)
            file.writestr(part, text)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


class TestAWorkbook:
    def test_is_read_up_to_the_last_row_and_the_last_column(self) -> None:
        for row, column in ((workbooks.MAX_ROWS - 1, 0), (0, workbooks.MAX_COLUMNS - 1)):
            table = read_table(workbook({(0, 0): "a", (row, column): "b"}), name="a.xlsx")
            assert [*table.header, *(table.rows[-1] if table.rows else [])][-1] == "b"

    @pytest.mark.parametrize(
        "corner",
        [(1_048_575, 16_383), (workbooks.MAX_ROWS, 0), (0, workbooks.MAX_COLUMNS), (199_999, 199)],
        ids=["corner", "row", "column", "cells"],
    )
    def test_is_refused_beyond_them(self, corner: tuple[int, int]) -> None:
        with pytest.raises(TooLarge) as caught:
            read_table(workbook({(0, 0): "a", corner: "b"}), name="价格表.xlsx")
        assert "价格表.xlsx" in str(caught.value)

    def test_is_judged_by_its_cells_and_not_by_the_dimension_that_it_states(self) -> None:
        corner = workbook({(0, 0): "a", (1_048_575, 16_383): "b"})
        with pytest.raises(TooLarge):
            read_table(with_part(corner, SHEET, b"A1:XFD1048576", b"A1:B2"), name="a.xlsx")
        small = workbook({(0, 0): "a", (1, 1): "b"})
        assert read_table(with_part(small, SHEET, b"A1:B2", b"A1:XFD1048576"), name="a.xlsx").rows == [["", "b"]]

    def test_is_refused_where_one_long_text_stands_in_many_cells(self) -> None:
        content = with_part(
            workbook({(row, 0): "long" for row in range(2000)}), "xl/sharedStrings.xml", b"long", b"x" * 1_000_000
        )
        assert len(content) < 100_000
        with pytest.raises(TooLarge):
            read_table(content, name="a.xlsx")

    def test_is_refused_when_it_unpacks_without_end(self) -> None:
        content = with_part(
            workbook({(0, 0): "long"}), "xl/sharedStrings.xml", b"long", b"x" * (workbooks.MAX_TEXT + 1)
        )
        with pytest.raises(TooLarge):
            read_table(content, name="a.xlsx")

    def test_takes_no_more_memory_than_it_is_given(self) -> None:
        program = f"import resource as r; r.setrlimit(r.RLIMIT_AS, ({workbooks.MEMORY}, -1)); bytearray(1 << 30)"
        assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 1

    @pytest.mark.parametrize(
        ("code", "error"),
        [(-6, TooLarge), (-9, TooLarge), (-24, TooLarge), (-11, DamagedFile), (1, DamagedFile), (3, DamagedFile)],
    )
    def test_is_refused_however_the_reading_ends(
        self, code: int, error: type[DamagedFile], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def end(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
            return subprocess.CompletedProcess(command, code, b"", b"")

        monkeypatch.setattr(subprocess, "run", end)
        with pytest.raises(DamagedFile) as caught:
            read_table(b"PK\x03\x04", name="a.xlsx")
        assert type(caught.value) is error

    def test_is_refused_when_it_is_not_read_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def wait(command: list[str], timeout: float, **_: Any) -> None:
            raise subprocess.TimeoutExpired(command, timeout)

        monkeypatch.setattr(subprocess, "run", wait)
        with pytest.raises(TooLarge):
            read_table(b"PK\x03\x04", name="a.xlsx")


class TestCsv:
    @pytest.mark.parametrize(
        "content",
        [
            b"a\n" * (workbooks.MAX_ROWS + 1),
            b"," * workbooks.MAX_COLUMNS,
            (b"," * 100 + b"\n") * 10_000,
        ],
        ids=["rows", "columns", "cells"],
    )
    def test_is_refused_beyond_the_limits(self, content: bytes) -> None:
        with pytest.raises(TooLarge):
            read_table(content, name="a.csv")

    def test_is_read_up_to_them(self) -> None:
        assert len(read_table(b"a,,\n" * workbooks.MAX_ROWS, name="a.csv").rows) == workbooks.MAX_ROWS - 1
        assert len(read_table(b"a" + b"," * (workbooks.MAX_COLUMNS - 1), name="a.csv").header) == workbooks.MAX_COLUMNS


class TestTheLimits:
    def test_let_the_largest_file_through_the_web(self, settings: Any) -> None:
        assert settings.MAX_REQUEST_BYTES > sheets.MAX_BYTES


class TestOpenSheet:
    def test_gives_the_header_and_each_row_with_the_number_that_people_see(self) -> None:
        with open_sheet(b"\n , \na,b\n1\n\n2,3,4\n", name="a.csv") as sheet:
            assert sheet.header == ["a", "b"]
            assert list(sheet.rows) == [(4, ["1", ""]), (5, ["", ""]), (6, ["2", "3", "4"])]

    def test_refuses_an_empty_file(self) -> None:
        with pytest.raises(DamagedFile), open_sheet(b"\n", name="a.csv"):
            pass

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    @pytest.mark.parametrize("mended_in", ["en", "zh-hans"])
    def test_passes_over_the_errors_that_a_sheet_was_given_back_with(self, language: str, mended_in: str) -> None:
        with override(language):
            content = write_refused(["a", "b"], [(["1", "2"], "is wrong")])
        with override(mended_in), open_sheet(content, name="a.xlsx") as sheet:
            assert (sheet.header, list(sheet.rows)) == (["a", "b"], [(2, ["1", "2"])])

    def test_passes_over_them_wherever_they_stand(self) -> None:
        with open_sheet("a,[!] 错误,b\n1,x,2\n3\n".encode("gbk"), name="a.csv") as sheet:
            assert (sheet.header, list(sheet.rows)) == (["a", "b"], [(2, ["1", "2"]), (3, ["3", ""])])
