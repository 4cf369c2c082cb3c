"""How imports are called on the pages: their kinds, their states, what is done with them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from catalog.foundation.journal.admin import name_actions
from catalog.services.imports.registry import KINDS
from catalog.states import IMPORT, ImportStatus

COLOURS: dict[str, str] = {
    ImportStatus.UPLOADED: "warning",
    ImportStatus.CHECKING: "info",
    ImportStatus.CHECKED: "primary",
    ImportStatus.APPLYING: "info",
    ImportStatus.APPLIED: "success",
    ImportStatus.UNREADABLE: "danger",
    ImportStatus.FAILED: "danger",
}
name_actions(
    IMPORT,
    import__upload=gettext_lazy("upload a file"),
    import_mapping__save=gettext_lazy("save a column mapping"),
    import_mapping__replace=gettext_lazy("replace a column mapping"),
    import_mapping__delete=gettext_lazy("delete a column mapping"),
    edition__fill=gettext_lazy("fill a draft of the list"),
    product__load=gettext_lazy("load products"),
    presentation__register=gettext_lazy("register presentations"),
    insurance_listing__enter=gettext_lazy("enter an insurance listing"),
    reference_price_index__enter=gettext_lazy("enter a reference price index"),
    reference_price_index__describe=gettext_lazy("describe a reference price index"),
    guidance__mend=gettext_lazy("mend the dosages of a document"),
)


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
