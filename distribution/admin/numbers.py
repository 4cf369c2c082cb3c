"""Finding documents by the number that people call them by."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest

from catalog.foundation.web.admin import RecordAdmin

NUMBER = re.compile(r"(?:PO|RQ|TR|RR|SH|ST|RT|AR|RL)0*(\d{1,18})", re.IGNORECASE)


class NumberedAdmin(RecordAdmin):
    """Records called by letters and their key, such as PO00000012."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By the number where one was typed, else by the fields."""
        number = NUMBER.fullmatch(search_term.strip())
        if number is not None:
            return queryset.filter(pk=int(number[1])), False
        return super().get_search_results(request, queryset, search_term)
