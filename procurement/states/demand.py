"""The lives of demand rounds and reports."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class DemandStatus(models.TextChoices):
    COLLECTING = "collecting", _("collecting")
    CLOSED = "closed", _("closed")


class DemandReportStatus(models.TextChoices):
    SUBMITTED = "submitted", _("submitted")
    COUNTY_CONFIRMED = "county_confirmed", _("confirmed by the county")
    CONFIRMED = "confirmed", _("confirmed by the province")
    RETURNED = "returned", _("returned")


DEMAND_ROUND = Machine(
    "demand_round",
    DemandStatus,
    {"close": (_("close the demand round"), [DemandStatus.COLLECTING], DemandStatus.CLOSED)},
)


DEMAND_REPORT = Machine(
    "demand",
    DemandReportStatus,
    {
        "confirm_for_county": (
            _("confirm for the county"),
            [DemandReportStatus.SUBMITTED],
            DemandReportStatus.COUNTY_CONFIRMED,
        ),
        "confirm": (
            _("confirm for the province"),
            [DemandReportStatus.SUBMITTED, DemandReportStatus.COUNTY_CONFIRMED],
            DemandReportStatus.CONFIRMED,
        ),
        "return": (
            _("return to the reporter"),
            [DemandReportStatus.SUBMITTED, DemandReportStatus.COUNTY_CONFIRMED, DemandReportStatus.CONFIRMED],
            DemandReportStatus.RETURNED,
        ),
        "revise": (
            _("report again"),
            [DemandReportStatus.RETURNED, DemandReportStatus.SUBMITTED],
            DemandReportStatus.SUBMITTED,
        ),
    },
)
