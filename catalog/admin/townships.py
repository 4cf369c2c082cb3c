from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.foundation.web.admin import ExportColumn, ExportingAdmin
from catalog.models import Township


@admin.register(Township)
class TownshipAdmin(ExportingAdmin):
    """Where deliveries end; files bring them."""

    operators = True
    fields = ("code", "name", "county", "is_remote")
    list_display = ("code", "name", "county", "is_remote")
    list_filter = ("is_remote",)
    list_select_related = ("county",)
    search_fields = ("code", "name", "county__name")
    export_columns = (
        ExportColumn(_("code"), lambda row: row.code),
        ExportColumn(_("name"), lambda row: row.name),
        ExportColumn(_("county"), lambda row: row.county),
        ExportColumn(_("remote"), lambda row: row.is_remote),
    )
