from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, F, Q, Sum, Window
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    READERS,
    DecidingAdmin,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    hindrance,
    sent,
    table,
    whole,
)
from catalog.foundation.web.admin.values import EMPTY
from procurement.admin.demand_forms import ReturnForm
from procurement.admin.labels import DEMAND_REPORT_COLOURS
from procurement.models import DemandLine, DemandReport
from procurement.policies import may_confirm_demand, may_return_demand
from procurement.queries import used_and_not_reported
from procurement.queries.demand import rules_of_round
from procurement.services.demand_confirmation import confirm_demand, return_demand, step_of
from procurement.states import DEMAND_REPORT, DemandStatus


class DemandLines(Lines):
    model = DemandLine
    fields = ("presentation", "brand", "units", "used_before", "share", "reason")
    per_page = 100

    def visible(self, rows: Any, actor: Actor) -> Any:
        of_all_brands = Window(Sum("quantity"), partition_by=[F("report"), F("presentation")])
        return (
            rows.select_related("presentation__medicine", "brand", "report__round__rules")
            .annotate(of_all_brands=of_all_brands)
            .order_by("presentation__medicine__name", "pk")
        )

    @display(description=gettext_lazy("quantity (smallest units)"))
    def units(self, line: DemandLine) -> str:
        return whole(line.quantity)

    @display(description=gettext_lazy("use of the year before"))
    def used_before(self, line: DemandLine) -> str:
        return whole(line.last_use)

    @display(description=gettext_lazy("share of it, with all brands"))
    def share(self, line: Any) -> str | SafeString:
        if not line.last_use:
            return EMPTY
        floor = rules_of_round(line.report.round).demand_floor
        is_under = floor is not None and line.of_all_brands < floor * line.last_use
        return badge(f"{line.of_all_brands * 100 / line.last_use:.0f}%", "danger" if is_under else None)


@admin.register(DemandReport)
class DemandReportAdmin(DecidingAdmin, ExportingAdmin):
    """What one institution, or an agency for its province, will use in the year."""

    readers: ClassVar = (*READERS, Role.HEALTH_OFFICER)
    deciders: ClassVar = (Role.PROCUREMENT_OFFICER, Role.HEALTH_OFFICER)
    fields = (
        ("round", "state"),
        ("organization", "province"),
        ("reported_at", "reported_by"),
        "return_reason",
        "not_reported",
    )
    list_display = ("organization", "province", "round", "state", "reported_at", "line_count", "less_count")
    list_filter = (("round", RelatedDropdownFilter), ("status", ChoicesDropdownFilter), ProvinceFilter)
    list_select_related = ("round", "organization", "province")
    search_fields = ("organization__name", "organization__code")
    inlines = (DemandLines,)
    actions_detail = ("confirm_report", "return_report")

    def visible(self, rows: Any, actor: Actor) -> Any:
        reasoned = Q(lines__reason__gt="")
        return rows.visible_to(actor).annotate(
            line_count=Count("lines"), less_count=Count("lines__presentation", filter=reasoned, distinct=True)
        )

    def offered(self, request: HttpRequest, record: DemandReport) -> list[str]:
        if record.round.status != DemandStatus.COLLECTING or not self.may_decide(request, record):
            return []
        possible = DEMAND_REPORT.allowed(record.status)
        offered = ["confirm_report"] if step_of(actor_of(request)) in possible else []
        if "return" in possible and not hindrance(may_return_demand, request, "return", record):
            offered.append("return_report")
        return offered

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, report: DemandReport) -> SafeString:
        return badge(report.get_status_display(), DEMAND_REPORT_COLOURS.get(report.status))

    @display(description=gettext_lazy("presentations"), ordering="line_count")
    def line_count(self, report: Any) -> int:
        return int(report.line_count)

    @display(description=gettext_lazy("less, with a reason"), ordering="less_count")
    def less_count(self, report: Any) -> int:
        return int(report.less_count)

    @display(description=gettext_lazy("used in the year before, not reported"))
    def not_reported(self, report: DemandReport) -> str | SafeString:
        rows = [(use.presentation, whole(use.quantity)) for use in used_and_not_reported(report)]
        return table([_("presentation"), _("use of the year before")], rows) if rows else EMPTY

    @action(description=gettext_lazy("Confirm"), url_path="confirm", icon="check", variant=ActionVariant.PRIMARY)
    def confirm_report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """For the county, or for the province."""
        report = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            confirmed = confirm_demand(report_id=report.pk, actor=actor_of(request), at=timezone.now())
            return _("“%(report)s” is %(status)s.") % {
                "report": confirmed,
                "status": confirmed.get_status_display(),
            }

        return self.decide(
            request,
            title=_("Confirm the report of %(organization)s") % {"organization": report.organization},
            record=report,
            act=act,
            context={"hindrance": hindrance(may_confirm_demand, request, step_of(actor_of(request)), report)},
            explanation=_("Only what the province has confirmed goes into the sums that lots are built from."),
        )

    @action(description=gettext_lazy("Return"), url_path="return", icon="undo", variant=ActionVariant.DANGER)
    def return_report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Back to the reporter, with the reason."""
        report = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            return_demand(
                report_id=report.pk,
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("“%(report)s” is returned: it can be reported again.") % {"report": report}

        return self.decide(
            request,
            title=_("Return the report of %(organization)s") % {"organization": report.organization},
            record=report,
            form=ReturnForm(**sent(request)),
            act=act,
        )
