from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class DespatchStatus(models.TextChoices):
    SENT = "sent", _("on the way")
    RECEIVED = "received", _("received")


class RejectionReason(models.TextChoices):
    DAMAGED = "damaged", _("damaged")
    WRONG_PRODUCT = "wrong_product", _("wrong product")
    WRONG_LOT = "wrong_lot", _("wrong lot number")
    EXPIRED = "expired", _("expired")
    SHORT_LIFE = "short_life", _("remaining life too short")
    TEMPERATURE = "temperature", _("temperature out of range")
    LOT_HELD = "lot_held", _("lot recalled or held")
    PAPERS = "papers", _("papers missing or not in agreement")
    LATE = "late", _("too late to be of use")


class Remedy(models.TextChoices):
    """What the institution wants for goods that it gives back."""

    REPLACE = "replace", _("other goods")
    CREDIT = "credit", _("no other goods")


class ReturnStatus(models.TextChoices):
    REQUESTED = "requested", _("requested")
    AGREED = "agreed", _("agreed")
    REFUSED = "refused", _("refused")
    RETURNED = "returned", _("returned")
    CANCELLED = "cancelled", _("cancelled")


class HoldKind(models.TextChoices):
    QUARANTINE = "quarantine", _("quarantined")
    RECALL = "recall", _("recalled")
    PRICE_ALARM = "price_alarm", _("trading suspended by a price alarm")


# What people hold; a price alarm suspends by itself.
GOODS_HOLDS = (HoldKind.QUARANTINE, HoldKind.RECALL)


DESPATCH = Machine(
    "despatch",
    DespatchStatus,
    {"receive": (_("receive"), [DespatchStatus.SENT], DespatchStatus.RECEIVED)},
)

GOODS_RETURN = Machine(
    "goods_return",
    ReturnStatus,
    {
        "agree": (_("agree to the return"), [ReturnStatus.REQUESTED], ReturnStatus.AGREED),
        "refuse": (_("refuse the return"), [ReturnStatus.REQUESTED], ReturnStatus.REFUSED),
        "hand_over": (_("hand over"), [ReturnStatus.AGREED], ReturnStatus.RETURNED),
        "cancel": (_("cancel"), [ReturnStatus.REQUESTED, ReturnStatus.AGREED], ReturnStatus.CANCELLED),
    },
)
