from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from distribution.querysets import EntrustmentQuerySet


class Entrustment(models.Model):
    """A supplier's filed choice of who delivers for it in a region; the narrowest region that fits decides."""

    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="entrustments_given", verbose_name=_("supplier")
    )
    distributor = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        related_name="entrustments_held",
        verbose_name=_("distributor"),
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
                name="one_distributor_per_supplier_and_region",
                expressions=[
                    ("supplier", RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} → {self.distributor} · {self.region}"
