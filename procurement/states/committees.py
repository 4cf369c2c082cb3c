"""The life of a score sheet."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class ScoreSheetStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")


SCORE_SHEET = Machine(
    "score_sheet",
    ScoreSheetStatus,
    {"submit": (_("submit the scores"), [ScoreSheetStatus.DRAFT], ScoreSheetStatus.SUBMITTED)},
)
