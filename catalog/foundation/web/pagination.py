"""How lists are cut into pages."""

from __future__ import annotations

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Pages by cursor, so that the thousandth page costs what the first one does."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "-pk"

    def decode_cursor(self, request):  # type: ignore[no-untyped-def]
        """Read the cursor; a forged one is not found rather than a crash."""
        try:
            return super().decode_cursor(request)
        except ValueError:
            raise NotFound(self.invalid_cursor_message) from None

    def get_ordering(self, request, queryset, view):  # type: ignore[no-untyped-def]
        """The view's own ``ordering`` where it names one."""
        ordering = getattr(view, "ordering", None) or self.ordering
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)
