"""Filters of the lists of procurement."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from catalog.foundation.web.admin import actor_of
from procurement.models import Tender

SHOWN = 200


class TenderFilter(DropdownFilter):
    """By tender, of those that the person sees, newest first."""

    title = _("tender")
    parameter_name = "tender"
    field = "tender"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tenders = Tender.objects.visible_to(actor_of(request)).order_by("-deadline_at")[:SHOWN]
        return [(str(tender.pk), str(tender)) for tender in tenders]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.field: self.value()}) if str(self.value() or "").isdecimal() else queryset
