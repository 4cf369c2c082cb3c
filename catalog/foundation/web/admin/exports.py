"""A list as a file: what the filters leave, to work on in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import xlsxwriter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from catalog.foundation.web.admin.records import RecordAdmin

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 2000
# A cell of a CSV file that begins so is run as a formula by spreadsheet programs.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of the file: its heading, and how a row's value is had."""

    heading: str | Promise
    value: Callable[[Any], Any]


class ExportingAdmin(RecordAdmin):
    """A list that can be taken along as Excel or CSV, with the filters and the search that are set."""

    export_columns: ClassVar[Sequence[ExportColumn]] = ()
    actions_list: Sequence[str] = ("export_workbook", "export_csv")
    reading_actions: ClassVar[tuple[str, ...]] = ("export_workbook", "export_csv")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with its filters carried over to the links of the exports."""
        response = super().changelist_view(request, extra_context)
        if request.GET:
            for item in getattr(response, "context_data", {}).get("actions_list", ()):
                if str(item.get("path", "")).rstrip("/").endswith(("export-workbook", "export-csv")):
                    item["path"] = f"{item['path']}?{request.GET.urlencode()}"
        return response

    def _rows(self, request: HttpRequest) -> Iterator[Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.get_changelist_instance(request).get_queryset(request).iterator(chunk_size=CHUNK)

    @action(description=_("Export to Excel"), url_path="export-workbook", icon="table_view")
    def export_workbook(self, request: HttpRequest) -> HttpResponse:
        lines = ([column.value(row) for column in self.export_columns] for row in self._rows(request))
        return workbook_response(self.opts.model_name, [column.heading for column in self.export_columns], lines)

    @action(description=_("Export to CSV"), url_path="export-csv", icon="csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        lines = ([column.value(row) for column in self.export_columns] for row in self._rows(request))
        return csv_response(self.opts.model_name, [column.heading for column in self.export_columns], lines)


def workbook_response(name: str | None, headings: Sequence[Any], lines: Iterable[Sequence[Any]]) -> HttpResponse:
    """A workbook of values; nothing in it is a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        bold = workbook.add_format({"bold": True})
        sheet = workbook.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(headings) - 1, 0), 18)
        sheet.write_row(0, 0, [str(heading) for heading in headings], bold)
        for number, line in enumerate(lines, start=1):
            for position, value in enumerate(line):
                if isinstance(value, int | float | Decimal):
                    sheet.write_number(number, position, value)
                else:
                    sheet.write_string(number, position, _text(value))
    return HttpResponse(buffer.getvalue(), headers=_headers(name, "xlsx", WORKBOOK))


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_response(name: str | None, headings: Sequence[Any], lines: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV file in UTF-8 with a mark at its beginning, so that Excel reads the Chinese."""
    writer = csv.writer(_Echo())

    def parts() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow([str(heading) for heading in headings])
        for line in lines:
            yield writer.writerow([_harmless(value) for value in line])

    return StreamingHttpResponse(parts(), headers=_headers(name, "csv", "text/csv; charset=utf-8"))


def _headers(name: str | None, ending: str, kind: str) -> dict[str, str]:
    file_name = f"{name}-{localdate():%Y%m%d}.{ending}"
    return {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{file_name}"'}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else str(value)


def _harmless(value: Any) -> str:
    text = _text(value)
    is_number = isinstance(value, int | float | Decimal)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and not is_number else text
