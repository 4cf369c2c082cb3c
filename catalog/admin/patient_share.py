"""What a patient pays for a product under every scheme and at every level of institution of a province."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Tier
from catalog.admin.filters import provinces_and_chosen
from catalog.admin.forms import ProductCodeField, chosen_day
from catalog.admin.price_panel import TIERS, highest_in_words
from catalog.admin.shares import percent
from catalog.foundation.web.admin import DecidingAdmin, table, yuan
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import Product
from catalog.queries.answers import PriceAnswer, price_of
from catalog.rules.reimbursement import rate_of
from catalog.states import Scheme


def patient_share_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponse:
    """The page for the product, the province and the day that the address names.

    Raises:
        PermissionDenied: the person does not read terms.
        Http404: no province is registered yet.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    provinces, province = provinces_and_chosen(request)
    on = chosen_day(request.GET.get("on", ""), localdate())
    code = request.GET.get("product", "").strip()
    product, problem = _product(code)
    context: dict[str, Any] = {}
    if product is not None:
        answers = {tier: price_of(product, province_id=province.code, on=on, tier=tier) for tier, _label in TIERS}
        context = {"product": product, "prices": _prices(answers), "shares": _shares(answers)}
    return model_admin.page(
        request,
        "admin/catalog/patient_share.html",
        title=_("What a patient pays for a product"),
        code=code,
        problem=problem,
        provinces=provinces,
        province=province,
        on=on,
        **context,
    )


def _product(code: str) -> tuple[Product | None, str]:
    field = ProductCodeField(required=False)
    try:
        return field.clean(code), ""
    except forms.ValidationError as error:
        return None, " ".join(error.messages)


def _prices(answers: dict[str, PriceAnswer]) -> Any:
    rows = [
        [capfirst(Tier(tier).label), yuan(answer.highest_retail), highest_in_words(answer)]
        for tier, answer in answers.items()
    ]
    return table([_("level of institution"), _("highest retail price"), _("what it rests on")], rows)


def _shares(answers: dict[str, PriceAnswer]) -> Any:
    """A line per scheme, a column per level; each with the rate that applies to the product."""
    found = {
        (item.terms.scheme, tier): f"{yuan(item.patient_pays)} ({percent(rate_of(item.terms.terms, is_essential))})"
        for tier, answer in answers.items()
        for is_essential in [answer.essentiality.is_essential]
        for item in answer.reimbursed
    }
    rows = [
        [capfirst(scheme.label), *(found.get((scheme.value, tier), EMPTY) for tier in answers)]
        for scheme in Scheme
        if any((scheme.value, tier) in found for tier in answers)
    ]
    return table([_("scheme"), *(Tier(tier).label for tier in answers)], rows) if rows else ""
