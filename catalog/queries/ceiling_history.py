"""The guide price of a product over time: every change of what a decision states or the ratio rules derive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Q

from catalog.models import GuidePrice, Product, RuleSet
from catalog.queries.ceilings import Ceiling, derived_ceiling
from catalog.rules.ratio_rules import RatioRules


@dataclass(frozen=True, slots=True)
class CeilingPeriod:
    """The ceiling that holds from ``since`` until before ``until``; both lie within what was asked for."""

    since: date
    until: date
    ceiling: Ceiling


def ceilings_between(product: Product, since: date, until: date) -> list[CeilingPeriod]:
    """The ceilings of the product from ``since`` until before ``until``, in four queries however many there are.

    On every day the same as ``guide_price``; days without a ceiling are in no period.
    """
    [product] = Product.objects.filter(pk=product.pk).select_related("presentation__medicine")
    asked = DateRange(since, until)
    prices = GuidePrice.objects.filter(validity__overlap=asked).select_related("decision", "presentation__medicine")
    stated = list(
        prices.filter(presentation=product.presentation_id, pack_quantity=product.pack_quantity)
        .filter(Q(manufacturer=None) | Q(manufacturer=product.manufacturer_id))
        .order_by(F("manufacturer_id").asc(nulls_last=True))
    )
    representatives = list(
        prices.filter(is_representative=True, presentation__medicine=product.presentation.medicine_id).order_by("pk")
    )
    rules = list(RuleSet.objects.filter(kind=RuleSet.Kind.PRICE_RATIO, validity__overlap=asked))
    periods: list[CeilingPeriod] = []
    for begin, end in pairwise(_turning_days([*stated, *representatives, *rules], since, until)):
        ceiling = _stated(stated, begin) or _derived(product, representatives, rules, begin)
        if ceiling is None:
            continue
        if periods and periods[-1].until == begin and periods[-1].ceiling == ceiling:
            begin = periods.pop().since
        periods.append(CeilingPeriod(begin, end, ceiling))
    return periods


def _turning_days(rows: Iterable[GuidePrice | RuleSet], since: date, until: date) -> list[date]:
    """The days on which something begins or ends, with the first and the last."""
    bounds = {bound for row in rows for bound in (row.validity.lower, row.validity.upper)}
    return sorted({since, until} | {bound for bound in bounds if bound is not None and since < bound < until})


def _stated(rows: Sequence[GuidePrice], on: date) -> Ceiling | None:
    """What is stated for the maker goes before what is stated for all."""
    return next((Ceiling(row.price, row) for row in rows if on in row.validity), None)


def _derived(
    product: Product, representatives: Sequence[GuidePrice], rules: Sequence[RuleSet], on: date
) -> Ceiling | None:
    of_the_day = next((item for item in rules if on in item.validity), None)
    if of_the_day is None:
        return None
    standing = [row for row in representatives if on in row.validity]
    return derived_ceiling(product, standing, of_the_day, RatioRules.read(of_the_day.parameters))
