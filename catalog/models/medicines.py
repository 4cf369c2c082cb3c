from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from catalog.querysets import MedicineQuerySet
from catalog.rules.packs import split_pack_from_strength
from catalog.rules.strengths import Strength, parse_strength
from catalog.states import MergeStatus


class Medicine(models.Model):
    """A medicine by its generic name, whoever makes it and however strong it is."""

    name = models.CharField(_("Chinese generic name"), max_length=200, unique=True)
    inn = models.CharField(_("INN"), max_length=200, blank=True)
    initials = models.CharField(_("pinyin initials"), max_length=100, blank=True)
    atc = models.CharField(_("ATC code"), max_length=7, blank=True)
    is_traditional = models.BooleanField(_("Chinese patent medicine"), default=False)

    objects: ClassVar[MedicineQuerySet] = MedicineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["name"]
        indexes = [
            # search by the letters that a keyboard gives fastest
            models.Index(fields=["initials"], name="medicine_by_initials"),
        ]
        constraints = [
            # the WHO's levels 1 to 5: A, A01, A01B, A01BC, A01BC02
            models.CheckConstraint(
                condition=Q(atc="") | Q(atc__regex=r"^[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?$"),
                name="an_atc_code_is_well_formed",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Presentation(models.Model):
    """A medicine in one form and one strength: what is demanded, tendered and capped in price.

    ``form`` and ``strength`` stand as they were written; the other fields are read from them by one function
    (``services.presentations.read_presentation``). ``likeness`` is equal for two spellings of the same thing. A
    presentation that was merged into another one stays, so that its spelling is still understood.
    """

    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="presentations", verbose_name=_("medicine"))
    form = models.CharField(_("dosage form"), max_length=50)
    strength = models.CharField(_("strength"), max_length=100)
    salt = models.CharField(pgettext_lazy("medicine", "salt"), max_length=50, blank=True, editable=False)
    family = models.CharField(_("kind of form"), max_length=40, blank=True, editable=False)
    amount = models.DecimalField(
        _("content of one unit"), max_digits=18, decimal_places=6, null=True, blank=True, editable=False
    )
    amount_unit = models.CharField(_("unit of content"), max_length=10, blank=True, editable=False)
    volume_ml = models.DecimalField(
        _("volume (ml)"), max_digits=12, decimal_places=3, null=True, blank=True, editable=False
    )
    basis = models.CharField(_("content measured as"), max_length=20, blank=True, editable=False)
    likeness = models.CharField(_("key of likeness"), max_length=200, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="spellings", verbose_name=_("merged into")
    )

    class Meta:
        verbose_name = _("presentation")
        verbose_name_plural = _("presentations")
        ordering = ["medicine__name", "form", "amount", "strength"]
        constraints = [
            models.UniqueConstraint(fields=["medicine", "form", "strength"], name="a_presentation_is_listed_once"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="content_is_positive"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")), name="nothing_is_merged_into_itself"
            ),
        ]
        indexes = [
            # is this on the list, in whatever spelling?
            models.Index(fields=["medicine", "likeness"], name="presentation_alike"),
        ]

    def __str__(self) -> str:
        return f"{self.medicine.name} {self.form} {self.strength}"

    @property
    def content(self) -> Strength | None:
        """The strength as a quantity; none where its text could not be read as one."""
        if self.amount is None:
            return None
        bare, _pack = split_pack_from_strength(self.strength)
        return parse_strength(bare, self.form)


class MergeProposal(Versioned):
    """Two presentations that look like one thing in two spellings; an officer decides, nothing is merged silently."""

    kept = models.ForeignKey(Presentation, models.PROTECT, related_name="+", verbose_name=_("kept"))
    merged = models.ForeignKey(Presentation, models.PROTECT, related_name="+", verbose_name=_("to be merged into it"))
    evidence = models.JSONField(_("why they look alike"), default=list)
    status = models.CharField(_("status"), max_length=20, choices=MergeStatus.choices, default=MergeStatus.PROPOSED)
    decided_by = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("merge", "decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("merge proposal")
        verbose_name_plural = _("merge proposals")
        ordering = ["status", "kept__medicine__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kept", "merged"], name="a_pair_is_proposed_once"),
            models.CheckConstraint(condition=Q(kept__lt=F("merged")), name="the_older_spelling_is_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.kept}"
