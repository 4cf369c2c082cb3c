from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PriceLimit(models.Model):
    """What a retail price of a product in a province is held against during a period, in yuan per pack.

    Drawn up from guide prices, price ratios, procurement prices, rules and reports, and again when one of them changes
    (``services/price_limits.py``); nobody enters it. The periods of a product in a province have no gaps: one without
    a ceiling says so. ``valid_until`` is the first day no longer in force, the last day of the calendar where there is
    none, so that a check is one comparison. ``suspect_above`` is the least of all limits, for the lowest mark-up of
    any tier: a price up to it and not below ``peer_low`` is in order, any other is looked at closely.
    """

    # The rows are many, all of them drawn up from what these point to, and written anew together.
    province = models.ForeignKey(
        "catalog.Region",
        models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("province"),
    )
    product = models.ForeignKey(
        "catalog.Product",
        models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("product"),
    )
    valid_from = models.DateField(_("in force from"))
    valid_until = models.DateField(_("in force until (exclusive)"), default=date.max)
    suspect_above = models.DecimalField(_("suspect above (yuan per pack)"), max_digits=18, decimal_places=4)
    ceiling = models.DecimalField(_("guide price (yuan per pack)"), max_digits=18, decimal_places=4, null=True)
    guide_price = models.ForeignKey(
        "catalog.GuidePrice",
        models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("guide price"),
    )
    derivation = models.TextField(_("derived how"), blank=True)
    purchase_price = models.DecimalField(
        _("procurement price (yuan per pack)"), max_digits=18, decimal_places=4, null=True
    )
    rules = models.ForeignKey(
        "catalog.RuleSet",
        models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("rule set"),
    )
    peer_count = models.PositiveIntegerField(_("institutions that report it"), default=0)
    peer_median = models.DecimalField(_("median of its peers"), max_digits=18, decimal_places=4, null=True)
    peer_low = models.DecimalField(_("abnormally low below"), max_digits=18, decimal_places=4, null=True)
    peer_high = models.DecimalField(_("abnormally high above"), max_digits=18, decimal_places=4, null=True)

    class Meta:
        verbose_name = _("limit of retail prices")
        verbose_name_plural = _("limits of retail prices")
        ordering = ["province", "product", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "province", "valid_from"], name="one_limit_of_retail_prices_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__lt=F("valid_until")), name="a_limit_holds_for_a_day_at_least"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} · {self.province_id} · {self.valid_from}"
