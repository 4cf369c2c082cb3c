from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.querysets import ReservePlanQuerySet, ReserveReleaseQuerySet
from distribution.states import ReleaseStatus


class ReservePlan(Versioned):
    """What a holder keeps of a product for a province's reserve, in smallest units, under whose authority."""

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    holder = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="reserve_plans", verbose_name=_("holder")
    )
    units = models.PositiveBigIntegerField(_("planned units"))
    validity = DateRangeField(_("in force"))
    authority = models.CharField(pgettext_lazy("reserve", "decided by"), max_length=300)

    objects: ClassVar[ReservePlanQuerySet] = ReservePlanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("reserve plan")
        verbose_name_plural = _("reserve plans")
        ordering = ["province", "product", "holder"]
        constraints = [
            ExclusionConstraint(
                name="one_reserve_plan_per_holder_and_product",
                expressions=[
                    ("province", RangeOperators.EQUAL),
                    ("product", RangeOperators.EQUAL),
                    ("holder", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="a_reserve_keeps_something"),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.holder}"


class ReserveRelease(Versioned):
    """An order to release reserve stock to an institution; one person orders it, another approves.

    ``refilled_units`` of what was issued are back in the reserve.
    """

    plan = models.ForeignKey(ReservePlan, models.PROTECT, related_name="releases", verbose_name=_("reserve plan"))
    recipient = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("institution")
    )
    units = models.PositiveBigIntegerField(_("units"))
    authority = models.CharField(_("by whose authority"), max_length=300)
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=20, choices=ReleaseStatus.choices, default=ReleaseStatus.ORDERED)
    status_reason = models.CharField(_("reason of the last change"), max_length=300, blank=True)
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("ordered by")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    ordered_at = models.DateTimeField(_("ordered at"))
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    refill_due_on = models.DateField(_("refill due on"), null=True, blank=True)
    refilled_units = models.PositiveBigIntegerField(_("refilled units"), default=0)

    objects: ClassVar[ReserveReleaseQuerySet] = ReserveReleaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("release from the reserve")
        verbose_name_plural = _("releases from the reserve")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="a_release_releases_something"),
            models.CheckConstraint(condition=Q(refilled_units__lte=F("units")), name="refilled_not_more_than_released"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(ordered_by=None) | ~Q(approved_by=F("ordered_by")),
                name="two_people_release_the_reserve",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"RR{self.pk:08d}"
