from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.models.deliveries import Receipt
from distribution.models.orders import Order, OrderLine
from distribution.querysets import InvoiceQuerySet, PayableQuerySet, SettlementQuerySet
from distribution.states import DeemedGround, InvoiceKind, InvoiceStatus, SettlementStatus


class Invoice(Versioned):
    """A sale as it was invoiced: to an institution for an order, or between firms, as the copy that proves the chain.

    A credit note takes back goods that were invoiced and went back; its packs and amounts are positive all the same.
    ``chain`` and ``match`` are the evidence of the last judgement: the way of the goods from the maker, and what was
    ordered, accepted and invoiced, line by line. ``payable`` is yuan, negative where the seller owes.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=InvoiceKind.choices, default=InvoiceKind.SALE)
    number = models.CharField(_("number"), max_length=40)
    seller = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="invoices_issued", verbose_name=_("seller")
    )
    buyer = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        related_name="invoices_received",
        verbose_name=pgettext_lazy("invoice", "buyer"),
    )
    province = models.ForeignKey(
        "catalog.Region",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("province"),
        help_text=_("Empty for a sale between firms."),
    )
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name=_("order")
    )
    issued_on = models.DateField(_("issued on"))
    amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=2)
    status = models.CharField(_("status"), max_length=20, choices=InvoiceStatus.choices, default=InvoiceStatus.FILED)
    status_reason = models.CharField(_("reason of the last change"), max_length=300, blank=True)
    filed_at = models.DateTimeField(_("filed at"))
    filed_by = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("filed by"))
    matched_at = models.DateTimeField(_("matched at"), null=True, blank=True)
    chain = models.JSONField(_("chain"), default=list)
    match = models.JSONField(_("match"), default=list)
    payable = models.DecimalField(_("payable (yuan)"), max_digits=18, decimal_places=2, default=0)

    objects: ClassVar[InvoiceQuerySet] = InvoiceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "number"],
                condition=~Q(status=InvoiceStatus.WITHDRAWN),
                name="an_invoice_is_filed_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_invoice_has_an_amount"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="nobody_invoices_themselves"),
            models.CheckConstraint(
                condition=Q(kind=InvoiceKind.SALE) | Q(order__isnull=False), name="a_credit_note_is_for_an_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.seller}"


class InvoiceLine(models.Model):
    """Packs of a lot as invoiced; ``amount`` is yuan."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines", verbose_name=_("invoice"))
    order_line = models.ForeignKey(
        OrderLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invoice_lines",
        verbose_name=_("order line"),
    )
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    lot_number = models.CharField(_("lot number"), max_length=20)
    packs = models.PositiveIntegerField(_("packs"))
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(packs__gt=0), name="invoiced_packs_are_positive"),
        ]
        indexes = [
            # the sales of a lot, for its chain
            models.Index(fields=["product", "lot_number"], name="invoiced_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.lot_number} × {self.packs}"


class DeemedProducer(models.Model):
    """A firm whose sales count as those of the maker; one of a kind per maker in the whole nation."""

    maker = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("maker"))
    firm = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("firm"))
    ground = models.CharField(_("ground"), max_length=20, choices=DeemedGround.choices)
    papers = models.CharField(_("papers"), max_length=300, help_text=_("What the maker proved it with."))
    validity = DateRangeField(_("in force"))

    class Meta:
        verbose_name = _("firm deemed to be the producer")
        verbose_name_plural = _("firms deemed to be the producer")
        ordering = ["maker", "ground"]
        constraints = [
            ExclusionConstraint(
                name="one_firm_is_deemed_the_producer",
                expressions=[
                    ("maker", RangeOperators.EQUAL),
                    ("ground", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=~Q(firm=F("maker")), name="a_maker_is_not_deemed_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.firm} = {self.maker}"


class Settlement(Versioned):
    """What the agency pays a firm for an institution: drawn up by one officer, approved by another, then paid."""

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="settlements", verbose_name=_("institution")
    )
    payee = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="settlements_received", verbose_name=_("paid to")
    )
    status = models.CharField(
        _("status"), max_length=20, choices=SettlementStatus.choices, default=SettlementStatus.DRAWN
    )
    status_reason = models.CharField(_("reason of the last change"), max_length=300, blank=True)
    amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=2, default=0)
    interest = models.DecimalField(_("interest (yuan)"), max_digits=18, decimal_places=2, default=0)
    drawn_at = models.DateTimeField(_("drawn up at"))
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("drawn up by")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    payment_reference = models.CharField(_("payment reference"), max_length=64, blank=True)

    objects: ClassVar[SettlementQuerySet] = SettlementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(drawn_by=None) | ~Q(approved_by=F("drawn_by")),
                name="two_people_settle",
            ),
            models.UniqueConstraint(
                fields=["payment_reference"], condition=~Q(payment_reference=""), name="a_payment_is_recorded_once"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"ST{self.pk:08d}"


class Payable(models.Model):
    """What is owed for a line of an invoice and a receipt: the clock runs from the acceptance of these goods.

    Packs and yuan; negative where a credit note takes back what was paid. Written by the match, and left alone from the
    moment at which the payment is approved. ``interest_per_day`` is the agreement's.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payables", verbose_name=_("invoice"))
    invoice_line = models.ForeignKey(
        InvoiceLine, models.PROTECT, related_name="payables", verbose_name=_("invoice line")
    )
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="payables", verbose_name=_("receipt"))
    packs = models.IntegerField(_("packs"))
    amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=2)
    due_on = models.DateField(_("due on"))
    interest_per_day = models.DecimalField(_("interest per day"), max_digits=9, decimal_places=8, default=0)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)

    objects: ClassVar[PayableQuerySet] = PayableQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("payable")
        verbose_name_plural = _("payables")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["invoice_line", "receipt"], name="a_receipt_is_owed_once_per_invoice_line"),
        ]
        indexes = [
            # what is overdue
            models.Index(fields=["due_on"], condition=Q(paid_on=None), name="payable_unpaid"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount}"


class SettlementLine(models.Model):
    """What a settlement pays of one payable, with the interest of late payment; the trace from payment to goods."""

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="lines", verbose_name=_("settlement"))
    payable = models.ForeignKey(Payable, models.PROTECT, related_name="settlement_lines", verbose_name=_("payable"))
    amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=2)
    interest = models.DecimalField(_("interest (yuan)"), max_digits=18, decimal_places=2, default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("line of a settlement")
        verbose_name_plural = _("lines of settlements")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payable"], condition=Q(is_active=True), name="a_receipt_is_paid_once_per_invoice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payable.invoice}: {self.amount}"
