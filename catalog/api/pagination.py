"""Pages of what was searched for."""

from __future__ import annotations

from rest_framework.exceptions import NotFound

from catalog.foundation.web.pagination import Pages
from catalog.queries.search import Place, search_products


class FoundPages(Pages):
    """With ``?search=`` the products that were found, the likeliest first; their pages lead forward only."""

    def paginate_queryset(self, queryset, request, view=None):
        """The products of the page that the cursor names."""
        words = request.query_params.get("search", "")
        self.found = None
        if not words.strip():
            return super().paginate_queryset(queryset, request, view)
        # not the address itself: Chinese that a client has sent as it is would be garbled in the link
        self.base_url, self.question = request.build_absolute_uri(request.path), request.query_params.copy()
        limit = self.get_page_size(request) or self.page_size
        self.found = search_products(words, limit=limit, after=self._place(request))
        return self.found.products

    def get_next_link(self):
        """Where the search goes on."""
        if self.found is None:
            return super().get_next_link()
        if self.found.next is None:
            return None
        self.question[self.cursor_query_param] = self.found.next.token
        return f"{self.base_url}?{self.question.urlencode()}"

    def get_previous_link(self):
        """None for what was searched for."""
        return super().get_previous_link() if self.found is None else None

    def _place(self, request) -> Place | None:
        cursor = request.query_params.get(self.cursor_query_param)
        if not cursor:
            return None
        try:
            return Place.read(cursor)
        except ValueError:
            raise NotFound(self.invalid_cursor_message) from None
