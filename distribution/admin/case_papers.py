"""What lies in a case: its findings and letters, and how cases are filtered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import READERS, DecidingAdmin, ExportingAdmin, Lines, link_to, yuan
from catalog.foundation.web.attachments import as_attachment
from distribution.models import CaseFinding, CaseLetter, RetailCase

CASE_READERS = (*READERS, Role.HEALTH_OFFICER)


class OverdueCaseFilter(DropdownFilter):
    """In which somebody is late."""

    title = gettext_lazy("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("not notified, answered or corrected in time"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=RetailCase.objects.overdue(localdate()).values("pk"))


class RepeatedFilter(DropdownFilter):
    """Of institutions that had cases before."""

    title = gettext_lazy("earlier cases")
    parameter_name = "repeated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("the institution repeats"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(earlier_cases__gt=0) if self.value() == "yes" else queryset


class FindingLines(Lines):
    model = CaseFinding
    fields = ("day", "price", "limit", "verdict", "rule", "gone")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("finding__retail_price")

    @display(description=gettext_lazy("on the day"))
    def day(self, line: CaseFinding) -> Any:
        return line.finding.retail_price.observed_on

    @display(description=gettext_lazy("retail price"))
    def price(self, line: CaseFinding) -> str:
        return yuan(line.finding.retail_price.price)

    @display(description=gettext_lazy("highest allowed"))
    def limit(self, line: CaseFinding) -> str:
        return yuan(line.finding.limit)

    @display(description=gettext_lazy("verdict"))
    def verdict(self, line: CaseFinding) -> str | SafeString:
        finding = line.finding
        return link_to(finding, finding.get_verdict_display())

    @display(description=gettext_lazy("rule"))
    def rule(self, line: CaseFinding) -> str:
        return str(line.finding.evidence.get("rule", ""))

    @display(description=gettext_lazy("gone since"))
    def gone(self, line: CaseFinding) -> Any:
        return line.finding.ended_at


class LetterLines(Lines):
    model = CaseLetter
    fields = ("letter", "organization", "written_by", "written_at", "text", "file_name")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).defer("content").select_related("organization", "written_by", "case")

    @display(description=gettext_lazy("letter"))
    def letter(self, letter: CaseLetter) -> str | SafeString:
        return link_to(letter, letter.get_kind_display())


@admin.register(CaseLetter)
class CaseLetterAdmin(DecidingAdmin, ExportingAdmin):
    """The letters of cases, each with its file."""

    readers = CASE_READERS
    fields = (("case", "kind"), ("organization", "written_by", "written_at"), "text", ("file_name", "sha256"))
    list_display = ("case", "kind", "organization", "written_at", "file_name", "sha256")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("case", "organization", "written_by")
    search_fields = ("organization__name", "text", "sha256")
    actions_detail = ("download",)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).defer("content")

    def offered(self, request: HttpRequest, record: CaseLetter) -> list[str]:
        return ["download"] if record.file_name else []

    @action(description=gettext_lazy("Download"), url_path="download", icon="download")
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The file as it was attached."""
        letter = self.record_of(request, object_id)
        return as_attachment(letter.file_name, bytes(letter.content or b""))
