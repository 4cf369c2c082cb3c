from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.tenders import Lot, Tender
from procurement.querysets import AgreementLineQuerySet, AgreementQuerySet
from procurement.states import AgreementStatus, SupplyRole


class Agreement(Versioned):
    """What a supplier and the agency agreed for the term: the award is the contract."""

    number = models.CharField(_("number"), max_length=80, unique=True)
    tender = models.ForeignKey(Tender, models.PROTECT, related_name="agreements", verbose_name=_("tender"))
    agency = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("agency"))
    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="agreements", verbose_name=_("supplier")
    )
    validity = DateRangeField(_("term"))
    status = models.CharField(
        _("status"), max_length=20, choices=AgreementStatus.choices, default=AgreementStatus.IN_FORCE
    )

    interest_per_day = models.DecimalField(
        _("interest per day of late payment"), max_digits=9, decimal_places=8, default=0
    )
    concluded_at = models.DateTimeField(_("concluded at"), null=True, blank=True)
    status_reason = models.TextField(_("reason of the last change"), blank=True)

    objects: ClassVar[AgreementQuerySet] = AgreementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "supplier", "validity"], name="one_agreement_per_tender_supplier_and_term"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AgreementLine(models.Model):
    """An agreed volume of one product for one province: how much was called off and delivered, in smallest units.

    The line of a backup supplier has no volume until the main supplier fails and it steps in.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="lines", verbose_name=_("agreement"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="agreement_lines", verbose_name=_("lot"))
    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="agreement_lines", verbose_name=_("product")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    role = models.CharField(_("part"), max_length=20, choices=SupplyRole.choices, default=SupplyRole.MAIN)
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    agreed_quantity = models.PositiveBigIntegerField(_("agreed (units)"))
    called_off_quantity = models.PositiveBigIntegerField(_("called off (units)"), default=0)
    delivered_quantity = models.PositiveBigIntegerField(_("delivered (units)"), default=0)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects: ClassVar[AgreementLineQuerySet] = AgreementLineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("agreed volume")
        verbose_name_plural = _("agreed volumes")
        ordering = ["lot", "province"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "province", "role"],
                condition=Q(ended_at=None, role__in=[SupplyRole.MAIN, SupplyRole.BACKUP]),
                name="one_agreed_volume_per_lot_and_area",
            ),
            models.CheckConstraint(
                condition=Q(delivered_quantity__lte=F("called_off_quantity")), name="delivered_what_was_called_off"
            ),
            models.CheckConstraint(
                condition=Q(called_off_quantity__lte=F("agreed_quantity")), name="agreed_volume_not_exceeded"
            ),
        ]
        indexes = [
            # what an institution of the province may order
            models.Index(fields=["province", "product"], name="agreed_volume_of_province"),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.province.name}"

    @property
    def remaining_quantity(self) -> int:
        """Units that can still be called off."""
        return self.agreed_quantity - self.called_off_quantity


class VolumeEntry(models.Model):
    """Why a volume of a line changed; the sum of a line's entries of a kind is the line's volume of that kind."""

    class Kind(models.TextChoices):
        AGREE = "agree", _("agreed")
        CALL_OFF = "call_off", _("called off")
        DELIVER = "deliver", _("delivered")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.CALL_OFF)
    line = models.ForeignKey(AgreementLine, models.PROTECT, related_name="entries", verbose_name=_("agreed volume"))
    quantity = models.BigIntegerField(_("units"))
    reference = models.CharField(_("reference"), max_length=64)
    reason = models.TextField(_("reason"), blank=True)
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("volume entry")
        verbose_name_plural = _("volume ledger")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "kind", "reference"], name="a_volume_is_entered_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.reference}: {self.quantity:+}"
