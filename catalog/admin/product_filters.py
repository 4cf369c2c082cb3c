"""Filters of the list of products."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from catalog.admin.filters import once
from catalog.foundation.web.admin import actor_of
from catalog.models import Product
from catalog.queries import essentiality

# An approval is renewed half a year before it ends.
RENEWAL = timedelta(days=180)


class EssentialFilter(DropdownFilter):
    """Essential today, nationally or in the person's province."""

    title = _("essential today")
    parameter_name = "essential"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("essential")), ("no", _("not essential"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return queryset
        essential = once(request, "essential", lambda: essential_presentations(actor_of(request).province))
        if self.value() == "yes":
            return queryset.filter(presentation__in=essential)
        return queryset.exclude(presentation__in=essential)


def essential_presentations(province_id: str) -> list[int]:
    """The ids of the presentations whose products are essential today; those of one are so together."""
    samples = list(Product.objects.order_by("presentation_id").distinct("presentation_id"))
    judged = essentiality(samples, localdate(), province_id)
    return [sample.presentation_id for sample in samples if judged[sample.pk].is_essential]


class LicenceFilter(DropdownFilter):
    """By what is left of the approval."""

    title = _("licence")
    parameter_name = "licence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("expired", _("expired")),
            ("expiring", _("expires within 180 days")),
            ("unknown", _("end not stated")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = localdate()
        if self.value() == "expired":
            return queryset.filter(licence_valid_until__lt=today)
        if self.value() == "expiring":
            return queryset.filter(licence_valid_until__range=(today, today + RENEWAL))
        return queryset.filter(licence_valid_until=None) if self.value() == "unknown" else queryset
