from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.querysets import ConductRecordQuerySet
from procurement.states import ConductStatus


class ConductRecord(Versioned):
    """What a firm did, and from when to when it therefore may not take part, and where.

    The rule set alone gives the effect, its term and its scope. ``province`` is empty where the effect is nationwide;
    ``elsewhere`` is what it means in the other provinces where it is not. ``proposed_by`` is empty where the platform
    proposed it from its own figures. ``ground`` says what bribery was established by.
    """

    class Offence(models.TextChoices):
        BRIBERY = "bribery", _("bribery")
        FAILED_SUPPLY = "failed_supply", _("failed supply")
        FALSE_PAPERS = "false_papers", _("false papers")
        PRICE_ABUSE = "price_abuse", _("price abuse")

    class Level(models.TextChoices):
        GENERAL = "general", _("breach of trust")
        SERIOUS = "serious", _("serious breach of trust")
        VERY_SERIOUS = "very_serious", _("very serious breach of trust")

    class Effect(models.TextChoices):
        WARNING = "warning", _("warning")
        LOWERS_SCORE = "lowers_score", _("lowers the score")
        BARRED = "barred", _("barred")

    class Ground(models.TextChoices):
        """What a record of bribery rests on (国卫法制发〔2013〕50号)."""

        COURT_FINDING = "court_finding", _("found by a court, with or without a sentence")
        NON_PROSECUTION = "non_prosecution", _("not prosecuted for a minor offence")
        PARTY_DISCIPLINE = "party_discipline", _("case of Party discipline")
        ADMINISTRATIVE_PENALTY = "administrative_penalty", _("administrative penalty")
        AUDIT_FINDING = "audit_finding", _("finding of an audit")
        OTHER = "other", _("other case under the law")

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="conduct_records", verbose_name=_("firm")
    )
    offence = models.CharField(_("offence"), max_length=20, choices=Offence.choices)
    ground = models.CharField(_("ground"), max_length=30, choices=Ground.choices, blank=True, default="")
    level = models.CharField(_("level"), max_length=20, choices=Level.choices)
    recorded_in = models.ForeignKey(
        "catalog.Region", models.PROTECT, related_name="+", verbose_name=_("recorded in the province")
    )
    effect = models.CharField(_("effect"), max_length=20, choices=Effect.choices)
    elsewhere = models.CharField(
        _("effect in other provinces"), max_length=20, choices=Effect.choices, blank=True, default=""
    )
    province = models.ForeignKey(
        "catalog.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("province")
    )
    validity = DateRangeField(_("takes effect"))
    facts = models.TextField(_("facts"))
    source = models.CharField(_("document"), max_length=300)
    rules = models.ForeignKey("catalog.RuleSet", models.PROTECT, related_name="+", verbose_name=_("rule set"))
    status = models.CharField(_("status"), max_length=20, choices=ConductStatus.choices, default=ConductStatus.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    repaired_on = models.DateField(_("repaired on"), null=True, blank=True)
    repair_note = models.TextField(_("repair"), blank=True)

    objects: ClassVar[ConductRecordQuerySet] = ConductRecordQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("conduct record")
        verbose_name_plural = _("conduct records")
        ordering = ["-validity", "organization"]
        constraints = [
            models.CheckConstraint(condition=Q(offence="bribery") | Q(ground=""), name="only_bribery_has_a_ground"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="nobody_confirms_their_own_conduct_record",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ConductStatus.IN_FORCE, ConductStatus.REPAIRED])
                | Q(confirmed_by__isnull=False),
                name="a_conduct_record_in_force_was_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(status=ConductStatus.REPAIRED) | Q(repaired_on__isnull=False) & ~Q(repair_note=""),
                name="a_repair_has_a_day_and_a_note",
            ),
        ]
        indexes = [
            # who is barred today
            models.Index(fields=["organization", "status"], name="conduct_of_firm"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.get_offence_display()}"

    def effect_in(self, province_id: str) -> str:
        """What it means in the province for as long as it holds; empty where it means nothing there."""
        return self.effect if self.province_id in (None, province_id) else self.elsewhere
