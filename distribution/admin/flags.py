"""What a supervisor should look at, on one page: every figure with the rule behind it and a link to its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from catalog.admin.forms import chosen_day
from catalog.foundation.errors import DomainError
from catalog.foundation.web.admin import DecidingAdmin, actor_of, table, yuan
from catalog.foundation.web.admin.values import EMPTY
from catalog.foundation.web.notices import tell
from catalog.rules.months import months_after
from distribution.admin.province_page import Sheet, Shown, asked_province, province_page
from distribution.queries.flags import Flag, flags
from distribution.rules.order_patterns import Pattern
from distribution.states import CaseStatus, FlagKind, RetailVerdict
from procurement.admin.labels import FLAG_FIGURES, FLAG_KINDS

PATTERNS: dict[str, str | Promise] = {
    Pattern.NEAR_LIMIT: gettext_lazy("several requisitions just below the limit"),
    Pattern.ONE_APPROVER: gettext_lazy("always approved by the same person within minutes"),
    Pattern.SPLIT: gettext_lazy("the same product in several requisitions of a day"),
    Pattern.SUDDEN: gettext_lazy("many times the usual quantity of a month"),
    Pattern.NIGHT: gettext_lazy("handed in at night"),
}
LATE_REPORTS: dict[str, str | Promise] = {
    "reaction": gettext_lazy("adverse reactions reported after their limit"),
    "purchase": gettext_lazy("emergency purchase filed late"),
    "filing": gettext_lazy("purchase not filed in time"),
}
WHAT: Mapping[FlagKind, Mapping[Any, Any]] = {
    FlagKind.TENDER_SCREEN: FLAG_KINDS,
    FlagKind.ODD_ORDERS: PATTERNS,
    FlagKind.RETAIL_FINDING: dict(RetailVerdict.choices),
    FlagKind.RETAIL_CASE: dict(CaseStatus.choices),
    FlagKind.LATE_PAYMENT: {"": gettext_lazy("not paid by their day")},
    FlagKind.LATE_REPORT: LATE_REPORTS,
}
FIGURES: Mapping[str, Any] = {
    **FLAG_FIGURES,
    "requisitions": gettext_lazy("requisitions"),
    "median": gettext_lazy("median time to approval"),
    "buyer": gettext_lazy("handed in by"),
    "approver": gettext_lazy("approved by"),
    "product": gettext_lazy("product"),
    "units": gettext_lazy("units"),
    "usual": gettext_lazy("usual units of a month"),
    "amount": gettext_lazy("amount (yuan)"),
    "prices_found": gettext_lazy("prices found"),
    "largest_excess": gettext_lazy("largest excess (yuan per pack)"),
    "earlier_cases": gettext_lazy("earlier cases"),
    "payments": gettext_lazy("payments"),
    "days_overdue": gettext_lazy("days overdue, at most"),
    "reports": gettext_lazy("reports"),
    "days_late": gettext_lazy("days late, at most"),
    "due_on": gettext_lazy("to be filed until"),
}
MONTHS_SHOWN = 3


def flags_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponseBase:
    """The flags of a province and a period, kind by kind; ``?format=xlsx`` or ``csv`` gives them as a file."""
    provinces, province = asked_province(model_admin, request)
    today = localdate()
    since = chosen_day(request.GET.get("since", ""), months_after(today.replace(day=1), -MONTHS_SHOWN))
    until = chosen_day(request.GET.get("until", ""), today + timedelta(days=1))
    try:
        found = flags(actor_of(request), province.code, since=since, until=until)
    except DomainError as error:
        tell(request, error)
        raise PermissionDenied(str(error)) from error
    headings = [_("day"), pgettext("flag", "what"), _("whom or what it is about"), _("figures"), _("rule"), _("source")]
    by_kind = [(kind.label, [flag for flag in found if flag.kind == kind]) for kind in FlagKind]
    return province_page(
        model_admin,
        request,
        provinces,
        province,
        Shown(
            title=_("What to look at in %(province)s") % {"province": province},
            meaning=_("Each row is a figure that is worth a look, and no verdict. Its rows are behind the link."),
            empty=_("Nothing was noticed in the period."),
            tables=[
                (
                    f"{label}: {len(rows)}",
                    table([*headings, _("rows")], [[*_words(flag), _link(flag)] for flag in rows]),
                )
                for label, rows in by_kind
                if rows
            ],
            inputs=[
                ("since", _("From"), "date", f"{since:%Y-%m-%d}"),
                ("until", _("Until before"), "date", f"{until:%Y-%m-%d}"),
            ],
            sheet=Sheet(
                "flags",
                [_("kind"), *headings, _("rows")],
                [
                    [flag.kind.label, flag.on, *_words(flag)[1:], request.build_absolute_uri(_address(flag))]
                    for flag in found
                ],
            ),
        ),
    )


def _words(flag: Flag) -> list[str]:
    what = str(WHAT[flag.kind].get(flag.what, flag.what))
    return [date_format(flag.on), what, flag.about, _figures(flag.figures), flag.rule, flag.source]


def _figures(figures: Mapping[str, Any]) -> str:
    return "; ".join(f"{FIGURES.get(name, name)}: {_value(value)}" for name, value in figures.items() if value != "")


def _value(value: Any) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, Decimal):
        return yuan(value)
    return date_format(value) if isinstance(value, date) else str(value)


def _address(flag: Flag) -> str:
    opts = flag.model._meta
    return f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_changelist')}?{urlencode(flag.where)}"


def _link(flag: Flag) -> SafeString:
    return format_html('<a class="text-link" href="{}">{}</a>', _address(flag), _("show"))
