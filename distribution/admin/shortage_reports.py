"""What institutions and producers told of shortages."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.accounts.kinds import Role
from catalog.admin.filters import ProvinceFilter
from catalog.foundation.web.admin import READERS, ExportingAdmin, badge
from distribution.models import ShortageReport, StopNotice

SHOWN_OF_PRODUCT = ("product__presentation__medicine", "product__manufacturer")


@admin.register(ShortageReport)
class ShortageReportAdmin(ExportingAdmin):
    """The reports of the own province's institutions."""

    readers: ClassVar = (*READERS, Role.HEALTH_OFFICER)
    fields = (
        ("institution", "province"),
        "product",
        ("reason", "units"),
        "note",
        ("filed_at", "filed_by"),
        "ended_at",
    )
    list_display = ("institution", "product", "reason", "units", "filed_at", "ended_at")
    list_filter = (
        ("reason", ChoicesDropdownFilter),
        ("ended_at", admin.EmptyFieldListFilter),
        ("filed_at", RangeDateTimeFilter),
        ProvinceFilter,
    )
    list_select_related = ("institution", "province", "filed_by", *SHOWN_OF_PRODUCT)
    search_fields = ("institution__name", "product__code", "product__presentation__medicine__name")


@admin.register(StopNotice)
class StopNoticeAdmin(ExportingAdmin):
    """What producers stop making; every province reads it."""

    readers: ClassVar = (*READERS, Role.HEALTH_OFFICER)
    fields = (
        ("producer", "product"),
        ("stops_on", "resumes_on"),
        "reason",
        ("due_on", "when"),
        ("filed_at", "filed_by"),
        "withdrawn_at",
    )
    list_display = ("product", "producer", "stops_on", "resumes_on", "when", "filed_at", "withdrawn_at")
    list_filter = ("is_late", ("withdrawn_at", admin.EmptyFieldListFilter), ("filed_at", RangeDateTimeFilter))
    list_select_related = ("producer", "filed_by", *SHOWN_OF_PRODUCT)
    search_fields = ("producer__name", "product__code", "product__presentation__medicine__name")

    @display(description=gettext_lazy("told late"), ordering="is_late")
    def when(self, notice: StopNotice) -> SafeString:
        return badge(_("late"), "danger") if notice.is_late else badge(_("in time"), "success")
