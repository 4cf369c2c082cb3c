"""How well was delivered, month by month and county by county, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from catalog.foundation.figures.bars import Bar, Mark, draw_bars
from catalog.foundation.figures.figure import Column, Figure, Kind, percent
from catalog.foundation.figures.trend import Series, draw_trend
from catalog.rules.delivery_rules import DeliveryRules
from distribution.errors import RuleSetMissing
from distribution.queries.dashboards.scope import Scope
from distribution.queries.performance import By, Performance, performance, together
from distribution.queries.rules import delivery_rules

MOST_BARS = 25


def deliveries_by_month(scope: Scope) -> Figure:
    """The delivery rate and the three-day rate of each month, against the pass mark of the last day's rules."""
    rules = _rules(scope)
    by_month = {row.name: row for row in _measured(By.MONTH, scope, rules)}
    rows = [by_month.get(f"{month:%Y-%m}") for month in scope.months]
    series = [
        Series(_("delivery rate"), [row.indicators.delivery_rate if row else None for row in rows]),
        Series(_("three-day arrival rate"), [row.indicators.three_day_rate if row else None for row in rows]),
    ]
    measured = [row for row in rows if row]
    return Figure(
        name="deliveries",
        title=_("Delivery rates by month"),
        words=_all_in_words(measured, rules),
        source=_source(),
        columns=[Column(_("month")), *_columns()],
        rows=[_line(row) for row in measured],
        drawing=draw_trend(scope.months, series, unit=_("share of packs and of lines (%)"), mark=_mark(rules)),
        address=scope.list_of("deliveries"),
    )


def deliveries_by_county(scope: Scope) -> Figure:
    """The delivery rate of each county, the lowest first, against the pass mark."""
    rules = _rules(scope)
    rows = _measured(By.COUNTY, scope, rules)
    bars = [
        Bar(row.name, row.indicators.delivery_rate, _is_below(row, rules))
        for row in rows[:MOST_BARS]
        if row.indicators.delivery_rate is not None
    ]
    return Figure(
        name="deliveries-by-county",
        title=_("Delivery rates by county"),
        words=_lowest_in_words(rows, rules),
        source=_source(),
        columns=[Column(_("county")), *_columns()],
        rows=[_line(row) for row in rows],
        drawing=draw_bars(
            bars,
            unit=_("packs delivered of packs ordered (%)"),
            worded=share_in_words,
            highest=Decimal(1),
            mark=_mark(rules),
            flagged=_("below the rate expected"),
        ),
        links=[scope.row_of("county", row.key) for row in rows],
        address=scope.list_of("deliveries"),
    )


def share_in_words(share: Decimal) -> str:
    """In percent, without idle decimals."""
    return percent(share, 0 if share * 100 % 1 == 0 else 1)


def _columns() -> list[Column]:
    return [
        Column(_("delivery rate"), Kind.SHARE),
        Column(_("three-day arrival rate"), Kind.SHARE),
        Column(_("packs ordered"), Kind.COUNT),
        Column(_("packs delivered"), Kind.COUNT),
        Column(_("orders"), Kind.COUNT),
    ]


def _line(row: Performance) -> list[Any]:
    indicators, counts = row.indicators, row.indicators.counts
    return [
        row.name,
        indicators.delivery_rate,
        indicators.three_day_rate,
        counts.packs,
        counts.delivered,
        counts.orders,
    ]


def _rules(scope: Scope) -> DeliveryRules:
    """Those of the last day; the usual ones where none are in force."""
    try:
        return delivery_rules(scope.last_day)
    except RuleSetMissing:
        return DeliveryRules()


def _measured(by: By, scope: Scope, rules: DeliveryRules) -> list[Performance]:
    return performance(
        by,
        since=scope.begin,
        until=scope.end,
        three_days=rules.three_days,
        province_id=scope.province_id,
        county_id=scope.county_id,
        firm_id=scope.firm_id,
        institution_id=scope.institution_id,
    )


def _mark(rules: DeliveryRules) -> Mark:
    return Mark(rules.delivery_rate_pass, _("delivery rate expected:"))


def _is_below(row: Performance, rules: DeliveryRules) -> bool:
    counts = row.indicators.counts
    return counts.delivered < rules.delivery_rate_pass * counts.packs


def _all_in_words(rows: Sequence[Performance], rules: DeliveryRules) -> str:
    if not rows:
        return ""
    found = together(rows)
    words = _(
        "%(delivered)s of %(packs)s ordered packs were delivered, %(rate)s; at least %(mark)s are expected. "
        "%(early)s of the lines arrived within three days."
    )
    return words % {
        "delivered": f"{found.counts.delivered:,}",
        "packs": f"{found.counts.packs:,}",
        "rate": percent(found.delivery_rate or Decimal(0)),
        "mark": share_in_words(rules.delivery_rate_pass),
        "early": percent(found.three_day_rate or Decimal(0)),
    }


def _lowest_in_words(rows: Sequence[Performance], rules: DeliveryRules) -> str:
    if not rows:
        return ""
    words = _("%(below)s of %(count)s counties are below %(mark)s; the lowest is %(name)s with %(rate)s.")
    return words % {
        "below": sum(_is_below(row, rules) for row in rows),
        "count": len(rows),
        "mark": share_in_words(rules.delivery_rate_pass),
        "name": rows[0].name,
        "rate": percent(rows[0].indicators.delivery_rate or Decimal(0)),
    }


def _source() -> str:
    return _("orders whose limits ended in the time; what institutions cancelled and force majeure are left out")
