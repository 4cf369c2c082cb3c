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


RETAIL_REPORT = Machine(
    "retail_report",
    RetailReportStatus,
    {"check": (_("check"), [RetailReportStatus.RECEIVED], RetailReportStatus.CHECKED)},
)
