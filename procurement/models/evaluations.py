from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from procurement.models.bids import Bid
from procurement.models.tenders import Tender


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
    """Where a ranked bid came in, whether it is proposed, and every step of the computation."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="lines", verbose_name=_("evaluation"))
    bid = models.OneToOneField(Bid, models.PROTECT, related_name="evaluation_line", verbose_name=_("bid"))
    rank = models.PositiveIntegerField(_("rank"))
    is_proposed = models.BooleanField(_("proposed"))
    is_tied = models.BooleanField(
        _("tied"), help_text=_("The same comparable price stands on both sides of the last winner's place.")
    )

    class Meta:
        verbose_name = _("place in the ranking")
        verbose_name_plural = _("ranking")
        ordering = ["rank"]

    def __str__(self) -> str:
        return f"{self.rank}. {self.bid}"
