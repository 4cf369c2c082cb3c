from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.medicines import Medicine, Presentation
from catalog.querysets import InForceQuerySet
from catalog.states import ListPart


class Edition(models.Model):
    """One edition of the national essential medicines list; exactly one is in force on any day."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    validity = DateRangeField(_("in force"))
    source = models.CharField(_("source"), max_length=300)

    objects: ClassVar[InForceQuerySet[Edition]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("edition of the list")
        verbose_name_plural = _("editions of the list")
        ordering = ["-validity"]
        constraints = [
            ExclusionConstraint(name="one_edition_at_a_time", expressions=[("validity", RangeOperators.OVERLAPS)]),
        ]

    def __str__(self) -> str:
        return self.title


class EditionEntry(models.Model):
    """A medicine on an edition of the list."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="entries", verbose_name=_("edition"))
    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="entries", verbose_name=_("medicine"))
    part = models.CharField(_("part"), max_length=20, choices=ListPart.choices)
    number = models.PositiveIntegerField(_("number on the list"))
    category = models.CharField(_("category"), max_length=100)
    subcategory = models.CharField(_("subcategory"), max_length=100, blank=True)
    specialist_guidance = models.BooleanField(_("under specialist guidance (△)"), default=False)
    presentations = models.ManyToManyField(Presentation, related_name="entries", verbose_name=_("presentations"))

    class Meta:
        verbose_name = _("entry of the list")
        verbose_name_plural = _("entries of the list")
        ordering = ["part", "number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "part", "number"], name="a_list_number_is_given_once"),
            models.UniqueConstraint(fields=["edition", "medicine"], name="a_medicine_is_listed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.medicine.name}"
