from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from catalog.accounts.admin.registers import RegisterAdmin
from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Membership, Organization
from catalog.accounts.villages import problem_of_centre
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import Lines


class MembershipLines(Lines):
    model = Membership
    fields = ("user", "role")
    hide_title = True

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("user", "organization")


class OrganizationForm(forms.ModelForm):
    """An organization, ordered for by a centre that may do so."""

    def clean_ordering_centre(self) -> Organization | None:
        """Every field before it in the form is clean already."""
        centre: Organization | None = self.cleaned_data["ordering_centre"]
        if centre is None:
            return None
        region = self.cleaned_data.get("region")
        problem = problem_of_centre(
            centre,
            code=self.cleaned_data.get("code", ""),
            kind=self.cleaned_data.get("kind", ""),
            region_id=region.pk if region else "",
            has_villages=self.instance.pk is not None and self.instance.villages.exists(),
        )
        if problem:
            raise forms.ValidationError(f"{centre}: {problem}")
        return centre


FIRMS = (OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR)


@admin.register(Organization)
class OrganizationAdmin(RegisterAdmin):
    """The bodies that take part; of a firm its dossier: papers, conduct, and what stands against it today.

    Other apps put their part into ``dossier`` (lines) and ``judges`` (sentences on what stands against the firm).
    """

    dossier: ClassVar[list[type[Lines]]] = []
    judges: ClassVar[list[Callable[[Organization], Iterable[str]]]] = []

    noun = "organization"
    form = OrganizationForm
    fields = (
        "code",
        "kind",
        "name",
        "short_name",
        "uscc",
        "region",
        "township",
        "tier",
        "ordering_centre",
        "is_active",
    )
    list_display = ("code", "name", "short_name", "kind", "region", "tier", "active")
    list_filter = (("kind", ChoicesDropdownFilter), ("tier", ChoicesDropdownFilter), "is_active")
    list_select_related = ("region",)
    search_fields = ("code", "name", "short_name", "uscc")
    raw_id_fields = ("region", "township", "ordering_centre")
    readonly_fields = ("standing",)
    inlines = (MembershipLines,)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, "standing"] if obj is not None and obj.kind in FIRMS else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*dict.fromkeys([*fields, "standing"])]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Who belongs to it is shown to those who may see people."""
        if obj is None:
            return ()
        people = self.admin_site._registry[Membership]
        members = self.inlines if people.has_view_permission(request) else ()
        return (*members, *self.dossier) if obj.kind in FIRMS else members

    @display(description=_("standing today"))
    def standing(self, organization: Organization) -> Any:
        sentences = [sentence for judge in self.judges for sentence in judge(organization)]
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in sentences)) or _("nothing against it")

    @display(description=_("active"), boolean=True, ordering="is_active")
    def active(self, organization: Organization) -> bool:
        return organization.is_active
