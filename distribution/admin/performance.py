"""How well was delivered: the indicators of any period, and the scorecards of every month."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from catalog.accounts.admin.organizations import OrganizationAdmin
from catalog.admin.filters import ProvinceFilter, provinces_and_chosen
from catalog.admin.forms import beside_fields, chosen_day
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, badge, link_to, sent, table
from catalog.foundation.web.admin.exports import csv_response, workbook_response
from catalog.foundation.web.admin.forms import DayInput
from catalog.foundation.web.admin.values import EMPTY
from catalog.foundation.web.notices import tell
from catalog.rules.months import months_after
from distribution.models import Scorecard
from distribution.policies import performance_scope
from distribution.queries.performance import By, performance, together
from distribution.queries.rules import delivery_rules
from distribution.rules.indicators import Indicators
from distribution.services.scorecards import draw_scorecards
from distribution.states import ScorecardVerdict

VERDICT_COLOURS: dict[str, str] = {
    ScorecardVerdict.GOOD: "success",
    ScorecardVerdict.WATCHED: "warning",
    ScorecardVerdict.FAILING: "danger",
}
BY_WORDS = {
    By.SUPPLIER: gettext_lazy("supplier"),
    By.DISTRIBUTOR: gettext_lazy("distributor"),
    By.COUNTY: gettext_lazy("county"),
    By.MEDICINE: gettext_lazy("medicine"),
    By.INSTITUTION: gettext_lazy("institution"),
    By.MONTH: gettext_lazy("month"),
}
RATES = {
    "delivery_rate": gettext_lazy("delivery rate"),
    "received_rate": gettext_lazy("received rate"),
    "three_day_rate": gettext_lazy("three-day arrival rate"),
    "in_full_on_time_rate": gettext_lazy("in full and on time"),
    "response_rate": gettext_lazy("answered in time"),
    "refusal_rate": gettext_lazy("refusal rate"),
}
COUNTS = {
    "orders": gettext_lazy("orders"),
    "lines": gettext_lazy("lines"),
    "packs": gettext_lazy("packs ordered"),
    "delivered": gettext_lazy("packs delivered"),
    "accepted": gettext_lazy("packs accepted"),
    "lines_in_three_days": gettext_lazy("lines arrived within three days"),
    "orders_in_full_on_time": gettext_lazy("orders in full and on time"),
    "orders_answered_in_time": gettext_lazy("orders answered in time"),
    "refused_lines": gettext_lazy("lines refused"),
}


def percent(rate: Decimal | str | None) -> str:
    """A part of one in percent."""
    return EMPTY if rate is None else f"{Decimal(rate) * 100:.2f} %"


class MonthForm(forms.Form):
    """The month to be judged."""

    month = forms.DateField(
        label=gettext_lazy("month"), widget=DayInput, help_text=gettext_lazy("Any day of a month that is over.")
    )


class ScorecardColumns:
    """How a scorecard is shown, in a list and in the dossier of its firm."""

    @display(description=gettext_lazy("month"), ordering="month")
    def of_month(self, card: Scorecard) -> str | SafeString:
        return link_to(card, f"{card.month:%Y-%m}")

    @display(description=gettext_lazy("verdict"), ordering="verdict")
    def judged(self, card: Scorecard) -> SafeString:
        return badge(card.get_verdict_display(), VERDICT_COLOURS.get(card.verdict))

    @display(description=RATES["delivery_rate"])
    def delivery_rate(self, card: Scorecard) -> str:
        return percent(card.figures["delivery_rate"])

    @display(description=RATES["three_day_rate"])
    def three_day_rate(self, card: Scorecard) -> str:
        return percent(card.figures["three_day_rate"])

    @display(description=RATES["in_full_on_time_rate"])
    def in_full_on_time_rate(self, card: Scorecard) -> str:
        return percent(card.figures["in_full_on_time_rate"])

    @display(description=gettext_lazy("lines"))
    def line_count(self, card: Scorecard) -> int:
        return int(card.figures["lines"])

    @display(description=gettext_lazy("conduct record"))
    def conduct(self, card: Scorecard) -> str | SafeString:
        record = card.conduct_record
        return link_to(record, record.get_status_display()) if record else EMPTY


class ScorecardLines(ScorecardColumns, Lines):
    """In the dossier of a firm: how it delivered month by month."""

    model = Scorecard
    fields = ("of_month", "province", "judged", "delivery_rate", "three_day_rate", "line_count", "conduct")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("province", "conduct_record")


OrganizationAdmin.dossier.append(ScorecardLines)


@admin.register(Scorecard)
class ScorecardAdmin(ScorecardColumns, DecidingAdmin, ExportingAdmin):
    """How firms delivered month by month; drawn on the first day of the next, and whenever an officer asks."""

    fields = (
        ("organization", "province"),
        ("of_month", "judged"),
        "rates",
        "evidence",
        ("conduct", "drawn_at"),
    )
    list_display = (
        *("of_month", "organization", "province", "judged", "delivery_rate", "three_day_rate"),
        *("in_full_on_time_rate", "line_count", "conduct"),
    )
    list_filter = (("verdict", ChoicesDropdownFilter), ProvinceFilter, ("organization__kind", ChoicesDropdownFilter))
    list_select_related = ("organization", "province", "conduct_record")
    search_fields = ("organization__name", "organization__short_name", "organization__code")
    date_hierarchy = "month"
    actions_list = ("draw", "export_workbook", "export_csv")
    export_values: ClassVar = {"of_month": lambda card: card.month}

    def get_urls(self) -> list[Any]:
        page = path(
            "performance/", self.admin_site.admin_view(self.performance), name="distribution_scorecard_performance"
        )
        return [page, *super().get_urls()]

    @display(description=gettext_lazy("figures"))
    def rates(self, card: Scorecard) -> SafeString:
        rates = [(label, percent(card.figures[name])) for name, label in RATES.items()]
        return table([_("indicator"), _("value")], [*rates, *((COUNTS[name], card.figures[name]) for name in COUNTS)])

    @display(description=pgettext_lazy("scorecard", "judged by"))
    def evidence(self, card: Scorecard) -> str | SafeString:
        rows = [
            (check["rule"], check["source"], check["sentence"], _("passed") if check["passed"] else _("not passed"))
            for check in card.checks
        ]
        return table([_("rule"), _("source"), _("finding"), _("verdict")], rows) if rows else EMPTY

    @action(description=gettext_lazy("Draw up a month"), url_path="draw", icon="calculate")
    def draw(self, request: HttpRequest) -> HttpResponse:
        """Judge the firms of the own province."""
        actor = actor_of(request)
        form = MonthForm(**sent(request), initial={"month": months_after(localdate().replace(day=1), -1)})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                cards = draw_scorecards(
                    province_id=actor.province, month=values["month"], actor=actor, at=timezone.now()
                )
            return _("%(count)s scorecards are drawn up.") % {"count": len(cards)}

        return self.decide(
            request,
            title=_("Draw up the scorecards of a month"),
            form=form,
            act=act,
            explanation=_(
                "Every supplier and distributor of the province is judged by the rules of the month. Who fails month "
                "after month is proposed for a conduct record, which a second person puts into force."
            ),
            confirm=_("Draw up"),
        )

    def performance(self, request: HttpRequest) -> HttpResponseBase:
        """The indicators of a period; ``?format=xlsx`` or ``csv`` gives them as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        provinces, province = provinces_and_chosen(request)
        actor, today = actor_of(request), localdate()
        try:
            scope = performance_scope(actor, province.code)
            three_days = delivery_rules(today).three_days
        except DomainError as error:
            tell(request, error)
            raise PermissionDenied(str(error)) from error
        by = By(request.GET["by"]) if request.GET.get("by") in list(By) else By.SUPPLIER
        since = chosen_day(request.GET.get("since", ""), months_after(today.replace(day=1), -1))
        until = chosen_day(request.GET.get("until", ""), today + timedelta(days=1))
        rows = performance(
            by,
            since=_start_of(since),
            until=min(_start_of(until), timezone.now()),
            three_days=three_days,
            province_id=scope.province_id,
        )
        headings = [_("code"), BY_WORDS[by], *RATES.values(), *COUNTS.values()]
        form = request.GET.get("format", "")
        if form in ("xlsx", "csv"):
            lines = [[row.code, row.name, *_figures(row.indicators)] for row in rows]
            name = f"performance-{by}-{province.code}"
            return (workbook_response if form == "xlsx" else csv_response)(name, headings, lines)
        shown = [[row.code, row.name, *_words(row.indicators)] for row in rows]
        if rows:
            shown.append(["", _("together"), *_words(together(rows))])
        return self.page(
            request,
            "admin/distribution/performance.html",
            title=_("How well was delivered in %(province)s") % {"province": province},
            figures={"headers": [*headings[:8], COUNTS["orders"], COUNTS["lines"]], "rows": shown},
            provinces=provinces if actor.province == "" else [province],
            province=province,
            by=by,
            choices=[(item.value, words) for item, words in BY_WORDS.items()],
            since=since,
            until=until,
        )


def _start_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


def _figures(indicators: Indicators) -> list[Any]:
    rates = [getattr(indicators, name) for name in RATES]
    return [*rates, *(getattr(indicators.counts, name) for name in COUNTS)]


def _words(indicators: Indicators) -> list[Any]:
    rates = [percent(getattr(indicators, name)) for name in RATES]
    return [*rates, indicators.counts.orders, indicators.counts.lines]
