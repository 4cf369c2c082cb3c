"""The share of essential medicines in what is kept and used, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from catalog.foundation.figures.bars import Bar, Mark, draw_bars
from catalog.foundation.figures.figure import Column, Figure, Kind, percent
from catalog.foundation.figures.trend import Series, draw_trend
from catalog.rules.months import months_after
from catalog.rules.use_share_rules import Measure
from distribution.models import UseFigure
from distribution.queries.dashboards.deliveries import share_in_words
from distribution.queries.dashboards.scope import Scope
from distribution.queries.rules import use_share_rules
from distribution.queries.usage import By, Shares, figures_of_period, shares
from distribution.querysets import UseFigureQuerySet
from distribution.rules.use_share import measure_words, together

MOST_BARS = 25


def use_by_place(scope: Scope) -> Figure:
    """The essential part of the worth used: by county in a province, by institution in a county."""
    is_county = scope.county_id is not None
    rows = [row for row in shares(By.INSTITUTION if is_county else By.COUNTY, _figures(scope)) if row.use.amount]
    rows.sort(key=lambda row: (row.use.share(Measure.AMOUNT) or Decimal(0), row.code))
    bars = [
        Bar(row.name, row.use.share(Measure.AMOUNT) or Decimal(0), row.lagging * 2 > row.judged)
        for row in rows[:MOST_BARS]
    ]
    return Figure(
        name="use",
        title=_("Use of essential medicines by institution")
        if is_county
        else _("Use of essential medicines by county"),
        words=_words(rows),
        source=_source(),
        columns=[
            Column(_("institution") if is_county else _("county")),
            Column(_("share of yuan"), Kind.SHARE),
            Column(_("share of units"), Kind.SHARE),
            Column(_("share of varieties"), Kind.SHARE),
            Column(_("worth (yuan)"), Kind.YUAN),
            Column(_("verdicts"), Kind.COUNT),
            Column(_("of these below the share asked for"), Kind.COUNT),
        ],
        rows=[[row.name, *_line(row), row.use.amount, row.judged, row.lagging] for row in rows],
        drawing=draw_bars(
            bars,
            unit=_("essential medicines of all, by worth (%)"),
            flagged=_("most verdicts were below the share asked for"),
            worded=share_in_words,
            highest=Decimal(1),
        ),
        links=[scope.row_of("institution" if is_county else "county", row.code) for row in rows],
        address=scope.list_of("use"),
    )


def use_by_month(scope: Scope) -> Figure:
    """The essential part of varieties, units and worth of each month; one institution's against what is asked of it."""
    by_month = {row.code: row for row in shares(By.MONTH, _figures(scope))}
    rows = [by_month.get(f"{month:%Y-%m}") for month in scope.months]
    names = {
        Measure.AMOUNT: _("share of yuan"),
        Measure.QUANTITY: _("share of units"),
        Measure.VARIETIES: _("share of varieties"),
    }
    series = [
        Series(name, [row.use.share(measure) if row else None for row in rows]) for measure, name in names.items()
    ]
    known = [row for row in rows if row]
    return Figure(
        name="use",
        title=_("Use of essential medicines by month"),
        words=_words(known),
        source=_source(),
        columns=[
            Column(_("month")),
            *(Column(name, Kind.SHARE) for name in names.values()),
            Column(_("worth (yuan)"), Kind.YUAN),
            Column(_("verdicts"), Kind.COUNT),
            Column(_("of these below the share asked for"), Kind.COUNT),
        ],
        rows=[[row.code, *_line(row), row.use.amount, row.judged, row.lagging] for row in known],
        drawing=draw_trend(scope.months, series, unit=_("essential medicines of all (%)"), mark=_mark(scope)),
        address=scope.list_of("use"),
    )


def _figures(scope: Scope) -> UseFigureQuerySet:
    """Of the months that begin in the time."""
    figures = figures_of_period(
        since=scope.since,
        until=scope.until,
        province_id=scope.province_id,
        institution_id=scope.institution_id,
    )
    return figures.filter(institution__region=scope.county_id) if scope.county_id else figures


def _line(row: Shares) -> list[Any]:
    return [row.use.share(measure) for measure in (Measure.AMOUNT, Measure.QUANTITY, Measure.VARIETIES)]


def _words(rows: Sequence[Shares]) -> str:
    if not rows:
        return ""
    use = together(row.use for row in rows)
    words = _("Essential medicines were %(amount)s of the worth and %(units)s of the units that were used.") % {
        "amount": percent(use.share(Measure.AMOUNT) or Decimal(0)),
        "units": percent(use.share(Measure.QUANTITY) or Decimal(0)),
    }
    if judged := sum(row.judged for row in rows):
        said = _("%(lagging)s of %(judged)s monthly verdicts on institutions were below the share asked for.")
        words += " " + said % {"lagging": sum(row.lagging for row in rows), "judged": judged}
    return words


def _mark(scope: Scope) -> Mark | None:
    """What the rules of the last day ask of the one institution."""
    found = UseFigure.objects.filter(institution=scope.institution_id).select_related("institution").first()
    if scope.institution_id is None or found is None:
        return None
    rules, _rule_set = use_share_rules(months_after(scope.last_day.replace(day=1), 1) - scope.last_day.resolution)
    institution = found.institution
    least = rules.least_for(institution.tier, institution.region_id or "")
    if least is None:
        return None
    what = ", ".join(measure_words(measure) for measure in rules.shares[institution.tier].measures)
    return Mark(least, _("asked for (%(what)s):") % {"what": what})


def _source() -> str:
    return _("what institutions kept and issued by their stock books, month by month; herbal pieces are not counted")
