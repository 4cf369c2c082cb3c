"""How lists are cut into pages."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination


class Pages(CursorPagination):
    """Pages by cursor, so that the thousandth page costs what the first one does."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "-pk"

    def paginate_queryset(self, queryset, request, view=None):  # type: ignore[no-untyped-def]
        """The rows of the page that the cursor names; a forged one is not found rather than a crash."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError, DataError):
            if self.cursor_query_param not in request.query_params:
                raise
            raise NotFound(self.invalid_cursor_message) from None

    def decode_cursor(self, request):  # type: ignore[no-untyped-def]
        """Where the page begins; rubbish that names no place does not lead back to the first page."""
        cursor = super().decode_cursor(request)
        if request.query_params.get(self.cursor_query_param) and cursor == Cursor(0, False, None):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_ordering(self, request, queryset, view):  # type: ignore[no-untyped-def]
        """The view's own ``ordering`` where it names one."""
        ordering = getattr(view, "ordering", None) or self.ordering
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)
