"""What was published and told, and how the platform's own work on a tender stands."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportingAdmin, Lines, badge, evidence_table
from catalog.foundation.web.admin.values import EMPTY
from procurement.admin.labels import JOB_COLOURS, NOTICE_FACTS
from procurement.models import Notice, Release, TenderJob


class JobLines(Lines):
    """The work of the workers on a tender."""

    model = TenderJob
    verbose_name = gettext_lazy("work")
    verbose_name_plural = gettext_lazy("Work")
    fields = ("name", "state", "progress", "started_at", "ended_at", "failure")

    @display(description=gettext_lazy("state"))
    def state(self, job: TenderJob) -> SafeString:
        state = job.state(timezone.now())
        return badge(state.label, JOB_COLOURS[state])

    @display(description=gettext_lazy("done"))
    def progress(self, job: TenderJob) -> str:
        return f"{job.done:,} / {job.total:,}" if job.total else EMPTY


@admin.register(Release)
class ReleaseAdmin(ExportingAdmin):
    """Open data as it was published."""

    fields = (("release_id", "tender"), ("about", "published_at"), "address")
    list_display = ("release_id", "tender", "about", "published_at")
    list_filter = (("tender", RelatedDropdownFilter), ("published_at", RangeDateTimeFilter))
    search_fields = ("release_id", "tender__number")
    list_select_related = ("tender",)
    ordering = ("-published_at", "-pk")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.defer("document")

    @display(description=gettext_lazy("tags"))
    def about(self, release: Release) -> str:
        return ", ".join(release.tags)

    @display(description=gettext_lazy("document"))
    def address(self, release: Release) -> SafeString:
        address = reverse("ocds-release-detail", args=[release.release_id])
        return format_html('<a class="text-link" href="{}">{}</a>', address, address)


@admin.register(Notice)
class NoticeAdmin(ExportingAdmin):
    """What bidders were told."""

    fields = (("tender", "organization"), ("kind", "sent_at"), "told")
    list_display = ("kind", "organization", "tender", "sent_at")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("tender", RelatedDropdownFilter),
        ("sent_at", RangeDateTimeFilter),
    )
    search_fields = ("tender__number", "organization__name")
    list_select_related = ("tender", "organization")

    @display(description=gettext_lazy("facts"))
    def told(self, notice: Notice) -> str | SafeString:
        facts = {name: value for name, value in notice.facts.items() if not isinstance(value, dict)}
        return evidence_table(facts | notice.facts.get("figures", {}), NOTICE_FACTS)
