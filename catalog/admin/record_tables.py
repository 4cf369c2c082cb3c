"""A record's page with tables below its fields, and above them why a decision is not this person's to take."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from catalog.foundation.web.admin import RecordAdmin


class TabledAdmin(RecordAdmin):
    """A record whose page shows what belongs to it in tables of the page's own."""

    change_form_outer_before_template = "admin/catalog/hindrance.html"
    change_form_outer_after_template = "admin/catalog/record_tables.html"

    def tables(self, request: HttpRequest, record: Any) -> list[tuple[Any, SafeString | str]]:
        """Each table with its heading, in the order of the page; an empty one is left out."""
        return []

    def hindrance_of(self, request: HttpRequest, record: Any) -> str:
        """Why this person may not take a decision that is otherwise due."""
        return ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The record, and its tables below."""
        record = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        context: dict[str, Any] = {}
        if record is not None:
            context = {
                "record_tables": [(title, shown) for title, shown in self.tables(request, record) if shown],
                "hindrance": self.hindrance_of(request, record),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
