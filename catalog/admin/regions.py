from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from catalog.foundation.web.admin import ExportColumn, ExportingAdmin
from catalog.models import Region


@admin.register(Region)
class RegionAdmin(ExportingAdmin):
    """The administrative divisions."""

    operators = True
    fields = ("code", "name", "level", "parent")
    list_display = ("code", "name", "level", "parent")
    list_filter = (("level", ChoicesDropdownFilter),)
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    export_columns = (
        ExportColumn(_("code"), lambda row: row.code),
        ExportColumn(_("name"), lambda row: row.name),
        ExportColumn(_("level"), lambda row: row.get_level_display()),
        ExportColumn(_("lies in"), lambda row: row.parent),
    )
