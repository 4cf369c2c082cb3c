"""Settlements: drawn up by one officer, approved by another, paid through the bank; and what is overdue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.admin.organizations import FIRMS
from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.admin.filters import ProvinceFilter
from catalog.admin.pickers import one_of
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    hindrance,
    link_to,
    sent,
    yuan,
)
from catalog.foundation.web.admin.forms import DayInput, TextInput
from distribution.admin.labels import SETTLEMENT_COLOURS
from distribution.admin.numbers import NumberedAdmin
from distribution.models import Payable, Settlement, SettlementLine
from distribution.policies import may_handle_settlement
from distribution.queries.overdue import interest_so_far, overdue_payables
from distribution.services.settlements import (
    approve_settlement,
    cancel_settlement,
    draw_up_settlements,
    record_payment,
)
from distribution.states import SETTLEMENT


class DrawUpForm(forms.Form):
    """For whom, to whom, and what is due by when; everything where nothing is said."""

    institution = one_of(
        Settlement.institution, Organization.objects.filter(kind=OrganizationKind.INSTITUTION), required=False
    )
    payee = one_of(Settlement.payee, Organization.objects.filter(kind__in=FIRMS), required=False)
    due_by = forms.DateField(label=gettext_lazy("due by"), widget=DayInput, required=False)


class DecisionForm(forms.Form):
    """The version that the decision is about."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PaymentForm(DecisionForm):
    """What the bank says."""

    reference = forms.CharField(label=gettext_lazy("payment reference"), max_length=64, widget=TextInput)
    paid_on = forms.DateField(label=gettext_lazy("paid on"), widget=DayInput)


class CancelForm(DecisionForm):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextInput)


class SettlementLines(Lines):
    model = SettlementLine
    fields = ("invoice", "receipt", "total", "due_on", "interest")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("payable__invoice__seller", "payable__receipt__despatch__order")

    @display(description=gettext_lazy("invoice"))
    def invoice(self, line: SettlementLine) -> str | SafeString:
        return link_to(line.payable.invoice, line.payable.invoice.number)

    @display(description=gettext_lazy("receipt"))
    def receipt(self, line: SettlementLine) -> str | SafeString:
        return link_to(line.payable.receipt)

    @display(description=gettext_lazy("amount (yuan)"))
    def total(self, line: SettlementLine) -> str:
        return yuan(line.amount)

    @display(description=gettext_lazy("due on"))
    def due_on(self, line: SettlementLine) -> Any:
        return line.payable.due_on


@admin.register(Settlement)
class SettlementAdmin(NumberedAdmin, DecidingAdmin, ExportingAdmin):
    """What the agency pays a firm for an institution."""

    fields = (
        ("number", "state"),
        ("institution", "payee"),
        ("total", "late_interest"),
        ("drawn_at", "drawn_by"),
        ("approved_by", "status_reason"),
        ("paid_on", "payment_reference"),
    )
    list_display = ("number", "institution", "payee", "state", "total", "late_interest", "drawn_at", "paid_on")
    list_filter = (("status", ChoicesDropdownFilter), ProvinceFilter, ("drawn_at", RangeDateTimeFilter))
    list_select_related = ("institution", "payee", "province", "drawn_by", "approved_by")
    search_fields = ("institution__name", "payee__name", "payment_reference")
    search_help_text = gettext_lazy("Number (ST…), institution, payee or payment reference")
    inlines = (SettlementLines,)
    actions_list = ("draw_up", "export_workbook", "export_csv")
    actions_detail = ("approve", "pay", "cancel")

    def offered(self, request: HttpRequest, record: Settlement) -> list[str]:
        return SETTLEMENT.allowed(record.status) if self.may_decide(request, record) else []

    @display(description=gettext_lazy("number"), ordering="pk")
    def number(self, settlement: Settlement) -> str:
        return settlement.number

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, settlement: Settlement) -> SafeString:
        return badge(settlement.get_status_display(), SETTLEMENT_COLOURS.get(settlement.status))

    @display(description=gettext_lazy("amount (yuan)"), ordering="amount")
    def total(self, settlement: Settlement) -> str:
        return yuan(settlement.amount)

    @display(description=gettext_lazy("interest (yuan)"), ordering="interest")
    def late_interest(self, settlement: Settlement) -> str:
        return yuan(settlement.interest)

    @action(
        description=gettext_lazy("Draw up settlements"),
        url_path="draw-up",
        icon="request_quote",
        variant=ActionVariant.PRIMARY,
    )
    def draw_up(self, request: HttpRequest) -> HttpResponse:
        """Pay what is owed."""
        owed = Payable.objects.visible_to(actor_of(request)).owed()

        def act(values: dict[str, Any]) -> str:
            drawn = draw_up_settlements(
                institution_code=values["institution"].code if values["institution"] else "",
                payee_code=values["payee"].code if values["payee"] else "",
                due_by=values["due_by"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            amount = sum((settlement.amount for settlement in drawn), Decimal(0))
            return _("Settlements drawn up: %(count)s, %(amount)s in all. Another officer approves them.") % {
                "count": len(drawn),
                "amount": yuan(amount),
            }

        return self.decide(
            request,
            title=_("Draw up settlements"),
            form=DrawUpForm(**sent(request)),
            act=act,
            confirm=_("Draw up"),
            explanation=_("Amounts owed by matched invoices: %(count)s. One settlement per institution and payee.")
            % {"count": owed.count()},
        )

    @action(description=gettext_lazy("Approve"), url_path="approve", icon="done_all", variant=ActionVariant.PRIMARY)
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The second pair of eyes."""
        settlement = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            after = approve_settlement(
                settlement_id=settlement.pk,
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
            return _("%(settlement)s is approved: let the bank pay %(amount)s.") % {
                "settlement": after,
                "amount": yuan(after.amount),
            }

        return self.decide(
            request,
            title=_("Approve %(settlement)s") % {"settlement": settlement},
            record=settlement,
            form=DecisionForm(**sent(request), initial={"version": settlement.version}),
            act=act,
            explanation=hindrance(may_handle_settlement, request, "approve", settlement)
            or _("The amounts are fixed from here on."),
        )

    @action(description=gettext_lazy("Record the payment"), url_path="pay", icon="payments")
    def pay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the bank has done."""
        settlement = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            after = record_payment(
                settlement_id=settlement.pk,
                reference=values["reference"],
                paid_on=values["paid_on"],
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
            return _("%(settlement)s is paid; interest: %(interest)s.") % {
                "settlement": after,
                "interest": yuan(after.interest),
            }

        return self.decide(
            request,
            title=_("Record the payment of %(settlement)s") % {"settlement": settlement},
            record=settlement,
            form=PaymentForm(**sent(request), initial={"version": settlement.version, "paid_on": localdate()}),
            act=act,
            is_final=True,
            explanation=_("Its invoices are settled. What is late bears the interest of the agreement."),
        )

    @action(description=gettext_lazy("Cancel"), url_path="cancel", icon="cancel", variant=ActionVariant.DANGER)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give it up."""
        settlement = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            cancel_settlement(
                settlement_id=settlement.pk,
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
            return _("%(settlement)s is cancelled; what it was to pay is free for another.") % {
                "settlement": settlement
            }

        return self.decide(
            request,
            title=_("Cancel %(settlement)s") % {"settlement": settlement},
            record=settlement,
            form=CancelForm(**sent(request), initial={"version": settlement.version}),
            act=act,
            is_final=True,
        )


@admin.register(Payable)
class OverdueAdmin(ExportingAdmin):
    """What should have been paid and was not, the oldest first."""

    fields = (("invoice", "receipt"), ("packs", "total"), ("due_on", "days"), ("interest_per_day", "late_interest"))
    list_display = ("invoice_link", "institution", "payee", "province", "total", "due_on", "days", "late_interest")
    list_filter = (("due_on", RangeDateFilter),)
    list_select_related = ("invoice__buyer", "invoice__seller", "invoice__province")
    search_fields = ("invoice__number", "invoice__buyer__name", "invoice__seller__name")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return overdue_payables(actor, localdate())

    @display(description=gettext_lazy("invoice"), ordering="invoice__number")
    def invoice_link(self, payable: Payable) -> str | SafeString:
        return link_to(payable.invoice, payable.invoice.number)

    @display(description=gettext_lazy("institution"), ordering="invoice__buyer")
    def institution(self, payable: Payable) -> str:
        return str(payable.invoice.buyer)

    @display(description=gettext_lazy("paid to"), ordering="invoice__seller")
    def payee(self, payable: Payable) -> str:
        return str(payable.invoice.seller)

    @display(description=gettext_lazy("province"), ordering="invoice__province")
    def province(self, payable: Payable) -> str:
        return str(payable.invoice.province)

    @display(description=gettext_lazy("amount (yuan)"), ordering="amount")
    def total(self, payable: Payable) -> str:
        return yuan(payable.amount)

    @display(description=gettext_lazy("days overdue"), ordering="due_on")
    def days(self, payable: Payable) -> int:
        return (localdate() - payable.due_on).days

    @display(description=gettext_lazy("interest so far (yuan)"))
    def late_interest(self, payable: Payable) -> str:
        return yuan(interest_so_far(payable, localdate()))
