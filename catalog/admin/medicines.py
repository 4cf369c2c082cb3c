"""Medicines with all that is known of them, and their presentations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from catalog.admin.products import COLOURS as PRODUCT_COLOURS
from catalog.admin.record_tables import TabledAdmin
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportColumn, ExportingAdmin, badge, link_to, period, table
from catalog.models import (
    DosageEntry,
    EditionEntry,
    GuidanceDocument,
    Medicine,
    Presentation,
    Product,
    ProvincialAddition,
)
from catalog.rules.strengths import CONCENTRATION, CONTENT, FILL

BASES: dict[str, Any] = {
    CONTENT: gettext_lazy("active content"),
    FILL: gettext_lazy("filling"),
    CONCENTRATION: gettext_lazy("concentration"),
}


class MergedFilter(DropdownFilter):
    """Presentations in their own right, or spellings that were merged into one."""

    title = gettext_lazy("merged")
    parameter_name = "merged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("in their own right")), ("yes", _("merged into another one"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(merged_into__isnull=self.value() == "no") if self.value() else queryset


def content_in_words(presentation: Presentation) -> str | None:
    """What one unit contains, as a quantity; none where the strength could not be read as one."""
    content = presentation.content
    if content is None:
        return None
    volume = f" / {content.volume_ml.normalize():f} ml" if content.volume_ml else ""
    return f"{content.amount.normalize():f} {content.unit}{volume}"


def presentation_table(presentations: Iterable[Presentation]) -> str | SafeString:
    """Presentations with what is read from their strengths, and the spellings merged into them; two queries."""
    rows = list(presentations)
    spellings: dict[int, list[str]] = {}
    for item in Presentation.objects.filter(merged_into__in=[row.pk for row in rows]).order_by("pk"):
        assert item.merged_into_id is not None  # it is what was asked for
        spellings.setdefault(item.merged_into_id, []).append(f"{item.form} {item.strength}")
    lines = [
        [
            link_to(item, item.form),
            item.strength,
            item.salt,
            content_in_words(item) or badge(_("not readable as a quantity"), "warning"),
            BASES.get(item.basis, ""),
            "; ".join(spellings.get(item.pk, ())),
        ]
        for item in rows
    ]
    headers = [
        _("dosage form"),
        _("strength"),
        pgettext("medicine", "salt"),
        _("content of one unit"),
        _("content measured as"),
        _("merged spellings"),
    ]
    return table(headers, lines) if lines else ""


@admin.register(Medicine)
class MedicineAdmin(TabledAdmin, ExportingAdmin):
    """Medicines by their generic names, to be found by name, INN or pinyin initials."""

    fields = (("name", "inn"), ("atc", "is_traditional"), "initials")
    list_display = ("name", "inn", "atc", "is_traditional", "initials", "presentation_count")
    list_filter = ("is_traditional",)
    search_fields = ("name", "inn", "initials")
    search_help_text = gettext_lazy("Chinese name, INN or pinyin initials")
    export_columns = (
        ExportColumn(gettext_lazy("Chinese generic name"), lambda row: row.name),
        ExportColumn(gettext_lazy("INN"), lambda row: row.inn),
        ExportColumn(gettext_lazy("ATC code"), lambda row: row.atc),
        ExportColumn(gettext_lazy("Chinese patent medicine"), lambda row: _("yes") if row.is_traditional else _("no")),
        ExportColumn(gettext_lazy("pinyin initials"), lambda row: row.initials),
        ExportColumn(gettext_lazy("presentations"), lambda row: row.presentation_count),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        own = Q(presentations__merged_into=None)
        # what is counted for each loses the order that the model gives
        return rows.annotate(presentation_count=Count("presentations", filter=own)).order_by("name")

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term), False

    def tables(self, request: HttpRequest, record: Medicine) -> list[tuple[Any, SafeString | str]]:
        own = record.presentations.filter(merged_into=None).select_related("medicine")
        return [
            (_("Presentations"), presentation_table(own)),
            (_("On the list"), _history(record)),
            (_("Added by provinces"), _additions(record)),
            (_("Dosages in force"), _dosages(record)),
            (_("Products"), _products(record)),
        ]

    @display(description=gettext_lazy("presentations"), ordering="presentation_count")
    def presentation_count(self, medicine: Any) -> int:
        return int(medicine.presentation_count)


def _history(medicine: Medicine) -> str | SafeString:
    """The medicine's entries, also by its groups, edition by edition."""
    entries = (
        EditionEntry.objects.filter(Q(medicine=medicine) | Q(members=medicine))
        .distinct()
        .select_related("edition", "medicine", "section")
        .order_by("-edition__validity", "is_repeat", "pk")
    )
    lines = [
        [
            link_to(entry.edition),
            period(entry.edition.validity),
            link_to(entry, str(entry.number)),
            entry.section.path,
            "△" if entry.specialist_guidance else "",
            _listed_as(entry, medicine),
        ]
        for entry in entries
    ]
    headers = [_("edition"), _("in force"), _("number"), _("section"), _("marks"), _("listed as")]
    return table(headers, lines) if lines else ""


def _listed_as(entry: EditionEntry, medicine: Medicine) -> str:
    if entry.medicine_id != medicine.pk:
        return _("member of %(group)s") % {"group": entry.medicine}
    return _("listed again") if entry.is_repeat else ""


def _additions(medicine: Medicine) -> str | SafeString:
    additions = ProvincialAddition.objects.filter(medicine=medicine).select_related("province").order_by("-validity")
    lines = [[link_to(item, str(item.province)), period(item.validity), item.decision] for item in additions]
    return table([_("province"), _("in force"), _("decision")], lines) if lines else ""


def _dosages(medicine: Medicine) -> str | SafeString:
    in_force = GuidanceDocument.objects.in_force(timezone.localdate())
    dosages = (
        DosageEntry.objects.filter(medicine=medicine, document__in=in_force)
        .select_related("document", "presentation__medicine")
        .order_by("indication", "population", "pk")
    )
    lines = [
        [
            link_to(item, item.indication),
            item.population,
            item.route,
            item.dose,
            item.frequency,
            item.course,
            f"{item.presentation.form} {item.presentation.strength}" if item.presentation else "",
            link_to(item.document),
        ]
        for item in dosages
    ]
    headers = [
        _("indication"),
        _("for whom"),
        _("route"),
        _("dose"),
        _("how often"),
        _("how long"),
        _("only as"),
        _("document"),
    ]
    return table(headers, lines) if lines else ""


def _products(medicine: Medicine) -> str | SafeString:
    products = (
        Product.objects.filter(presentation__medicine=medicine)
        .select_related("presentation", "manufacturer")
        .order_by("presentation__form", "presentation__amount", "manufacturer__name", "pack_quantity")
    )
    lines = [
        [
            link_to(item, item.code),
            f"{item.presentation.form} {item.presentation.strength}",
            f"{item.pack_quantity} / {item.pack_unit}",
            str(item.manufacturer),
            badge(item.get_status_display(), PRODUCT_COLOURS.get(item.status)),
        ]
        for item in products
    ]
    return table([_("code"), _("presentation"), _("pack"), _("maker"), _("status")], lines) if lines else ""


@admin.register(Presentation)
class PresentationAdmin(TabledAdmin, ExportingAdmin):
    """A medicine in one form and strength."""

    fields = (("medicine_link", "merged_link"), ("form", "strength"), ("salt", "family"), ("content", "measured_as"))
    list_display = ("medicine", "form", "strength", "content", "measured_as", "merged")
    list_filter = (MergedFilter,)
    list_select_related = ("medicine", "merged_into__medicine")
    search_fields = ("medicine__name", "medicine__inn", "medicine__initials", "strength", "form")
    search_help_text = gettext_lazy("Chinese name, INN, pinyin initials, form or strength")
    export_columns = (
        ExportColumn(gettext_lazy("medicine"), lambda row: row.medicine.name),
        ExportColumn(gettext_lazy("dosage form"), lambda row: row.form),
        ExportColumn(gettext_lazy("strength"), lambda row: row.strength),
        ExportColumn(pgettext_lazy("medicine", "salt"), lambda row: row.salt),
        ExportColumn(gettext_lazy("kind of form"), lambda row: row.family),
        ExportColumn(gettext_lazy("content of one unit"), lambda row: row.amount),
        ExportColumn(gettext_lazy("unit of content"), lambda row: row.amount_unit),
        ExportColumn(gettext_lazy("volume (ml)"), lambda row: row.volume_ml),
        ExportColumn(gettext_lazy("content measured as"), lambda row: BASES.get(row.basis, "")),
        ExportColumn(gettext_lazy("merged into"), lambda row: row.merged_into),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("medicine", "merged_into__medicine")

    def tables(self, request: HttpRequest, record: Presentation) -> list[tuple[Any, SafeString | str]]:
        spellings = record.spellings.select_related("medicine")
        return [(_("Merged spellings"), presentation_table(spellings))]

    @display(description=gettext_lazy("medicine"))
    def medicine_link(self, presentation: Presentation) -> str | SafeString:
        return link_to(presentation.medicine)

    @display(description=gettext_lazy("merged into"))
    def merged_link(self, presentation: Presentation) -> str | SafeString:
        return link_to(presentation.merged_into)

    @display(description=gettext_lazy("content of one unit"), empty_value=gettext_lazy("not readable as a quantity"))
    def content(self, presentation: Presentation) -> str | None:
        return content_in_words(presentation)

    @display(description=gettext_lazy("content measured as"))
    def measured_as(self, presentation: Presentation) -> Any:
        return BASES.get(presentation.basis, "")

    @display(description=gettext_lazy("merged into"))
    def merged(self, presentation: Presentation) -> str:
        other = presentation.merged_into
        return f"{other.form} {other.strength}" if other else ""
