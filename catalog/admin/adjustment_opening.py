"""Opening an adjustment of what the own province pays, with what the other provinces pay as its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.admin.forms import ReasonForm, YuanField, beside_fields
from catalog.foundation.web.admin import DecidingAdmin, actor_of, link_to, period, sent, table, yuan
from catalog.foundation.web.admin.forms import DayInput
from catalog.models import ProcurementPrice
from catalog.queries.linkage import prices_by_province
from catalog.services.adjustments import open_adjustment


class AdjustmentForm(ReasonForm):
    """The price that is asked for, from when on, and why."""

    price = YuanField(label=gettext_lazy("new price (yuan per pack)"))
    valid_from = forms.DateField(label=gettext_lazy("in force from"), widget=DayInput)

    field_order = ("price", "valid_from", "reason")


def lower_prices(price: ProcurementPrice, on: date) -> list[ProcurementPrice]:
    """The prices of other provinces that are lower on the day, the lowest first."""
    return [row for row in prices_by_province(price.product_id, on) if row.price < price.price]


def as_evidence(prices: Sequence[ProcurementPrice], own: ProcurementPrice, on: date) -> dict[str, Any]:
    """What is kept with the adjustment: the provinces and their prices as they were seen on the day."""
    return {
        "seen_on": on.isoformat(),
        "own_price": str(own.price),
        "prices": [
            {
                "province": row.province.name,
                "province_code": row.province_id,
                "price": str(row.price),
                "source": row.source,
                "reference": row.source_reference,
            }
            for row in prices
        ],
    }


def open_adjustment_page(model_admin: DecidingAdmin, request: HttpRequest, price: ProcurementPrice) -> HttpResponse:
    """Ask for another price; prefilled with the lowest one of another province."""
    today = localdate()
    lower = lower_prices(price, today)
    form = AdjustmentForm(initial=_proposal(price, lower, today), **sent(request))

    def act(values: dict[str, Any]) -> HttpResponse:
        with beside_fields(form):
            adjustment = open_adjustment(
                product_id=price.product_id,
                province_id=price.province_id,
                **values,
                evidence=as_evidence(lower, price, today),
                actor=actor_of(request),
                at=timezone.now(),
            )
        messages.success(request, _("The adjustment is open: a second officer approves it."))
        return redirect("admin:catalog_priceadjustment_change", adjustment.pk)

    return model_admin.decide(
        request,
        title=_("Adjust the price of %(code)s") % {"code": price.product.code},
        record=price,
        form=form,
        act=act,
        explanation=_("%(product)s: %(province)s pays %(price)s (%(term)s).")
        % {
            "product": price.product,
            "province": price.province,
            "price": yuan(price.price),
            "term": period(price.validity),
        },
        confirm=_("Open the adjustment"),
        template="admin/catalog/adjustment_opening.html",
        context={"lower": _as_table(lower, price)},
    )


def _proposal(price: ProcurementPrice, lower: Sequence[ProcurementPrice], today: date) -> dict[str, Any]:
    # the former price must have held for a day before the new one begins
    first = max(today, price.validity.lower + timedelta(days=1))
    if not lower:
        return {"valid_from": first}
    cheapest = lower[0]
    reason = ngettext(
        "Price linkage: %(province)s pays less, %(price)s.",
        "Price linkage: %(count)s provinces pay less, the least %(province)s with %(price)s.",
        len(lower),
    )
    facts = {"count": len(lower), "province": cheapest.province, "price": yuan(cheapest.price)}
    return {"price": cheapest.price, "valid_from": first, "reason": reason % facts}


def _as_table(lower: Sequence[ProcurementPrice], own: ProcurementPrice) -> SafeString | str:
    rows = [
        [
            str(row.province),
            link_to(row, yuan(row.price)),
            f"{(own.price - row.price) * 100 / own.price:.1f}%",
            f"{row.get_source_display()} {row.source_reference}",
            period(row.validity),
        ]
        for row in lower
    ]
    headers = [_("province"), _("price (yuan per pack)"), _("lower by"), _("source"), _("in force")]
    return table(headers, rows) if rows else ""
