"""The use of essential medicines in a province as pages of the admin: shares, ranking, and what must be stocked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from catalog.accounts.kinds import Tier
from catalog.admin.forms import chosen_day
from catalog.foundation.web.admin import DecidingAdmin, badge, link_to, table
from catalog.rules.months import months_after
from catalog.rules.use_share_rules import Measure
from distribution.admin.performance import percent
from distribution.admin.province_page import Sheet, Shown, asked_province, province_page
from distribution.queries.must_stock import must_stock
from distribution.queries.usage import By, Shares, figures_of_period, ranking, shares

BY_WORDS = {
    By.INSTITUTION: gettext_lazy("institution"),
    By.TIER: gettext_lazy("level of institution"),
    By.COUNTY: gettext_lazy("county"),
    By.MONTH: gettext_lazy("month"),
}
MEASURES = {
    Measure.VARIETIES: gettext_lazy("share of varieties"),
    Measure.QUANTITY: gettext_lazy("share of units"),
    Measure.AMOUNT: gettext_lazy("share of yuan"),
}


def shares_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponseBase:
    """The shares of a period by institution, level, county or month."""
    provinces, province = asked_province(model_admin, request)
    by = By(request.GET["by"]) if request.GET.get("by") in list(By) else By.COUNTY
    today = localdate()
    since = chosen_day(request.GET.get("since", ""), months_after(today.replace(day=1), -1)).replace(day=1)
    until = chosen_day(request.GET.get("until", ""), today).replace(day=1)
    rows = shares(by, figures_of_period(since=since, until=until, province_id=province.code))
    headings = [_("code"), BY_WORDS[by], *MEASURES.values(), _("varieties"), _("units"), _("yuan")]
    headings += [_("institutions' months judged"), _("too small")]
    shown = [_share_row(row, is_shown=True) for row in rows]
    return province_page(
        model_admin,
        request,
        provinces,
        province,
        Shown(
            title=_("Use of essential medicines in %(province)s") % {"province": province},
            meaning=_(
                "Shares of several institutions or months are of their sums; a variety counts in each of them. "
                "Chinese herbal pieces are left out."
            ),
            empty=_("No figures are reckoned for the period."),
            tables=[("", table(headings, shown))] if rows else [],
            inputs=[
                ("since", _("From the month of"), "date", f"{since:%Y-%m-%d}"),
                ("until", _("until before that of"), "date", f"{until:%Y-%m-%d}"),
            ],
            sheet=Sheet(f"use-{by}", headings, [_share_row(row, is_shown=False) for row in rows]),
            context={"by": by, "choices": [(item.value, words) for item, words in BY_WORDS.items()]},
        ),
    )


def ranking_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponseBase:
    """Who lags furthest behind what the rules ask for, level by level."""
    provinces, province = asked_province(model_admin, request)
    month = chosen_day(request.GET.get("month", ""), months_after(localdate().replace(day=1), -1)).replace(day=1)
    rows = ranking(province.code, month)
    headings = [pgettext("ranking", "place"), _("code"), _("institution"), _("county"), _("margin")]
    tables = []
    for tier in Tier:
        own = [row for row in rows if row.figure.institution.tier == tier]
        lines = [
            [
                f"{row.place} / {row.of}",
                row.figure.institution.code,
                link_to(row.figure, str(row.figure.institution)),
                row.figure.institution.region,
                badge(f"{row.margin * 100:+.2f} %", "success" if row.margin >= 0 else "danger"),
            ]
            for row in own
        ]
        if lines:
            tables.append((str(tier.label), table(headings, lines)))
    return province_page(
        model_admin,
        request,
        provinces,
        province,
        Shown(
            title=_("Ranking by the use of essential medicines in %(province)s") % {"province": province},
            meaning=_(
                "The margin is how far the worst share that the rules judge lies above or below what they ask for, "
                "in percentage points; who lags furthest behind comes first."
            ),
            empty=_("No figures that the rules judge are reckoned for the month."),
            tables=tables,
            inputs=[("month", _("month"), "date", f"{month:%Y-%m-%d}")],
            sheet=Sheet(
                "use-ranking",
                [_("level of institution"), *headings],
                [
                    [
                        row.figure.institution.get_tier_display(),
                        row.place,
                        row.figure.institution.code,
                        str(row.figure.institution),
                        str(row.figure.institution.region),
                        row.margin,
                    ]
                    for row in rows
                ],
            ),
        ),
    )


def must_stock_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponseBase:
    """Whether those who must keep the essential medicines have them on their shelves now."""
    provinces, province = asked_province(model_admin, request)
    rows = must_stock(province.code, timezone.now())
    headings = [
        _("code"),
        _("institution"),
        _("level of institution"),
        pgettext("stock", "kept"),
        _("required"),
        _("lacking"),
    ]
    lines = [[row.code, row.name, Tier(row.tier).label, row.kept, row.required, row.lacking] for row in rows]
    return province_page(
        model_admin,
        request,
        provinces,
        province,
        Shown(
            title=_("What must be stocked in %(province)s") % {"province": province},
            meaning=_(
                "Counted are the medicines that the province names, or else the essential ones that it has an "
                "agreement for; one is kept where a lot that may still be used is on the shelf."
            ),
            empty=_("Nothing must be stocked, or no institution must stock it."),
            tables=[("", table(headings, lines))] if rows else [],
            sheet=Sheet("must-stock", headings, lines),
        ),
    )


def _share_row(row: Shares, *, is_shown: bool) -> list[Any]:
    values = [row.shares[measure] for measure in MEASURES]
    sums: list[Any] = [row.use.varieties, row.use.units, row.use.amount, row.judged, row.lagging]
    if not is_shown:
        return [row.code, row.name, *values, *sums]
    return [row.code, row.name, *(percent(value) for value in values), *(f"{value:,}" for value in sums)]
