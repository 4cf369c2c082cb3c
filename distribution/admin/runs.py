from __future__ import annotations

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
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, yuan
from catalog.models import Region
from distribution.admin.labels import RUN_COLOURS
from distribution.models import DistributionRun, Requisition
from distribution.services.runs import request_run
from distribution.states import RequisitionStatus


@admin.register(DistributionRun)
class DistributionRunAdmin(DecidingAdmin, ExportingAdmin):
    """The unified distribution runs of a province."""

    fields = (
        "province",
        "state",
        "requested_by",
        "created_at",
        "started_at",
        "finished_at",
        "requisition_count",
        "orders",
        "refused_line_count",
        "total",
    )
    list_display = (
        "run",
        "state",
        "requested_by",
        "created_at",
        "finished_at",
        "requisition_count",
        "order_count",
        "refused_line_count",
        "total",
    )
    list_filter = (ProvinceFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("province", "requested_by")
    actions_list = ("start", "export_workbook", "export_csv")
    export_values: ClassVar = {"total": lambda run: run.amount}

    @display(description=gettext_lazy("distribution run"), ordering="pk")
    def run(self, run: DistributionRun) -> str:
        return str(run)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, run: DistributionRun) -> SafeString:
        return badge(run.get_status_display(), RUN_COLOURS.get(run.status))

    @display(description=gettext_lazy("amount (yuan)"), ordering="amount")
    def total(self, run: DistributionRun) -> str:
        return yuan(run.amount)

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
        waiting = Requisition.objects.filter(province_id=actor.province, status=RequisitionStatus.APPROVED).count()

        def act(values: dict[str, Any]) -> str:
            run = request_run(province_id=actor.province, actor=actor, at=timezone.now())
            return _("The run “%(run)s” is asked for; its orders appear as it goes on.") % {"run": run}

        return self.decide(
            request,
            title=_("Start a distribution run"),
            act=act,
            confirm=_("Start a run"),
            explanation=_(
                "%(province)s: %(count)s approved requisitions wait. The run splits them by supplier, takes the agreed "
                "volumes and places the orders."
            )
            % {"province": province, "count": waiting},
        )
