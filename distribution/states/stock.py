from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.machine import Machine


class StockMove(models.TextChoices):
    """Why the stock of a lot changed; the units are signed."""

    RECEIPT = "receipt", pgettext_lazy("stock", "received")
    OPENING = "opening", _("opening stock")
    ISSUE = "issue", _("issued to patients")
    RETURN = "return", _("returned to the supplier")
    RECALL = "recall", _("handed back in a recall")
    COUNT = "count", _("corrected after a count")
    WRITE_OFF = "write_off", _("written off")
    TRANSFER_OUT = "transfer_out", _("given to another institution")
    TRANSFER_IN = "transfer_in", _("taken from another institution")
    RESERVE_IN = "reserve_in", _("put into the reserve")
    RESERVE_OUT = "reserve_out", _("released from the reserve")
    ROTATION = "rotation", _("rotated out of the reserve")


class TransferStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("transfer", "proposed")
    AGREED = "agreed", _("agreed")
    SENT = "sent", _("on the way")
    RECEIVED = "received", _("received")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")


class ReleaseStatus(models.TextChoices):
    ORDERED = "ordered", _("ordered")
    APPROVED = "approved", _("approved")
    ISSUED = "issued", _("issued")
    DROPPED = "dropped", _("dropped")


class StockWarning(models.TextChoices):
    """What the keeper of stock should look at: the first three are of a lot, the others of a product."""

    EXPIRED = "expired", _("expired")
    HELD = "held", _("held or recalled")
    NEAR_EXPIRY = "near_expiry", _("near its expiry")
    STOCK_OUT = "stock_out", _("nothing left to issue")
    LOW = "low", _("less than the usual use")


TRANSFER = Machine(
    "stock_transfer",
    TransferStatus,
    {
        "agree": (_("agree"), [TransferStatus.PROPOSED], TransferStatus.AGREED),
        "refuse": (_("refuse"), [TransferStatus.PROPOSED], TransferStatus.REFUSED),
        "send": (_("send"), [TransferStatus.AGREED], TransferStatus.SENT),
        "receive": (_("receive"), [TransferStatus.SENT], TransferStatus.RECEIVED),
        "cancel": (_("cancel"), [TransferStatus.PROPOSED, TransferStatus.AGREED], TransferStatus.CANCELLED),
    },
)

RELEASE = Machine(
    "reserve_release",
    ReleaseStatus,
    {
        "approve": (_("approve"), [ReleaseStatus.ORDERED], ReleaseStatus.APPROVED),
        "issue": (_("issue"), [ReleaseStatus.APPROVED], ReleaseStatus.ISSUED),
        "drop": (_("drop"), [ReleaseStatus.ORDERED, ReleaseStatus.APPROVED], ReleaseStatus.DROPPED),
    },
)
