from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from catalog.models.medicines import Presentation
from catalog.models.products import Product
from catalog.models.regions import Region
from catalog.querysets import AdjustmentQuerySet, InForceQuerySet
from catalog.states import AdjustmentStatus, PriceSource

# A stated ceiling is copied from the guide price of the product, its pack and its maker on the first day of the price;
# a derived one is where its last step arrived from the representative of the same medicine. So a wrong copy cannot
# carry a price above its ceiling. The maker's own guide price goes before that for all makers.
TRUE_CEILING = """
IF EXISTS (
    SELECT 1
    FROM new_prices AS price
    JOIN catalog_product AS product ON product.id = price.product_id
    JOIN catalog_presentation AS own ON own.id = product.presentation_id
    JOIN catalog_guideprice AS guide ON guide.id = price.guide_price_id
    JOIN catalog_presentation AS based ON based.id = guide.presentation_id
    LEFT JOIN catalog_guideprice AS nearer
           ON guide.manufacturer_id IS NULL
          AND nearer.presentation_id = product.presentation_id
          AND nearer.pack_quantity = product.pack_quantity
          AND nearer.manufacturer_id = product.manufacturer_id
          AND nearer.validity @> lower(price.validity)
    WHERE NOT guide.validity @> lower(price.validity)
       OR CASE WHEN price.ceiling_steps IS NULL
               THEN guide.price <> price.guide_amount
                    OR guide.presentation_id <> product.presentation_id
                    OR guide.pack_quantity <> product.pack_quantity
                    OR guide.manufacturer_id <> product.manufacturer_id
                    OR nearer.id IS NOT NULL
               ELSE NOT guide.is_representative
                    OR based.medicine_id <> own.medicine_id
                    OR price.guide_amount <>
                       COALESCE((price.ceiling_steps -> -1 ->> 'price_after')::numeric, guide.price)
          END
) THEN
    RAISE EXCEPTION 'the ceiling of a procurement price is not the guide price of its first day'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'the_ceiling_is_the_guide_price_of_its_day';
END IF;
RETURN NULL;
"""
# The ceiling is looked at when a price is written: so neither the price nor its first day may change later.
REWRITTEN = """
ROW(OLD.product_id, OLD.province_id, OLD.price, OLD.guide_price_id, OLD.guide_amount, OLD.ceiling_steps, OLD.source,
 OLD.source_reference, lower(OLD.validity))
IS DISTINCT FROM
ROW(NEW.product_id, NEW.province_id, NEW.price, NEW.guide_price_id, NEW.guide_amount, NEW.ceiling_steps, NEW.source,
 NEW.source_reference, lower(NEW.validity))
"""
NOT_REWRITTEN = """
RAISE EXCEPTION 'a fixed procurement price can only end'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'a_fixed_price_is_not_rewritten';
"""


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
    temporary_until = models.DateField(_("temporary until"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(temporary_until__isnull=True) | Q(is_temporary=True),
                name="only_a_temporary_price_ends_as_one",
            ),
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

    ``guide_amount`` freezes the ceiling that it was fixed under, so that the database itself can hold the rule. Where
    no decision states the ceiling, ``guide_price`` is the representative that it was derived from, and
    ``ceiling_steps`` how.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="procurement_prices", verbose_name=_("product"))
    # no index on the two: nothing is looked up by them alone, and each would cost as much as the row at an import
    province = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, verbose_name=_("province"))
    price = models.DecimalField(_("procurement price (yuan per pack)"), max_digits=18, decimal_places=4)
    guide_price = models.ForeignKey(
        GuidePrice, models.PROTECT, related_name="+", db_index=False, verbose_name=_("guide price")
    )
    guide_amount = models.DecimalField(_("ceiling (yuan per pack)"), max_digits=18, decimal_places=4)
    ceiling_steps = models.JSONField(_("ceiling derived how"), null=True, blank=True)
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
                    # the code as a number: an import spends most of its time in this index, less so without text
                    (Cast("province", models.IntegerField()), RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="the_ceiling_is_the_guide_price_of_its_day",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_prices"),
                func=TRUE_CEILING,
            ),
            pgtrigger.Trigger(
                name="a_fixed_price_is_not_rewritten",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(REWRITTEN),
                func=NOT_REWRITTEN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.province_id}: {self.price:.2f}"


class PriceAdjustment(Versioned):
    """A new procurement price that an officer asks for and a second one approves, such as after another province's."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="adjustments", verbose_name=_("product"))
    province = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("province"))
    former = models.ForeignKey(ProcurementPrice, models.PROTECT, related_name="+", verbose_name=_("price so far"))
    price = models.DecimalField(_("new price (yuan per pack)"), max_digits=18, decimal_places=4)
    valid_from = models.DateField(_("in force from"))
    reason = models.CharField(_("reason"), max_length=300)
    evidence = models.JSONField(_("evidence"), default=dict)
    status = models.CharField(
        _("status"), max_length=20, choices=AdjustmentStatus.choices, default=AdjustmentStatus.OPEN
    )
    opened_by = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("price adjustment", "opened by"),
    )
    decided_by = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("adjustment", "decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects: ClassVar[AdjustmentQuerySet] = AdjustmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("price adjustment")
        verbose_name_plural = _("price adjustments")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="an_adjusted_price_is_positive"),
            models.UniqueConstraint(
                fields=["product", "province"],
                condition=Q(status=AdjustmentStatus.OPEN),
                name="one_open_adjustment_per_product_and_province",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("opened_by")),
                name="who_opens_an_adjustment_does_not_decide_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.province_id}: {self.price:.2f}"
