from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.accounts.kinds import Tier
from catalog.models.medicines import Medicine, Presentation
from catalog.models.regions import Region
from catalog.querysets import InForceQuerySet
from catalog.rules.reimbursement import Terms
from catalog.states import ListClass, Scheme


class ReimbursementTerms(models.Model):
    """What a scheme pays back in a province at a level of institution: shares of 0 to 1, amounts in yuan.

    ``essential_bonus`` is added to ``rate`` for essential medicines. No ``annual_cap``: no ceiling.
    """

    scheme = models.CharField(_("scheme"), max_length=20, choices=Scheme.choices)
    province = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("province"))
    tier = models.CharField(
        _("level of institution"), max_length=20, choices=[choice for choice in Tier.choices if choice[0]]
    )
    rate = models.DecimalField(_("rate"), max_digits=5, decimal_places=4)
    essential_bonus = models.DecimalField(_("bonus for essential medicines"), max_digits=5, decimal_places=4)
    deductible = models.DecimalField(_("deductible (yuan)"), max_digits=18, decimal_places=2, default=Decimal(0))
    annual_cap = models.DecimalField(_("most in a year (yuan)"), max_digits=18, decimal_places=2, null=True, blank=True)
    validity = DateRangeField(_("in force"))
    source = models.CharField(_("source"), max_length=300)

    objects: ClassVar[InForceQuerySet[ReimbursementTerms]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("reimbursement terms")
        verbose_name_plural = _("reimbursement terms")
        ordering = ["province", "scheme", "tier", "-validity"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1, essential_bonus__gte=0, essential_bonus__lte=1),
                name="reimbursement_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(deductible__gte=0) & (Q(annual_cap__isnull=True) | Q(annual_cap__gt=0)),
                name="reimbursement_amounts_are_positive",
            ),
            ExclusionConstraint(
                name="one_reimbursement_at_a_time",
                expressions=[
                    ("scheme", RangeOperators.EQUAL),
                    ("province", RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()} · {self.province} · {self.get_tier_display()}"

    @property
    def terms(self) -> Terms:
        """The numbers, for the rules."""
        return Terms(
            rate=self.rate,
            essential_bonus=self.essential_bonus,
            deductible=self.deductible,
            cap=self.annual_cap,
        )


class InsuranceListing(models.Model):
    """A medicine, or one presentation of it, on list A or B of the basic insurance, nationally or in one province.

    ``self_pay_share`` is what the patient pays of list B before the scheme's rate is applied, 0 to 1; list A has none.
    """

    medicine = models.ForeignKey(
        Medicine, models.PROTECT, related_name="insurance_listings", verbose_name=_("medicine")
    )
    presentation = models.ForeignKey(
        Presentation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only as")
    )
    province = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only in")
    )
    list_class = models.CharField(_("list"), max_length=1, choices=ListClass.choices)
    self_pay_share = models.DecimalField(_("patient pays first"), max_digits=5, decimal_places=4, default=Decimal(0))
    validity = DateRangeField(_("in force"))
    source = models.CharField(_("source"), max_length=300)

    objects: ClassVar[InForceQuerySet[InsuranceListing]] = InForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("insurance listing")
        verbose_name_plural = _("insurance listings")
        ordering = ["medicine__name", "-validity"]
        constraints = [
            models.CheckConstraint(
                condition=Q(list_class=ListClass.A, self_pay_share=0)
                | Q(list_class=ListClass.B, self_pay_share__gte=0, self_pay_share__lt=1),
                name="only_list_b_has_a_self_pay_share",
            ),
            ExclusionConstraint(
                name="one_insurance_listing_at_a_time",
                expressions=[
                    ("medicine", RangeOperators.EQUAL),
                    (Coalesce("presentation", 0), RangeOperators.EQUAL),
                    (Coalesce("province", models.Value("")), RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.presentation or self.medicine} · {self.get_list_class_display()}"
