"""The lives of requisitions, runs, orders, despatches and retail reports."""

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


class RunStatus(models.TextChoices):
    REQUESTED = "requested", _("requested")
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")


class OrderStatus(models.TextChoices):
    PLACED = "placed", _("placed")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")
    DESPATCHED = "despatched", _("despatched")
    RECEIVED = "received", _("received")


class DespatchStatus(models.TextChoices):
    SENT = "sent", _("on the way")
    RECEIVED = "received", _("received")


class RejectionReason(models.TextChoices):
    DAMAGED = "damaged", _("damaged")
    WRONG_PRODUCT = "wrong_product", _("wrong product")
    WRONG_LOT = "wrong_lot", _("wrong lot number")
    SHORT_LIFE = "short_life", _("remaining life too short")
    TEMPERATURE = "temperature", _("temperature out of range")


class RetailReportStatus(models.TextChoices):
    RECEIVED = "received", _("waiting for the check")
    CHECKED = "checked", _("checked")


class RetailVerdict(models.TextChoices):
    ABOVE_GUIDE_PRICE = "above_guide_price", _("above the guide price")
    ABOVE_PURCHASE_PRICE = "above_purchase_price", _("above the purchase price and allowed mark-up")
    NO_CEILING = "no_ceiling", _("no guide price known")


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
            [RequisitionStatus.DRAFT, RequisitionStatus.SUBMITTED],
            RequisitionStatus.CANCELLED,
        ),
    },
)

RUN = Machine(
    "distribution_run",
    RunStatus,
    {
        "start": (_("start"), [RunStatus.REQUESTED], RunStatus.RUNNING),
        "finish": (_("finish"), [RunStatus.RUNNING], RunStatus.FINISHED),
    },
)

ORDER = Machine(
    "order",
    OrderStatus,
    {
        "confirm": (_("confirm"), [OrderStatus.PLACED], OrderStatus.CONFIRMED),
        "refuse": (_("refuse"), [OrderStatus.PLACED], OrderStatus.REFUSED),
        "despatch": (
            _("despatch"),
            [OrderStatus.CONFIRMED, OrderStatus.DESPATCHED],
            OrderStatus.DESPATCHED,
        ),
        "complete": (_("record as received in full"), [OrderStatus.DESPATCHED], OrderStatus.RECEIVED),
    },
)

DESPATCH = Machine(
    "despatch",
    DespatchStatus,
    {"receive": (_("receive"), [DespatchStatus.SENT], DespatchStatus.RECEIVED)},
)

RETAIL_REPORT = Machine(
    "retail_report",
    RetailReportStatus,
    {"check": (_("check"), [RetailReportStatus.RECEIVED], RetailReportStatus.CHECKED)},
)
