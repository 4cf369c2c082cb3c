"""What an edition lists, entry by entry."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from catalog.admin.edition_forms import MembersForm
from catalog.admin.findings import findings_table, judge_page
from catalog.admin.medicines import presentation_table
from catalog.admin.record_tables import TabledAdmin
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    actor_of,
    badge,
    link_to,
    sent,
    table,
)
from catalog.models import EditionEntry, ListSection
from catalog.services.drafts import take_out_entry
from catalog.services.edition_entries import SECTION_SEPARATOR
from catalog.services.group_members import OPEN_STATES, set_group_members
from catalog.states import EditionStatus

# characters of the presentations in the list; the page and the export have them all
SHOWN = 60


class SectionFilter(DropdownFilter):
    """By section, with those below it; of the edition that is chosen."""

    title = gettext_lazy("section")
    parameter_name = "section"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        edition, chosen = request.GET.get("edition__id__exact", ""), request.GET.get("section", "")
        rows = ListSection.objects.none()
        if edition.isdecimal():
            rows = ListSection.objects.filter(edition_id=int(edition))
        elif chosen.isdecimal():
            rows = ListSection.objects.filter(pk=int(chosen))
        return [(str(row.pk), row.path) for row in rows.order_by("part", "path")]

    def has_output(self) -> bool:
        """Also where no edition is chosen yet, or the list would not know the parameter."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not str(self.value() or "").isdecimal():
            return queryset
        section = ListSection.objects.filter(pk=self.value()).first()
        if section is None:
            return queryset.none()
        below = Q(section__path__startswith=section.path + SECTION_SEPARATOR)
        return queryset.filter(Q(section=section) | below, edition=section.edition_id, part=section.part)


def marks(entry: EditionEntry) -> str:
    """The list's own marks."""
    return " ".join(mark for mark, is_set in (("△", entry.specialist_guidance), ("*", entry.is_repeat)) if is_set)


@admin.register(EditionEntry)
class EditionEntryAdmin(TabledAdmin, DecidingAdmin, ExportingAdmin):
    """A medicine, or a group of medicines, on an edition of the list."""

    fields = (
        ("medicine_link", "inn"),
        ("edition_link", "part"),
        ("number", "section"),
        ("specialist_guidance", "is_repeat", "is_group"),
        "note",
        "forms_text",
        "loose_forms",
    )
    list_display = ("number", "medicine", "inn", "marks", "listed", "section", "edition_code")
    list_display_links = ("number", "medicine")
    list_filter = (
        ("edition", RelatedDropdownFilter),
        ("part", ChoicesDropdownFilter),
        SectionFilter,
        "specialist_guidance",
        "is_repeat",
        "is_group",
    )
    search_fields = ("medicine__name", "medicine__inn", "medicine__initials", "section__path")
    ordering = ("-edition__validity", "part", "number", "is_repeat")
    actions_list = ("export_workbook", "export_csv")
    actions_detail = ("set_members", "judge", "take_out")
    export_columns = (
        ExportColumn(gettext_lazy("edition"), lambda row: row.edition.code),
        ExportColumn(gettext_lazy("part"), lambda row: row.get_part_display()),
        ExportColumn(gettext_lazy("number"), lambda row: row.number),
        ExportColumn(gettext_lazy("medicine"), lambda row: row.medicine.name),
        ExportColumn(gettext_lazy("INN"), lambda row: row.medicine.inn),
        ExportColumn(gettext_lazy("ATC code"), lambda row: row.medicine.atc),
        ExportColumn(gettext_lazy("section"), lambda row: row.section.path),
        ExportColumn(gettext_lazy("marks"), lambda row: marks(row)),
        ExportColumn(gettext_lazy("forms and strengths as listed"), lambda row: row.forms_text),
        ExportColumn(gettext_lazy("presentations"), lambda row: listed_in(row)),
        ExportColumn(gettext_lazy("medicines of the group"), lambda row: members_of(row)),
        ExportColumn(gettext_lazy("note"), lambda row: row.note),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("edition", "medicine", "section").prefetch_related("presentations", "members")

    def offered(self, request: HttpRequest, record: EditionEntry) -> list[str]:
        if not self.may_decide(request, record):
            return []
        can_be_set = record.is_group and record.edition.status in OPEN_STATES
        can_be_judged = record.edition.status != EditionStatus.DISCARDED
        is_draft = record.edition.status == EditionStatus.DRAFT
        return ["set_members"] * can_be_set + ["judge"] * can_be_judged + ["take_out"] * is_draft

    def tables(self, request: HttpRequest, record: EditionEntry) -> list[tuple[Any, SafeString | str]]:
        return [
            (_("Presentations"), presentation_table(record.presentations.select_related("medicine"))),
            (_("Medicines of the group"), _member_table(record)),
            (_("Selection criteria"), findings_table(record)),
            (_("On this edition also in"), _repeat_table(record)),
        ]

    @display(description=gettext_lazy("medicine"))
    def medicine_link(self, entry: EditionEntry) -> str | SafeString:
        return link_to(entry.medicine)

    @display(description=gettext_lazy("INN"), ordering="medicine__inn")
    def inn(self, entry: EditionEntry) -> str:
        return entry.medicine.inn

    @display(description=gettext_lazy("edition"))
    def edition_link(self, entry: EditionEntry) -> str | SafeString:
        return link_to(entry.edition)

    @display(description=gettext_lazy("edition"), ordering="edition__validity")
    def edition_code(self, entry: EditionEntry) -> str:
        return entry.edition.code

    @display(description=gettext_lazy("marks"))
    def marks(self, entry: EditionEntry) -> str | SafeString:
        return badge(_("group"), "info") if entry.is_group else marks(entry)

    @display(description=gettext_lazy("presentations"))
    def listed(self, entry: EditionEntry) -> str:
        return Truncator(listed_in(entry) or "、".join(entry.forms_without_strength)).chars(SHOWN)

    @display(description=gettext_lazy("forms listed without a strength"))
    def loose_forms(self, entry: EditionEntry) -> str:
        return "、".join(entry.forms_without_strength)

    @action(description=gettext_lazy("Set the members"), url_path="members", icon="group_work")
    def set_members(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say which medicines the group stands for."""
        entry = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            chosen = list(values["medicines"])
            set_group_members(entry_id=entry.pk, medicines=chosen, actor=actor_of(request), at=timezone.now())
            return _("“%(group)s” now stands for %(count)s medicines.") % {
                "group": entry.medicine,
                "count": len(chosen),
            }

        return self.decide(
            request,
            title=_("Members of “%(group)s”") % {"group": entry.medicine},
            record=entry,
            form=MembersForm(entry, **sent(request)),
            act=act,
            explanation=_(
                "The list names the group alone. What is named here counts as essential through it, from now on and "
                "for every day of the edition; the journal keeps each change."
            ),
        )

    @action(description=gettext_lazy("Add findings of a review"), url_path="judge", icon="fact_check")
    def judge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Enter what a review found about this entry."""
        return judge_page(self, request, self.record_of(request, object_id))

    @action(description=gettext_lazy("Take out of the draft"), url_path="take-out", icon="delete")
    def take_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take off the draft what was listed by mistake."""
        entry = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            edition = take_out_entry(entry_id=entry.pk, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("“%(entry)s” is no longer on the draft.") % {"entry": entry})
            return redirect(reverse("admin:catalog_edition_change", args=[edition.pk]))

        return self.decide(
            request,
            title=_("Take “%(entry)s” out of the draft") % {"entry": entry},
            record=entry,
            act=act,
            confirm=_("Take out"),
            is_final=True,
        )


def listed_in(entry: EditionEntry) -> str:
    """The entry's presentations in one text."""
    return "; ".join(f"{item.form} {item.strength}" for item in entry.presentations.all())


def members_of(entry: EditionEntry) -> str:
    """The group's medicines in one text."""
    return "; ".join(medicine.name for medicine in entry.members.all())


def _member_table(entry: EditionEntry) -> str | SafeString:
    rows = [[link_to(medicine), medicine.inn] for medicine in entry.members.all()]
    return table([_("medicine"), _("INN")], rows) if rows else ""


def _repeat_table(entry: EditionEntry) -> str | SafeString:
    others = EditionEntry.objects.filter(edition=entry.edition_id, medicine=entry.medicine_id).exclude(pk=entry.pk)
    rows = [
        [link_to(other, str(other.number)), other.section.path, marks(other)]
        for other in others.select_related("section", "medicine")
    ]
    return table([_("number"), _("section"), _("marks")], rows) if rows else ""
