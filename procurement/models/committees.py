"""Who judges the technical envelopes, and what they found."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from procurement.models.bids import Bid
from procurement.models.tenders import Tender
from procurement.querysets import (
    CommitteeMemberQuerySet,
    CommitteeQuerySet,
    ExpertInterestQuerySet,
    ExpertQuerySet,
    ScoreSheetQuerySet,
)
from procurement.states import ScoreSheetStatus


class Expert(models.Model):
    """A person on the register from which committees are drawn."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="expert", verbose_name=_("person")
    )
    employer = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="experts", verbose_name=_("employer")
    )
    specialty = models.CharField(_("specialty"), max_length=100)
    is_active = models.BooleanField(_("may be drawn"), default=True)

    objects: ClassVar[ExpertQuerySet] = ExpertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("expert")
        verbose_name_plural = _("experts")
        ordering = ["user"]

    def __str__(self) -> str:
        return f"{self.user} · {self.employer}"


class ExpertInterest(models.Model):
    """A firm in which an expert has an interest, as declared or found."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="interests", verbose_name=_("expert"))
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("organization")
    )
    description = models.CharField(_("what ties them"), max_length=200)
    declared_at = models.DateTimeField(_("declared at"))

    objects: ClassVar[ExpertInterestQuerySet] = ExpertInterestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("interest of an expert")
        verbose_name_plural = _("interests of experts")
        ordering = ["expert", "organization"]
        constraints = [
            models.UniqueConstraint(fields=["expert", "organization"], name="an_interest_is_declared_once"),
        ]

    def __str__(self) -> str:
        return f"{self.expert} · {self.organization}"


class Committee(models.Model):
    """The experts drawn for a tender: from which pool, who was left out and why, and by which random seed.

    ``pool`` lists the experts as ``draw`` takes them, with their names; ``excluded`` holds by the id of an expert the
    name, the reason and the firm.
    """

    tender = models.OneToOneField(Tender, models.PROTECT, related_name="committee", verbose_name=_("tender"))
    drawn_at = models.DateTimeField(_("drawn at"))
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("drawn by"))
    pool = models.JSONField(_("pool"), default=list)
    excluded = models.JSONField(_("left out"), default=dict)
    seed = models.CharField(_("seed"), max_length=64)

    objects: ClassVar[CommitteeQuerySet] = CommitteeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("evaluation committee")
        verbose_name_plural = _("evaluation committees")

    def __str__(self) -> str:
        return self.tender.number


class CommitteeMember(models.Model):
    """Who sits on a committee, or did until they were replaced; ``number`` stands for the name in published figures."""

    committee = models.ForeignKey(
        Committee, models.CASCADE, related_name="members", verbose_name=_("evaluation committee")
    )
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats", verbose_name=_("expert"))
    number = models.PositiveSmallIntegerField(_("member"))
    is_outside = models.BooleanField(_("from outside the agency"))
    is_primary = models.BooleanField(_("of a primary institution"))
    left_at = models.DateTimeField(_("replaced at"), null=True, blank=True)
    left_reason = models.CharField(_("why replaced"), max_length=200, blank=True)

    objects: ClassVar[CommitteeMemberQuerySet] = CommitteeMemberQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("committee member")
        verbose_name_plural = _("committee members")
        ordering = ["committee", "number"]
        constraints = [
            models.UniqueConstraint(fields=["committee", "expert"], name="an_expert_sits_once"),
            models.UniqueConstraint(fields=["committee", "number"], name="a_member_has_a_number_of_their_own"),
            models.CheckConstraint(
                condition=models.Q(left_at=None, left_reason="")
                | models.Q(left_at__isnull=False) & ~models.Q(left_reason=""),
                name="who_is_replaced_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.expert)


REFUSE_SUBMITTED = """
RAISE EXCEPTION 'a_submitted_sheet_is_locked'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_submitted_sheet_is_locked';
"""


class ScoreSheet(Versioned):
    """One expert's scores of a tender; locked when submitted."""

    member = models.OneToOneField(
        CommitteeMember, models.PROTECT, related_name="sheet", verbose_name=_("committee member")
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ScoreSheetStatus.choices, default=ScoreSheetStatus.DRAFT
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)

    objects: ClassVar[ScoreSheetQuerySet] = ScoreSheetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("score sheet")
        verbose_name_plural = _("score sheets")
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Trigger(
                name="a_submitted_sheet_is_locked",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status=ScoreSheetStatus.SUBMITTED),
                func=REFUSE_SUBMITTED,
            ),
        ]

    def __str__(self) -> str:
        return str(self.member)


# The sheet is locked before it is asked: a submission that is under way is waited for.
REFUSE_LOCKED = """
PERFORM 1 FROM procurement_scoresheet sheet WHERE sheet.id IN (NEW.sheet_id, OLD.sheet_id) FOR SHARE;
IF EXISTS (
    SELECT 1 FROM procurement_scoresheet sheet
    WHERE sheet.id IN (NEW.sheet_id, OLD.sheet_id) AND sheet.status = 'submitted'
) THEN
    RAISE EXCEPTION 'submitted_scores_are_locked'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'submitted_scores_are_locked';
END IF;
RETURN COALESCE(NEW, OLD);
"""


class Score(models.Model):
    """Points of one expert for one criterion of one bid."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="scores", verbose_name=_("score sheet"))
    bid = models.ForeignKey(Bid, models.PROTECT, related_name="scores", verbose_name=_("bid"))
    criterion = models.CharField(pgettext_lazy("score", "criterion"), max_length=40)
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["sheet", "bid", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "bid", "criterion"], name="a_criterion_is_scored_once"),
            models.CheckConstraint(condition=models.Q(points__gte=0, points__lte=100), name="points_are_0_to_100"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="submitted_scores_are_locked",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=REFUSE_LOCKED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"
