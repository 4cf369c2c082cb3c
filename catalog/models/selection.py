from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.editions import Edition, EditionEntry
from catalog.states import Criterion


class SelectionReview(models.Model):
    """A meeting of experts that decided which medicines an edition lists."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="reviews", verbose_name=_("edition"))
    title = models.CharField(_("title"), max_length=200)
    held_on = models.DateField(_("held on"))
    panel = models.CharField(_("panel"), max_length=500, help_text=_("Who decided."))
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("selection review")
        verbose_name_plural = _("selection reviews")
        ordering = ["-held_on", "title"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "title", "held_on"], name="a_review_is_recorded_once"),
        ]

    def __str__(self) -> str:
        return self.title


class SelectionFinding(models.Model):
    """What a review found about one criterion of one entry; the latest review has the last word."""

    review = models.ForeignKey(SelectionReview, models.PROTECT, related_name="findings", verbose_name=_("review"))
    entry = models.ForeignKey(EditionEntry, models.CASCADE, related_name="findings", verbose_name=_("entry"))
    criterion = models.CharField(_("criterion"), max_length=20, choices=Criterion.choices)
    is_met = models.BooleanField(_("met"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("finding of a review")
        verbose_name_plural = _("findings of reviews")
        ordering = ["entry", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["review", "entry", "criterion"], name="a_criterion_is_judged_once"),
            models.CheckConstraint(
                condition=models.Q(is_met=True) | ~models.Q(reason=""), name="an_unmet_criterion_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} · {self.get_criterion_display()}"
