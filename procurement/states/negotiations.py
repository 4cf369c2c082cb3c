"""The lives of negotiations and urgent purchases."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class NegotiationStatus(models.TextChoices):
    OPEN = "open", _("open")
    AGREED = "agreed", _("agreed")
    BROKEN_OFF = "broken_off", _("broken off")


class EmergencyPurchaseStatus(models.TextChoices):
    FILED = "filed", _("filed")
    ACCEPTED = "accepted", pgettext_lazy("emergency purchase", "accepted")
    OBJECTED = "objected", _("objected to")


NEGOTIATION = Machine(
    "negotiation",
    NegotiationStatus,
    {
        "agree": (_("record the agreed price"), [NegotiationStatus.OPEN], NegotiationStatus.AGREED),
        "break_off": (_("break off"), [NegotiationStatus.OPEN], NegotiationStatus.BROKEN_OFF),
    },
)


EMERGENCY_PURCHASE = Machine(
    "emergency_purchase",
    EmergencyPurchaseStatus,
    {
        "accept": (_("accept"), [EmergencyPurchaseStatus.FILED], EmergencyPurchaseStatus.ACCEPTED),
        "object": (_("object to"), [EmergencyPurchaseStatus.FILED], EmergencyPurchaseStatus.OBJECTED),
    },
)
