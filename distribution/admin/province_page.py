"""A page of the admin with the figures of one province, which the address asks for and which goes out as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from catalog.admin.filters import provinces_and_chosen
from catalog.foundation.errors import NotAllowed
from catalog.foundation.web.admin import DecidingAdmin, actor_of
from catalog.foundation.web.admin.exports import csv_response, workbook_response
from catalog.models import Region
from distribution.policies import require_network_reader

TEMPLATE = "admin/distribution/province_figures.html"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of the file: its name without the province, its headings, and values."""

    name: str
    headings: Sequence[Any]
    lines: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says: inputs are a name, a label, a type of HTML and a value; tables a heading and their HTML."""

    title: str
    meaning: str
    empty: str
    tables: Sequence[tuple[str, Any]]
    inputs: Sequence[tuple[str, Any, str, Any]] = ()
    sheet: Sheet | None = None
    context: dict[str, Any] = field(default_factory=dict)


def asked_province(model_admin: DecidingAdmin, request: HttpRequest) -> tuple[list[Region], Region]:
    """The provinces to choose from, and the one that the address names.

    Raises:
        PermissionDenied: the person reads no such records, or not that province's.
        Http404: no province is registered yet.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    provinces, province = provinces_and_chosen(request)
    try:
        require_network_reader(actor_of(request), province.code)
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    return (provinces if actor_of(request).province == "" else [province]), province


def province_page(
    model_admin: DecidingAdmin, request: HttpRequest, provinces: Sequence[Region], province: Region, shown: Shown
) -> HttpResponse | HttpResponseBase:
    """The page; ``?format=xlsx`` or ``csv`` gives its sheet as a file."""
    form = request.GET.get("format", "")
    if shown.sheet is not None and form in ("xlsx", "csv"):
        respond = workbook_response if form == "xlsx" else csv_response
        return respond(f"{shown.sheet.name}-{province.code}", shown.sheet.headings, shown.sheet.lines)
    return model_admin.page(
        request,
        TEMPLATE,
        title=shown.title,
        meaning=shown.meaning,
        empty=shown.empty,
        tables=shown.tables,
        inputs=shown.inputs,
        is_exported=shown.sheet is not None,
        provinces=provinces,
        province=province,
        **shown.context,
    )
