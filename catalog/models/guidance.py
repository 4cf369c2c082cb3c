from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.medicines import Medicine, Presentation
from catalog.querysets import InForceQuerySet
from catalog.states import GuidanceKind


class GuidanceDocument(models.Model):
    """A version of the clinical guidelines or of the prescription set (formulary) of the essential medicines."""

    kind = models.CharField(_("kind"), max_length=20, choices=GuidanceKind.choices)
    title = models.CharField(_("title"), max_length=200)
    edition_label = models.CharField(_("version of the document"), max_length=50)
    issuer = models.CharField(_("issued by"), max_length=100)
    validity = DateRangeField(_("in force"))
    source = models.CharField(_("source"), max_length=300)
    address = models.URLField(_("where it can be read"), blank=True)

    objects: ClassVar[InForceQuerySet[GuidanceDocument]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("guideline or prescription set")
        verbose_name_plural = _("guidelines and prescription set")
        ordering = ["kind", "title", "-validity"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "title", "edition_label"], name="a_document_has_each_version_once"),
            ExclusionConstraint(
                name="one_version_of_a_document_at_a_time",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("title", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.edition_label})"


class DosageEntry(models.Model):
    """How a document says a medicine is given: for what, to whom, how much, how often, how long."""

    document = models.ForeignKey(GuidanceDocument, models.CASCADE, related_name="entries", verbose_name=_("document"))
    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="dosages", verbose_name=_("medicine"))
    presentation = models.ForeignKey(
        Presentation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only as")
    )
    indication = models.CharField(_("indication"), max_length=300)
    population = models.CharField(_("for whom"), max_length=100, blank=True)
    route = models.CharField(_("route"), max_length=50, blank=True)
    dose = models.CharField(_("dose"), max_length=200)
    frequency = models.CharField(_("how often"), max_length=100, blank=True)
    course = models.CharField(_("how long"), max_length=100, blank=True)
    caution = models.CharField(_("caution"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("dosage")
        verbose_name_plural = _("dosages")
        ordering = ["medicine__name", "indication", "population"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "medicine", "presentation", "indication", "population", "route"],
                nulls_distinct=False,
                name="a_dosage_is_given_once",
            ),
            models.CheckConstraint(condition=~Q(dose=""), name="a_dosage_says_the_dose"),
        ]

    def __str__(self) -> str:
        return f"{self.medicine} · {self.indication}"
