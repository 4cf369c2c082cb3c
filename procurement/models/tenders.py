from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.demand import DemandRound
from procurement.querysets import LotQuerySet, TenderQuerySet
from procurement.states import LotStatus, TenderStatus


class Tender(Versioned):
    """A centralized tender of a province, or of several that buy together, led by one agency."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    title = models.CharField(_("title"), max_length=200)
    agency = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="tenders", verbose_name=_("agency")
    )
    demand_round = models.ForeignKey(
        DemandRound, models.PROTECT, related_name="tenders", verbose_name=_("demand round")
    )
    rule_set = models.ForeignKey(
        "catalog.RuleSet", models.PROTECT, related_name="+", verbose_name=_("price-ratio rules")
    )
    deadline_at = models.DateTimeField(_("deadline for bids"))
    supply_from = models.DateField(_("supply from"))
    supply_until = models.DateField(_("supply until (exclusive)"))
    status = models.CharField(_("status"), max_length=20, choices=TenderStatus.choices, default=TenderStatus.DRAFT)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    objects: ClassVar[TenderQuerySet] = TenderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("tender")
        verbose_name_plural = _("tenders")
        ordering = ["-deadline_at"]
        constraints = [
            models.CheckConstraint(condition=Q(supply_until__gt=F("supply_from")), name="supply_ends_after_it_begins"),
        ]
        indexes = [
            # beat looks for those whose deadline has passed
            models.Index(
                fields=["deadline_at"],
                condition=Q(status=TenderStatus.PUBLISHED),
                name="tender_awaiting_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Lot(Versioned):
    """One generic, form and strength group of a tender, with its quantity and its ceiling.

    Prices are yuan per smallest unit at the strength of ``presentation``; offers of other strengths of the same
    medicine and form are carried to it by the price-ratio rules.
    """

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="lots", verbose_name=_("tender"))
    number = models.PositiveIntegerField(_("lot"))
    presentation = models.ForeignKey(
        "catalog.Presentation", models.PROTECT, related_name="lots", verbose_name=_("presentation")
    )
    quantity = models.PositiveBigIntegerField(_("quantity (smallest units)"))
    ceiling_price = models.DecimalField(_("ceiling (yuan per unit)"), max_digits=18, decimal_places=4)
    ceiling_evidence = models.JSONField(_("where the ceiling comes from"), default=dict)
    max_winners = models.PositiveSmallIntegerField(_("most winners"))
    status = models.CharField(_("status"), max_length=20, choices=LotStatus.choices, default=LotStatus.OPEN)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    objects: ClassVar[LotQuerySet] = LotQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["tender", "number"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "number"], name="a_lot_number_is_given_once"),
            models.UniqueConstraint(fields=["tender", "presentation"], name="a_presentation_is_tendered_once"),
            models.CheckConstraint(condition=Q(ceiling_price__gt=0), name="ceiling_is_positive"),
            models.CheckConstraint(condition=Q(max_winners__gt=0, quantity__gt=0), name="a_lot_has_something_to_win"),
        ]

    def __str__(self) -> str:
        return f"{self.tender.number}/{self.number} {self.presentation}"


class LotArea(models.Model):
    """A province's part of a lot; zero where the province reported no need and still wants the price."""

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="areas", verbose_name=_("lot"))
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    quantity = models.PositiveBigIntegerField(_("quantity (smallest units)"))

    class Meta:
        verbose_name = _("area of a lot")
        verbose_name_plural = _("areas of lots")
        ordering = ["province"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "province"], name="an_area_belongs_to_a_lot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} · {self.province.name}: {self.quantity}"
