"""What is short in many provinces, and what is easily short."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from catalog.accounts.kinds import Role
from catalog.foundation.web.admin import READERS, ExportingAdmin, table
from catalog.models import Region
from distribution.admin.shortages import told_checks
from distribution.models import NationalShortage
from distribution.states import ShortageGrade


@admin.register(NationalShortage)
class NationalShortageAdmin(ExportingAdmin):
    """What is short in many provinces, and what is easily short."""

    readers: ClassVar = (*READERS, Role.HEALTH_OFFICER)
    fields = (("presentation", "listing"), "where", "evidence", ("listed_at", "ended_at"))
    list_display = ("presentation", "listing", "how_many", "listed_at", "ended_at")
    list_filter = (("listing", ChoicesDropdownFilter), ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("presentation__medicine",)
    search_fields = ("presentation__medicine__name", "presentation__medicine__initials")

    @display(description=gettext_lazy("provinces"))
    def how_many(self, row: NationalShortage) -> int:
        return len(row.provinces)

    @display(description=gettext_lazy("provinces"))
    def where(self, row: NationalShortage) -> SafeString:
        names = dict(Region.objects.filter(pk__in=row.provinces).values_list("pk", "name"))
        rows = [(names[code], ShortageGrade(grade).label) for code, grade in row.provinces.items()]
        return table([_("province"), _("grade")], rows)

    @display(description=gettext_lazy("checks"))
    def evidence(self, row: NationalShortage) -> SafeString:
        return told_checks(row.checks)
