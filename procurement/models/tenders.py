from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.demand import DemandRound
from procurement.querysets import LotQuerySet, TenderQuerySet
from procurement.states import LotStatus, Procedure, Stage, TenderStatus

REFUSE_UNRETURNED = """
IF EXISTS (
    SELECT 1 FROM procurement_bid bid JOIN procurement_lot lot ON lot.id = bid.lot_id
    WHERE lot.tender_id = NEW.id AND bid.status = 'not_shortlisted' AND bid.envelope IS NOT NULL
) THEN
    RAISE EXCEPTION 'a_failed_envelope_is_returned_first'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_failed_envelope_is_returned_first';
END IF;
RETURN NEW;
"""


class Tender(Versioned):
    """A centralized tender of a province, or of several that buy together, led by one agency."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    title = models.CharField(_("title"), max_length=200)
    agency = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="tenders", verbose_name=_("agency")
    )
    procedure = models.CharField(
        _("procedure"), max_length=30, choices=Procedure.choices, default=Procedure.VOLUME_BASED
    )
    procedure_rules = models.ForeignKey(
        "catalog.RuleSet", models.PROTECT, null=True, related_name="+", verbose_name=_("rules of the procedure")
    )
    demand_round = models.ForeignKey(
        DemandRound, models.PROTECT, null=True, blank=True, related_name="tenders", verbose_name=_("demand round")
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

    candidates_published_at = models.DateTimeField(_("candidates published at"), null=True, blank=True)
    shortlist_published_at = models.DateTimeField(_("shortlist published at"), null=True, blank=True)
    objections_until = models.DateTimeField(_("objections until"), null=True, blank=True)
    cancel_reason = models.TextField(_("reason of the cancellation"), blank=True)
    retender_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="retenders", verbose_name=_("repeats the tender")
    )
    urgency_reason = models.TextField(_("why it is urgent"), blank=True)
    filing_due_on = models.DateField(_("to be filed until"), null=True, blank=True)
    filed_at = models.DateTimeField(_("filed at"), null=True, blank=True)
    filing_note = models.TextField(_("filing"), blank=True)

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
        triggers = [
            pgtrigger.Trigger(
                name="a_failed_envelope_is_returned_first",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status__in=[TenderStatus.OPENING, TenderStatus.OPENED]),
                func=REFUSE_UNRETURNED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def public_key(self, stage: Stage) -> bytes | None:
        """What envelopes of the stage are sealed with; none before the publication, or where there is no such one."""
        return next((bytes(key.public_key) for key in self.keys.all() if key.stage == stage), None)


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
    max_winners = models.PositiveSmallIntegerField(
        _("most winners"), null=True, blank=True, help_text=_("Empty: the table of the rule set decides.")
    )
    proposal = models.JSONField(_("how the proposal came about"), default=dict, blank=True)
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
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & (Q(max_winners=None) | Q(max_winners__gt=0)),
                name="a_lot_has_something_to_win",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender.number}/{self.number} {self.presentation}"


class Invitation(models.Model):
    """A supplier that is asked to bid where a procedure is not open to all."""

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="invitations", verbose_name=_("tender"))
    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="invitations", verbose_name=_("supplier")
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["supplier"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "supplier"], name="a_supplier_is_invited_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tender.number} → {self.supplier}"


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
