"""The lists of the basic insurance."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display

from catalog.admin.filters import InForceFilter, ProvinceFilter
from catalog.admin.forms import PercentField, PeriodForm, beside_fields
from catalog.admin.shares import percent
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    actor_of,
    badge,
    link_to,
    period,
    sent,
)
from catalog.foundation.web.admin.forms import Select, TextInput
from catalog.models import InsuranceListing, Medicine
from catalog.queries import presentations_of
from catalog.services.reimbursement import list_for_insurance
from catalog.states import ListClass

NATIONAL, OWN = "national", "own"
ANYWHERE = gettext_lazy("nationally")


class ScopeFilter(DropdownFilter):
    """National listings, or those of provinces."""

    title = gettext_lazy("scope")
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(NATIONAL, ANYWHERE), ("provincial", gettext_lazy("in one province"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in (NATIONAL, "provincial"):
            return queryset.filter(province__isnull=self.value() == NATIONAL)
        return queryset


class ListingForm(PeriodForm):
    """A medicine, or one presentation of it, on a list."""

    medicine = forms.CharField(label=gettext_lazy("medicine (Chinese generic name)"), max_length=200, widget=TextInput)
    form = forms.CharField(
        label=gettext_lazy("only in the dosage form"), max_length=50, required=False, widget=TextInput
    )
    strength = forms.CharField(
        label=gettext_lazy("only in the strength"),
        max_length=100,
        required=False,
        widget=TextInput,
        help_text=gettext_lazy("Form and strength are given together, or neither of them: then all are listed."),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("holds"),
        choices=[(NATIONAL, ANYWHERE), (OWN, gettext_lazy("in the own province"))],
        widget=Select,
    )
    list_class = forms.ChoiceField(label=gettext_lazy("list"), choices=ListClass.choices, widget=Select)
    self_pay_share = PercentField(
        label=gettext_lazy("patient pays first (%)"), initial=0, help_text=gettext_lazy("Of list B; 0 for list A.")
    )
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, widget=TextInput)

    field_order = (
        "medicine",
        "form",
        "strength",
        "scope",
        "list_class",
        "self_pay_share",
        "valid_from",
        "valid_until",
        "source",
    )

    def clean_medicine(self) -> Medicine:
        """The medicine, by its name."""
        name = self.cleaned_data["medicine"].strip()
        found = Medicine.objects.filter(name=name).first()
        if found is None:
            raise forms.ValidationError(_("No medicine is registered as “%(name)s”."), params={"name": name})
        return found

    def clean(self) -> dict[str, Any]:
        """The presentation, where one is named."""
        values = super().clean() or {}
        values["presentation"] = None
        form, strength = values.get("form", "").strip(), values.get("strength", "").strip()
        medicine = values.get("medicine")
        if medicine is not None and (form or strength):
            found = presentations_of([medicine.name]).get((medicine.name, form, strength))
            if found is None:
                text = f"{medicine.name} {form} {strength}"
                self.add_error("form", _("No presentation is registered as “%(text)s”.") % {"text": text})
            values["presentation"] = found
        return values


@admin.register(InsuranceListing)
class InsuranceListingAdmin(DecidingAdmin, ExportingAdmin):
    """Which medicines stand on list A or B, nationally or in a province."""

    fields = (("medicine_link", "presentation"), ("scope", "term"), ("list_shown", "share"), "source")
    list_display = ("medicine", "presentation", "list_shown", "share", "scope", "term", "source")
    list_filter = (("list_class", ChoicesDropdownFilter), ScopeFilter, ProvinceFilter, InForceFilter)
    list_select_related = ("medicine", "presentation__medicine", "province")
    search_fields = ("medicine__name", "medicine__inn", "medicine__initials", "source")
    actions_list = ("enter", "export_workbook", "export_csv")
    export_columns = (
        ExportColumn(gettext_lazy("medicine"), lambda row: row.medicine),
        ExportColumn(gettext_lazy("only as"), lambda row: row.presentation),
        ExportColumn(gettext_lazy("list"), lambda row: row.list_class),
        ExportColumn(gettext_lazy("patient pays first"), lambda row: row.self_pay_share),
        ExportColumn(gettext_lazy("only in"), lambda row: row.province),
        ExportColumn(gettext_lazy("in force"), lambda row: period(row.validity)),
        ExportColumn(gettext_lazy("source"), lambda row: row.source),
    )

    @display(description=gettext_lazy("medicine"))
    def medicine_link(self, listing: InsuranceListing) -> str | SafeString:
        return link_to(listing.medicine)

    @display(description=gettext_lazy("holds"), ordering="province")
    def scope(self, listing: InsuranceListing) -> str:
        return str(listing.province or ANYWHERE)

    @display(description=gettext_lazy("list"), ordering="list_class")
    def list_shown(self, listing: InsuranceListing) -> SafeString:
        return badge(listing.get_list_class_display(), "success" if listing.list_class == ListClass.A else "info")

    @display(description=gettext_lazy("patient pays first"), ordering="self_pay_share")
    def share(self, listing: InsuranceListing) -> str:
        return percent(listing.self_pay_share)

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, listing: InsuranceListing) -> str:
        return period(listing.validity)

    @action(description=gettext_lazy("Enter a listing"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """Put a medicine on a list."""
        form = ListingForm(initial={"valid_from": localdate()}, **sent(request))

        def act(values: dict[str, Any]) -> str:
            actor = actor_of(request)
            with beside_fields(form):
                listing = list_for_insurance(
                    medicine=values["medicine"],
                    presentation=values["presentation"],
                    province_id=actor.province if values["scope"] == OWN else "",
                    list_class=ListClass(values["list_class"]),
                    self_pay_share=values["self_pay_share"],
                    valid_from=values["valid_from"],
                    valid_until=values["valid_until"],
                    source=values["source"],
                    actor=actor,
                    at=timezone.now(),
                )
            return _("“%(listing)s” is entered.") % {"listing": listing}

        return self.decide(
            request,
            title=_("Enter an insurance listing"),
            form=form,
            act=act,
            explanation=_(
                "What held so far for the same medicine, presentation and province ends on the first day. A listing of "
                "a province goes before the national one, that of a presentation before that of all."
            ),
            confirm=_("Enter"),
        )
