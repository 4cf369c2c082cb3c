from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from catalog.admin.filters import InForceFilter
from catalog.foundation.web.admin import ExportingAdmin, period
from distribution.models import Entrustment


@admin.register(Entrustment)
class EntrustmentAdmin(ExportingAdmin):
    """Who delivers for whom, where and until when."""

    fields = ("supplier", "distributor", "region", "term")
    list_display = ("supplier", "distributor", "region", "term")
    list_filter = (InForceFilter,)
    list_select_related = ("supplier", "distributor", "region")
    search_fields = ("supplier__name", "distributor__name", "region__name")

    @display(description=_("in force"), ordering="validity")
    def term(self, entrustment: Entrustment) -> str:
        return period(entrustment.validity)
