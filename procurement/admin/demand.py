from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, badge, sent, whole
from catalog.foundation.web.admin.forms import TextInput
from procurement.admin.demand_totals import totals_page
from procurement.admin.labels import DEMAND_COLOURS
from procurement.models import DemandLine, DemandReport, DemandRound
from procurement.services.demand import close_demand_round, open_demand_round
from procurement.states import DEMAND_ROUND


class RoundForm(forms.Form):
    """A round to open."""

    code = forms.SlugField(label=gettext_lazy("code"), max_length=32, widget=TextInput)
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    year = forms.IntegerField(label=gettext_lazy("year of use"), min_value=2009, max_value=2100, widget=TextInput)


@admin.register(DemandRound)
class DemandRoundAdmin(DecidingAdmin, ExportingAdmin):
    """The yearly question to institutions, and the sums of their answers."""

    fields = ("code", "title", "year", "state", "report_count")
    list_display = ("title", "code", "year", "state", "report_count")
    list_filter = (("status", ChoicesDropdownFilter),)
    search_fields = ("code", "title")
    actions_list = ("open_round", "export_workbook", "export_csv")
    actions_detail = ("totals", "close_round")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(report_count=Count("reports"))

    def offered(self, request: HttpRequest, record: DemandRound) -> list[str]:
        may_close = self.may_decide(request) and "close" in DEMAND_ROUND.allowed(record.status)
        return ["totals", "close_round"] if may_close else ["totals"]

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, demand_round: DemandRound) -> SafeString:
        return badge(demand_round.get_status_display(), DEMAND_COLOURS.get(demand_round.status))

    @display(description=gettext_lazy("reports"), ordering="report_count")
    def report_count(self, demand_round: Any) -> int:
        return int(demand_round.report_count)

    @action(description=gettext_lazy("Open a demand round"), url_path="open", icon="add")
    def open_round(self, request: HttpRequest) -> HttpResponse:
        """Begin to collect."""

        def act(values: dict[str, Any]) -> str:
            opened = open_demand_round(**values, actor=actor_of(request), at=timezone.now())
            return _("“%(round)s” is open: institutions can report.") % {"round": opened}

        return self.decide(request, title=_("Open a demand round"), form=RoundForm(**sent(request)), act=act)

    @action(description=gettext_lazy("Close the round"), url_path="close", icon="lock")
    def close_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the collection."""
        demand_round = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            closed = close_demand_round(code=demand_round.code, actor=actor_of(request), at=timezone.now())
            return _("“%(round)s” is closed: the sums stand.") % {"round": closed}

        return self.decide(
            request,
            title=_("Close the demand round"),
            record=demand_round,
            act=act,
            is_final=True,
            explanation=_("After this no institution can report or correct a quantity. The sums go into tenders."),
        )

    @action(description=gettext_lazy("Totals"), url_path="totals", icon="functions")
    def totals(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """What was reported per province and presentation."""
        return totals_page(self, request, self.record_of(request, object_id))


class DemandLines(Lines):
    model = DemandLine
    fields = ("presentation", "units")
    per_page = 100

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("presentation__medicine").order_by("presentation__medicine__name", "pk")

    @display(description=gettext_lazy("quantity (smallest units)"))
    def units(self, line: DemandLine) -> str:
        return whole(line.quantity)


@admin.register(DemandReport)
class DemandReportAdmin(ExportingAdmin):
    """What one institution, or an agency for its province, will use in the year."""

    fields = ("round", "organization", "province", "reported_at")
    list_display = ("organization", "province", "round", "reported_at", "line_count")
    list_filter = (("round", RelatedDropdownFilter), ProvinceFilter)
    list_select_related = ("round", "organization", "province")
    search_fields = ("organization__name", "organization__code")
    inlines = (DemandLines,)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).annotate(line_count=Count("lines"))

    @display(description=gettext_lazy("presentations"), ordering="line_count")
    def line_count(self, report: Any) -> int:
        return int(report.line_count)
