"""How values are written on the admin's pages: money, quantities, periods, evidence, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

EMPTY = "–"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
IDLE_ZEROS = re.compile(r"^(-?\d+\.\d\d)0+$")

BADGE = "font-semibold inline-block leading-5 px-2 rounded-default text-xs whitespace-nowrap"
COLOURS = {
    "info": "bg-blue-100 text-blue-700 dark:bg-blue-500/20 dark:text-blue-400",
    "danger": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
    "warning": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "success": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "primary": "bg-primary-100 text-primary-700 dark:bg-primary-500/20 dark:text-primary-400",
}
GREY = "bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200"


def yuan(amount: Decimal | None, places: int = 2) -> str:
    """Yuan with thousands marked; parts of a fen where there are any."""
    if amount is None:
        return EMPTY
    if places > 2 and amount == round(amount, 2):
        places = 2
    return f"¥{amount:,.{places}f}"


def whole(number: int | None) -> str:
    """A whole number with thousands marked."""
    return EMPTY if number is None else f"{number:,}"


def period(validity: Any) -> str:
    """A half-open range of days by its first and its last day."""
    if validity is None:
        return EMPTY
    last = validity.upper - timedelta(days=1) if validity.upper else ""
    return f"{validity.lower or ''} – {last}".strip()


def badge(text: Any, colour: str | None = None) -> SafeString:
    """A word on a coloured ground; it looks the same in a list, in a table of lines and on a page."""
    return format_html('<span class="{} {}">{}</span>', BADGE, COLOURS.get(colour or "", GREY), text)


def link_to(record: models.Model | None, text: str = "") -> str | SafeString:
    """A link to the record's page, or its name alone where it has none."""
    if record is None:
        return EMPTY
    opts = record._meta
    try:
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
    except NoReverseMatch:
        return text or str(record)
    return format_html('<a href="{}" class="text-link">{}</a>', address, text or str(record))


def table(headers: Sequence[Any], rows: Iterable[Sequence[Any]], title: str = "") -> SafeString:
    """A plain table in the admin's looks."""
    context = {"table": {"headers": list(headers), "rows": [list(row) for row in rows]}, "title": title}
    return render_to_string("unfold/components/table.html", context)


def evidence_table(
    evidence: Mapping[str, Any], labels: Mapping[str, Any], values: Mapping[str, Any] | None = None
) -> str | SafeString:
    """What a check compared, one line per fact; ``values`` puts codes into words."""
    if not evidence:
        return EMPTY
    known, order = values or {}, list(labels)
    # the database gives the keys back in an order of its own
    facts = sorted(evidence.items(), key=lambda fact: order.index(fact[0]) if fact[0] in labels else len(order))
    rows = [
        (capfirst(str(labels.get(key, key))), known.get(str(value)) or _readable(value))
        for key, value in facts
        if value != ""
    ]
    return table([_("fact"), _("value")], rows)


def _readable(value: Any) -> Any:
    """A day as it stands elsewhere on the page; an amount without idle zeros behind its fen."""
    if not isinstance(value, str):
        return value
    if DAY.fullmatch(value):
        day = parse_date(value)
        return date_format(day) if day else value
    return IDLE_ZEROS.sub(r"\1", value)


def percent_bar(part: int, total: int) -> SafeString:
    """How much of the total is used up, as a bar with the figure."""
    percent = Decimal(part * 100) / total if total else Decimal(0)
    return format_html(
        '<div class="flex items-center gap-2 min-w-32">'
        '<div class="bg-base-200 grow h-1.5 overflow-hidden rounded-default dark:bg-base-800">'
        '<div class="bg-primary-600 h-1.5" style="width: {}%"></div></div>'
        '<span class="text-xs">{}%</span></div>',
        f"{min(percent, Decimal(100)):.1f}",
        f"{percent:.1f}",
    )
