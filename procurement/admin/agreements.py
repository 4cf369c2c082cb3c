"""Agreements: what was agreed with each winner, suspended and ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    actor_of,
    badge,
    percent_bar,
    period,
    sent,
)
from procurement.admin.agreed_volumes import VolumeLines
from procurement.admin.filters import TenderFilter
from procurement.admin.labels import AGREEMENT_COLOURS
from procurement.admin.tender_forms import ReasonForm
from procurement.models import Agreement
from procurement.services.agreements import change_agreement
from procurement.states import AGREEMENT


@admin.register(Agreement)
class AgreementAdmin(DecidingAdmin, ExportingAdmin):
    """What was agreed with each winner of a tender."""

    fields = (
        ("number", "state"),
        ("tender", "agency"),
        ("supplier", "term"),
        ("concluded_at", "status_reason"),
        ("called_off_part", "delivered_part"),
    )
    list_display = (
        "number",
        "tender",
        "supplier",
        "term",
        "state",
        "line_count",
        "called_off_part",
        "delivered_part",
    )
    list_filter = (TenderFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("tender", "supplier")
    search_fields = ("number", "supplier__name", "supplier__short_name", "tender__number")
    inlines = (VolumeLines,)
    actions_detail = ("suspend", "resume", "end")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).with_performance().annotate(line_count=Count("lines"))

    def may_decide(self, request: HttpRequest, record: Agreement | None = None) -> bool:
        """Officers of the agency whose it is."""
        is_own = record is None or record.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Agreement) -> list[str]:
        return AGREEMENT.allowed(record.status) if self.may_decide(request, record) else []

    @display(description=gettext_lazy("term"), ordering="validity")
    def term(self, agreement: Agreement) -> str:
        return period(agreement.validity)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, agreement: Agreement) -> SafeString:
        return badge(agreement.get_status_display(), AGREEMENT_COLOURS.get(agreement.status))

    @display(description=gettext_lazy("agreed volumes"), ordering="line_count")
    def line_count(self, agreement: Any) -> int:
        return int(agreement.line_count)

    @display(description=gettext_lazy("called off of agreed"))
    def called_off_part(self, agreement: Any) -> SafeString:
        return percent_bar(agreement.called_off, agreement.agreed)

    @display(description=gettext_lazy("delivered of called off"))
    def delivered_part(self, agreement: Any) -> SafeString:
        return percent_bar(agreement.delivered, agreement.called_off)

    @action(description=gettext_lazy("Suspend"), url_path="suspend", icon="pause")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop orders for a time."""
        text = _("Nothing can be ordered under the agreement until it is resumed. Orders already placed go on.")
        return self._change(request, object_id, "suspend", text)

    @action(description=gettext_lazy("Resume"), url_path="resume", icon="play_arrow")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let orders in again."""
        return self._change(request, object_id, "resume", _("Institutions can order under the agreement again."))

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the agreement for good."""
        return self._change(request, object_id, "end", _("The agreement ends for good. This cannot be undone."))

    def _change(self, request: HttpRequest, object_id: str, name: str, explanation: str) -> HttpResponse:
        agreement = self.record_of(request, object_id)
        label = AGREEMENT.transitions[name].label

        def act(values: dict[str, Any]) -> str:
            after = change_agreement(
                number=agreement.number,
                action=name,
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("Agreement %(number)s is now “%(status)s”.") % {
                "number": after.number,
                "status": after.get_status_display(),
            }

        return self.decide(
            request,
            title=_("Agreement %(number)s: %(action)s") % {"number": agreement.number, "action": label},
            record=agreement,
            form=ReasonForm(**sent(request)),
            act=act,
            is_final=name == "end",
            explanation=explanation,
        )
