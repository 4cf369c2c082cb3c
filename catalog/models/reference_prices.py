from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.medicines import Medicine


class ReferencePriceIndex(models.Model):
    """A list of prices paid elsewhere, such as another country's price index: to compare with, never a ceiling."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=200)
    country = models.CharField(_("country"), max_length=50)
    currency = models.CharField(_("currency"), max_length=3)
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("reference price index")
        verbose_name_plural = _("reference price indexes")
        ordering = ["-as_of", "code"]

    def __str__(self) -> str:
        return self.title


class ReferencePrice(models.Model):
    """One line of an index, as it was written there: the lowest, the median and the highest price of an item."""

    index = models.ForeignKey(ReferencePriceIndex, models.CASCADE, related_name="prices", verbose_name=_("index"))
    item = models.CharField(_("item"), max_length=300)
    medicine = models.ForeignKey(
        Medicine, models.PROTECT, null=True, blank=True, related_name="reference_prices", verbose_name=_("medicine")
    )
    strength = models.CharField(_("strength"), max_length=100, blank=True)
    form = models.CharField(_("dosage form"), max_length=200, blank=True)
    lowest = models.DecimalField(_("lowest price"), max_digits=18, decimal_places=4)
    median = models.DecimalField(_("median price"), max_digits=18, decimal_places=4)
    highest = models.DecimalField(_("highest price"), max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = _("reference price")
        verbose_name_plural = _("reference prices")
        ordering = ["item"]
        constraints = [
            models.UniqueConstraint(fields=["index", "item"], name="an_item_has_one_reference_price"),
            models.CheckConstraint(
                condition=Q(lowest__gte=0, lowest__lte=F("median"), median__lte=F("highest")),
                name="reference_prices_are_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.item
