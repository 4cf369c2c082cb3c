from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import READERS, DecidingAdmin, ExportingAdmin, actor_of, badge, sent
from procurement.admin.demand_forms import CloseForm, RoundForm
from procurement.admin.demand_totals import totals_page
from procurement.admin.labels import DEMAND_COLOURS
from procurement.models import DemandRound
from procurement.services.demand import close_demand_round, not_confirmed, open_demand_round
from procurement.services.demand_confirmation import confirm_all_demand
from procurement.states import DEMAND_ROUND, DemandReportStatus, DemandStatus, Procedure

CONFIRMERS = (Role.PROCUREMENT_OFFICER, Role.HEALTH_OFFICER)


@admin.register(DemandRound)
class DemandRoundAdmin(DecidingAdmin, ExportingAdmin):
    """The yearly question to institutions, and the sums of their answers."""

    readers: ClassVar = (*READERS, Role.HEALTH_OFFICER)
    fields = (("code", "title"), ("year", "agency"), ("state", "rules"), ("report_count", "confirmed_count"))
    list_display = ("title", "code", "year", "state", "report_count", "confirmed_count")
    list_filter = (("status", ChoicesDropdownFilter),)
    search_fields = ("code", "title")
    actions_list = ("open_round", "export_workbook", "export_csv")
    actions_detail = ("totals", "confirm_all", "close_round")

    def visible(self, rows: Any, actor: Actor) -> Any:
        confirmed = Q(reports__status=DemandReportStatus.CONFIRMED)
        return rows.annotate(report_count=Count("reports"), confirmed_count=Count("reports", filter=confirmed))

    def offered(self, request: HttpRequest, record: DemandRound) -> list[str]:
        actor = actor_of(request)
        offered = ["totals"]
        if record.status == DemandStatus.COLLECTING and actor.has(*CONFIRMERS):
            offered.append("confirm_all")
        if self.may_decide(request, record) and "close" in DEMAND_ROUND.allowed(record.status):
            offered.append("close_round")
        return offered

    def may_decide(self, request: HttpRequest, record: DemandRound | None = None) -> bool:
        """Officers of the agency that asks."""
        is_own = record is None or record.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, demand_round: DemandRound) -> SafeString:
        return badge(demand_round.get_status_display(), DEMAND_COLOURS.get(demand_round.status))

    @display(description=gettext_lazy("reports"), ordering="report_count")
    def report_count(self, demand_round: Any) -> int:
        return int(demand_round.report_count)

    @display(description=gettext_lazy("confirmed reports"), ordering="confirmed_count")
    def confirmed_count(self, demand_round: Any) -> int:
        return int(demand_round.confirmed_count)

    @action(description=gettext_lazy("Open a demand round"), url_path="open", icon="add")
    def open_round(self, request: HttpRequest) -> HttpResponse:
        """Begin to collect."""

        def act(values: dict[str, Any]) -> str:
            procedure = Procedure(values.pop("procedure"))
            opened = open_demand_round(**values, procedure=procedure, actor=actor_of(request), at=timezone.now())
            return _("“%(round)s” is open: institutions can report.") % {"round": opened}

        return self.decide(request, title=_("Open a demand round"), form=RoundForm(**sent(request)), act=act)

    @action(description=gettext_lazy("Confirm all"), url_path="confirm-all", icon="done_all")
    def confirm_all(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Confirm every report that waits for one's county or one's province."""
        demand_round = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            done = confirm_all_demand(round_code=demand_round.code, actor=actor_of(request), at=timezone.now())
            return _("Confirmed reports: %(count)s; submitted ones that wait for somebody else: %(waiting)s.") % {
                "count": done.count,
                "waiting": done.waiting,
            }

        return self.decide(
            request,
            title=_("Confirm all reports of %(round)s") % {"round": demand_round},
            record=demand_round,
            act=act,
            deciders=CONFIRMERS,
            explanation=_(
                "Every report that waits for your county, or for your province, is confirmed as it stands. What a "
                "county has still to confirm is left, and so is what you reported yourself."
            ),
        )

    @action(description=gettext_lazy("Close the round"), url_path="close", icon="lock", variant=ActionVariant.DANGER)
    def close_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the collection."""
        demand_round = self.record_of(request, object_id)
        waiting = not_confirmed(demand_round)

        def act(values: dict[str, Any]) -> str:
            closed = close_demand_round(
                code=demand_round.code,
                leave_out=values.get("leave_out", False),
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("“%(round)s” is closed: the sums stand.") % {"round": closed}

        explanation = _("After this no institution can report or correct a quantity. The sums go into tenders.")
        if waiting:
            named = ", ".join(f"{province} {count}" for province, count in waiting.items())
            explanation += "\n\n" + _("Reports that are not confirmed: %(reports)s.") % {"reports": named}
        return self.decide(
            request,
            title=_("Close the demand round"),
            record=demand_round,
            form=CloseForm(**sent(request)) if waiting else None,
            act=act,
            is_final=True,
            explanation=explanation,
        )

    @action(description=gettext_lazy("Totals"), url_path="totals", icon="functions")
    def totals(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """What was reported per province and presentation."""
        return totals_page(self, request, self.record_of(request, object_id))
