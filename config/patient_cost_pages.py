"""The public pages of what tenders mean to patients: a medicine with its courses, and a province's saving."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from catalog.foundation.errors import NotVisible
from catalog.foundation.transitions import find
from catalog.models import Product, Region
from distribution.queries.patient_cost import patient_cost
from distribution.queries.savings import savings

PROVINCES = Region.objects.filter(parent=None)
FIRST_YEAR = 2009
PRODUCTS_SHOWN = 50


@require_safe
def product_patient_cost(request: HttpRequest, code: str) -> HttpResponse:
    """What a patient pays of the product today, and of a course of treatment with it, before and after the tender."""
    try:
        product = find(Product.objects.select_related("presentation__medicine", "manufacturer"), code=code)
    except NotVisible as error:
        raise Http404(str(error)) from error
    provinces, province = _provinces(request)
    found = patient_cost(product, province_id=province.code, on=localdate())
    context = {"product": product, "provinces": provinces, "province": province, "found": found}
    return render(request, "patient_cost.html", context)


@require_safe
def province_savings(request: HttpRequest) -> HttpResponse:
    """What tenders saved a province in a year; the current one where the address names none."""
    provinces, province = _provinces(request)
    this_year = localdate().year
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= this_year else this_year
    found = savings(province.code, since=date(year, 1, 1), until=date(year + 1, 1, 1))
    context = {
        "provinces": provinces,
        "province": province,
        "year": year,
        "years": range(this_year, FIRST_YEAR - 1, -1),
        "found": found,
        "products": found.products[:PRODUCTS_SHOWN],
    }
    return render(request, "savings.html", context)


def _provinces(request: HttpRequest) -> tuple[list[Region], Region]:
    """All, and the one that the address names; the first where it names none.

    Raises:
        Http404: there is no such province, or none at all.
    """
    provinces = list(PROVINCES)
    code = request.GET.get("province", "") or (provinces[0].code if provinces else "")
    province = next((item for item in provinces if item.code == code), None)
    if province is None:
        raise Http404(str(NotVisible(what=Region._meta.verbose_name, key=code)))
    return provinces, province
