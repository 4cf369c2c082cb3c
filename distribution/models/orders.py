from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from catalog.states import Storage
from distribution.models.requisitions import Requisition, RequisitionLine
from distribution.models.runs import ConsolidatedDelivery, DistributionRun
from distribution.querysets import OrderNoticeQuerySet, OrderQuerySet
from distribution.states import OPEN_ORDER, AnswerReason, NoticeKind, OrderStatus, Urgency


class Order(Versioned):
    """A call-off: what one supplier, through one distributor, is to bring to one institution.

    ``institution`` orders and pays; ``recipient`` is the village clinic that it orders for, empty where it is itself.
    ``run`` is empty where the order went ahead of the run. ``replaces`` is the order that this one, of the backup
    supplier, stands in for.
    """

    run = models.ForeignKey(
        DistributionRun,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("distribution run"),
    )
    requisition = models.ForeignKey(Requisition, models.PROTECT, related_name="orders", verbose_name=_("requisition"))
    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="orders", verbose_name=_("institution")
    )
    recipient = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("village clinic"),
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="supply_orders", verbose_name=_("supplier")
    )
    distributor = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="delivery_orders",
        verbose_name=_("distributor"),
        help_text=_("Empty where the supplier delivers itself."),
    )
    storage = models.CharField(_("storage"), max_length=20, choices=Storage.choices, default=Storage.ROOM)
    urgency = models.CharField(_("urgency"), max_length=20, choices=Urgency.choices, default=Urgency.ORDINARY)
    delivery = models.ForeignKey(
        ConsolidatedDelivery,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("consolidated delivery"),
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replacements", verbose_name=_("stands in for")
    )
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus.choices, default=OrderStatus.PLACED)
    status_reason = models.CharField(_("reason of the last change"), max_length=300, blank=True)
    placed_at = models.DateTimeField(_("placed at"))
    answer_due_at = models.DateTimeField(_("answer due by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    deliver_by = models.DateTimeField(_("to arrive by"), null=True, blank=True)
    received_at = models.DateTimeField(_("received in full at"), null=True, blank=True)

    objects: ClassVar[OrderQuerySet] = OrderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["requisition", "supplier", "distributor", "storage"],
                condition=Q(replaces=None),
                nulls_distinct=False,
                name="one_order_per_requisition_and_carrier",
            ),
        ]
        indexes = [
            # a supplier's orders, newest first, by state
            models.Index(fields=["supplier", "status", "-id"], name="order_of_supplier"),
            models.Index(fields=["distributor", "status", "-id"], name="order_of_distributor"),
            # what a supplier or distributor still has to do, newest first, page by page
            models.Index(
                fields=["supplier", "-placed_at", "-id"],
                condition=Q(status__in=OPEN_ORDER),
                name="open_order_of_supplier",
            ),
            models.Index(
                fields=["distributor", "-placed_at", "-id"],
                condition=Q(status__in=OPEN_ORDER),
                name="open_order_of_distributor",
            ),
            models.Index(fields=["institution", "-id"], name="order_of_institution"),
            # whose answer is overdue
            models.Index(
                fields=["answer_due_at"], condition=Q(status=OrderStatus.PLACED), name="order_awaiting_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"PO{self.pk:08d}"

    @property
    def amount(self) -> Decimal:
        """Yuan, as ordered."""
        return sum((line.packs * line.price for line in self.lines.all()), Decimal(0))


class OrderLine(models.Model):
    """Packs of one product: ordered, confirmed, despatched, accepted, invoiced.

    ``closed_packs`` will not come any more: their volume went back. ``despatched_packs`` are under way or accepted:
    what was rejected, missing or returned leaves them, so that other goods may follow. ``accepted_packs`` are net of
    returns. ``replaces`` is the line that the backup supplier stands in for; what a supplier leaves out in two steps
    has two such lines.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", verbose_name=_("order"))
    requisition_line = models.ForeignKey(
        RequisitionLine, models.PROTECT, related_name="order_lines", verbose_name=_("requisition line")
    )
    agreement_line = models.ForeignKey(
        "procurement.AgreementLine",
        models.PROTECT,
        related_name="order_lines",
        verbose_name=_("agreed volume"),
    )
    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="order_lines", verbose_name=_("product")
    )
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replacements",
        verbose_name=_("stands in for"),
    )
    packs = models.PositiveIntegerField(_("packs"))
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    confirmed_packs = models.PositiveIntegerField(_("confirmed"), default=0)
    closed_packs = models.PositiveIntegerField(_("closed"), default=0)
    despatched_packs = models.PositiveIntegerField(_("despatched"), default=0)
    accepted_packs = models.PositiveIntegerField(_("accepted"), default=0)
    returned_packs = models.PositiveIntegerField(_("returned"), default=0)
    invoiced_packs = models.PositiveIntegerField(_("invoiced"), default=0)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    received_at = models.DateTimeField(_("received in full at"), null=True, blank=True)
    answer_code = models.CharField(_("kind of reason"), max_length=20, choices=AnswerReason.choices, blank=True)
    answer_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["requisition_line"], condition=Q(replaces=None), name="a_requested_line_is_placed_once"
            ),
            models.CheckConstraint(condition=Q(packs__gt=0), name="ordered_packs_are_positive"),
            models.CheckConstraint(
                condition=Q(packs__gte=F("confirmed_packs") + F("closed_packs")), name="confirmed_not_more_than_ordered"
            ),
            models.CheckConstraint(
                condition=Q(despatched_packs__lte=F("confirmed_packs")),
                name="despatched_not_more_than_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(accepted_packs__lte=F("despatched_packs")), name="accepted_not_more_than_despatched"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} × {self.packs}"

    @property
    def open_packs(self) -> int:
        """Ordered and not closed."""
        return self.packs - self.closed_packs

    @property
    def outstanding_packs(self) -> int:
        """Confirmed and not under way."""
        return self.confirmed_packs - self.despatched_packs


class OrderNotice(models.Model):
    """What an organization is told about its orders; ``facts`` are the values of its sentence."""

    recipient = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="order_notices", verbose_name=_("addressee")
    )
    kind = models.CharField(_("kind"), max_length=30, choices=NoticeKind.choices)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("order")
    )
    requisition = models.ForeignKey(
        Requisition, models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("requisition")
    )
    facts = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects: ClassVar[OrderNoticeQuerySet] = OrderNoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("order notice")
        verbose_name_plural = _("order notices")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "kind", "order"],
                condition=Q(kind=NoticeKind.ORDER_PLACED),
                name="an_order_is_announced_once",
            ),
        ]
        indexes = [
            # an organization's notices, newest first
            models.Index(fields=["recipient", "-id"], name="notice_of_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.recipient}"
