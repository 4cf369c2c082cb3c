from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from catalog.models.medicines import Medicine, Presentation
from catalog.models.regions import Region
from catalog.querysets import EditionQuerySet, InForceQuerySet
from catalog.states import BINDING, EditionStatus, ListPart


class Edition(Versioned):
    """One edition of the national essential medicines list; exactly one is in force on any day."""

    code = models.CharField(_("code"), max_length=20)
    title = models.CharField(_("title"), max_length=200)
    decision = models.CharField(pgettext_lazy("edition", "decision"), max_length=100, blank=True)
    decided_on = models.DateField(pgettext_lazy("edition", "decided on"), null=True, blank=True)
    validity = DateRangeField(_("in force"))
    source = models.CharField(_("source"), max_length=300)
    status = models.CharField(_("status"), max_length=20, choices=EditionStatus.choices, default=EditionStatus.DRAFT)
    announced_chemical = models.PositiveIntegerField(
        _("chemical and biological medicines, as announced"), null=True, blank=True
    )
    announced_tcm = models.PositiveIntegerField(_("Chinese patent medicines, as announced"), null=True, blank=True)
    drafted_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("drafted by")
    )
    published_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("published by")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects: ClassVar[EditionQuerySet] = EditionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("edition of the list")
        verbose_name_plural = _("editions of the list")
        ordering = ["-validity"]
        constraints = [
            ExclusionConstraint(
                name="one_edition_at_a_time",
                expressions=[("validity", RangeOperators.OVERLAPS)],
                condition=Q(status__in=BINDING),
            ),
            models.UniqueConstraint(
                fields=["code"], condition=~Q(status=EditionStatus.DISCARDED), name="a_code_names_one_edition"
            ),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status=EditionStatus.IN_FORCE), name="one_edition_is_in_force"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ListSection(models.Model):
    """A class of an edition's tree: a part's major class, its subclasses, and the function groups of Chinese medicine.

    ``path`` is the names from the top, so that a section can be read and searched without climbing.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="sections", verbose_name=_("edition"))
    part = models.CharField(_("part"), max_length=20, choices=ListPart.choices)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    name = models.CharField(_("name"), max_length=100)
    path = models.CharField(_("section"), max_length=410)
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name = _("section of the list")
        verbose_name_plural = _("sections of the list")
        ordering = ["part", "position"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "part", "path"], name="a_section_stands_once"),
        ]

    def __str__(self) -> str:
        return self.path


class EditionEntry(models.Model):
    """A medicine, or a group of medicines without an INN of its own, on an edition of the list.

    A medicine that is listed again in another section has a repeat entry there, under the same number.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="entries", verbose_name=_("edition"))
    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="entries", verbose_name=_("medicine"))
    part = models.CharField(_("part"), max_length=20, choices=ListPart.choices)
    number = models.PositiveIntegerField(_("number on the list"))
    section = models.ForeignKey(ListSection, models.PROTECT, related_name="entries", verbose_name=_("section"))
    is_repeat = models.BooleanField(_("listed again"), default=False)
    is_group = models.BooleanField(_("group of medicines"), default=False)
    specialist_guidance = models.BooleanField(_("under specialist guidance (△)"), default=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    forms_text = models.TextField(_("forms and strengths as listed"), blank=True)
    forms_without_strength = models.JSONField(_("forms listed without a strength"), default=list, blank=True)
    presentations = models.ManyToManyField(Presentation, related_name="entries", verbose_name=_("presentations"))
    members = models.ManyToManyField(
        Medicine, related_name="group_entries", blank=True, verbose_name=_("medicines of the group")
    )

    class Meta:
        verbose_name = _("entry of the list")
        verbose_name_plural = _("entries of the list")
        ordering = ["part", "number", "is_repeat"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "part", "number"],
                condition=Q(is_repeat=False),
                name="a_list_number_is_given_once",
            ),
            models.UniqueConstraint(
                fields=["edition", "medicine"], condition=Q(is_repeat=False), name="a_medicine_is_listed_once"
            ),
            models.UniqueConstraint(
                fields=["edition", "medicine", "section"], name="a_medicine_stands_once_in_a_section"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.medicine.name}"


class ProvincialAddition(models.Model):
    """A medicine that a province has added to the national list for its own institutions (卫药政发〔2009〕78号)."""

    province = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("province"))
    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="additions", verbose_name=_("medicine"))
    presentations = models.ManyToManyField(
        Presentation,
        related_name="additions",
        blank=True,
        verbose_name=_("presentations"),
        help_text=_("None: every presentation of the medicine."),
    )
    validity = DateRangeField(_("in force"))
    decision = models.CharField(pgettext_lazy("addition", "decision"), max_length=100)
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects: ClassVar[InForceQuerySet[ProvincialAddition]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("provincial addition")
        verbose_name_plural = _("provincial additions")
        ordering = ["province", "medicine__name"]
        constraints = [
            ExclusionConstraint(
                name="a_province_adds_a_medicine_once_at_a_time",
                expressions=[
                    ("province", RangeOperators.EQUAL),
                    ("medicine", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.medicine} · {self.province}"
