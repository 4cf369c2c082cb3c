from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, percent_bar, yuan
from catalog.models import Region
from distribution.admin.labels import RUN_COLOURS
from distribution.models import DistributionRun
from distribution.queries.placing import count_waiting
from distribution.services.runs import request_run
from distribution.states import RunStatus

# Seconds until a page with a run under way is read again.
FOLLOWING = 3


def following(response: HttpResponse, runs: Iterable[DistributionRun]) -> HttpResponse:
    """Have the browser read the page again in a moment while one of the runs is under way."""
    if any(run.status != RunStatus.FINISHED for run in runs):
        response["Refresh"] = str(FOLLOWING)
    return response


@admin.register(DistributionRun)
class DistributionRunAdmin(DecidingAdmin, ExportingAdmin):
    """The unified distribution runs of a province; a page with one under way shows how far it is, again and again."""

    fields = (
        "province",
        "state",
        "requested_by",
        "created_at",
        "cut_off_at",
        "started_at",
        "finished_at",
        "progress",
        "orders",
        "deliveries",
        "refused_line_count",
        "total",
    )
    list_display = (
        "run",
        "state",
        "requested_by",
        "created_at",
        "finished_at",
        "progress",
        "order_count",
        "delivery_count",
        "refused_line_count",
        "total",
    )
    list_filter = (ProvinceFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("province", "requested_by")
    actions_list = ("start", "export_workbook", "export_csv")
    export_values: ClassVar = {"total": lambda run: run.amount, "progress": lambda run: run.requisition_count}

    @display(description=gettext_lazy("distribution run"), ordering="pk")
    def run(self, run: DistributionRun) -> str:
        return str(run)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, run: DistributionRun) -> SafeString:
        return badge(run.get_status_display(), RUN_COLOURS.get(run.status))

    @display(description=gettext_lazy("amount (yuan)"), ordering="amount")
    def total(self, run: DistributionRun) -> str:
        return yuan(run.amount)

    @display(description=gettext_lazy("requisitions"))
    def progress(self, run: DistributionRun) -> SafeString | str:
        if run.status == RunStatus.FINISHED:
            return str(run.requisition_count)
        counts = _("%(placed)s of %(expected)s") % {"placed": run.requisition_count, "expected": run.expected_count}
        return format_html("{}{}", percent_bar(run.requisition_count, run.expected_count), counts)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, which follows the runs that are under way."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", {}).get("cl")
        return following(response, shown.result_list if shown else ())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a run, which follows it while it is under way."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        run = getattr(response, "context_data", {}).get("original")
        return following(response, [run] if run else ())

    @display(description=gettext_lazy("consolidated deliveries"))
    def deliveries(self, run: DistributionRun) -> SafeString:
        address = reverse("admin:distribution_consolidateddelivery_changelist")
        return format_html(
            '<a class="text-link" href="{}?run__id__exact={}">{}</a>', address, run.pk, run.delivery_count
        )

    @display(description=gettext_lazy("orders"))
    def orders(self, run: DistributionRun) -> SafeString:
        address = reverse("admin:distribution_order_changelist")
        return format_html('<a class="text-link" href="{}?run__id__exact={}">{}</a>', address, run.pk, run.order_count)

    @action(
        description=gettext_lazy("Start a run"),
        url_path="start",
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def start(self, request: HttpRequest) -> HttpResponse:
        """Turn the province's approved requisitions into orders."""
        actor = actor_of(request)
        province = Region.objects.filter(pk=actor.province).first()
        waiting = count_waiting(actor.province, timezone.now())

        def act(values: dict[str, Any]) -> str:
            run = request_run(province_id=actor.province, actor=actor, at=timezone.now())
            return _("The run “%(run)s” is asked for; its orders appear as it goes on.") % {"run": run}

        return self.decide(
            request,
            title=_("Start a distribution run"),
            act=act,
            confirm=_("Start a run"),
            explanation=_(
                "%(province)s: %(count)s approved requisitions wait. The run splits them by supplier, distributor and "
                "storage, places the orders and puts together what goes into one county."
            )
            % {"province": province, "count": waiting},
        )
