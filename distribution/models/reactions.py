from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.models.deliveries import LotHold
from distribution.querysets import AdverseReactionQuerySet, LotAlertQuerySet, SafetySignalQuerySet
from distribution.states import (
    AgeGroup,
    Causality,
    LotAlertStatus,
    Outcome,
    ReactionStatus,
    Seriousness,
    Sex,
    SignalStatus,
)


class AdverseReaction(Versioned):
    """What happened to a patient after a medicine, with the days by which it is reported, reviewed and concluded.

    Nothing names the patient: the reporter knows who it was by the number of the report. ``known_on`` is the day on
    which the reporter learned of it; the limits come from ``rule``, stated in ``source``.
    """

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    reporter = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="reactions_reported", verbose_name=_("reported by")
    )
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="reactions", verbose_name=_("product"))
    lot_number = models.CharField(_("lot number"), max_length=20, blank=True)
    event = models.CharField(_("adverse event"), max_length=100)
    seriousness = models.CharField(_("seriousness"), max_length=10, choices=Seriousness.choices)
    age_group = models.CharField(_("age"), max_length=12, choices=AgeGroup.choices, default=AgeGroup.UNKNOWN)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex.choices, default=Sex.UNKNOWN)
    outcome = models.CharField(
        pgettext_lazy("adverse reaction", "outcome"), max_length=15, choices=Outcome.choices, default=Outcome.UNKNOWN
    )
    onset_on = models.DateField(_("began on"))
    known_on = models.DateField(_("known to the reporter on"))
    due_on = models.DateField(_("to be reported by"))
    rule = models.CharField(_("rule"), max_length=40)
    source = models.CharField(_("source"), max_length=300)
    reported_at = models.DateTimeField(_("reported at"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ReactionStatus.choices, default=ReactionStatus.REPORTED
    )
    review_by = models.DateField(_("to be reviewed by"))
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    conclude_by = models.DateField(_("to be concluded by"), null=True, blank=True)
    concluded_at = models.DateTimeField(pgettext_lazy("adverse reaction", "concluded at"), null=True, blank=True)
    causality = models.CharField(_("causality"), max_length=15, choices=Causality.choices, blank=True)
    remark = models.CharField(_("remark"), max_length=300, blank=True)

    objects: ClassVar[AdverseReactionQuerySet] = AdverseReactionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("adverse reaction")
        verbose_name_plural = _("adverse reactions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(event=""), name="a_reaction_has_an_event"),
            models.CheckConstraint(condition=Q(onset_on__lte=F("known_on")), name="a_reaction_is_known_after_it_began"),
            models.CheckConstraint(
                condition=~Q(status__in=[ReactionStatus.REVIEWED, ReactionStatus.CONCLUDED])
                | ~Q(causality="") & Q(reviewed_at__isnull=False),
                name="a_reviewed_reaction_is_judged",
            ),
        ]
        indexes = [
            # the reports about a lot, and about a product
            models.Index(fields=["product", "lot_number"], name="reaction_of_lot"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it, and what stands for the patient."""
        return f"AR{self.pk:08d}"


class SafetySignal(Versioned):
    """A product after which an event is reported more often than after the others.

    ``figures`` are the four counts and what is reckoned from them, ``methods`` whose thresholds are passed. What a
    later reckoning does not find any more has ``faded_at`` and stays.
    """

    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="signals", verbose_name=_("product"))
    event = models.CharField(_("adverse event"), max_length=100)
    figures = models.JSONField(_("figures"))
    methods = models.JSONField(_("methods passed"))
    found_at = models.DateTimeField(_("found at"))
    refreshed_at = models.DateTimeField(_("reckoned at"))
    faded_at = models.DateTimeField(_("not found any more since"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=SignalStatus.choices, default=SignalStatus.FOUND)
    remark = models.CharField(_("remark"), max_length=300, blank=True)

    objects: ClassVar[SafetySignalQuerySet] = SafetySignalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("safety signal")
        verbose_name_plural = _("safety signals")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "event"], name="one_signal_per_product_and_event"),
            models.CheckConstraint(
                condition=Q(status=SignalStatus.FOUND) | ~Q(remark=""), name="a_judged_signal_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.event}"


class LotAlert(Versioned):
    """Reactions crowd on one lot: why that is thought, and what was decided about it.

    Each of ``grounds`` names the rule, its source, the values that were compared and the days of the window.
    """

    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="lot_alerts", verbose_name=_("product"))
    lot_number = models.CharField(_("lot number"), max_length=20)
    grounds = models.JSONField(_("grounds"))
    raised_at = models.DateTimeField(_("raised at"))
    investigate_by = models.DateField(_("to be investigated by the maker by"))
    status = models.CharField(_("status"), max_length=20, choices=LotAlertStatus.choices, default=LotAlertStatus.RAISED)
    decided_at = models.DateTimeField(pgettext_lazy("lot alert", "decided at"), null=True, blank=True)
    hold = models.ForeignKey(
        LotHold, models.PROTECT, null=True, blank=True, related_name="alerts", verbose_name=_("hold")
    )
    remark = models.CharField(_("remark"), max_length=300, blank=True)

    objects: ClassVar[LotAlertQuerySet] = LotAlertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("lot alert")
        verbose_name_plural = _("lot alerts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "lot_number"],
                condition=Q(status=LotAlertStatus.RAISED),
                name="one_open_alert_per_lot",
            ),
            models.CheckConstraint(
                condition=~Q(status=LotAlertStatus.DISMISSED) | ~Q(remark=""), name="a_dismissed_alert_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.lot_number}"
