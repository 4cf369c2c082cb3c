"""The use of essential medicines: shares by institution, level, county and month, and who lags behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, Sum, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast

from catalog.accounts.kinds import Tier
from catalog.rules.months import months_after
from catalog.rules.use_share_rules import Measure, UseShareRules
from distribution.models import UseFigure
from distribution.queries.rules import use_share_rules
from distribution.querysets import UseFigureQuerySet
from distribution.rules.checks import Check
from distribution.rules.use_share import Use, judge, margin


class By(StrEnum):
    """What the shares are told apart by."""

    INSTITUTION = "institution"
    TIER = "tier"
    COUNTY = "county"
    MONTH = "month"


# Of each: the expressions of its key, its code and its name.
GROUPS: dict[By, tuple[Any, Any, Any]] = {
    By.INSTITUTION: (F("institution"), F("institution__code"), F("institution__name")),
    By.TIER: (F("institution__tier"), F("institution__tier"), F("institution__tier")),
    By.COUNTY: (F("institution__region"), F("institution__region"), F("institution__region__name")),
    By.MONTH: (F("month"), F("month"), Value("")),
}
SUMMED = {name: Sum(name) for name in Use.__slots__}


@dataclass(frozen=True, slots=True)
class Shares:
    """The use of one institution, level, county or month; ``judged`` and ``lagging`` count institutions' months.

    Shares of several institutions or months are of their sums; a variety counts in each.
    """

    key: str
    code: str
    name: str
    use: Use
    judged: int
    lagging: int

    @property
    def shares(self) -> dict[str, Decimal | None]:
        """By measure, of one, to four places."""
        return {measure.value: self.use.share(measure) for measure in Measure}


def figures_of_period(
    *, since: date, until: date, province_id: str | None = None, institution_id: int | None = None
) -> UseFigureQuerySet:
    """Those of the months from ``since`` until before ``until``, by the first days of months."""
    figures = UseFigure.objects.filter(month__gte=since, month__lt=until)
    if province_id is not None:
        figures = figures.filter(province=province_id)
    return figures if institution_id is None else figures.filter(institution=institution_id)


def shares(by: By, figures: UseFigureQuerySet) -> list[Shares]:
    """The figures told apart, the smallest share of varieties first; months and levels in their own order."""
    key, code, name = GROUPS[by]
    rows = (
        figures.order_by()
        .annotate(key=Cast(key, CharField()), code=Cast(code, CharField()), called=name)
        .values("key", "code", "called")
        .annotate(judged=Count("is_met"), lagging=Count("pk", filter=Q(is_met=False)))
        .annotate(**{f"sum_{item}": total for item, total in SUMMED.items()})
    )
    found = [
        Shares(
            key=row["key"],
            code=row["code"][:7] if by == By.MONTH else row["code"],
            name=_name(by, row),
            use=Use(**{item: row[f"sum_{item}"] for item in SUMMED}),
            judged=row["judged"],
            lagging=row["lagging"],
        )
        for row in rows
    ]
    if by == By.MONTH:
        return sorted(found, key=lambda row: row.key)
    if by == By.TIER:
        return sorted(found, key=lambda row: Tier.values.index(row.key))
    return sorted(found, key=lambda row: (row.shares[Measure.VARIETIES] or 0, row.code))


def _name(by: By, row: dict[str, Any]) -> str:
    if by == By.TIER:
        return str(Tier(row["key"]).label)
    return row["code"][:7] if by == By.MONTH else row["called"]


def checks_of(figure: UseFigure) -> list[Check]:
    """The verdict on a figure (with ``institution`` and ``rules``) in words, by the rule set that it was judged by."""
    if figure.rules is None:
        return []
    rules = UseShareRules.read(figure.rules.parameters)
    institution = figure.institution
    return judge(
        use_of(figure), rules, tier=institution.tier, county=institution.region_id or "", source=figure.rules.source
    )


def use_of(figure: UseFigure) -> Use:
    """The numbers, for the rules."""
    return Use(**{name: getattr(figure, name) for name in Use.__slots__})


@dataclass(frozen=True, slots=True)
class Ranked:
    """An institution's place among those of its level in the province in a month, the furthest behind first.

    ``margin`` is how far its worst share lies above, or negative below, what the rules ask for; a part of one.
    """

    figure: UseFigure
    margin: Decimal
    place: int
    of: int


def ranking(province_id: str, month: date) -> list[Ranked]:
    """The institutions of a province that the rules judge, level by level, who lags furthest behind first."""
    figures = (
        UseFigure.objects.filter(province=province_id, month=month.replace(day=1), is_met__isnull=False)
        .select_related("institution__region", "rules")
        .order_by("institution__code")
    )
    rules, _rule_set = use_share_rules(months_after(month.replace(day=1), 1) - date.resolution)
    by_tier: dict[str, list[tuple[Decimal, UseFigure]]] = {tier: [] for tier in Tier.values}
    for figure in figures:
        institution = figure.institution
        found = margin(use_of(figure), rules, tier=institution.tier, county=institution.region_id or "")
        if found is not None:
            by_tier[institution.tier].append((found, figure))
    return [row for rows in by_tier.values() for row in _placed(rows)]


def _placed(rows: Sequence[tuple[Decimal, UseFigure]]) -> list[Ranked]:
    ordered = sorted(rows, key=lambda row: row[0])
    margins = [found for found, _figure in ordered]
    # who lies equally far behind shares a place
    return [Ranked(figure, found, margins.index(found) + 1, len(ordered)) for found, figure in ordered]
