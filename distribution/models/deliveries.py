from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.models.orders import Order, OrderLine
from distribution.querysets import DespatchQuerySet, GoodsReturnQuerySet, LotHoldQuerySet
from distribution.states import DespatchStatus, HoldKind, RejectionReason, Remedy, ReturnStatus


class Despatch(Versioned):
    """A despatch advice: what left for the institution, by lot."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="despatches", verbose_name=_("order"))
    reference = models.CharField(_("delivery note"), max_length=64)
    carrier = models.CharField(_("carrier"), max_length=200, blank=True)
    despatched_at = models.DateTimeField(_("despatched at"))
    expected_at = models.DateTimeField(_("expected at"), null=True, blank=True)
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
    """Packs of one lot of one product; ``expires_on`` is the last day of use.

    After the receipt every pack sent is accepted, rejected or missing. ``returned_packs`` left again after acceptance.
    """

    despatch = models.ForeignKey(Despatch, models.CASCADE, related_name="lines", verbose_name=_("despatch"))
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="despatch_lines", verbose_name=_("order line")
    )
    lot_number = models.CharField(_("lot number"), max_length=20)
    expires_on = models.DateField(_("expires on"))
    made_on = models.DateField(_("made on"), null=True, blank=True)
    packs = models.PositiveIntegerField(_("packs"))
    accepted_packs = models.PositiveIntegerField(_("accepted"), default=0)
    rejected_packs = models.PositiveIntegerField(_("rejected"), default=0)
    missing_packs = models.PositiveIntegerField(_("missing"), default=0)
    returned_packs = models.PositiveIntegerField(_("returned"), default=0)

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
                condition=Q(packs__gte=F("accepted_packs") + F("rejected_packs") + F("missing_packs")),
                name="received_not_more_than_sent",
            ),
            models.CheckConstraint(
                condition=Q(returned_packs__lte=F("accepted_packs")), name="returned_not_more_than_accepted"
            ),
        ]
        indexes = [
            # who received a lot
            models.Index(fields=["lot_number"], name="despatched_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.order_line.product} {self.lot_number} × {self.packs}"


class TraceCode(models.Model):
    """The code of one pack that was sent; it is ``is_active`` until the pack was rejected or went back."""

    despatch_line = models.ForeignKey(
        DespatchLine, models.CASCADE, related_name="trace_codes", verbose_name=_("despatch line")
    )
    code = models.CharField(_("trace code"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("trace code")
        verbose_name_plural = _("trace codes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(is_active=True), name="a_pack_is_at_one_place_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ColdChainLog(models.Model):
    """The temperatures of a journey: ``readings`` are pairs of an ISO time and degrees Celsius as text."""

    despatch = models.OneToOneField(Despatch, models.CASCADE, related_name="cold_chain_log", verbose_name=_("despatch"))
    readings = models.JSONField(_("readings"))
    device = models.CharField(_("device"), max_length=100, blank=True)
    filed_at = models.DateTimeField(_("filed at"))

    class Meta:
        verbose_name = _("cold-chain log")
        verbose_name_plural = _("cold-chain logs")

    def __str__(self) -> str:
        return str(self.despatch)


class Receipt(models.Model):
    """What the institution found when the goods arrived; ``received_at`` starts the clock of payment.

    ``arrived_at`` is when the goods came, where they were not received in the same moment. ``checks`` are the points
    of the acceptance checklist, each with its rule, source, values and verdict.
    """

    despatch = models.OneToOneField(Despatch, models.PROTECT, related_name="receipt", verbose_name=_("despatch"))
    received_at = models.DateTimeField(_("received at"))
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("received by")
    )
    checks = models.JSONField(_("checks"), default=list)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.despatch)


class ReceiptLine(models.Model):
    """Accepted and rejected packs of one lot; what is missing from the sum did not arrive.

    ``surplus_packs`` came unasked and went back with the carrier; they are never accepted.
    """

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="lines", verbose_name=_("receipt"))
    despatch_line = models.OneToOneField(
        DespatchLine, models.PROTECT, related_name="receipt_line", verbose_name=_("despatch line")
    )
    accepted_packs = models.PositiveIntegerField(_("accepted"))
    rejected_packs = models.PositiveIntegerField(_("rejected"))
    surplus_packs = models.PositiveIntegerField(_("sent too many"), default=0)
    lot_found = models.CharField(_("lot number found"), max_length=20, blank=True)
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


class GoodsReturn(Versioned):
    """Accepted packs of a lot that go back to where they came from, for other goods or for none."""

    despatch_line = models.ForeignKey(
        DespatchLine, models.PROTECT, related_name="returns", verbose_name=_("despatch line")
    )
    packs = models.PositiveIntegerField(_("packs"))
    reason = models.CharField(_("reason"), max_length=20, choices=RejectionReason.choices)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    remedy = models.CharField(_("wanted instead"), max_length=20, choices=Remedy.choices)
    status = models.CharField(_("status"), max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.REQUESTED)
    status_reason = models.CharField(_("reason of the last change"), max_length=300, blank=True)
    requested_at = models.DateTimeField(_("requested at"))
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True)

    objects: ClassVar[GoodsReturnQuerySet] = GoodsReturnQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("return of goods")
        verbose_name_plural = _("returns of goods")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(packs__gt=0), name="returned_packs_are_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.despatch_line}"

    @property
    def number(self) -> str:
        """How people call it."""
        return f"RT{self.pk:08d}"


class LotHold(models.Model):
    """A lot that may not be ordered, sent, accepted or dispensed; the whole product where no lot is named.

    ``organization`` placed the hold: an agency, or the maker. A price alarm stops the ordering of the product in one
    ``province`` and nothing else; every other hold is about goods, and holds everywhere.
    """

    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="holds", verbose_name=_("product"))
    lot_number = models.CharField(_("lot number"), max_length=20, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=HoldKind.choices)
    province = models.ForeignKey(
        "catalog.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("province")
    )
    reason = models.CharField(_("reason"), max_length=300)
    source = models.CharField(_("source"), max_length=300)
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, null=True, related_name="+", verbose_name=_("placed by")
    )
    held_at = models.DateTimeField(pgettext_lazy("lot", "held at"))
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("held by")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lift_reason = models.CharField(_("why it was lifted"), max_length=300, blank=True)

    objects: ClassVar[LotHoldQuerySet] = LotHoldQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("held lot")
        verbose_name_plural = _("held lots")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "lot_number", "kind", "province"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="a_lot_is_held_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=HoldKind.PRICE_ALARM, province__isnull=False, lot_number="")
                | ~Q(kind=HoldKind.PRICE_ALARM) & Q(province=None),
                name="only_a_price_alarm_holds_in_one_province",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_hold_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.lot_number}".strip()
