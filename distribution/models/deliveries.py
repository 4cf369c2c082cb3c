from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from distribution.models.orders import Order, OrderLine
from distribution.querysets import DespatchQuerySet
from distribution.states import DespatchStatus, RejectionReason


class Despatch(Versioned):
    """A despatch advice: what left for the institution, by lot."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="despatches", verbose_name=_("order"))
    reference = models.CharField(_("delivery note"), max_length=64)
    despatched_at = models.DateTimeField(_("despatched at"))
    status = models.CharField(_("status"), max_length=20, choices=DespatchStatus.choices, default=DespatchStatus.SENT)

    objects: ClassVar[DespatchQuerySet] = DespatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("despatch")
        verbose_name_plural = _("despatches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "reference"], name="a_delivery_note_is_advised_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} · {self.reference}"


class DespatchLine(models.Model):
    """Packs of one lot of one product; ``expires_on`` is the last day of use."""

    despatch = models.ForeignKey(Despatch, models.CASCADE, related_name="lines", verbose_name=_("despatch"))
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="despatch_lines", verbose_name=_("order line")
    )
    lot_number = models.CharField(_("lot number"), max_length=20)
    expires_on = models.DateField(_("expires on"))
    packs = models.PositiveIntegerField(_("packs"))
    accepted_packs = models.PositiveIntegerField(_("accepted"), default=0)
    rejected_packs = models.PositiveIntegerField(_("rejected"), default=0)

    class Meta:
        verbose_name = _("despatch line")
        verbose_name_plural = _("despatch lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["despatch", "order_line", "lot_number"], name="a_lot_stands_on_a_delivery_note_once"
            ),
            models.CheckConstraint(condition=Q(packs__gt=0), name="despatched_packs_are_positive"),
            models.CheckConstraint(
                condition=Q(packs__gte=F("accepted_packs") + F("rejected_packs")),
                name="received_not_more_than_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_line.product} {self.lot_number} × {self.packs}"


class Receipt(models.Model):
    """What the institution found when the goods arrived; starts the clock of payment."""

    despatch = models.OneToOneField(Despatch, models.PROTECT, related_name="receipt", verbose_name=_("despatch"))
    received_at = models.DateTimeField(_("received at"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("received by")
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.despatch)


class ReceiptLine(models.Model):
    """Accepted and rejected packs of one lot; what is missing from the sum did not arrive."""

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="lines", verbose_name=_("receipt"))
    despatch_line = models.OneToOneField(
        DespatchLine, models.PROTECT, related_name="receipt_line", verbose_name=_("despatch line")
    )
    accepted_packs = models.PositiveIntegerField(_("accepted"))
    rejected_packs = models.PositiveIntegerField(_("rejected"))
    reason = models.CharField(_("reason"), max_length=20, choices=RejectionReason.choices, blank=True)
    remark = models.CharField(_("remark"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("receipt line")
        verbose_name_plural = _("receipt lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(rejected_packs=0) | ~Q(reason=""), name="a_rejection_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.despatch_line}: {self.accepted_packs} / {self.rejected_packs}"
