"""What the schemes pay back: the terms of each, and whether they favour essential medicines as they must."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display

from catalog.accounts.kinds import Tier
from catalog.admin.filters import InForceFilter, ProvinceFilter
from catalog.admin.forms import PercentField, PeriodForm, YuanField, beside_fields
from catalog.admin.patient_share import patient_share_page
from catalog.admin.percentage_points import plain_points, points
from catalog.admin.shares import percent
from catalog.foundation.web.admin import (
    ComputedColumns,
    DecidingAdmin,
    ExportColumn,
    actor_of,
    badge,
    period,
    sent,
    yuan,
)
from catalog.foundation.web.admin.forms import Select, TextInput
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import ReimbursementTerms
from catalog.queries.reimbursement import judge_reimbursement
from catalog.rules.reimbursement import BARELY_HIGHER, CLEARLY_HIGHER, NOT_HIGHER, BonusVerdict
from catalog.services.reimbursement import enter_reimbursement_terms
from catalog.states import Scheme

VERDICTS: dict[str, Any] = {
    CLEARLY_HIGHER: gettext_lazy("clearly higher"),
    BARELY_HIGHER: gettext_lazy("barely higher"),
    NOT_HIGHER: gettext_lazy("not higher"),
}
COLOURS = {CLEARLY_HIGHER: "success", BARELY_HIGHER: "warning", NOT_HIGHER: "danger"}


def shortfall_of(judged: BonusVerdict) -> str:
    """By how much the rate for essential medicines is too low, in percentage points."""
    return _("The rate for essential medicines is %(verdict)s: %(points)s, at least %(least)s are required.") % {
        "verdict": VERDICTS[judged.verdict],
        "points": points(judged.evidence["difference"]),
        "least": plain_points(judged.evidence["least_bonus"]),
    }


class VerdictFilter(DropdownFilter):
    """By whether essential medicines are paid at a clearly higher rate, as the rule set of the day says."""

    title = gettext_lazy("rate for essential medicines")
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("broken", gettext_lazy("breaks the rule")), *VERDICTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {BARELY_HIGHER, NOT_HIGHER} if self.value() == "broken" else {self.value()} & VERDICTS.keys()
        if not wanted:
            return queryset
        # the rule itself judges, not a second wording of it in SQL; there are some hundred rows for a year
        verdicts = judge_reimbursement(queryset, today=localdate())
        return queryset.filter(pk__in=[pk for pk, judged in verdicts.items() if judged.verdict in wanted])


class TermsForm(PeriodForm):
    """What a scheme pays back in the own province at a level of institution."""

    scheme = forms.ChoiceField(label=gettext_lazy("scheme"), choices=Scheme.choices, widget=Select)
    tier = forms.ChoiceField(
        label=gettext_lazy("level of institution"),
        choices=[choice for choice in Tier.choices if choice[0]],
        widget=Select,
    )
    rate = PercentField(label=gettext_lazy("rate (%)"))
    essential_bonus = PercentField(
        label=gettext_lazy("bonus for essential medicines (percentage points)"),
        help_text=gettext_lazy("Added to the rate."),
    )
    deductible = YuanField(
        label=gettext_lazy("deductible (yuan a year)"), decimal_places=2, min_value=0, initial=Decimal(0)
    )
    annual_cap = YuanField(
        label=gettext_lazy("most in a year (yuan)"),
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
        help_text=gettext_lazy("Empty where there is no ceiling."),
    )
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, widget=TextInput)

    field_order = (
        "scheme",
        "tier",
        "rate",
        "essential_bonus",
        "deductible",
        "annual_cap",
        "valid_from",
        "valid_until",
        "source",
    )


@admin.register(ReimbursementTerms)
class ReimbursementTermsAdmin(DecidingAdmin, ComputedColumns):
    """What each scheme pays back in a province at a level of institution."""

    fields = (
        ("province", "scheme"),
        ("tier", "term"),
        ("rate_shown", "bonus"),
        ("deductible_shown", "cap"),
        "verdict_shown",
        "source",
    )
    list_display = (
        "scheme",
        "province",
        "tier",
        "rate_shown",
        "bonus",
        "verdict_shown",
        "deductible_shown",
        "term",
    )
    list_filter = (
        VerdictFilter,
        ProvinceFilter,
        ("scheme", ChoicesDropdownFilter),
        ("tier", ChoicesDropdownFilter),
        InForceFilter,
    )
    list_select_related = ("province",)
    search_fields = ("source", "province__name")
    actions_list = ("enter", "export_workbook", "export_csv")
    export_columns = (
        ExportColumn(gettext_lazy("scheme"), lambda row: row.get_scheme_display()),
        ExportColumn(gettext_lazy("province"), lambda row: row.province),
        ExportColumn(gettext_lazy("level of institution"), lambda row: row.get_tier_display()),
        ExportColumn(gettext_lazy("rate"), lambda row: row.rate),
        ExportColumn(gettext_lazy("bonus for essential medicines"), lambda row: row.essential_bonus),
        ExportColumn(gettext_lazy("rate for essential medicines"), lambda row: VERDICTS.get(row.verdict, "")),
        ExportColumn(gettext_lazy("deductible (yuan)"), lambda row: row.deductible),
        ExportColumn(gettext_lazy("most in a year (yuan)"), lambda row: row.annual_cap),
        ExportColumn(gettext_lazy("in force"), lambda row: period(row.validity)),
        ExportColumn(gettext_lazy("source"), lambda row: row.source),
    )

    def compute(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """The verdict on each, by the rule set of its day."""
        verdicts = judge_reimbursement(rows, today=localdate())
        for row in rows:
            row.verdict = verdicts[row.pk].verdict if row.pk in verdicts else ""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        terms = super().get_object(request, object_id, from_field)
        if terms is not None:
            self.compute(request, [terms])
        return terms

    def get_urls(self) -> list[Any]:
        share = path(
            "patient-share/",
            self.admin_site.admin_view(self.patient_share),
            name="catalog_reimbursementterms_patient_share",
        )
        return [share, *super().get_urls()]

    @display(description=gettext_lazy("rate"), ordering="rate")
    def rate_shown(self, terms: ReimbursementTerms) -> str:
        return percent(terms.rate)

    @display(description=gettext_lazy("essential bonus"), ordering="essential_bonus")
    def bonus(self, terms: ReimbursementTerms) -> str:
        return points(terms.essential_bonus)

    @display(description=gettext_lazy("verdict"))
    def verdict_shown(self, terms: Any) -> SafeString | str:
        return badge(VERDICTS[terms.verdict], COLOURS[terms.verdict]) if terms.verdict else EMPTY

    @display(description=gettext_lazy("deductible"), ordering="deductible")
    def deductible_shown(self, terms: ReimbursementTerms) -> str:
        return yuan(terms.deductible)

    @display(description=gettext_lazy("most in a year"), ordering="annual_cap", empty_value=gettext_lazy("no ceiling"))
    def cap(self, terms: ReimbursementTerms) -> str | None:
        return None if terms.annual_cap is None else yuan(terms.annual_cap)

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, terms: ReimbursementTerms) -> str:
        return period(terms.validity)

    @action(description=gettext_lazy("Enter terms"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """What a scheme pays back in the own province."""
        form = TermsForm(initial={"valid_from": localdate()}, **sent(request))

        def act(values: dict[str, Any]) -> str | HttpResponse:
            actor = actor_of(request)
            with beside_fields(form):
                terms = enter_reimbursement_terms(
                    **values | {"scheme": Scheme(values["scheme"])},
                    province_id=actor.province,
                    actor=actor,
                    at=timezone.now(),
                )
            entered = _("The terms “%(terms)s” are entered.") % {"terms": terms}
            judged = judge_reimbursement([terms], today=localdate()).get(terms.pk)
            if judged is None or judged.verdict == CLEARLY_HIGHER:
                return entered
            messages.warning(request, f"{entered} {shortfall_of(judged)}")
            return redirect(self.address_of(None))

        return self.decide(
            request,
            title=_("Enter what a scheme pays back in your province"),
            form=form,
            act=act,
            explanation=_(
                "What held so far for the scheme and the level ends on the first day. Whether essential medicines are "
                "paid at a clearly higher rate is judged in the list."
            ),
            confirm=_("Enter"),
        )

    def patient_share(self, request: HttpRequest) -> HttpResponse:
        """What a patient pays for a product under every scheme."""
        return patient_share_page(self, request)
