from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from catalog.accounts.admin.registers import RegisterAdmin
from catalog.accounts.models import Membership, Organization
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import Lines


class MembershipLines(Lines):
    model = Membership
    fields = ("user", "role")
    hide_title = True

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("user", "organization")


@admin.register(Organization)
class OrganizationAdmin(RegisterAdmin):
    """The bodies that take part."""

    noun = "organization"
    fields = ("code", "kind", "name", "short_name", "uscc", "region", "tier", "is_active")
    list_display = ("code", "name", "short_name", "kind", "region", "tier", "active")
    list_filter = (("kind", ChoicesDropdownFilter), ("tier", ChoicesDropdownFilter), "is_active")
    list_select_related = ("region",)
    search_fields = ("code", "name", "short_name", "uscc")
    raw_id_fields = ("region",)
    inlines = (MembershipLines,)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Who belongs to it is shown to those who may see people."""
        people = self.admin_site._registry[Membership]
        return self.inlines if obj is not None and people.has_view_permission(request) else ()

    @display(description=_("active"), boolean=True, ordering="is_active")
    def active(self, organization: Organization) -> bool:
        return organization.is_active
