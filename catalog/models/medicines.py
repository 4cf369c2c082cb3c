from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.querysets import MedicineQuerySet
from catalog.rules.strengths import Strength


class Medicine(models.Model):
    """A medicine by its generic name, whoever makes it and however strong it is."""

    name = models.CharField(_("Chinese generic name"), max_length=200, unique=True)
    inn = models.CharField(_("INN"), max_length=200, blank=True)
    initials = models.CharField(_("pinyin initials"), max_length=100, blank=True)

    objects: ClassVar[MedicineQuerySet] = MedicineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["name"]
        indexes = [
            # search by the letters that a keyboard gives fastest
            models.Index(fields=["initials"], name="medicine_by_initials"),
        ]

    def __str__(self) -> str:
        return self.name


class Presentation(models.Model):
    """A medicine in one form and one strength: what is demanded, tendered and capped in price."""

    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="presentations", verbose_name=_("medicine"))
    form = models.CharField(_("dosage form"), max_length=50)
    strength = models.CharField(_("strength"), max_length=100)
    amount = models.DecimalField(
        _("content of one unit"), max_digits=18, decimal_places=6, null=True, blank=True, editable=False
    )
    amount_unit = models.CharField(_("unit of content"), max_length=10, blank=True, editable=False)
    volume_ml = models.DecimalField(
        _("volume (ml)"), max_digits=12, decimal_places=3, null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("presentation")
        verbose_name_plural = _("presentations")
        ordering = ["medicine__name", "form", "amount", "strength"]
        constraints = [
            models.UniqueConstraint(fields=["medicine", "form", "strength"], name="a_presentation_is_listed_once"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gt=0), name="content_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.medicine.name} {self.form} {self.strength}"

    @property
    def content(self) -> Strength | None:
        """The strength as a quantity; none where its text could not be read as one."""
        return Strength(self.amount, self.amount_unit, self.volume_ml) if self.amount is not None else None
