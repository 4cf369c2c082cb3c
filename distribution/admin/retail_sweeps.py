"""Sweeps of a province's retail prices: asked for, and followed while they run."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, percent_bar, sent
from catalog.foundation.web.admin.forms import TextInput
from catalog.models import Region
from distribution.admin.labels import SWEEP_COLOURS
from distribution.models import RetailSweep
from distribution.services.retail_sweeps import request_sweep
from distribution.states import SweepStatus

# Seconds until a page with a sweep under way is read again.
FOLLOWING = 3


class SweepForm(forms.Form):
    """Why all prices are checked again."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200, required=False, widget=TextInput)


@admin.register(RetailSweep)
class RetailSweepAdmin(DecidingAdmin, ExportingAdmin):
    """The sweeps of a province; the list follows those that are under way."""

    fields = (
        ("province", "state"),
        ("requested_by", "reason"),
        ("created_at", "started_at", "finished_at"),
        "progress",
        ("found_count", "ended_count"),
    )
    list_display = (
        *("sweep", "state", "requested_by", "created_at", "finished_at", "progress", "found_count", "ended_count"),
    )
    list_filter = (ProvinceFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("province", "requested_by")
    actions_list = ("start", "export_workbook", "export_csv")
    export_values: ClassVar = {"progress": lambda sweep: sweep.checked_count}

    @display(description=gettext_lazy("sweep"), ordering="pk")
    def sweep(self, sweep: RetailSweep) -> str:
        return str(sweep)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, sweep: RetailSweep) -> SafeString:
        return badge(sweep.get_status_display(), SWEEP_COLOURS.get(sweep.status))

    @display(description=gettext_lazy("checked prices"), ordering="checked_count")
    def progress(self, sweep: RetailSweep) -> SafeString | str:
        if sweep.status == SweepStatus.FINISHED:
            return f"{sweep.checked_count:,}"
        done, whole = f"{sweep.checked_count:,}", f"{sweep.expected_count:,}"
        counts = _("%(done)s of %(whole)s") % {"done": done, "whole": whole}
        return format_html("{}{}", percent_bar(sweep.checked_count, sweep.expected_count), counts)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, read again in a moment while a sweep is under way."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", {}).get("cl")
        if shown and any(sweep.status != SweepStatus.FINISHED for sweep in shown.result_list):
            response["Refresh"] = str(FOLLOWING)
        return response

    @action(
        description=gettext_lazy("Check all prices again"),
        url_path="start",
        icon="published_with_changes",
        variant=ActionVariant.PRIMARY,
    )
    def start(self, request: HttpRequest) -> HttpResponse:
        """Have every retail price of the province checked against the limits as they are now."""
        actor = actor_of(request)
        province = Region.objects.filter(pk=actor.province).first()

        def act(values: dict[str, Any]) -> str:
            sweep = request_sweep(province_id=actor.province, reason=values["reason"], actor=actor, at=timezone.now())
            return _("The sweep “%(sweep)s” is asked for; the list shows how far it is.") % {"sweep": sweep}

        return self.decide(
            request,
            title=_("Check all retail prices again"),
            act=act,
            form=SweepForm(**sent(request)),
            confirm=_("Check all prices again"),
            explanation=_(
                "%(province)s: the limits are drawn up from the guide prices, procurement prices, rules and reports of "
                "today, and every reported price is held against those of its day."
            )
            % {"province": province},
        )
