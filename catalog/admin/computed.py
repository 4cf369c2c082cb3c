"""Columns that are reckoned for all rows of a page together, in as many queries for fifty as for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import HttpRequest

from catalog.foundation.web.admin import ExportingAdmin
from catalog.foundation.web.admin.exports import CHUNK


class ComputedColumns(ExportingAdmin):
    """A list some of whose columns are not the database's; the list and its export have them alike."""

    def compute(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Give each row what its columns show, as attributes."""
        raise NotImplementedError

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        self.compute(request, changelist.result_list)
        return changelist

    def _rows(self, request: HttpRequest) -> Iterator[Any]:
        rows = iter(super()._rows(request))
        while chunk := list(islice(rows, CHUNK)):
            self.compute(request, chunk)
            yield from chunk
