"""What organizations were told about their orders."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.foundation.web.admin import ExportingAdmin
from distribution.models import OrderNotice
from distribution.queries.notice_words import details_of


@admin.register(OrderNotice)
class OrderNoticeAdmin(ExportingAdmin):
    """An agency's own notices: overdue answers, lines that nobody supplies. Supervisors read everybody's."""

    fields = (("kind", "recipient"), ("order", "requisition"), "details", ("created_at", "read_at"))
    list_display = ("kind", "details", "recipient", "order", "requisition", "created_at", "read_at")
    list_filter = (("kind", ChoicesDropdownFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("recipient", "order", "requisition")
    search_fields = ("recipient__name", "recipient__code")

    @display(description=_("details"))
    def details(self, notice: OrderNotice) -> str:
        return details_of(notice)
