from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.medicines import Presentation
from catalog.states import ProductStatus


class Product(models.Model):
    """A presentation in one pack of one maker: what is offered, ordered and priced.

    Quantities on documents are whole packs; volumes are smallest units (tablets, vials): packs × ``pack_quantity``.
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
    status = models.CharField(_("status"), max_length=20, choices=ProductStatus.choices, default=ProductStatus.TRADING)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["presentation", "pack_quantity", "manufacturer"], name="a_product_is_registered_once"
            ),
            models.CheckConstraint(condition=models.Q(pack_quantity__gt=0), name="a_pack_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.presentation} × {self.pack_quantity} · {self.manufacturer.short_name or self.manufacturer.name}"
