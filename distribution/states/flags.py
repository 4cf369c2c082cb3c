"""From where something is told that a supervisor should look at."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FlagKind(models.TextChoices):
    TENDER_SCREEN = "tender_screen", _("signs of collusion in a tender")
    ODD_ORDERS = "odd_orders", _("odd pattern of orders")
    RETAIL_FINDING = "retail_finding", _("retail prices")
    RETAIL_CASE = "retail_case", _("retail price case")
    LATE_PAYMENT = "late_payment", _("overdue payments")
    LATE_REPORT = "late_report", _("late report")
