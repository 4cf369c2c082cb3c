from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from distribution.querysets import EntrustmentQuerySet


class Entrustment(models.Model):
    """A supplier's filed choice of who delivers for it in a region: one product, or all where none is named.

    What is filed for the product comes before what is filed for all; then the narrowest region that fits decides.
    """

    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="entrustments_given", verbose_name=_("supplier")
    )
    distributor = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        related_name="entrustments_held",
        verbose_name=_("distributor"),
    )
    product = models.ForeignKey(
        "catalog.Product",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("product"),
        help_text=_("Empty for all products of the supplier."),
    )
    region = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("region"))
    validity = DateRangeField(_("in force"))

    objects: ClassVar[EntrustmentQuerySet] = EntrustmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("entrustment")
        verbose_name_plural = _("entrustments")
        ordering = ["supplier", "region"]
        constraints = [
            ExclusionConstraint(
                name="one_distributor_per_supplier_product_and_region",
                expressions=[
                    ("supplier", RangeOperators.EQUAL),
                    (Coalesce("product_id", 0, output_field=models.BigIntegerField()), RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} → {self.distributor} · {self.region}"


class ServiceDuty(models.Model):
    """Who must serve a township, whatever it orders: the supply network's promise to the last village."""

    township = models.ForeignKey("catalog.Township", models.PROTECT, related_name="duties", verbose_name=_("township"))
    distributor = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="duties", verbose_name=_("distributor")
    )
    validity = DateRangeField(_("in force"))

    class Meta:
        verbose_name = _("duty to serve")
        verbose_name_plural = _("duties to serve")
        ordering = ["township", "validity"]
        constraints = [
            ExclusionConstraint(
                name="one_duty_to_serve_a_township_at_a_time",
                expressions=[
                    ("township", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.township} ← {self.distributor}"
