from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class RetailReportStatus(models.TextChoices):
    RECEIVED = "received", _("waiting for the check")
    CHECKED = "checked", _("checked")


class RetailVerdict(models.TextChoices):
    ABOVE_GUIDE_PRICE = "above_guide_price", _("above the guide price")
    ABOVE_PURCHASE_PRICE = "above_purchase_price", _("above the purchase price and allowed mark-up")
    NO_CEILING = "no_ceiling", _("no guide price known")
    ABNORMALLY_HIGH = "abnormally_high", _("abnormally high among its peers")
    ABNORMALLY_LOW = "abnormally_low", _("abnormally low among its peers")


class RetailSeverity(models.TextChoices):
    """A violation breaks a rule and becomes a case; an alarm asks somebody to look."""

    VIOLATION = "violation", _("violation")
    ALARM = "alarm", _("alarm")


# What breaks a rule.
VIOLATIONS = (RetailVerdict.ABOVE_GUIDE_PRICE, RetailVerdict.ABOVE_PURCHASE_PRICE)


class RetailFileStatus(models.TextChoices):
    UPLOADED = "uploaded", _("waiting for the worker")
    TAKEN = "taken", _("taken in")
    REFUSED = "refused", _("refused")


class SweepStatus(models.TextChoices):
    REQUESTED = "requested", _("waiting for the worker")
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")


RETAIL_REPORT = Machine(
    "retail_report",
    RetailReportStatus,
    {"check": (_("check"), [RetailReportStatus.RECEIVED], RetailReportStatus.CHECKED)},
)

RETAIL_FILE = Machine(
    "retail_file",
    RetailFileStatus,
    {
        "take": (_("take in"), [RetailFileStatus.UPLOADED], RetailFileStatus.TAKEN),
        "refuse": (_("refuse"), [RetailFileStatus.UPLOADED], RetailFileStatus.REFUSED),
    },
)

RETAIL_SWEEP = Machine(
    "retail_sweep",
    SweepStatus,
    {
        "start": (_("start"), [SweepStatus.REQUESTED], SweepStatus.RUNNING),
        "finish": (_("finish"), [SweepStatus.RUNNING], SweepStatus.FINISHED),
    },
)
