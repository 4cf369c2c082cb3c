from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.regions import Region


class Township(models.Model):
    """A township or street of a county (GB/T 10114); the last stretch of distribution is counted by them."""

    code = models.CharField(_("code"), max_length=9, primary_key=True)
    name = models.CharField(_("name"), max_length=50)
    county = models.ForeignKey(Region, models.PROTECT, related_name="townships", verbose_name=_("county"))
    is_remote = models.BooleanField(
        _("remote"), default=False, help_text=_("One more invoice is admitted there, and a longer time of delivery.")
    )

    class Meta:
        verbose_name = _("township")
        verbose_name_plural = _("townships")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^\d{9}$"), name="township_code_has_nine_digits"),
            models.CheckConstraint(
                condition=Q(code__startswith=models.F("county_id")), name="a_township_lies_in_its_county"
            ),
        ]

    def __str__(self) -> str:
        return self.name
