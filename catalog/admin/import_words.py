"""How imports are called on the pages: their kinds, their states, what is done with them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from catalog.services.imports.registry import KINDS
from catalog.states import ImportStatus

COLOURS: dict[str, str] = {
    ImportStatus.UPLOADED: "warning",
    ImportStatus.CHECKING: "info",
    ImportStatus.CHECKED: "primary",
    ImportStatus.APPLYING: "info",
    ImportStatus.APPLIED: "success",
    ImportStatus.UNREADABLE: "danger",
    ImportStatus.FAILED: "danger",
}


def kind_label(name: str) -> str:
    """The kind of record in words; one that files no longer bring by its name."""
    return capfirst(str(KINDS[name].label)) if name in KINDS else name


class KindFilter(DropdownFilter):
    """By what the file holds."""

    title = gettext_lazy("kind of record")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, kind_label(name)) for name in KINDS]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset
