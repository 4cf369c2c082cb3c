from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class ShortageGrade(models.TextChoices):
    """How bad it is, the gravest first."""

    SEVERE = "severe", _("severely short")
    SHORT = "short", pgettext_lazy("shortage", "short")
    WATCH = "watch", _("to be watched")


class ShortageReason(models.TextChoices):
    """Why an institution cannot get a medicine, as it sees it."""

    NOT_SUPPLIED = "not_supplied", _("ordered and not supplied")
    NOT_OFFERED = "not_offered", _("nobody offers it")
    STOCK_OUT = "stock_out", _("out of stock, use rose")
    OTHER = "other", _("other")


class ShortageStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("shortage", "open")
    ANSWERED = "answered", pgettext_lazy("shortage", "answered")
    FOLLOWED_UP = "followed_up", _("followed up")
    CLOSED = "closed", pgettext_lazy("shortage", "closed")


# What stands on the list.
LISTED_SHORTAGE = (ShortageStatus.OPEN, ShortageStatus.ANSWERED, ShortageStatus.FOLLOWED_UP)


class AnswerKind(models.TextChoices):
    """What is done about a shortage."""

    BACKUP_SUPPLIER = "backup_supplier", _("backup supplier")
    REDISTRIBUTION = "redistribution", _("redistribution")
    RESERVE = "reserve", _("release from the reserve")
    DESIGNATED_PRODUCTION = "designated_production", _("designated production")


class AnswerOutcome(models.TextChoices):
    """What became of an answer by the day of its follow-up."""

    RESOLVED = "resolved", _("it is supplied again")
    PARTLY = "partly", _("it is supplied in part: another answer is needed")
    FAILED = "failed", _("it did not help: another answer is needed")


class NationalListing(models.TextChoices):
    """On which list of the whole country a presentation stands."""

    SHORT = "short", _("national shortage list")
    EASILY_SHORT = "easily_short", _("easily short, watched")


SHORTAGE = Machine(
    "shortage",
    ShortageStatus,
    {
        "answer": (pgettext_lazy("shortage", "answer"), [ShortageStatus.OPEN], ShortageStatus.ANSWERED),
        "follow_up": (_("record as helped"), [ShortageStatus.ANSWERED], ShortageStatus.FOLLOWED_UP),
        "reopen": (_("open again"), [ShortageStatus.ANSWERED], ShortageStatus.OPEN),
        "close": (pgettext_lazy("shortage", "close"), [ShortageStatus.FOLLOWED_UP], ShortageStatus.CLOSED),
        "dismiss": (_("dismiss"), [ShortageStatus.OPEN], ShortageStatus.CLOSED),
        "clear": (_("clear"), [ShortageStatus.OPEN, ShortageStatus.FOLLOWED_UP], ShortageStatus.CLOSED),
    },
)
