from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from distribution.models.requisitions import Requisition, RequisitionLine
from distribution.querysets import OrderQuerySet, ProvinceOwnedQuerySet
from distribution.states import OrderStatus, RunStatus


class DistributionRun(Versioned):
    """One unified distribution run: it turns a province's approved requisitions into orders to suppliers."""

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    status = models.CharField(_("status"), max_length=20, choices=RunStatus.choices, default=RunStatus.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    requisition_count = models.PositiveIntegerField(_("requisitions"), default=0)
    order_count = models.PositiveIntegerField(_("orders"), default=0)
    refused_line_count = models.PositiveIntegerField(_("refused lines"), default=0)
    amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=4, default=0)

    objects: ClassVar[ProvinceOwnedQuerySet] = ProvinceOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("distribution run")
        verbose_name_plural = _("distribution runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["province"],
                condition=~Q(status=RunStatus.FINISHED),
                name="one_run_per_province_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province.name} #{self.pk}"


class Order(Versioned):
    """A call-off: what one supplier, through one distributor, is to bring to one institution."""

    run = models.ForeignKey(DistributionRun, models.PROTECT, related_name="orders", verbose_name=_("distribution run"))
    requisition = models.ForeignKey(Requisition, models.PROTECT, related_name="orders", verbose_name=_("requisition"))
    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="orders", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="supply_orders", verbose_name=_("supplier")
    )
    distributor = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="delivery_orders",
        verbose_name=_("distributor"),
        help_text=_("Empty where the supplier delivers itself."),
    )
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus.choices, default=OrderStatus.PLACED)
    placed_at = models.DateTimeField(_("placed at"))

    objects: ClassVar[OrderQuerySet] = OrderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["requisition", "supplier"], name="one_order_per_requisition_and_supplier"),
        ]
        indexes = [
            # a supplier's orders, newest first, by state
            models.Index(fields=["supplier", "status", "-id"], name="order_of_supplier"),
            models.Index(fields=["distributor", "status", "-id"], name="order_of_distributor"),
            models.Index(fields=["institution", "-id"], name="order_of_institution"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"PO{self.pk:08d}"

    @property
    def amount(self) -> Decimal:
        """Yuan, as ordered."""
        return sum((line.packs * line.price for line in self.lines.all()), Decimal(0))


class OrderLine(models.Model):
    """Packs of one product: ordered, then confirmed, then despatched."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", verbose_name=_("order"))
    requisition_line = models.OneToOneField(
        RequisitionLine, models.PROTECT, related_name="order_line", verbose_name=_("requisition line")
    )
    agreement_line = models.ForeignKey(
        "procurement.AgreementLine",
        models.PROTECT,
        related_name="order_lines",
        verbose_name=_("agreed volume"),
    )
    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="order_lines", verbose_name=_("product")
    )
    packs = models.PositiveIntegerField(_("packs"))
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    confirmed_packs = models.PositiveIntegerField(_("confirmed"), default=0)
    despatched_packs = models.PositiveIntegerField(_("despatched"), default=0)
    answer_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(packs__gt=0), name="ordered_packs_are_positive"),
            models.CheckConstraint(
                condition=Q(confirmed_packs__lte=F("packs")), name="confirmed_not_more_than_ordered"
            ),
            models.CheckConstraint(
                condition=Q(despatched_packs__lte=F("confirmed_packs")),
                name="despatched_not_more_than_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} × {self.packs}"
