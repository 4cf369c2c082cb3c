from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class RunStatus(models.TextChoices):
    REQUESTED = "requested", _("requested")
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")


class OrderStatus(models.TextChoices):
    PLACED = "placed", _("placed")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")
    DESPATCHED = "despatched", _("despatched")
    RECEIVED = "received", _("received")
    CLOSED = "closed", _("closed without goods")
    INVOICED = "invoiced", _("invoiced")
    SETTLED = "settled", _("settled")


# What a supplier still has something to do about.
OPEN_ORDER = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.DESPATCHED)


class AnswerReason(models.TextChoices):
    """Why a line is not supplied, or not wholly; force majeure alone is no default of the supplier.

    The last two are said of a supplier and not by it.
    """

    OUT_OF_STOCK = "out_of_stock", _("out of stock")
    PRODUCTION_STOPPED = "production_stopped", _("production has stopped")
    QUALITY_HOLD = "quality_hold", _("held for its quality")
    NO_TRANSPORT = "no_transport", _("no transport to the place")
    FORCE_MAJEURE = "force_majeure", _("force majeure")
    OTHER = "other", _("other")
    NO_ANSWER = "no_answer", _("no answer in time")
    NOT_DELIVERED = "not_delivered", _("confirmed and not delivered")


# What a supplier may say itself.
SUPPLIER_REASONS = tuple(
    reason for reason in AnswerReason if reason not in (AnswerReason.NO_ANSWER, AnswerReason.NOT_DELIVERED)
)


class NoticeKind(models.TextChoices):
    """What an organization is told about its orders."""

    ORDER_PLACED = "order_placed", _("an order was placed")
    ORDER_AMENDED = "order_amended", _("an order was amended")
    ORDER_CANCELLED = "order_cancelled", _("an order was cancelled")
    ORDER_REFUSED = "order_refused", _("an order was refused, wholly or in part")
    REST_CLOSED = "rest_closed", _("the rest of an order was closed")
    ANSWER_OVERDUE = "answer_overdue", _("the answer to an order is overdue")
    LINE_NOT_PLACED = "line_not_placed", _("a line could not be placed")
    SERVED_BY_BACKUP = "served_by_backup", _("the backup supplier serves an order")
    NOT_SUPPLIED = "not_supplied", _("a line is not supplied, and nobody stands in")
    RETURN_REQUESTED = "return_requested", _("goods are to be returned")
    LOT_HELD = "lot_held", _("a lot is held")
    PAYMENT_OVERDUE = "payment_overdue", _("a payment is overdue")
    CASE_WRITTEN = "case_written", _("a letter about a retail price case")
    CASE_ENDED = "case_ended", _("a retail price case has ended")
    TRADING_SUSPENDED = "trading_suspended", _("trading of a product is suspended")
    TRADING_RESUMED = "trading_resumed", _("trading of a product may go on")
    DEATH_REPORTED = "death_reported", _("a death after a medicine was reported")
    LOT_WARNED = "lot_warned", _("early warning: reactions crowd on a lot")
    RECALL_SENT = "recall_sent", _("a product is recalled")
    RECALL_OVERDUE = "recall_overdue", _("a step of a recall is overdue")
    SHORTAGE_LISTED = "shortage_listed", _("a medicine is short")
    SHORTAGE_ANSWERED = "shortage_answered", _("a shortage was answered")
    SHORTAGE_CLOSED = "shortage_closed", _("a shortage is over")
    SHORTAGE_OVERDUE = "shortage_overdue", _("the follow-up of a shortage is due")
    STOP_ANNOUNCED = "stop_announced", _("a producer stops making a product")
    NATIONAL_SHORTAGE = "national_shortage", _("a medicine is short in many provinces")


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
        "cancel": (_("cancel"), [OrderStatus.PLACED], OrderStatus.CANCELLED),
        "close": (_("close without goods"), [OrderStatus.CONFIRMED, OrderStatus.DESPATCHED], OrderStatus.CLOSED),
        "despatch": (
            _("despatch"),
            [OrderStatus.CONFIRMED, OrderStatus.DESPATCHED],
            OrderStatus.DESPATCHED,
        ),
        "complete": (_("record as received in full"), [OrderStatus.DESPATCHED], OrderStatus.RECEIVED),
        "reopen": (
            _("wait for the replacement"),
            [OrderStatus.RECEIVED, OrderStatus.INVOICED],
            OrderStatus.DESPATCHED,
        ),
        "invoice": (_("record as invoiced in full"), [OrderStatus.RECEIVED], OrderStatus.INVOICED),
        "dispute": (_("take back from invoiced"), [OrderStatus.INVOICED], OrderStatus.RECEIVED),
        "settle": (_("settle"), [OrderStatus.INVOICED], OrderStatus.SETTLED),
    },
)
