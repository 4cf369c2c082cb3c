from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models.medicines import Presentation
from catalog.models.products import Product
from catalog.models.regions import Region
from catalog.querysets import InForceQuerySet
from catalog.states import PriceSource


class PriceDecision(models.Model):
    """The decision of the State that a list of guide prices comes from."""

    number = models.CharField(_("number"), max_length=100, unique=True)
    title = models.CharField(_("title"), max_length=200)
    issuer = models.CharField(_("decided by"), max_length=100)
    decided_on = models.DateField(_("decided on"))
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("price decision")
        verbose_name_plural = _("price decisions")
        ordering = ["-decided_on"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class GuidePrice(models.Model):
    """The ceiling for the retail price of a presentation in a pack, for all makers or for one. Inclusive (≤)."""

    presentation = models.ForeignKey(
        Presentation, models.PROTECT, related_name="guide_prices", verbose_name=_("presentation")
    )
    pack_quantity = models.PositiveIntegerField(_("units per pack"))
    manufacturer = models.ForeignKey(
        "accounts.Organization", models.PROTECT, null=True, blank=True, verbose_name=_("only for the maker")
    )
    price = models.DecimalField(_("guide price (yuan per pack)"), max_digits=18, decimal_places=4)
    decision = models.ForeignKey(PriceDecision, models.PROTECT, related_name="guide_prices", verbose_name=_("decision"))
    validity = DateRangeField(_("in force"))
    is_representative = models.BooleanField(_("representative product"), default=False)
    is_temporary = models.BooleanField(_("temporary"), default=False)
    derivation = models.TextField(
        _("derived how"), blank=True, help_text=_("Empty where the decision states the price itself.")
    )

    objects: ClassVar[InForceQuerySet[GuidePrice]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("guide price")
        verbose_name_plural = _("guide prices")
        ordering = ["presentation", "pack_quantity", "-validity"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0, pack_quantity__gt=0), name="guide_price_is_positive"),
            ExclusionConstraint(
                name="one_guide_price_at_a_time",
                expressions=[
                    ("presentation", RangeOperators.EQUAL),
                    ("pack_quantity", RangeOperators.EQUAL),
                    (Coalesce("manufacturer", 0), RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.presentation} × {self.pack_quantity}: {self.price:.2f}"

    @property
    def is_derived(self) -> bool:
        """Was it computed from another price, rather than stated by the decision?"""
        return bool(self.derivation)

    @property
    def unit_price(self) -> Decimal:
        """Yuan per smallest unit, not rounded."""
        return self.price / self.pack_quantity


class ProcurementPrice(models.Model):
    """What a province's public institutions pay for a pack of a product: never above the guide price.

    ``guide_amount`` freezes the ceiling that it was fixed under, so that the database itself can hold the rule.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="procurement_prices", verbose_name=_("product"))
    province = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("province"))
    price = models.DecimalField(_("procurement price (yuan per pack)"), max_digits=18, decimal_places=4)
    guide_price = models.ForeignKey(GuidePrice, models.PROTECT, related_name="+", verbose_name=_("guide price"))
    guide_amount = models.DecimalField(_("ceiling (yuan per pack)"), max_digits=18, decimal_places=4)
    validity = DateRangeField(_("in force"))
    source = models.CharField(_("source"), max_length=20, choices=PriceSource.choices)
    source_reference = models.CharField(_("reference"), max_length=100)

    objects: ClassVar[InForceQuerySet[ProcurementPrice]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("procurement price")
        verbose_name_plural = _("procurement prices")
        ordering = ["product", "province", "-validity"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="procurement_price_is_positive"),
            models.CheckConstraint(
                condition=Q(price__lte=F("guide_amount")), name="procurement_price_within_guide_price"
            ),
            ExclusionConstraint(
                name="one_procurement_price_at_a_time",
                expressions=[
                    ("product", RangeOperators.EQUAL),
                    ("province", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.province_id}: {self.price:.2f}"
