"""Signals in the reports of adverse reactions, and lots on which they crowd."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.web.admin import badge, link_to, table
from catalog.foundation.web.admin.forms import TextArea
from distribution.admin.holder_tables import holder_table
from distribution.admin.safety_pages import ReasonForm, SafetyAdmin, VersionForm
from distribution.models import LotAlert, SafetySignal
from distribution.policies import may_judge_safety
from distribution.queries.lot_trace import holders_of
from distribution.services.lot_alerts import dismiss_alert, quarantine_alert
from distribution.services.signals import judge_signal
from distribution.states import LOT_ALERT, SIGNAL, LotAlertStatus, SignalStatus

SIGNAL_COLOURS: dict[str, str] = {SignalStatus.FOUND: "warning", SignalStatus.CONFIRMED: "danger"}
ALERT_COLOURS: dict[str, str] = {LotAlertStatus.RAISED: "danger", LotAlertStatus.QUARANTINED: "warning"}
FIGURES = {
    "a": gettext_lazy("reports of the event after the product"),
    "b": gettext_lazy("reports of other events after it"),
    "c": gettext_lazy("reports of the event after other products"),
    "d": gettext_lazy("reports of other events after others"),
    "prr": gettext_lazy("proportional reporting ratio (PRR)"),
    "ror": gettext_lazy("reporting odds ratio (ROR)"),
    "chi_squared": gettext_lazy("χ²"),
    "yates": gettext_lazy("χ² by Yates"),
    "ic": gettext_lazy("information component (IC)"),
    "ic_lower": gettext_lazy("lower bound of the IC"),
}


class RemarkForm(VersionForm):
    """What is thought of a signal."""

    remark = forms.CharField(label=gettext_lazy("remark"), max_length=300, widget=TextArea(attrs={"rows": 3}))


@admin.register(SafetySignal)
class SafetySignalAdmin(SafetyAdmin):
    """Events that are reported more often after one product than after the others."""

    machine = SIGNAL
    policy = may_judge_safety
    decisions: ClassVar = {"confirm": "confirm", "refute": "refute"}
    fields = (
        ("product", "event"),
        ("state", "passed"),
        "statistics",
        ("found_at", "refreshed_at", "faded_at"),
        "remark",
    )
    list_display = ("product", "event", "reports", "prr", "ror", "passed", "state", "found_at", "faded_at")
    list_filter = (("status", ChoicesDropdownFilter), ("faded_at", admin.EmptyFieldListFilter))
    list_select_related = ("product__presentation__medicine", "product__manufacturer")
    search_fields = ("event", "product__code", "product__presentation__medicine__name")
    actions_detail = tuple(decisions.values())

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, signal: SafetySignal) -> SafeString:
        return badge(signal.get_status_display(), SIGNAL_COLOURS.get(signal.status))

    @display(description=gettext_lazy("methods passed"))
    def passed(self, signal: SafetySignal) -> str:
        return ", ".join(method.upper() for method in signal.methods)

    @display(description=FIGURES["a"])
    def reports(self, signal: SafetySignal) -> int:
        return int(signal.figures["a"])

    @display(description="PRR")
    def prr(self, signal: SafetySignal) -> str:
        return _told(signal.figures["prr"])

    @display(description="ROR")
    def ror(self, signal: SafetySignal) -> str:
        return _told(signal.figures["ror"])

    @display(description=gettext_lazy("figures"))
    def statistics(self, signal: SafetySignal) -> SafeString:
        rows = [(label, _told(signal.figures[name])) for name, label in FIGURES.items() if name in signal.figures]
        return table([_("figure"), _("value")], rows)

    @action(description=pgettext_lazy("signal", "Confirm"), url_path="confirm", icon="check")
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it for real."""
        return self._judge(request, object_id, "confirm", _("Confirm the signal “%(record)s”"))

    @action(description=gettext_lazy("Refute"), url_path="refute", icon="close")
    def refute(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it for chance."""
        return self._judge(request, object_id, "refute", _("Refute the signal “%(record)s”"))

    def _judge(self, request: HttpRequest, object_id: str, name: str, title: str) -> HttpResponse:
        return self.handle(
            request, object_id, name, RemarkForm, judge_signal, title=title, id_name="signal_id", action=name
        )


def _told(value: Any) -> str:
    """A count, a number, or a number with its bounds of 95 %."""
    if isinstance(value, dict):
        return f"{value['value']:.3f} ({value['lower']:.3f}–{value['upper']:.3f})"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


@admin.register(LotAlert)
class LotAlertAdmin(SafetyAdmin):
    """Lots on which adverse reactions crowd, and who has them."""

    machine = LOT_ALERT
    policy = may_judge_safety
    decisions: ClassVar = {"quarantine": "quarantine", "dismiss": "dismiss"}
    fields = (
        ("product", "lot_number"),
        ("state", "raised_at", "investigate_by"),
        "why",
        "holders",
        ("hold_link", "decided_at"),
        "remark",
    )
    list_display = ("product", "lot_number", "rules", "raised_at", "investigate_by", "state")
    list_filter = (("status", ChoicesDropdownFilter),)
    list_select_related = ("product__presentation__medicine", "product__manufacturer", "hold__product")
    search_fields = ("lot_number", "product__code", "product__presentation__medicine__name")
    actions_detail = tuple(decisions.values())

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, alert: LotAlert) -> SafeString:
        return badge(alert.get_status_display(), ALERT_COLOURS.get(alert.status))

    @display(description=gettext_lazy("rules"))
    def rules(self, alert: LotAlert) -> str:
        return ", ".join(ground["rule"] for ground in alert.grounds)

    @display(description=gettext_lazy("grounds"))
    def why(self, alert: LotAlert) -> SafeString:
        rows = [
            (
                ground["rule"],
                ground["source"],
                ", ".join(f"{name}: {value}" for name, value in ground["values"].items()),
                f"{ground['first_on']} – {ground['last_on']}",
            )
            for ground in alert.grounds
        ]
        return table([_("rule"), _("source"), _("values"), pgettext("lot alert", "days")], rows)

    @display(description=gettext_lazy("who received it"))
    def holders(self, alert: LotAlert) -> str | SafeString:
        return holder_table(holders_of(alert.product_id, [alert.lot_number], since=alert.raised_at))

    @display(description=gettext_lazy("hold"))
    def hold_link(self, alert: LotAlert) -> str | SafeString:
        return link_to(alert.hold)

    @action(
        description=gettext_lazy("Quarantine the lot"),
        url_path="quarantine",
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def quarantine(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hold the lot."""
        return self.handle(
            request,
            object_id,
            "quarantine",
            ReasonForm,
            quarantine_alert,
            title=_("Quarantine “%(record)s”"),
            explanation=_("The lot is neither sent, accepted nor dispensed from now on, in the whole country."),
            id_name="alert_id",
        )

    @action(description=gettext_lazy("Dismiss"), url_path="dismiss", icon="close")
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decide that the lot is not to blame."""
        return self.handle(
            request,
            object_id,
            "dismiss",
            ReasonForm,
            dismiss_alert,
            title=_("Dismiss the alert about “%(record)s”"),
            explanation=_("A report that comes later may raise another alert."),
            id_name="alert_id",
        )
