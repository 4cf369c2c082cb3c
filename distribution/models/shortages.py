from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.models.reserve import ReserveRelease
from distribution.models.stock import StockTransfer
from distribution.querysets import (
    NationalShortageQuerySet,
    ShortageItemQuerySet,
    ShortageReportQuerySet,
    StopNoticeQuerySet,
)
from distribution.states import (
    LISTED_SHORTAGE,
    AnswerKind,
    AnswerOutcome,
    NationalListing,
    ShortageGrade,
    ShortageReason,
    ShortageStatus,
)


class ShortageReport(models.Model):
    """An institution says that it cannot get a medicine; ``units`` are what it lacks for a month, in smallest units.

    ``ended_at`` is when it took the report back, being supplied again.
    """

    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="shortage_reports", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    reason = models.CharField(pgettext_lazy("shortage", "why"), max_length=20, choices=ShortageReason.choices)
    units = models.PositiveBigIntegerField(_("lacking (units per month)"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    filed_at = models.DateTimeField(_("reported at"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("reported by")
    )
    ended_at = models.DateTimeField(_("supplied again at"), null=True, blank=True)

    objects: ClassVar[ShortageReportQuerySet] = ShortageReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("shortage report")
        verbose_name_plural = _("shortage reports")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="a_shortage_lacks_something"),
            models.UniqueConstraint(
                fields=["institution", "product"],
                condition=Q(ended_at=None),
                name="a_shortage_is_reported_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution} · {self.product}"


class StopNotice(models.Model):
    """A producer announces that it stops making a product; ``resumes_on`` is the first day on which it is made again.

    ``due_on`` is the day by which the rules wanted it told; ``is_late`` says that it was told after it.
    """

    producer = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="stop_notices", verbose_name=_("producer")
    )
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    stops_on = models.DateField(_("production stops on"))
    resumes_on = models.DateField(_("production resumes on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=1000)
    due_on = models.DateField(_("to be told until"))
    is_late = models.BooleanField(_("told late"))
    filed_at = models.DateTimeField(_("told at"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("stop notice", "told by"),
    )
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    objects: ClassVar[StopNoticeQuerySet] = StopNoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice of a production stop")
        verbose_name_plural = _("notices of production stops")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resumes_on=None) | Q(resumes_on__gt=F("stops_on")), name="a_stop_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["product", "stops_on"], condition=Q(withdrawn_at=None), name="a_stop_is_announced_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.stops_on}"


class ShortageItem(Versioned):
    """A presentation that is short in a province, or about to be; one at a time is on the list.

    ``checks`` are the signals with rule, source and values, as they were found last. ``answer_by`` is the day by which
    the province chooses what to do, empty of what is only watched. ``cleared_at`` is when the signals were gone.
    What was closed by an officer although they were not is not listed again at once.
    """

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    presentation = models.ForeignKey(
        "catalog.Presentation", models.PROTECT, related_name="shortages", verbose_name=_("presentation")
    )
    grade = models.CharField(pgettext_lazy("shortage", "grade"), max_length=20, choices=ShortageGrade.choices)
    checks = models.JSONField(_("signals"))
    status = models.CharField(_("status"), max_length=20, choices=ShortageStatus.choices, default=ShortageStatus.OPEN)
    status_reason = models.CharField(_("reason of the last change"), max_length=1000, blank=True)
    opened_at = models.DateTimeField(_("on the list since"))
    seen_at = models.DateTimeField(_("looked at last"))
    answer_by = models.DateField(_("to be answered by"), null=True, blank=True)
    cleared_at = models.DateTimeField(_("no signals since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects: ClassVar[ShortageItemQuerySet] = ShortageItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("shortage")
        verbose_name_plural = _("shortages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["province", "presentation"],
                condition=Q(status__in=LISTED_SHORTAGE),
                name="a_shortage_is_listed_once",
            ),
            models.CheckConstraint(
                condition=~Q(status=ShortageStatus.CLOSED) | Q(closed_at__isnull=False),
                name="a_closed_shortage_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.presentation}"

    @property
    def number(self) -> str:
        """How people call it."""
        return f"SH{self.pk:08d}"


class ShortageAnswer(Versioned):
    """What was chosen about a shortage, the record that carries it out, and what became of it by its day.

    ``units`` of the backup supplier's line were handed over to it; the others' quantities stand on their records.
    """

    item = models.ForeignKey(ShortageItem, models.PROTECT, related_name="answers", verbose_name=_("shortage"))
    kind = models.CharField(_("what is done"), max_length=30, choices=AnswerKind.choices)
    reason = models.CharField(_("reason"), max_length=300)
    backup_line = models.ForeignKey(
        "procurement.AgreementLine",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agreed volume of the backup supplier"),
    )
    transfer = models.ForeignKey(
        StockTransfer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stock transfer")
    )
    release = models.ForeignKey(
        ReserveRelease,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("release from the reserve"),
    )
    tender = models.ForeignKey(
        "procurement.Tender", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tender")
    )
    units = models.PositiveBigIntegerField(_("units"), null=True, blank=True)
    chosen_at = models.DateTimeField(_("chosen at"))
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("chosen by")
    )
    follow_up_on = models.DateField(_("to be followed up on"))
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    outcome = models.CharField(
        pgettext_lazy("shortage", "outcome"), max_length=20, choices=AnswerOutcome.choices, blank=True
    )
    outcome_note = models.CharField(_("what was found"), max_length=1000, blank=True)
    followed_up_at = models.DateTimeField(_("followed up at"), null=True, blank=True)
    followed_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("followed up by"),
    )

    class Meta:
        verbose_name = _("answer to a shortage")
        verbose_name_plural = _("answers to shortages")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind=AnswerKind.BACKUP_SUPPLIER, backup_line__isnull=False, units__gt=0)
                    & Q(transfer=None, release=None, tender=None)
                )
                | (
                    Q(kind=AnswerKind.REDISTRIBUTION, transfer__isnull=False)
                    & Q(backup_line=None, release=None, tender=None)
                )
                | (Q(kind=AnswerKind.RESERVE, release__isnull=False) & Q(backup_line=None, transfer=None, tender=None))
                | (
                    Q(kind=AnswerKind.DESIGNATED_PRODUCTION, tender__isnull=False)
                    & Q(backup_line=None, transfer=None, release=None)
                ),
                name="an_answer_is_carried_out_by_its_kind",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(outcome=""), name="one_answer_to_a_shortage_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", followed_up_at=None) | ~Q(outcome="") & Q(followed_up_at__isnull=False),
                name="an_outcome_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.number} · {self.get_kind_display()}"


class NationalShortage(Versioned):
    """A presentation that is short in so many provinces that the whole country looks at it.

    ``provinces`` holds the grade by the code of the province, as found last.
    """

    presentation = models.ForeignKey(
        "catalog.Presentation", models.PROTECT, related_name="national_shortages", verbose_name=_("presentation")
    )
    listing = models.CharField(pgettext_lazy("shortage", "list"), max_length=20, choices=NationalListing.choices)
    provinces = models.JSONField(_("provinces"))
    checks = models.JSONField(_("checks"))
    listed_at = models.DateTimeField(_("on the list since"))
    ended_at = models.DateTimeField(_("off the list since"), null=True, blank=True)

    objects: ClassVar[NationalShortageQuerySet] = NationalShortageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("national shortage")
        verbose_name_plural = _("national shortages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["presentation"], condition=Q(ended_at=None), name="a_national_shortage_is_listed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.presentation} · {self.get_listing_display()}"
