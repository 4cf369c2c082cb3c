from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from catalog.models.medicines import Presentation
from catalog.querysets import ProductQuerySet
from catalog.states import IdentifierKind, ProductStatus, Quality, Storage


class Product(Versioned):
    """A presentation in one pack of one maker: what is offered, ordered and priced.

    Quantities on documents are whole packs; volumes are smallest units (tablets, vials): packs × ``pack_quantity``.
    Identifiers are empty where they are not known. ``status_reason`` says why it is not trading.
    """

    code = models.CharField(_("code"), max_length=32, unique=True)
    presentation = models.ForeignKey(
        Presentation, models.PROTECT, related_name="products", verbose_name=_("presentation")
    )
    pack_quantity = models.PositiveIntegerField(_("units per pack"))
    pack_unit = models.CharField(_("pack"), max_length=10, default="盒")
    manufacturer = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="products", verbose_name=_("maker")
    )
    trade_name = models.CharField(_("trade name"), max_length=100, blank=True)
    quality = models.CharField(_("quality tier"), max_length=20, choices=Quality.choices, default=Quality.OTHER)
    is_sugar_free = models.BooleanField(_("sugar-free"), default=False)
    packing = models.CharField(_("packing material"), max_length=20, blank=True)
    approval_number = models.CharField(_("approval number"), max_length=30, blank=True)
    licence_valid_until = models.DateField(
        _("licence valid until"), null=True, blank=True, help_text=_("The last day of the approval.")
    )
    standard_code = models.CharField(_("drug standard code"), max_length=20, blank=True)
    insurance_code = models.CharField(_("insurance code"), max_length=30, blank=True)
    gtin = models.CharField(_("GTIN"), max_length=20, blank=True)
    trace_prefix = models.CharField(_("trace-code prefix"), max_length=10, blank=True)
    storage = models.CharField(_("storage"), max_length=20, choices=Storage.choices, default=Storage.ROOM)
    shelf_life_months = models.PositiveSmallIntegerField(_("shelf life (months)"), null=True, blank=True)
    is_controlled = models.BooleanField(_("narcotic or psychotropic"), default=False)
    status = models.CharField(_("status"), max_length=20, choices=ProductStatus.choices, default=ProductStatus.TRADING)
    status_reason = models.CharField(_("reason of the status"), max_length=300, blank=True)

    objects: ClassVar[ProductQuerySet] = ProductQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["presentation", "pack_quantity", "manufacturer"],
                condition=~Q(status=ProductStatus.WITHDRAWN),
                name="a_product_is_registered_once",
            ),
            models.CheckConstraint(condition=Q(pack_quantity__gt=0), name="a_pack_holds_something"),
            models.CheckConstraint(
                condition=Q(status=ProductStatus.TRADING) | ~Q(status_reason=""),
                name="what_does_not_trade_has_a_reason",
            ),
            models.UniqueConstraint(
                fields=["gtin"],
                condition=~Q(gtin="") & ~Q(status=ProductStatus.WITHDRAWN),
                name="a_gtin_names_one_product",
            ),
            models.UniqueConstraint(
                fields=["trace_prefix"],
                condition=~Q(trace_prefix="") & ~Q(status=ProductStatus.WITHDRAWN),
                name="a_trace_prefix_names_one_product",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.presentation} × {self.pack_quantity} · {self.manufacturer.short_name or self.manufacturer.name}"

    def identifiers(self) -> dict[str, str]:
        """The identifiers by their kind; empty where not known."""
        return {kind: getattr(self, kind) for kind in IdentifierKind.values}


class ProductSearch(models.Model):
    """What a product is found by, folded (``rules.search_words.fold``): one line per name, then one per code.

    Triggers of the database alone write it, in the transaction of whatever writes a product, or renames its medicine,
    presentation or maker, be it a service, ``bulk_create`` or COPY. A rename waits until nobody else is writing
    products, and they until it is over; so it belongs into a transaction of its own.
    """

    product = models.OneToOneField(
        Product,
        models.DO_NOTHING,
        primary_key=True,
        related_name="search",
        db_constraint=False,
        verbose_name=_("product"),
    )
    name = models.TextField(_("name"), db_collation="C")
    code = models.CharField(_("code"), max_length=32, db_collation="C")
    content = models.TextField(_("content"), db_collation="C")
    codes = ArrayField(models.TextField(), verbose_name=_("codes"))

    class Meta:
        verbose_name = _("search text of a product")
        verbose_name_plural = _("search texts of products")
        indexes = [
            # names that begin with a frequent word; words are found by products_found_by_words, a GIN index over
            # catalog_search_terms(), and products in no order, for frequent words, by products_found_scattered
            models.Index(fields=["name", "code"], name="products_found_in_order"),
        ]

    def __str__(self) -> str:
        return self.code


class IdentifierOverride(models.Model):
    """An identifier that fails its check and is kept all the same, since a named officer has seen the papers."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="overrides", verbose_name=_("product"))
    kind = models.CharField(_("kind"), max_length=20, choices=IdentifierKind.choices)
    value = models.CharField(_("value"), max_length=30)
    problem = models.CharField(_("what the check says"), max_length=300)
    reason = models.CharField(_("reason"), max_length=300)
    overridden_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name=_("overridden by")
    )
    overridden_at = models.DateTimeField(_("overridden at"))

    class Meta:
        verbose_name = _("identifier override")
        verbose_name_plural = _("identifier overrides")
        ordering = ["-overridden_at"]
        constraints = [
            models.UniqueConstraint(fields=["product", "kind", "value"], name="an_identifier_is_overridden_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"
