from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from distribution.querysets import InstitutionOwnedQuerySet
from distribution.states import LineOutcome, RequisitionStatus, Urgency


class Requisition(Versioned):
    """What a hospital wants to order: written by a buyer, approved by somebody else.

    The volume is taken from the agreements at submission. ``recipient`` is the village clinic that a township centre
    orders for, empty where it orders for itself. ``countersigner`` approved first where the amount asks for two.
    """

    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="requisitions", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    recipient = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("village clinic"),
    )
    urgency = models.CharField(_("urgency"), max_length=20, choices=Urgency.choices, default=Urgency.ORDINARY)
    urgency_reason = models.CharField(_("why it is urgent"), max_length=300, blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=RequisitionStatus.choices, default=RequisitionStatus.DRAFT
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("written by"),
    )
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    countersigner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("first approved by"),
    )
    run = models.ForeignKey(
        "distribution.DistributionRun",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="requisitions",
        verbose_name=_("distribution run"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    objects: ClassVar[InstitutionOwnedQuerySet] = InstitutionOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("requisition")
        verbose_name_plural = _("requisitions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approver=None)
                | (
                    (models.Q(author=None) | ~models.Q(approver=models.F("author")))
                    & (models.Q(submitter=None) | ~models.Q(approver=models.F("submitter")))
                ),
                name="nobody_approves_their_own_requisition",
            ),
            models.CheckConstraint(
                condition=models.Q(countersigner=None)
                | (
                    (models.Q(author=None) | ~models.Q(countersigner=models.F("author")))
                    & (models.Q(submitter=None) | ~models.Q(countersigner=models.F("submitter")))
                    & (models.Q(approver=None) | ~models.Q(countersigner=models.F("approver")))
                ),
                name="two_people_approve_a_large_requisition",
            ),
            models.CheckConstraint(
                condition=models.Q(urgency=Urgency.ORDINARY) | ~models.Q(urgency_reason=""),
                name="urgency_has_a_reason",
            ),
        ]
        indexes = [
            # a hospital's requisitions, newest first
            models.Index(fields=["institution", "-id"], name="requisition_of_institution"),
            # what the run of a province takes, oldest approval first
            models.Index(
                fields=["province", "approved_at", "id"],
                condition=models.Q(status=RequisitionStatus.APPROVED),
                name="requisition_awaiting_run",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"RQ{self.pk:08d}"

    @property
    def amount(self) -> Decimal:
        """Yuan, of all lines."""
        return sum((line.amount for line in self.lines.all()), Decimal(0))


class RequisitionLine(models.Model):
    """Packs of an agreed product, at the agreed price of the day of ordering."""

    requisition = models.ForeignKey(Requisition, models.CASCADE, related_name="lines", verbose_name=_("requisition"))
    agreement_line = models.ForeignKey(
        "procurement.AgreementLine", models.PROTECT, related_name="+", verbose_name=_("agreed volume")
    )
    packs = models.PositiveIntegerField(_("packs"))
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    outcome = models.CharField(_("outcome"), max_length=20, choices=LineOutcome.choices, default=LineOutcome.OPEN)
    outcome_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("requisition line")
        verbose_name_plural = _("requisition lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["requisition", "agreement_line"], name="a_product_is_requested_once"),
            models.CheckConstraint(condition=models.Q(packs__gt=0), name="requested_packs_are_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_line.product} × {self.packs}"

    @property
    def units(self) -> int:
        """Smallest units."""
        return self.packs * self.agreement_line.product.pack_quantity

    @property
    def amount(self) -> Decimal:
        """Yuan."""
        return self.packs * self.price
