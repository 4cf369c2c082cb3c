from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import InForceFilter, ProvinceFilter
from catalog.admin.forms import beside_fields
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    ComputedColumns,
    DecidingAdmin,
    Lines,
    actor_of,
    badge,
    period,
    sent,
)
from catalog.foundation.web.admin.forms import DayInput, TextInput
from distribution.admin.entrustments import EndForm
from distribution.admin.stock import OFFICERS, STOCK_READERS
from distribution.models import ReservePlan, ReserveRelease, StockLot
from distribution.queries import supply_rules
from distribution.queries.reserve import ReserveStanding, stand
from distribution.services.releases import order_release
from distribution.services.reserve import decide_reserve_plan, end_reserve_plan


class PlanForm(forms.Form):
    """What is to be kept, by whom, by whose decision."""

    product = forms.CharField(label=gettext_lazy("product (code)"), max_length=32, widget=TextInput)
    holder = forms.CharField(label=gettext_lazy("holder (code)"), max_length=32, widget=TextInput)
    units = forms.IntegerField(label=gettext_lazy("planned units"), min_value=1, widget=TextInput)
    valid_from = forms.DateField(label=gettext_lazy("in force from"), widget=DayInput)
    valid_until = forms.DateField(label=gettext_lazy("until (exclusive)"), widget=DayInput)
    authority = forms.CharField(label=pgettext_lazy("reserve", "decided by"), max_length=300, widget=TextInput)


class EndPlanForm(EndForm):
    """From which day on, and why."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextInput)


class ReleaseForm(forms.Form):
    """To whom, how much, by whose authority and why."""

    recipient = forms.CharField(label=gettext_lazy("institution (code)"), max_length=32, widget=TextInput)
    units = forms.IntegerField(label=gettext_lazy("units"), min_value=1, widget=TextInput)
    authority = forms.CharField(label=gettext_lazy("by whose authority"), max_length=300, widget=TextInput)
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextInput)


class ReserveLots(Lines):
    model = StockLot
    fields = ("lot_number", "expires_on", "units")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.on_hand()


class ReleaseLines(Lines):
    model = ReserveRelease
    fields = ("number", "recipient", "units", "status", "refill_due_on", "refilled_units")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("recipient")

    @display(description=gettext_lazy("number"))
    def number(self, release: ReserveRelease) -> str:
        return release.number


@admin.register(ReservePlan)
class ReservePlanAdmin(DecidingAdmin, ComputedColumns):
    """The reserve of the province: its plans, and where they fell under the floor."""

    readers: ClassVar = STOCK_READERS
    deciders: ClassVar = OFFICERS
    fields = (
        ("product", "holder"),
        ("province", "term"),
        ("units", "authority"),
        ("usable_units", "floor_units"),
        "due_lots",
    )
    list_display = ("product", "holder", "province", "units", "usable_units", "floor_units", "due_lots", "term")
    list_filter = (ProvinceFilter, InForceFilter)
    list_select_related = ("product__presentation__medicine", "product__manufacturer", "holder", "province")
    search_fields = ("holder__name", "product__code", "product__presentation__medicine__name")
    inlines = (ReserveLots, ReleaseLines)
    actions_list = ("decide_plan", "export_workbook", "export_csv")
    actions_detail = ("order", "end")

    def offered(self, request: HttpRequest, record: ReservePlan) -> list[str]:
        is_own = actor_of(request).province == record.province_id
        if not is_own or not self.may_decide(request) or record.validity.upper <= localdate():
            return []
        return ["order", "end"] if localdate() in record.validity else ["end"]

    def compute(self, request: HttpRequest, rows: Sequence[ReservePlan]) -> None:
        """How each of the plans stands."""
        today = localdate()
        stand(rows, today=today, rules=supply_rules(today))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        plan = super().get_object(request, object_id, from_field)
        if plan is not None:
            self.compute(request, [plan])
        return plan

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, plan: ReservePlan) -> str:
        return period(plan.validity)

    @display(description=gettext_lazy("usable units"))
    def usable_units(self, plan: Any) -> SafeString | int:
        standing: ReserveStanding = plan.standing
        return badge(str(standing.usable), "danger") if standing.is_below_floor else standing.usable

    @display(description=gettext_lazy("floor"))
    def floor_units(self, plan: Any) -> int:
        return int(plan.standing.floor)

    @display(description=gettext_lazy("lots due for rotation"))
    def due_lots(self, plan: Any) -> str:
        return ", ".join(f"{lot.lot_number} ({lot.expires_on}): {lot.units}" for lot in plan.standing.due_lots) or "—"

    @action(description=gettext_lazy("Decide on a plan"), url_path="decide", icon="add")
    def decide_plan(self, request: HttpRequest) -> HttpResponse:
        """Have a holder keep something for one's own province."""
        actor = actor_of(request)
        form = PlanForm(**sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                plan = decide_reserve_plan(
                    province_id=actor.province,
                    product_code=values["product"].strip(),
                    holder_code=values["holder"].strip(),
                    units=values["units"],
                    valid_from=values["valid_from"],
                    valid_until=values["valid_until"],
                    authority=values["authority"],
                    actor=actor,
                    at=timezone.now(),
                )
            messages.success(request, _("%(plan)s is planned.") % {"plan": plan})
            return redirect(self.address_of(plan))

        return self.decide(
            request,
            title=_("Decide on a reserve plan"),
            form=form,
            act=act,
            explanation=_("The holder keeps it, rotates what grows old and replaces what is released."),
        )

    @action(description=gettext_lazy("Order a release"), url_path="order", icon="outbound")
    def order(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Order that an institution gets some of it."""
        plan = self.record_of(request, object_id)
        form = ReleaseForm(**sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                release = order_release(
                    plan_id=plan.pk,
                    recipient_code=values["recipient"].strip(),
                    units=values["units"],
                    authority=values["authority"],
                    reason=values["reason"],
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            messages.success(request, _("%(release)s waits for another officer.") % {"release": release})
            return redirect(reverse("admin:distribution_reserverelease_change", args=[release.pk]))

        return self.decide(
            request,
            title=_("Order a release of %(plan)s") % {"plan": plan},
            record=plan,
            form=form,
            act=act,
            explanation=_("Another officer approves it before the holder issues."),
        )

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the plan end before its time."""
        plan = self.record_of(request, object_id)
        form = EndPlanForm(**sent(request), initial={"on": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = end_reserve_plan(
                    plan_id=plan.pk,
                    on=values["on"],
                    reason=values["reason"],
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            return _("%(plan)s is in force %(term)s.") % {"plan": plan, "term": period(after.validity)}

        return self.decide(
            request,
            title=_("End: %(plan)s") % {"plan": plan},
            record=plan,
            form=form,
            act=act,
            explanation=_("What lies under it is carried over to the plan that follows, or written off."),
            is_final=True,
        )
