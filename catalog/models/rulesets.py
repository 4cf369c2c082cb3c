from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.querysets import InForceQuerySet


class RuleSet(models.Model):
    """The numbers of a rule, who decided them and from when to when they hold."""

    class Kind(models.TextChoices):
        PRICE_RATIO = "price_ratio", _("price ratios")
        RETAIL_CHECK = "retail_check", _("retail price check")
        REIMBURSEMENT = "reimbursement", _("reimbursement")
        DOUBLE_ENVELOPE = "double_envelope", _("double-envelope tender")
        VOLUME_BASED = "volume_based", _("volume-based procurement")
        NEGOTIATION = "negotiation", _("negotiation")
        DIRECT_LISTING = "direct_listing", _("direct listing")
        DESIGNATED_PRODUCTION = "designated_production", _("designated production")
        SMALL_QUANTITY = "small_quantity", _("small-quantity and emergency purchase")
        CONDUCT = "conduct", _("conduct of firms")
        SUPPLY = "supply", _("ordering, delivery and acceptance")
        INVOICING = "invoicing", _("invoices and payment")
        DELIVERY_PERFORMANCE = "delivery_performance", _("performance of deliveries")
        SHORTAGE = "shortage", _("shortages")
        USE_SHARE = "use_share", _("use of essential medicines")
        PRICE_ALARM = "price_alarm", _("price alarms")
        SAFETY = "safety", _("adverse reactions")
        RECALL = "recall", _("recalls")
        ORDER_SCREENS = "order_screens", _("odd patterns of orders")

    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    source = models.CharField(_("source"), max_length=300)
    validity = DateRangeField(_("in force"))
    parameters = models.JSONField(_("parameters"))

    objects: ClassVar[InForceQuerySet[RuleSet]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        ordering = ["kind", "-validity"]
        constraints = [
            ExclusionConstraint(
                name="one_rule_set_of_a_kind_at_a_time",
                expressions=[("kind", RangeOperators.EQUAL), ("validity", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return self.title
