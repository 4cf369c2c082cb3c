"""The public page of a product: what it is, what it costs and why, and how it is used; and its prices as a drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from catalog.accounts.kinds import Tier
from catalog.foundation.errors import Malformed, NotVisible
from catalog.foundation.transitions import find
from catalog.models import ProcurementPrice, Product, Region
from catalog.queries.answers import PriceAnswer, price_of
from catalog.queries.guidance import dosages_of
from catalog.rules.derivation_words import step_in_words
from catalog.rules.markup import RULE_WORDS
from catalog.states import IdentifierKind, RegionLevel
from config.price_history import price_history
from config.price_plot import draw, summary_of, title_of

# Five years are shown where nothing else is asked for, and no more than fifty at once.
YEARS_SHOWN = 5
LONGEST = timedelta(days=50 * 366)
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2099, 12, 31)
TIERS = {tier.value: tier.label for tier in Tier if tier}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: the prices of a day at a level of institution, and the history of some days."""

    on: date
    tier: str
    since: date
    last: date

    @property
    def until(self) -> date:
        """The day after the last one."""
        return self.last + timedelta(days=1)


@require_safe
def product(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about one product; what is asked for wrongly is said, and the answer for today given instead."""
    found = _find_product(code)
    provinces = list(Region.objects.filter(level=RegionLevel.PROVINCE))
    today = localdate()
    try:
        asked, problem = _read(request.GET, today), ""
    except Malformed as error:
        asked, problem = _read({}, today), str(error)
    province = _chosen(request.GET, provinces) or _where_bought(found, asked.on, provinces)
    history = price_history(found, since=asked.since, until=asked.until, chosen=province)
    context = {
        "product": found,
        "identifiers": [(IdentifierKind(kind).label, value) for kind, value in found.identifiers().items() if value],
        "is_expired": found.licence_valid_until is not None and found.licence_valid_until < today,
        "asked": asked,
        "problem": problem,
        "provinces": provinces,
        "province": province,
        "tiers": TIERS,
        "answer": province and _in_words(price_of(found, province_id=province.pk, on=asked.on, tier=asked.tier)),
        "dosages": dosages_of([found], asked.on)[found.pk],
        "history": history,
        "plot_title": title_of(history),
        "summary": summary_of(history),
        "plot_query": urlencode({"province": province.pk if province else "", "from": asked.since, "to": asked.last}),
    }
    return render(request, "product.html", context, status=400 if problem else 200)


@require_safe
@conditional_page
def product_prices(request: HttpRequest, code: str) -> HttpResponse:
    """The price history as a drawing, for ten minutes the same; without a province, of all alike."""
    try:
        asked = _read(request.GET, localdate())
        provinces = Region.objects.filter(level=RegionLevel.PROVINCE)
        chosen = find(provinces, pk=request.GET["province"]) if request.GET.get("province") else None
        found = _find(code)
    except Malformed as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain; charset=utf-8")
    except NotVisible as error:
        return HttpResponse(f"{error}\n", status=404, content_type="text/plain; charset=utf-8")
    drawing = draw(price_history(found, since=asked.since, until=asked.until, chosen=chosen))
    headers = {
        "Cache-Control": "public, max-age=600",
        # the language of its words may come from a cookie
        "Vary": "Cookie",
        # opened by itself, it may draw with its own style and do nothing else
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return HttpResponse(drawing, content_type="image/svg+xml; charset=utf-8", headers=headers)


def _find(code: str) -> Product:
    """Raises: NotVisible."""
    return find(Product.objects.select_related("presentation__medicine", "manufacturer"), code=code)


def _find_product(code: str) -> Product:
    try:
        return _find(code)
    except NotVisible as error:
        raise Http404(str(error)) from error


def _chosen(query: Mapping[str, str], provinces: list[Region]) -> Region | None:
    code = query.get("province", "")
    found = next((province for province in provinces if province.pk == code), None)
    if code and found is None:
        raise Http404(str(NotVisible(what=Region._meta.verbose_name, key=code)))
    return found


def _where_bought(bought: Product, on: date, provinces: list[Region]) -> Region | None:
    """The first province that has a price on the day; the first of all where none has."""
    priced = ProcurementPrice.objects.in_force(on).filter(product=bought).order_by("province")
    code = priced.values_list("province", flat=True).first()
    return next((province for province in provinces if province.pk == code), provinces[0] if provinces else None)


def _read(query: Mapping[str, str], today: date) -> Asked:
    """Raises: Malformed."""
    last = _day(query, "to", today)
    since = _day(query, "from", max(FIRST_DAY, last - timedelta(days=YEARS_SHOWN * 365)))
    if since > last:
        raise Malformed(problem=_("%(since)s is after %(last)s: give the earlier day first") % _days(since, last))
    if last - since > LONGEST:
        raise Malformed(
            problem=_("%(since)s to %(last)s are more than fifty years: ask for fewer") % _days(since, last)
        )
    tier = query.get("tier") or Tier.PRIMARY
    if tier not in TIERS:
        values = {"tier": tier, "tiers": ", ".join(TIERS)}
        raise Malformed(problem=_("“%(tier)s” is no level of institution; there are: %(tiers)s") % values)
    return Asked(on=_day(query, "on", today), tier=tier, since=since, last=last)


def _days(since: date, last: date) -> dict[str, date]:
    return {"since": since, "last": last}


def _day(query: Mapping[str, str], name: str, otherwise: date) -> date:
    """Raises: Malformed."""
    text = query.get(name, "").strip()
    if not text:
        return otherwise
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        values = {"value": text, "first": FIRST_DAY, "last": LAST_DAY}
        raise Malformed(problem=_("“%(value)s” is not a day from %(first)s to %(last)s") % values)
    return day


def _in_words(answer: PriceAnswer) -> dict[str, Any]:
    """The answer for the template, with what stands behind the numbers in words."""
    return {
        "prices": answer,
        "steps": [step_in_words(step) for step in (answer.ceiling.steps if answer.ceiling else None) or []],
        "retail_rule": RULE_WORDS.get(answer.retail_evidence.get("rule", ""), ""),
        "markup": answer.retail_evidence.get("markup"),
    }
