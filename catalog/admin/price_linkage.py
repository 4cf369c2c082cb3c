"""Price linkage as a page: what the province pays more for than others do, to read, take along and act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.admin.filters import provinces_and_chosen
from catalog.foundation.web.admin import DecidingAdmin, actor_of, badge, link_to, yuan
from catalog.foundation.web.admin.exports import csv_response, workbook_response
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import PriceAdjustment, Product, Region
from catalog.queries.linkage import LowerElsewhere, lower_elsewhere
from catalog.states import AdjustmentStatus

PER_PAGE = 50
NAME = "price-linkage"
# From this difference on, in percent, a row is shown in red.
MARKED = Decimal(20)


def price_linkage_page(model_admin: DecidingAdmin, request: HttpRequest) -> Any:
    """The list of a province, the own one where none is named; ``?format=xlsx`` or ``csv`` gives it as a file.

    Raises:
        PermissionDenied: the person does not read prices.
        Http404: no province is registered yet.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    all_provinces, province = provinces_and_chosen(request)
    provinces = {region.code: region for region in all_provinces}
    least = _least(request.GET.get("percent", ""))
    rows = [row for row in lower_elsewhere(province.code, localdate()) if row.percent >= least]
    if request.GET.get("order") == "percent":
        rows.sort(key=lambda row: row.percent, reverse=True)
    headings = [
        _("code"),
        _("product"),
        _("own price (yuan per pack)"),
        _("lowest elsewhere (yuan per pack)"),
        _("province"),
        _("saving (yuan per pack)"),
        _("saving (%)"),
        _("provinces that pay less"),
    ]
    form = request.GET.get("format", "")
    if form in ("xlsx", "csv"):
        lines = _lines(rows, provinces)
        return (workbook_response if form == "xlsx" else csv_response)(f"{NAME}-{province.code}", headings, lines)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return model_admin.page(
        request,
        "admin/catalog/price_linkage.html",
        title=_("Price linkage: what %(province)s pays more for than others") % {"province": province},
        linkage={
            "headers": [
                _("product"),
                _("own price"),
                _("lowest elsewhere"),
                _("saving"),
                _("saving (%)"),
                _("pay less"),
                _("adjustment"),
            ],
            "rows": _shown(list(page), provinces, province.code, request, model_admin),
        },
        page_obj=page,
        provinces=all_provinces,
        province=province,
        percent=request.GET.get("percent", ""),
        order=request.GET.get("order", ""),
        query=_without(request, "page", "format"),
    )


def _least(text: str) -> Decimal:
    try:
        least = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return least if least.is_finite() else Decimal(0)


def _without(request: HttpRequest, *names: str) -> str:
    """The address's question without some of its parts."""
    kept = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()


def _products(rows: Sequence[LowerElsewhere]) -> dict[int, Product]:
    products = Product.objects.select_related("presentation__medicine", "manufacturer")
    return products.in_bulk([row.product_id for row in rows])


def _lines(rows: Sequence[LowerElsewhere], provinces: dict[str, Region]) -> Iterator[list[Any]]:
    products = _products(rows)
    for row in rows:
        product = products[row.product_id]
        yield [
            product.code,
            product,
            row.price,
            row.lowest,
            provinces[row.cheapest_province_id],
            row.saving,
            row.percent,
            row.province_count,
        ]


def _shown(
    rows: Sequence[LowerElsewhere],
    provinces: dict[str, Region],
    province_id: str,
    request: HttpRequest,
    model_admin: DecidingAdmin,
) -> list[list[Any]]:
    products = _products(rows)
    may_decide = model_admin.may_decide(request) and actor_of(request).province == province_id
    being_adjusted = {
        adjustment.product_id: adjustment
        for adjustment in PriceAdjustment.objects.visible_to(actor_of(request)).filter(
            province=province_id, status=AdjustmentStatus.OPEN, product__in=products
        )
    }
    shown = []
    for row in rows:
        product = products[row.product_id]
        adjustment = being_adjusted.get(row.product_id)
        act: Any = EMPTY
        if adjustment is not None:
            act = link_to(adjustment, _("being adjusted"))
        elif may_decide:
            address = reverse("admin:catalog_procurementprice_adjust", args=[row.price_id])
            act = format_html('<a class="text-link" href="{}">{}</a>', address, _("Open an adjustment"))
        shown.append(
            [
                link_to(product, f"{product.code} {product}"),
                yuan(row.price),
                f"{yuan(row.lowest)} {provinces[row.cheapest_province_id]}",
                yuan(row.saving),
                badge(f"{row.percent:.1f}%", "danger" if row.percent >= MARKED else "warning"),
                row.province_count,
                act,
            ]
        )
    return shown
