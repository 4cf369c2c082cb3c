from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from catalog.states import Storage
from distribution.querysets import ProvinceOwnedQuerySet
from distribution.states import RunStatus


class DistributionRun(Versioned):
    """One unified distribution run: it turns a province's approved requisitions into orders to suppliers.

    It takes the requisitions approved before ``cut_off_at``; ``requisition_count`` of ``expected_count`` are placed.
    """

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    status = models.CharField(_("status"), max_length=20, choices=RunStatus.choices, default=RunStatus.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    cut_off_at = models.DateTimeField(_("cut-off"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    expected_count = models.PositiveIntegerField(_("requisitions to place"), default=0)
    requisition_count = models.PositiveIntegerField(_("requisitions"), default=0)
    order_count = models.PositiveIntegerField(_("orders"), default=0)
    delivery_count = models.PositiveIntegerField(_("consolidated deliveries"), default=0)
    refused_line_count = models.PositiveIntegerField(_("refused lines"), default=0)
    amount = models.DecimalField(_("amount (yuan)"), max_digits=18, decimal_places=4, default=0)

    objects: ClassVar[ProvinceOwnedQuerySet] = ProvinceOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("distribution run")
        verbose_name_plural = _("distribution runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["province"],
                condition=~Q(status=RunStatus.FINISHED),
                name="one_run_per_province_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province.name} #{self.pk}"


class Route(models.Model):
    """The way a carrier takes through a county, township after township."""

    carrier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="routes", verbose_name=_("carrier")
    )
    county = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("county"))
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = pgettext_lazy("delivery", "route")
        verbose_name_plural = _("routes")
        ordering = ["carrier", "county", "name"]
        constraints = [
            models.UniqueConstraint(fields=["carrier", "county", "name"], name="a_route_is_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class RouteStop(models.Model):
    """A township on a route; a carrier comes to each by one route."""

    route = models.ForeignKey(
        Route, models.CASCADE, related_name="stops", verbose_name=pgettext_lazy("delivery", "route")
    )
    carrier = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("carrier"))
    township = models.ForeignKey("catalog.Township", models.PROTECT, related_name="+", verbose_name=_("township"))
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        ordering = ["route", "position"]
        constraints = [
            models.UniqueConstraint(fields=["carrier", "township"], name="one_route_of_a_carrier_to_a_township"),
            models.UniqueConstraint(fields=["route", "position"], name="one_township_at_a_place_of_the_route"),
        ]

    def __str__(self) -> str:
        return f"{self.route} · {self.position} {self.township}"


class ConsolidatedDelivery(models.Model):
    """What one carrier brings together into one county, of one temperature class, from one run.

    ``carrier`` is the entrusted distributor, or the supplier that delivers itself. The route is that of the
    townships; where the orders go to several routes each route has a delivery of its own.
    """

    run = models.ForeignKey(
        DistributionRun, models.PROTECT, related_name="deliveries", verbose_name=_("distribution run")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    county = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("county"))
    carrier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="consolidated_deliveries", verbose_name=_("carrier")
    )
    storage = models.CharField(_("storage"), max_length=20, choices=Storage.choices)
    route = models.ForeignKey(
        Route, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("delivery", "route")
    )
    deliver_by = models.DateTimeField(_("to arrive by"))

    objects: ClassVar[ProvinceOwnedQuerySet] = ProvinceOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("consolidated delivery")
        verbose_name_plural = _("consolidated deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "county", "carrier", "storage", "route"],
                nulls_distinct=False,
                name="orders_of_a_run_travel_together",
            ),
        ]
        indexes = [
            # what a carrier has to bring, newest first
            models.Index(fields=["carrier", "-id"], name="delivery_of_carrier"),
        ]

    def __str__(self) -> str:
        return f"{self.county.name} · {self.get_storage_display()} #{self.pk}"
