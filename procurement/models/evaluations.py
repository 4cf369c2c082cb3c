from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from procurement.models.bids import Bid
from procurement.models.tenders import Lot, Tender
from procurement.querysets import ExplanationQuerySet, ScreenFlagQuerySet


class Evaluation(models.Model):
    """The worker's evaluation of a tender's opened bids."""

    tender = models.OneToOneField(Tender, models.PROTECT, related_name="evaluation", verbose_name=_("tender"))
    evaluated_at = models.DateTimeField(_("evaluated at"))
    ranked_count = models.PositiveIntegerField(_("bids ranked"))
    set_aside_count = models.PositiveIntegerField(_("bids set aside"))
    failed_lots = models.PositiveIntegerField(_("lots without a valid bid"))

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")

    def __str__(self) -> str:
        return self.tender.number


class EvaluationLine(models.Model):
    """Where a ranked bid came in and whether it is proposed; the steps follow from what the bid and the lot keep."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="lines", verbose_name=_("evaluation"))
    bid = models.OneToOneField(Bid, models.PROTECT, related_name="evaluation_line", verbose_name=_("bid"))
    rank = models.PositiveIntegerField(_("rank"))
    is_proposed = models.BooleanField(_("proposed"))
    is_zero_volume = models.BooleanField(_("wins without agreed volume"), default=False)
    is_abnormally_low = models.BooleanField(_("abnormally low"), default=False)
    is_tied = models.BooleanField(
        _("tied"), help_text=_("The same comparable price stands on both sides of the last winner's place.")
    )

    class Meta:
        verbose_name = _("place in the ranking")
        verbose_name_plural = _("ranking")
        ordering = ["rank"]

    def __str__(self) -> str:
        return f"{self.rank}. {self.bid}"


class Explanation(models.Model):
    """What the bidder of an abnormally low price was asked, and how its answer was judged."""

    bid = models.OneToOneField(Bid, models.PROTECT, related_name="explanation", verbose_name=_("bid"))
    figures = models.JSONField(_("figures"), default=dict)
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("answer due at"))
    answer = models.TextField(pgettext_lazy("explanation", "answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    is_accepted = models.BooleanField(pgettext_lazy("explanation", "accepted"), null=True, blank=True)
    judgement = models.TextField(_("judgement"), blank=True)
    judged_at = models.DateTimeField(_("judged at"), null=True, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("judged by")
    )

    objects: ClassVar[ExplanationQuerySet] = ExplanationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("explanation of a low price")
        verbose_name_plural = _("explanations of low prices")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_accepted=None, judged_at=None, judged_by=None)
                | models.Q(is_accepted__isnull=False, judged_at__isnull=False, judged_by__isnull=False),
                name="a_judgement_has_a_judge",
            ),
        ]

    def __str__(self) -> str:
        return str(self.bid)


class ScreenFlag(models.Model):
    """Something on the opened bids that a supervisor should look at: figures, not a verdict."""

    tender = models.ForeignKey(Tender, models.CASCADE, related_name="flags", verbose_name=_("tender"))
    lot = models.ForeignKey(Lot, models.CASCADE, null=True, blank=True, related_name="flags", verbose_name=_("lot"))
    kind = models.CharField(_("kind"), max_length=40)
    bids = models.ManyToManyField(Bid, related_name="flags", verbose_name=_("bids"))
    figures = models.JSONField(_("figures"), default=dict)
    raised_at = models.DateTimeField(_("raised at"))
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar[ScreenFlagQuerySet] = ScreenFlagQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("screen flag")
        verbose_name_plural = _("screen flags")
        ordering = ["tender", "lot", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(note="", reviewed_at=None, reviewed_by=None)
                | ~models.Q(note="") & models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="a_reviewed_flag_has_a_note",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender.number} · {self.kind}"
