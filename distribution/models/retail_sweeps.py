from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from distribution.querysets import ProvinceOwnedQuerySet
from distribution.states import SweepStatus


class RetailSweep(Versioned):
    """One check of every retail price of a province against the limits of its day, drawn up anew.

    It takes the reports in the order of their ids; those up to ``checked_until`` are done. Counts are of prices and
    of findings.
    """

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    status = models.CharField(_("status"), max_length=20, choices=SweepStatus.choices, default=SweepStatus.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    expected_count = models.PositiveIntegerField(_("prices to check"), default=0)
    checked_count = models.PositiveIntegerField(_("checked prices"), default=0)
    found_count = models.PositiveIntegerField(_("new findings"), default=0)
    ended_count = models.PositiveIntegerField(_("findings that are gone"), default=0)
    checked_until = models.BigIntegerField(_("checked until"), default=0)

    objects: ClassVar[ProvinceOwnedQuerySet] = ProvinceOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("sweep of retail prices")
        verbose_name_plural = _("sweeps of retail prices")
        ordering = ["-id"]
        constraints = [
            # one that runs and one that waits: what changes meanwhile is seen by the next
            models.UniqueConstraint(
                fields=["province", "status"],
                condition=~Q(status=SweepStatus.FINISHED),
                name="one_sweep_of_a_province_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province.name} #{self.pk}"
