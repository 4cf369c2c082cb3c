"""Who could give what another lacks, as a page for the officers of a province."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.accounts.models import Organization
from catalog.admin.filters import provinces_and_chosen
from catalog.foundation.web.admin import DecidingAdmin, actor_of
from catalog.models import Product
from distribution.queries import supply_rules
from distribution.queries.province_stock import spares
from distribution.rules.redistribution import Suggestion, suggest_transfers

PER_PAGE = 50


def redistribution_page(model_admin: DecidingAdmin, request: HttpRequest) -> Any:
    """What the institutions of one's province could hand to each other; supervisors choose the province.

    Raises:
        PermissionDenied: the person does not read stock.
        Http404: no province is registered yet.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    _all, province = provinces_and_chosen(request)
    if actor_of(request).province not in ("", province.code):
        raise PermissionDenied
    at = timezone.now()
    found = suggest_transfers(spares(province.code, at=at, rules=supply_rules(timezone.localdate(at))))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return model_admin.page(
        request,
        "admin/distribution/redistribution.html",
        title=_("What institutions of %(province)s could give each other") % {"province": province},
        explanation=_("Who has less than the cover by its usual use, and the nearest that have more than theirs."),
        suggestions={
            "headers": [_("product"), _("lacks"), _("could give"), _("units"), pgettext("stock", "lots")],
            "rows": list(_rows(list(page))),
        },
        page_obj=page,
        province=province,
    )


def _rows(suggestions: Sequence[Suggestion]) -> Iterator[list[Any]]:
    products = Product.objects.select_related("presentation__medicine", "manufacturer").in_bulk(
        {item.product_id for item in suggestions}
    )
    organizations = Organization.objects.in_bulk(
        {item.giver_id for item in suggestions} | {item.taker_id for item in suggestions}
    )
    address = reverse("admin:distribution_stocklot_changelist")
    for item in suggestions:
        yield [
            products[item.product_id],
            organizations[item.taker_id],
            organizations[item.giver_id],
            item.units,
            format_html(
                '<a class="text-link" href="{}?holder__id__exact={}&product__id__exact={}">{}</a>',
                address,
                item.giver_id,
                item.product_id,
                _("choose a lot"),
            ),
        ]
