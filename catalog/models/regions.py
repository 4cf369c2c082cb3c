from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.states import RegionLevel


class Region(models.Model):
    """An administrative division of GB/T 2260."""

    code = models.CharField(_("code"), max_length=6, primary_key=True)
    name = models.CharField(_("name"), max_length=50)
    level = models.CharField(_("level"), max_length=20, choices=RegionLevel.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("lies in")
    )

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^\d{6}$"), name="region_code_has_six_digits"),
            models.CheckConstraint(
                condition=models.Q(level=RegionLevel.PROVINCE, parent__isnull=True)
                | ~models.Q(level=RegionLevel.PROVINCE) & models.Q(parent__isnull=False),
                name="only_provinces_have_no_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def province_id(self) -> str:
        """The code of the province it lies in."""
        return f"{self.code[:2]}0000"
