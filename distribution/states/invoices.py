from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class InvoiceKind(models.TextChoices):
    SALE = "sale", _("sale")
    CREDIT = "credit", _("credit note")


class InvoiceStatus(models.TextChoices):
    FILED = "filed", _("filed")
    MATCHED = "matched", _("matched")
    DISPUTED = "disputed", _("in dispute")
    SETTLED = "settled", _("settled")
    WITHDRAWN = "withdrawn", _("withdrawn")


class DeemedGround(models.TextChoices):
    """Why a firm counts as the producer (国医改办发〔2016〕4号): one of each in the whole nation."""

    SALES_COMPANY = "sales_company", _("the group's own sales company")
    GENERAL_AGENT = "general_agent", _("general agent of an overseas medicine")


class SettlementStatus(models.TextChoices):
    DRAWN = "drawn", _("drawn up")
    APPROVED = "approved", _("approved")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")


INVOICE = Machine(
    "invoice",
    InvoiceStatus,
    {
        "match": (_("match"), [InvoiceStatus.FILED, InvoiceStatus.DISPUTED], InvoiceStatus.MATCHED),
        "dispute": (_("dispute"), [InvoiceStatus.FILED, InvoiceStatus.MATCHED], InvoiceStatus.DISPUTED),
        "settle": (_("settle"), [InvoiceStatus.MATCHED], InvoiceStatus.SETTLED),
        "withdraw": (
            _("withdraw"),
            [InvoiceStatus.FILED, InvoiceStatus.DISPUTED, InvoiceStatus.MATCHED],
            InvoiceStatus.WITHDRAWN,
        ),
    },
)

SETTLEMENT = Machine(
    "settlement",
    SettlementStatus,
    {
        "approve": (_("approve"), [SettlementStatus.DRAWN], SettlementStatus.APPROVED),
        "pay": (_("record the payment"), [SettlementStatus.APPROVED], SettlementStatus.PAID),
        "cancel": (_("cancel"), [SettlementStatus.DRAWN, SettlementStatus.APPROVED], SettlementStatus.CANCELLED),
    },
)
