"""Figures as a workbook: an overview, and a sheet of values for each."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from catalog.foundation.figures.figure import Figure, Kind, nothing_there
from catalog.foundation.figures.pdf import Document

FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.YUAN: "#,##0.00",
    Kind.SHARE: "0.0%",
    Kind.NUMBER: "#,##0.0",
    Kind.DAY: "yyyy-mm-dd",
}
# What a name of a sheet may not hold, and how long it may be.
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
LONGEST_NAME = 31


def workbook_of(document: Document) -> bytes:
    """The document with every row of its figures; the same bytes for the same figures.

    Nothing in it is a formula or a link, whatever a name begins with.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        made = localtime(document.made_at).replace(tzinfo=None)
        workbook.set_properties({"title": document.title, "subject": document.subtitle, "created": made})
        formats = {kind: workbook.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}
        bold = workbook.add_format({"bold": True})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        first = workbook.add_worksheet(_sheet_name(0, _("Overview")))
        first.set_column(0, 0, 34, wrapped)
        first.set_column(1, 2, 70, wrapped)
        first.write_string(0, 0, document.title, bold)
        first.write_string(1, 0, document.subtitle)
        first.write_string(2, 0, _("Made on %(at)s.") % {"at": f"{made:%Y-%m-%d %H:%M}"})
        first.write_row(4, 0, [_("Figure"), _("What it says"), _("Source")], bold)
        for number, figure in enumerate(document.figures, start=1):
            words = nothing_there() if figure.is_empty else figure.words
            for column, text in enumerate((f"{number}. {figure.title}", words, figure.source)):
                first.write_string(4 + number, column, text, wrapped)
            _write(workbook.add_worksheet(_sheet_name(number, figure.title)), figure, formats, bold)
    return buffer.getvalue()


def _sheet_name(number: int, title: str) -> str:
    """Unlike all others for its number."""
    return f"{number} {title.translate(FORBIDDEN)}"[:LONGEST_NAME].strip()


def _write(sheet: Any, figure: Figure, formats: dict[Kind, Any], bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(figure.columns) - 1, 20)
    sheet.write_row(0, 0, [column.heading for column in figure.columns], bold)
    for row, values in enumerate(figure.rows, start=1):
        for position, (value, column) in enumerate(zip(values, figure.columns, strict=True)):
            if value is None:
                continue
            if isinstance(value, int | Decimal):
                sheet.write_number(row, position, value, formats.get(column.kind))
            elif isinstance(value, date):
                sheet.write_datetime(row, position, value, formats[Kind.DAY])
            else:
                sheet.write_string(row, position, str(value))
