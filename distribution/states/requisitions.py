from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class RequisitionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    APPROVED = "approved", _("approved")
    PLACED = "placed", _("placed with suppliers")
    CANCELLED = "cancelled", _("cancelled")


class LineOutcome(models.TextChoices):
    OPEN = "open", _("open")
    PLACED = "placed", _("placed")
    REFUSED = "refused", _("refused")


class Urgency(models.TextChoices):
    """What does not wait for the distribution run: a rescue, and small-quantity special medicines."""

    ORDINARY = "ordinary", _("ordinary")
    EMERGENCY = "emergency", _("emergency")
    SPECIAL = "special", _("special medicine in a small quantity")


REQUISITION = Machine(
    "requisition",
    RequisitionStatus,
    {
        "submit": (_("submit"), [RequisitionStatus.DRAFT], RequisitionStatus.SUBMITTED),
        "return": (_("send back"), [RequisitionStatus.SUBMITTED], RequisitionStatus.DRAFT),
        "approve": (_("approve"), [RequisitionStatus.SUBMITTED], RequisitionStatus.APPROVED),
        "place": (_("place with suppliers"), [RequisitionStatus.APPROVED], RequisitionStatus.PLACED),
        "cancel": (
            _("cancel"),
            [RequisitionStatus.DRAFT, RequisitionStatus.SUBMITTED, RequisitionStatus.APPROVED],
            RequisitionStatus.CANCELLED,
        ),
    },
)
