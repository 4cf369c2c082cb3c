"""A report as PDF and as workbook, read back."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override
from openpyxl import load_workbook
from pypdf import PdfReader

from catalog.foundation.figures.bars import Bar, draw_bars
from catalog.foundation.figures.figure import Column, Figure, Kind
from catalog.foundation.figures.pdf import MOST_ROWS, Document, pdf_of
from catalog.foundation.figures.workbook import workbook_of

ROWS = [["=1+1 郑州", 3, Decimal("12.50"), Decimal("0.25"), date(2026, 3, 1)], ["<b>&", None, None, None, None]]
COLUMNS = [
    Column("名称 name"),
    Column("count", Kind.COUNT),
    Column("yuan", Kind.YUAN),
    Column("share", Kind.SHARE),
    Column("day", Kind.DAY),
]


def document(rows: list[list[object]]) -> Document:
    figures = [
        Figure("one", "配送率 [rates]/1", "三分之一 were late.", "stock books", COLUMNS, rows),
        Figure(
            "two", "Drawn", "words", "s", [Column("c")], [], draw_bars([Bar("县", Decimal(1))], unit="元", worded=str)
        ),
        Figure("three", "Nothing", "", "s", [Column("c")], []),
    ]
    return Document("河南省 report", "2026-03-01 to 2026-03-31", datetime(2026, 4, 1, 1, 0, tzinfo=UTC), figures)


def read(content: bytes) -> tuple[PdfReader, str]:
    reader = PdfReader(io.BytesIO(content))
    return reader, "\n".join(page.extract_text() for page in reader.pages)


class TestPdf:
    def test_says_everything_in_both_scripts(self) -> None:
        reader, text = read(pdf_of(document(ROWS)))
        assert reader.metadata is not None and reader.metadata.title == "河南省 report"
        for part in (
            "河南省",
            "2026-03-01 to 2026-03-31",
            "配送率",
            "三分之一",
            "=1+1",
            "¥12.50",
            "25.0 %",
            "<b>&",
            "元",
        ):
            assert part in text, part
        assert "There is nothing to show for this place and time." in text
        assert "Made on 2026-04-01 09:00." in text

    def test_is_the_same_for_the_same_figures(self) -> None:
        assert pdf_of(document(ROWS)) == pdf_of(document(ROWS))

    def test_cuts_long_tables_and_says_so(self) -> None:
        rows: list[list[object]] = [[f"row{number:03d}", number, None, None, None] for number in range(MOST_ROWS + 5)]
        reader, text = read(pdf_of(document(rows)))
        assert len(reader.pages) > 1
        assert f"row{MOST_ROWS - 1:03d}" in text and f"row{MOST_ROWS:03d}" not in text
        assert f"The first {MOST_ROWS} of {MOST_ROWS + 5} rows; the Excel file has all." in text


class TestWorkbook:
    def test_has_values_and_no_formulas(self) -> None:
        book = load_workbook(io.BytesIO(workbook_of(document(ROWS))))
        assert len(book.sheetnames) == 4
        sheet = book.worksheets[1]
        assert [cell.value for cell in sheet[1]] == [column.heading for column in COLUMNS]
        assert [cell.value for cell in sheet[2]][:4] == ["=1+1 郑州", 3, 12.5, 0.25]
        assert sheet["E2"].value.date() == date(2026, 3, 1)
        assert sheet["A2"].data_type == "s" and sheet["D2"].number_format == "0.0%"
        overview = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=6)]
        assert overview[0] == ["1. 配送率 [rates]/1", "三分之一 were late.", "stock books"]
        assert overview[2][1] == "There is nothing to show for this place and time."

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_names_every_sheet_within_excels_limits(self, language: str) -> None:
        long = Figure("x", "很长的名称" * 20 + "'", "w", "s", [Column("c")], [["v"]])
        with override(language):
            content = workbook_of(Document("t", "s", datetime(2026, 4, 1, tzinfo=UTC), [long, long]))
        names = load_workbook(io.BytesIO(content)).sheetnames
        assert len(set(names)) == 3 and all(len(name) <= 31 for name in names)
