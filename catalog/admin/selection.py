"""The reviews that decided what an edition lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from catalog.admin.findings import judge_many_page, verdict
from catalog.admin.forms import beside_fields
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, ExportColumn, ExportingAdmin, Lines, actor_of, link_to, sent
from catalog.foundation.web.admin.forms import DayInput, Select, TextInput
from catalog.models import Edition, SelectionFinding, SelectionReview
from catalog.services.reviews import record_review
from catalog.states import EditionStatus


class ReviewForm(forms.Form):
    """A meeting of experts."""

    edition = forms.ModelChoiceField(
        Edition.objects.exclude(status=EditionStatus.DISCARDED),
        label=gettext_lazy("edition"),
        empty_label=None,
        widget=Select,
    )
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    held_on = forms.DateField(label=gettext_lazy("held on"), widget=DayInput)
    panel = forms.CharField(
        label=gettext_lazy("panel"), max_length=500, widget=TextInput, help_text=gettext_lazy("Who decided.")
    )
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, required=False, widget=TextInput)


class FindingLines(Lines):
    model = SelectionFinding
    fields = ("about", "criterion", "verdict", "reason")
    per_page = 50

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("entry__medicine").order_by("entry__part", "entry__number", "entry", "criterion")

    @display(description=gettext_lazy("entry"))
    def about(self, finding: SelectionFinding) -> str | SafeString:
        return link_to(finding.entry)

    @display(description=pgettext_lazy("review", "finding"))
    def verdict(self, finding: SelectionFinding) -> SafeString:
        return verdict(finding)


@admin.register(SelectionReview)
class SelectionReviewAdmin(DecidingAdmin, ExportingAdmin):
    """Reviews with their findings, entry by entry and criterion by criterion."""

    fields = ("title", ("edition", "held_on"), "panel", "source")
    list_display = ("title", "edition", "held_on", "panel", "entry_count", "unmet_count")
    list_filter = (("edition", RelatedDropdownFilter),)
    list_select_related = ("edition",)
    search_fields = ("title", "panel", "findings__entry__medicine__name")
    inlines = (FindingLines,)
    actions_list = ("record_review", "export_workbook", "export_csv")
    actions_detail = ("judge",)
    export_columns = (
        ExportColumn(gettext_lazy("title"), lambda row: row.title),
        ExportColumn(gettext_lazy("edition"), lambda row: row.edition),
        ExportColumn(gettext_lazy("held on"), lambda row: row.held_on),
        ExportColumn(gettext_lazy("panel"), lambda row: row.panel),
        ExportColumn(gettext_lazy("source"), lambda row: row.source),
        ExportColumn(gettext_lazy("entries judged"), lambda row: row.entry_count),
        ExportColumn(gettext_lazy("criteria not met"), lambda row: row.unmet_count),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(
            entry_count=Count("findings__entry", distinct=True),
            unmet_count=Count("findings", filter=Q(findings__is_met=False), distinct=True),
        )

    def offered(self, request: HttpRequest, record: SelectionReview) -> list[str]:
        return ["judge"] if self.may_decide(request, record) else []

    @display(description=gettext_lazy("entries judged"), ordering="entry_count")
    def entry_count(self, review: Any) -> int:
        return int(review.entry_count)

    @display(description=gettext_lazy("criteria not met"), ordering="unmet_count")
    def unmet_count(self, review: Any) -> int:
        return int(review.unmet_count)

    @action(description=gettext_lazy("Record a review"), url_path="record", icon="groups")
    def record_review(self, request: HttpRequest) -> HttpResponse:
        """Enter a meeting; its findings come afterwards."""
        form = ReviewForm(**sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                review = record_review(**values, findings=[], actor=actor_of(request), at=timezone.now())
            messages.success(request, _("“%(review)s” is recorded; add what it found.") % {"review": review})
            return redirect(self.address_of(review))

        return self.decide(
            request,
            title=_("Record a selection review"),
            form=form,
            act=act,
            explanation=_("The meeting first; then what it found, for one entry or for several at a time."),
        )

    @action(description=gettext_lazy("Add findings"), url_path="judge", icon="fact_check")
    def judge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Enter what the review found about entries of its edition."""
        return judge_many_page(self, request, self.record_of(request, object_id))
