"""The life of a case about a retail price, and of the penalty in it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class CaseStatus(models.TextChoices):
    OPENED = "opened", pgettext_lazy("case", "opened")
    NOTIFIED = "notified", pgettext_lazy("case", "the institution was notified")
    ANSWERED = "answered", _("answered")
    CORRECTED = "corrected", pgettext_lazy("case", "corrected")
    PENALISED = "penalised", pgettext_lazy("case", "penalised")
    CLOSED = "closed", pgettext_lazy("case", "closed")
    DISMISSED = "dismissed", pgettext_lazy("case", "dismissed")


class Penalty(models.TextChoices):
    WARNING = "warning", pgettext_lazy("penalty", "warning")
    REFUND = "refund", _("the excess is given back")
    FINE = "fine", _("fine")


class LetterKind(models.TextChoices):
    NOTIFICATION = "notification", pgettext_lazy("case", "notification")
    ANSWER = "answer", pgettext_lazy("case", "answer of the institution")
    LETTER = "letter", _("letter")
    DECISION = "decision", pgettext_lazy("case", "decision")


# A new finding joins the case that waits for its end; after a penalty it is another one.
OPEN_CASE = (CaseStatus.OPENED, CaseStatus.NOTIFIED, CaseStatus.ANSWERED, CaseStatus.CORRECTED)

RETAIL_CASE = Machine(
    "retail_case",
    CaseStatus,
    {
        "notify": (pgettext_lazy("case", "notify the institution"), [CaseStatus.OPENED], CaseStatus.NOTIFIED),
        "answer": (pgettext_lazy("case", "answer"), [CaseStatus.NOTIFIED], CaseStatus.ANSWERED),
        "correct": (
            pgettext_lazy("case", "record as corrected"),
            [CaseStatus.OPENED, CaseStatus.NOTIFIED, CaseStatus.ANSWERED],
            CaseStatus.CORRECTED,
        ),
        "reopen": (pgettext_lazy("case", "reopen"), [CaseStatus.CORRECTED], CaseStatus.OPENED),
        "penalise": (
            _("penalise"),
            [CaseStatus.NOTIFIED, CaseStatus.ANSWERED, CaseStatus.CORRECTED],
            CaseStatus.PENALISED,
        ),
        "close": (pgettext_lazy("case", "close"), [CaseStatus.CORRECTED, CaseStatus.PENALISED], CaseStatus.CLOSED),
        "dismiss": (
            pgettext_lazy("case", "dismiss"),
            [CaseStatus.OPENED, CaseStatus.NOTIFIED, CaseStatus.ANSWERED],
            CaseStatus.DISMISSED,
        ),
    },
)
