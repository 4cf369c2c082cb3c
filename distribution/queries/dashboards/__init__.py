"""What the dashboards and the reports show: few figures, the same on every page and on paper."""

from __future__ import annotations

from dataclasses import replace

from catalog.foundation.figures.figure import Figure
from catalog.rules.months import months_after
from distribution.queries.dashboards.deliveries import deliveries_by_county, deliveries_by_month
from distribution.queries.dashboards.retail import retail_prices
from distribution.queries.dashboards.savings import savings
from distribution.queries.dashboards.scope import Scope, months_until
from distribution.queries.dashboards.shortages import national_shortages, shortages
from distribution.queries.dashboards.use import use_by_month, use_by_place
from distribution.queries.dashboards.violations import late_payments, retail_cases

__all__ = [
    "Scope",
    "county_figures",
    "firm_figures",
    "institution_figures",
    "months_until",
    "province_figures",
    "report_figures",
]


def province_figures(scope: Scope) -> list[Figure]:
    """What a province looks at every day."""
    return [
        savings(scope),
        retail_prices(scope),
        deliveries_by_month(scope),
        deliveries_by_county(scope),
        use_by_place(scope),
        shortages(scope),
    ]


def county_figures(scope: Scope) -> list[Figure]:
    """The same of one county; the list of shortages is the province's."""
    return [savings(scope), retail_prices(scope), deliveries_by_month(scope), use_by_place(scope), shortages(scope)]


def institution_figures(scope: Scope) -> list[Figure]:
    """How an institution buys, sells and is supplied; the list of shortages is the province's."""
    return [savings(scope), retail_prices(scope), deliveries_by_month(scope), use_by_month(scope), shortages(scope)]


def firm_figures(scope: Scope) -> list[Figure]:
    """How a firm delivers, what is owed to it and which of its medicines are short."""
    return [
        deliveries_by_month(scope),
        deliveries_by_county(scope),
        savings(scope),
        late_payments(scope),
        # the lists of provinces are not for firms; officers who look at one in their province have theirs
        national_shortages(scope) if scope.province_id is None else shortages(scope),
    ]


def report_figures(scope: Scope) -> list[Figure]:
    """What a report of a province's month or year says; lists that change daily stand as they are when it is made.

    The delivery rates are those of the twelve months that end with it.
    """
    year = replace(scope, since=months_after(scope.until, -12))
    return [
        savings(scope),
        retail_prices(scope),
        retail_cases(scope),
        deliveries_by_month(year),
        deliveries_by_county(scope),
        use_by_place(scope),
        shortages(scope),
        late_payments(scope),
    ]
