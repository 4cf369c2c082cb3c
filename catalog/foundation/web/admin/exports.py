"""A list as a file: what the filters leave, to work on in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar

import xlsxwriter
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from catalog.foundation.web.admin.columns import ExportColumn, columns_shown
from catalog.foundation.web.admin.records import RecordAdmin

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 2000
# The rows that a sheet of Excel holds below its headings.
SHEET_ROWS = 1_048_575
# A cell of a CSV file that begins so is run as a formula by spreadsheet programs; Chinese ones take the wide signs too.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ExportingAdmin(RecordAdmin):
    """A list that can be taken along as Excel or CSV, with the filters and the search that are set.

    The file has the columns of the list, with ``export_values`` for what the page only words, such as amounts; or those
    that ``export_columns`` state, where it is to hold more or other ones.
    """

    export_values: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
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

    @action(description=_("Export to Excel"), url_path="export-workbook", icon="table_view")
    def export_workbook(self, request: HttpRequest) -> HttpResponseBase:
        return self._export(request, workbook_response)

    @action(description=_("Export to CSV"), url_path="export-csv", icon="csv")
    def export_csv(self, request: HttpRequest) -> HttpResponseBase:
        return self._export(request, csv_response)

    def _export(self, request: HttpRequest, respond: Callable[..., HttpResponseBase]) -> HttpResponseBase:
        # asked before the rows are: they may be read only while the answer is on its way
        if not self.has_view_permission(request):
            raise PermissionDenied
        columns = self.export_columns or columns_shown(self, self.get_list_display(request), self.export_values)
        try:
            rows = self._rows(request)
        except IncorrectLookupParameters:
            # the list says what is wrong with the address
            address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            return redirect(f"{address}?{request.GET.urlencode()}")
        lines = ([column.value(row) for column in columns] for row in rows)
        return respond(self.opts.model_name, [column.heading for column in columns], lines)

    def _rows(self, request: HttpRequest) -> Iterator[Any]:
        rows = self.get_changelist_instance(request).get_queryset(request)
        self.note_readings(request, rows.order_by().values_list("pk", flat=True))
        return iter(rows.iterator(chunk_size=CHUNK))


class ComputedColumns(ExportingAdmin):
    """A list some of whose columns are not the database's: the list and its export have them alike.

    They are reckoned for all rows of a page together, in as many queries for fifty as for one.
    """

    def compute(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Give each row what its columns show, as attributes."""
        raise NotImplementedError

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        self.compute(request, changelist.result_list)
        return changelist

    def _rows(self, request: HttpRequest) -> Iterator[Any]:
        return self._computed(request, super()._rows(request))

    def _computed(self, request: HttpRequest, rows: Iterator[Any]) -> Iterator[Any]:
        while chunk := list(islice(rows, CHUNK)):
            self.compute(request, chunk)
            yield from chunk


def workbook_response(name: str | None, headings: Sequence[Any], lines: Iterable[Sequence[Any]]) -> HttpResponse:
    """A workbook of values; nothing in it is a formula or a link. What one sheet cannot hold stands in the next."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        formats: dict[type[date], Any] = {
            date: workbook.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        bold = workbook.add_format({"bold": True})
        sheet = _headed_sheet(workbook, headings, bold)
        for number, line in enumerate(lines):
            row = number % SHEET_ROWS + 1
            if number and row == 1:
                sheet = _headed_sheet(workbook, headings, bold)
            for position, value in enumerate(line):
                _write(sheet, row, position, value, formats)
    return HttpResponse(buffer.getvalue(), headers=_headers(name, "xlsx", WORKBOOK))


def _headed_sheet(workbook: Any, headings: Sequence[Any], bold: Any) -> Any:
    sheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(headings) - 1, 0), 18)
    sheet.write_row(0, 0, [str(heading) for heading in headings], bold)
    return sheet


def _write(sheet: Any, row: int, position: int, value: Any, formats: Mapping[type[date], Any]) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, position, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, position, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, position, localtime(value).replace(tzinfo=None), formats[datetime])
    elif isinstance(value, date):
        sheet.write_datetime(row, position, value, formats[date])
    else:
        sheet.write_string(row, position, _text(value))


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
