"""Invoices with what the match found, and the firms that count as the producer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.admin.organizations import FIRMS
from catalog.accounts.models import Organization
from catalog.admin.filters import InForceFilter, ProvinceFilter
from catalog.admin.forms import beside_fields
from catalog.admin.pickers import one_of
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    link_to,
    period,
    sent,
    table,
    yuan,
)
from catalog.foundation.web.admin.forms import DayInput, Select, TextInput
from distribution.admin.entrustments import EndForm
from distribution.admin.labels import INVOICE_COLOURS
from distribution.models import DeemedProducer, Invoice, InvoiceLine, Payable
from distribution.queries.invoice_evidence import chains_of, differences_of
from distribution.services.deemed import end_deemed_producer, enter_deemed_producer
from distribution.services.matching import judge_order
from distribution.states import DeemedGround, InvoiceStatus

# What a new judgement can change.
OPEN = (InvoiceStatus.FILED, InvoiceStatus.DISPUTED, InvoiceStatus.MATCHED)


class InvoiceLines(Lines):
    model = InvoiceLine
    fields = ("product", "lot_number", "packs", "unit_price", "total")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("product__presentation__medicine", "product__manufacturer")

    @display(description=gettext_lazy("price (yuan per pack)"))
    def unit_price(self, line: InvoiceLine) -> str:
        return yuan(line.price, 4)

    @display(description=gettext_lazy("amount (yuan)"))
    def total(self, line: InvoiceLine) -> str:
        return yuan(line.amount)


class PayableLines(Lines):
    model = Payable
    fields = ("receipt_link", "packs", "total", "due_on", "interest_per_day", "paid_on")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.exclude(amount=0).select_related("receipt__despatch__order")

    @display(description=gettext_lazy("receipt"))
    def receipt_link(self, payable: Payable) -> str | SafeString:
        return link_to(payable.receipt)

    @display(description=gettext_lazy("amount (yuan)"))
    def total(self, payable: Payable) -> str:
        return yuan(payable.amount)


@admin.register(Invoice)
class InvoiceAdmin(DecidingAdmin, ExportingAdmin):
    """What was invoiced, what differs from order and receipt, and the way of each lot from its maker."""

    fields = (
        ("number", "state"),
        "kind",
        ("seller", "buyer"),
        ("order", "province"),
        "issued_on",
        ("filed_at", "matched_at"),
        ("total", "to_pay"),
        "status_reason",
        "differences",
        "chains",
    )
    list_display = ("number", "kind", "seller", "buyer", "order", "state", "issued_on", "total", "to_pay")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ProvinceFilter,
        ("issued_on", RangeDateFilter),
    )
    list_select_related = ("seller", "buyer", "order", "province")
    search_fields = ("number", "seller__name", "buyer__name")
    inlines = (InvoiceLines, PayableLines)
    actions_detail = ("judge",)

    def offered(self, request: HttpRequest, record: Invoice) -> list[str]:
        is_open = record.order_id is not None and record.status in OPEN
        return ["judge"] if is_open and self.may_decide(request, record) else []

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, invoice: Invoice) -> SafeString:
        return badge(invoice.get_status_display(), INVOICE_COLOURS.get(invoice.status))

    @display(description=gettext_lazy("amount (yuan)"), ordering="amount")
    def total(self, invoice: Invoice) -> str:
        return yuan(invoice.amount)

    @display(description=gettext_lazy("payable (yuan)"), ordering="payable")
    def to_pay(self, invoice: Invoice) -> str:
        return yuan(invoice.payable)

    @display(description=gettext_lazy("differences"))
    def differences(self, invoice: Invoice) -> str | SafeString:
        lines = {line.order_line_id: line.product for line in invoice.lines.select_related("product")}
        rows = [
            (lines[found.line].code if found.line in lines else found.line, found.lot, found.sentence)
            for found in differences_of(invoice)
        ]
        return table([_("product"), _("lot number"), _("difference")], rows) if rows else "–"

    @display(description=gettext_lazy("chain"))
    def chains(self, invoice: Invoice) -> str | SafeString:
        rows = [
            (
                badge(f"{chain.length}/{chain.limit}", "success" if chain.passed else "danger"),
                chain.product,
                chain.lot,
                format_html_join(
                    "; ", "{} → {} ({})", ((step.seller, step.buyer, step.invoice) for step in chain.steps)
                ),
                chain.sentence,
            )
            for chain in chains_of(invoice)
        ]
        headers = [_("invoices"), _("product"), _("lot number"), _("way"), _("judgement")]
        return table(headers, rows) if rows else "–"

    @action(description=gettext_lazy("Judge again"), url_path="judge", icon="rule")
    def judge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take in what was entered since, such as who owns whom."""
        invoice = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            judge_order(order_id=invoice.order_id, at=timezone.now())
            invoice.refresh_from_db()
            return _("The invoice is “%(status)s”.") % {"status": invoice.get_status_display()}

        return self.decide(
            request,
            title=_("Judge %(invoice)s again") % {"invoice": invoice.number},
            record=invoice,
            act=act,
            explanation=_("All invoices of the order are judged anew by what is known now: receipts, returns, owners."),
        )


class DeemedProducerForm(forms.Form):
    """Who counts as whose producer, on which papers."""

    maker = one_of(DeemedProducer.maker, Organization.objects.filter(kind__in=FIRMS))
    firm = one_of(DeemedProducer.firm, Organization.objects.filter(kind__in=FIRMS))
    ground = forms.ChoiceField(label=gettext_lazy("ground"), choices=DeemedGround.choices, widget=Select)
    papers = forms.CharField(label=gettext_lazy("papers"), max_length=300, widget=TextInput)
    valid_from = forms.DateField(label=gettext_lazy("from"), widget=DayInput)
    valid_until = forms.DateField(label=gettext_lazy("until (exclusive)"), widget=DayInput, required=False)


@admin.register(DeemedProducer)
class DeemedProducerAdmin(DecidingAdmin, ExportingAdmin):
    """The one sales company or general agent whose sales count as those of the maker."""

    fields = (("maker", "firm"), ("ground", "term"), "papers")
    list_display = ("maker", "firm", "ground", "term", "papers")
    list_filter = (("ground", ChoicesDropdownFilter), InForceFilter)
    list_select_related = ("maker", "firm")
    search_fields = ("maker__name", "firm__name")
    actions_list = ("enter", "export_workbook", "export_csv")
    actions_detail = ("end",)

    def offered(self, request: HttpRequest, record: DeemedProducer) -> list[str]:
        has_ended = record.validity.upper is not None and record.validity.upper <= localdate()
        return ["end"] if self.may_decide(request, record) and not has_ended else []

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, entry: DeemedProducer) -> str:
        return period(entry.validity)

    @action(description=gettext_lazy("Enter a firm"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """On the maker's papers."""
        form = DeemedProducerForm(**sent(request), initial={"valid_from": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                entry = enter_deemed_producer(
                    maker_code=values["maker"].code,
                    firm_code=values["firm"].code,
                    ground=DeemedGround(values["ground"]),
                    papers=values["papers"],
                    valid_from=values["valid_from"],
                    valid_until=values["valid_until"],
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            return _("Entered: %(entry)s.") % {"entry": entry}

        return self.decide(
            request,
            title=_("Enter a firm that counts as the producer"),
            form=form,
            act=act,
            explanation=_(
                "There is one of each kind per maker in the whole nation. Invoices in dispute are judged anew."
            ),
        )

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the firm count no more before its time."""
        entry = self.record_of(request, object_id)
        form = EndForm(**sent(request), initial={"on": localdate()})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = end_deemed_producer(
                    entry_id=entry.pk, on=values["on"], actor=actor_of(request), at=timezone.now()
                )
            return _("%(entry)s is in force %(term)s.") % {"entry": after, "term": period(after.validity)}

        return self.decide(
            request,
            title=_("End: %(entry)s") % {"entry": entry},
            record=entry,
            form=form,
            act=act,
            explanation=_("Invoices of that day and later count its sales; what was judged before stays."),
            is_final=True,
        )
