from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.querysets import RecallNoticeQuerySet, RecallQuerySet, RecallReportQuerySet
from distribution.states import (
    RecallClass,
    RecallNoticeStatus,
    RecallReportKind,
    RecallStatus,
)


class Recall(Versioned):
    """Lots of a product that their maker takes back; the whole product where no lot is named.

    The lots are held from the proposal on. ``notify_by``, ``plan_by`` and ``progress_by`` are moments before which the
    notice, the plan and the next progress report are due, by the ``rule`` that was in force when the recall was opened,
    stated in ``limits_source``. ``effectiveness`` holds the figures of the day it was closed.
    """

    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="recalls", verbose_name=_("product"))
    lots = ArrayField(models.CharField(max_length=20), verbose_name=_("lot numbers"), default=list, blank=True)
    level = models.CharField(_("class"), max_length=3, choices=RecallClass.choices)
    reason = models.CharField(_("reason"), max_length=300)
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    status = models.CharField(_("status"), max_length=20, choices=RecallStatus.choices, default=RecallStatus.PROPOSED)
    status_reason = models.CharField(_("reason of the last change"), max_length=300, blank=True)
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by (person)")
    )
    opened_at = models.DateTimeField(pgettext_lazy("recall", "opened at"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("recall", "opened by"),
    )
    rule = models.CharField(_("rule"), max_length=40, blank=True)
    limits_source = models.CharField(_("source of the limits"), max_length=300, blank=True)
    progress_days = models.PositiveSmallIntegerField(_("days between progress reports"), null=True, blank=True)
    is_public = models.BooleanField(_("made public"), default=False)
    notify_by = models.DateTimeField(_("to be notified before"), null=True, blank=True)
    plan_by = models.DateTimeField(_("plan due before"), null=True, blank=True)
    progress_by = models.DateTimeField(_("next progress report due before"), null=True, blank=True)
    instructions = models.TextField(_("what the receivers are to do"), blank=True)
    notified_at = models.DateTimeField(_("notified at"), null=True, blank=True)
    planned_at = models.DateTimeField(_("plan filed at"), null=True, blank=True)
    closed_at = models.DateTimeField(pgettext_lazy("recall", "closed at"), null=True, blank=True)
    effectiveness = models.JSONField(_("effectiveness"), default=dict, blank=True)
    conclusion = models.TextField(_("conclusion"), blank=True)

    objects: ClassVar[RecallQuerySet] = RecallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("recall")
        verbose_name_plural = _("recalls")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_recall_has_a_reason"),
            models.CheckConstraint(
                condition=Q(opened_by=None) | ~Q(opened_by=F("proposed_by")), name="nobody_opens_their_own_recall"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[RecallStatus.PROPOSED, RecallStatus.DROPPED])
                | Q(opened_at__isnull=False, notify_by__isnull=False),
                name="an_opened_recall_has_its_limits",
            ),
            models.CheckConstraint(
                condition=~Q(status=RecallStatus.CLOSED) | ~Q(conclusion=""), name="a_closed_recall_has_a_conclusion"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"RL{self.pk:08d}"


class RecallNotice(Versioned):
    """A recall, as one organization that received the lots learns of it; the units are of that moment.

    ``units_found`` is what it says to have on hand when it acknowledges.
    """

    recall = models.ForeignKey(Recall, models.PROTECT, related_name="notices", verbose_name=_("recall"))
    recipient = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="recall_notices", verbose_name=_("addressee")
    )
    units_received = models.BigIntegerField(_("units received"))
    units_on_hand = models.BigIntegerField(_("units on hand"))
    sent_at = models.DateTimeField(_("sent at"))
    status = models.CharField(
        _("status"), max_length=20, choices=RecallNoticeStatus.choices, default=RecallNoticeStatus.SENT
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    units_found = models.PositiveBigIntegerField(_("units found"), null=True, blank=True)

    objects: ClassVar[RecallNoticeQuerySet] = RecallNoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("recall notice")
        verbose_name_plural = _("recall notices")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["recall", "recipient"], name="a_recall_is_told_once"),
            models.CheckConstraint(
                condition=Q(status=RecallNoticeStatus.SENT)
                | Q(acknowledged_at__isnull=False, units_found__isnull=False),
                name="an_acknowledged_notice_says_what_was_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recall} · {self.recipient}"


class RecallReport(models.Model):
    """The maker's plan of a recall, or how it goes; ``figures`` are the platform's own of that moment."""

    recall = models.ForeignKey(Recall, models.PROTECT, related_name="reports", verbose_name=_("recall"))
    kind = models.CharField(_("kind"), max_length=20, choices=RecallReportKind.choices)
    text = models.TextField(pgettext_lazy("recall", "report"))
    figures = models.JSONField(_("figures"))
    due_by = models.DateTimeField(_("due before"), null=True, blank=True)
    filed_at = models.DateTimeField(_("filed at"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("filed by")
    )

    objects: ClassVar[RecallReportQuerySet] = RecallReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("report of a recall")
        verbose_name_plural = _("reports of recalls")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_report_of_a_recall_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.recall} · {self.get_kind_display()}"
