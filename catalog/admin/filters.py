"""Filters that lists of several apps have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from catalog.foundation.web.admin import actor_of
from catalog.models import Region

T = TypeVar("T")


def once(request: HttpRequest, name: str, reckon: Callable[[], T]) -> T:
    """What a filter has to reckon for all rows, reckoned once although a list asks its filters several times."""
    reckoned: dict[str, Any] = request.__dict__.setdefault("_reckoned", {})
    if name not in reckoned:
        reckoned[name] = reckon()
    found: T = reckoned[name]
    return found


def provinces_and_chosen(request: HttpRequest) -> tuple[list[Region], Region]:
    """All provinces, and the one that the address names; the person's own, or the first one, where it names none.

    Raises:
        Http404: no province is registered yet.
    """
    provinces = list(Region.objects.filter(parent=None))
    if not provinces:
        raise Http404(gettext("No province is registered yet."))
    wanted = request.GET.get("province", "")
    by_code = {region.code: region for region in provinces}
    return provinces, by_code.get(wanted) or by_code.get(actor_of(request).province) or provinces[0]


class ProvinceFilter(DropdownFilter):
    """By province; a subclass says by which field the rows lie in one."""

    title = _("province")
    parameter_name = "province"
    field = "province"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Region.objects.filter(parent=None).values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class InForceFilter(DropdownFilter):
    """What holds today, and what does not."""

    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("today")), ("no", _("not today"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.filter(validity__contains=localdate())
        return queryset.exclude(validity__contains=localdate()) if self.value() == "no" else queryset
