"""Clinical guidelines and the prescription set, version by version, with their dosages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from catalog.admin.filters import InForceFilter
from catalog.admin.forms import PeriodForm, beside_fields
from catalog.admin.pickers import one_of
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    Lines,
    actor_of,
    link_to,
    period,
    sent,
)
from catalog.foundation.web.admin.forms import Select, TextArea, TextInput
from catalog.models import DosageEntry, GuidanceDocument, Medicine, Presentation
from catalog.services.dosages import add_dosage
from catalog.services.guidance import NewDosage, enter_guidance
from catalog.states import GuidanceKind


class DocumentForm(PeriodForm):
    """A version of a document."""

    field_order = ("kind", "title", "edition_label", "issuer")

    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=GuidanceKind.choices, widget=Select)
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    edition_label = forms.CharField(label=gettext_lazy("version of the document"), max_length=50, widget=TextInput)
    issuer = forms.CharField(label=gettext_lazy("issued by"), max_length=100, widget=TextInput)
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, widget=TextInput)
    address = forms.URLField(
        label=gettext_lazy("where it can be read"), required=False, assume_scheme="https", widget=TextInput
    )


class DosageForm(forms.Form):
    """How a medicine is given."""

    medicine = one_of(DosageEntry.medicine, Medicine.objects.all())
    presentation = one_of(
        DosageEntry.presentation,
        Presentation.objects.filter(merged_into=None).select_related("medicine"),
        required=False,
        help_text=gettext_lazy("Empty for every presentation of the medicine."),
    )
    indication = forms.CharField(label=gettext_lazy("indication"), max_length=300, widget=TextInput)
    population = forms.CharField(label=gettext_lazy("for whom"), max_length=100, required=False, widget=TextInput)
    route = forms.CharField(label=gettext_lazy("route"), max_length=50, required=False, widget=TextInput)
    dose = forms.CharField(label=gettext_lazy("dose"), max_length=200, widget=TextInput)
    frequency = forms.CharField(label=gettext_lazy("how often"), max_length=100, required=False, widget=TextInput)
    course = forms.CharField(label=gettext_lazy("how long"), max_length=100, required=False, widget=TextInput)
    caution = forms.CharField(
        label=gettext_lazy("caution"), max_length=500, required=False, widget=TextArea(attrs={"rows": 3})
    )


class DosageLines(Lines):
    model = DosageEntry
    fields = ("given", "indication", "population", "route", "dose", "frequency", "course")
    per_page = 50

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("medicine")

    @display(description=gettext_lazy("medicine"))
    def given(self, dosage: DosageEntry) -> str | SafeString:
        return link_to(dosage, str(dosage.medicine))


@admin.register(GuidanceDocument)
class GuidanceDocumentAdmin(DecidingAdmin, ExportingAdmin):
    """The documents, each in its versions."""

    fields = (("kind", "term"), ("title", "edition_label"), "issuer", "source", "reading")
    list_display = ("title", "edition_label", "kind", "issuer", "term", "dosage_count")
    list_filter = (("kind", ChoicesDropdownFilter), InForceFilter)
    search_fields = ("title", "edition_label", "issuer")
    inlines = (DosageLines,)
    actions_list = ("enter", "export_workbook", "export_csv")
    actions_detail = ("add_dosage",)
    export_columns = (
        ExportColumn(gettext_lazy("kind"), lambda row: row.get_kind_display()),
        ExportColumn(gettext_lazy("title"), lambda row: row.title),
        ExportColumn(gettext_lazy("version of the document"), lambda row: row.edition_label),
        ExportColumn(gettext_lazy("issued by"), lambda row: row.issuer),
        ExportColumn(gettext_lazy("in force"), lambda row: period(row.validity)),
        ExportColumn(gettext_lazy("dosages"), lambda row: row.dosage_count),
        ExportColumn(gettext_lazy("source"), lambda row: row.source),
        ExportColumn(gettext_lazy("where it can be read"), lambda row: row.address),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(dosage_count=Count("entries"))

    def offered(self, request: HttpRequest, record: GuidanceDocument) -> list[str]:
        return ["add_dosage"] if self.may_decide(request, record) else []

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, document: GuidanceDocument) -> str:
        return period(document.validity)

    @display(description=gettext_lazy("where it can be read"))
    def reading(self, document: GuidanceDocument) -> str | SafeString:
        if not document.address:
            return ""
        return format_html('<a class="text-link" href="{0}" rel="noreferrer">{0}</a>', document.address)

    @display(description=gettext_lazy("dosages"), ordering="dosage_count")
    def dosage_count(self, document: Any) -> int:
        return int(document.dosage_count)

    @action(description=gettext_lazy("Enter a document"), url_path="enter", icon="note_add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """Enter a version of a document; its dosages come afterwards."""
        form = DocumentForm(**sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                document = enter_guidance(**values, dosages=[], actor=actor_of(request), at=timezone.now())
            messages.success(request, _("“%(document)s” is entered.") % {"document": document})
            return redirect(self.address_of(document))

        return self.decide(
            request,
            title=_("Enter a guideline or a prescription set"),
            form=form,
            act=act,
            explanation=_(
                "A version of the same kind and title that stands until then ends where this one begins. Dosages are "
                "added one by one or imported."
            ),
        )

    @action(description=gettext_lazy("Add a dosage"), url_path="add-dosage", icon="medication_liquid")
    def add_dosage(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put one more dosage into the document."""
        document = self.record_of(request, object_id)
        form = DosageForm(**sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                entry = add_dosage(
                    document_id=document.pk, dosage=NewDosage(**values), actor=actor_of(request), at=timezone.now()
                )
            return _("The dosage “%(dosage)s” is added.") % {"dosage": entry}

        return self.decide(
            request,
            title=_("Add a dosage to “%(document)s”") % {"document": document},
            record=document,
            form=form,
            act=act,
        )


class DocumentInForceFilter(InForceFilter):
    """By whether the document holds today."""

    title = gettext_lazy("document in force")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        documents = GuidanceDocument.objects.in_force(timezone.localdate())
        if self.value() == "yes":
            return queryset.filter(document__in=documents)
        return queryset.exclude(document__in=documents) if self.value() == "no" else queryset


@admin.register(DosageEntry)
class DosageEntryAdmin(ExportingAdmin):
    """How the documents say that medicines are given."""

    fields = (
        ("medicine_link", "only_as"),
        "document",
        ("indication", "population"),
        ("route", "dose"),
        ("frequency", "course"),
        "caution",
    )
    list_display = ("medicine", "indication", "population", "route", "dose", "frequency", "course", "document")
    list_filter = (
        DocumentInForceFilter,
        ("document", RelatedDropdownFilter),
        ("document__kind", ChoicesDropdownFilter),
    )
    list_select_related = ("medicine", "document", "presentation__medicine")
    search_fields = ("medicine__name", "medicine__inn", "medicine__initials", "indication", "population")
    search_help_text = gettext_lazy("Chinese name, INN, pinyin initials, indication or population")
    export_columns = (
        ExportColumn(gettext_lazy("document"), lambda row: row.document),
        ExportColumn(gettext_lazy("medicine"), lambda row: row.medicine.name),
        ExportColumn(gettext_lazy("only as"), lambda row: row.presentation),
        ExportColumn(gettext_lazy("indication"), lambda row: row.indication),
        ExportColumn(gettext_lazy("for whom"), lambda row: row.population),
        ExportColumn(gettext_lazy("route"), lambda row: row.route),
        ExportColumn(gettext_lazy("dose"), lambda row: row.dose),
        ExportColumn(gettext_lazy("how often"), lambda row: row.frequency),
        ExportColumn(gettext_lazy("how long"), lambda row: row.course),
        ExportColumn(gettext_lazy("caution"), lambda row: row.caution),
    )

    @display(description=gettext_lazy("medicine"))
    def medicine_link(self, dosage: DosageEntry) -> str | SafeString:
        return link_to(dosage.medicine)

    @display(description=gettext_lazy("only as"))
    def only_as(self, dosage: DosageEntry) -> str | SafeString:
        return link_to(dosage.presentation)
