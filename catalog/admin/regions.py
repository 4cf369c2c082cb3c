from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from catalog.foundation.web.admin import RecordAdmin
from catalog.models import Region


@admin.register(Region)
class RegionAdmin(RecordAdmin):
    """The administrative divisions."""

    operators = True
    fields = ("code", "name", "level", "parent")
    list_display = ("code", "name", "level", "parent")
    list_filter = (("level", ChoicesDropdownFilter),)
    list_select_related = ("parent",)
    search_fields = ("code", "name")
