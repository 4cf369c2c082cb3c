"""How much of essential medicines institutions use, what they must keep, and what would help who lags behind."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

from catalog.admin.filters import ProvinceFilter
from catalog.admin.forms import beside_fields
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    actor_of,
    badge,
    link_to,
    sent,
    table,
    whole,
    yuan,
)
from catalog.foundation.web.admin.values import EMPTY
from catalog.rules.months import months_after
from catalog.rules.use_share_rules import Measure
from distribution.admin.patient_cost import patient_cost_page, savings_page
from distribution.admin.performance import MonthForm, percent
from distribution.admin.use_pages import MEASURES, must_stock_page, ranking_page, shares_page
from distribution.models import UseFigure
from distribution.queries.rules import use_share_rules
from distribution.queries.usage import checks_of, use_of
from distribution.queries.use_moves import moves
from distribution.queries.use_of_month import used_products
from distribution.services.usage import reckon_use


class MetFilter(DropdownFilter):
    """Whose share is large enough, whose is not, and whom no rule judges."""

    title = gettext_lazy("share reached")
    parameter_name = "met"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("yes", gettext_lazy("reached")),
            ("no", gettext_lazy("too small")),
            ("none", pgettext_lazy("use of medicines", "not judged")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted: dict[str, dict[str, bool | None]] = {
            "yes": {"is_met": True},
            "no": {"is_met": False},
            "none": {"is_met": None},
        }
        return queryset.filter(**wanted.get(str(self.value()), {}))


@admin.register(UseFigure)
class UseFigureAdmin(DecidingAdmin, ExportingAdmin):
    """What institutions kept and issued month by month; reckoned on the first day of the next, and when asked."""

    fields = (
        ("institution", "province"),
        ("of_month", "judged", "reckoned_at"),
        "sums",
        "evidence",
        "helpful_moves",
        "products",
    )
    list_display = (
        *("of_month", "institution", "level", "judged", "varieties_share", "quantity_share", "amount_share"),
        *("varieties", "units", "amount"),
    )
    list_filter = (MetFilter, ProvinceFilter, "institution__tier")
    list_select_related = ("institution", "province", "rules")
    search_fields = ("institution__name", "institution__code", "institution__region__name")
    date_hierarchy = "month"
    actions_list = ("reckon", "export_workbook", "export_csv")
    export_values: ClassVar = {"of_month": lambda figure: figure.month, "judged": lambda figure: figure.is_met}

    def get_urls(self) -> list[Any]:
        pages = {
            "shares": self.shares,
            "ranking": self.ranking,
            "must_stock": self.must_stock,
            "patient_cost": self.patient_cost,
            "savings": self.savings,
        }
        own = [
            path(f"{name.replace('_', '-')}/", self.admin_site.admin_view(page), name=f"distribution_usefigure_{name}")
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    @display(description=gettext_lazy("month"), ordering="month")
    def of_month(self, figure: UseFigure) -> str | SafeString:
        return link_to(figure, f"{figure.month:%Y-%m}")

    @display(description=gettext_lazy("level of institution"), ordering="institution__tier")
    def level(self, figure: UseFigure) -> str:
        return figure.institution.get_tier_display()

    @display(description=gettext_lazy("share reached"), ordering="is_met")
    def judged(self, figure: UseFigure) -> SafeString:
        if figure.is_met is None:
            return badge(pgettext("use of medicines", "not judged"))
        return badge(_("reached"), "success") if figure.is_met else badge(_("too small"), "danger")

    @display(description=MEASURES[Measure.VARIETIES])
    def varieties_share(self, figure: UseFigure) -> str:
        return percent(use_of(figure).share(Measure.VARIETIES))

    @display(description=MEASURES[Measure.QUANTITY])
    def quantity_share(self, figure: UseFigure) -> str:
        return percent(use_of(figure).share(Measure.QUANTITY))

    @display(description=MEASURES[Measure.AMOUNT])
    def amount_share(self, figure: UseFigure) -> str:
        return percent(use_of(figure).share(Measure.AMOUNT))

    @display(description=gettext_lazy("figures"))
    def sums(self, figure: UseFigure) -> SafeString:
        use = use_of(figure)
        rows = [
            [words, f"{part:,f}", f"{of:,f}", percent(use.share(measure))]
            for measure, words in MEASURES.items()
            for part, of in [use.parts(measure)]
        ]
        rows.append([_("units without a price"), "", whole(figure.unvalued_units), ""])
        return table([_("measure"), _("essential"), _("all"), pgettext("use of medicines", "share")], rows)

    @display(description=pgettext_lazy("use of medicines", "judged by"))
    def evidence(self, figure: UseFigure) -> str | SafeString:
        rows = [
            (check.rule, check.source, check.sentence, _("passed") if check.passed else _("not passed"))
            for check in checks_of(figure)
        ]
        return (
            table([_("rule"), _("source"), pgettext("use of medicines", "finding"), _("verdict")], rows)
            if rows
            else EMPTY
        )

    @display(description=gettext_lazy("what would help most"))
    def helpful_moves(self, figure: UseFigure) -> str | SafeString:
        rows = [
            (link_to(move.used.product), whole(move.used.units), link_to(move.substitute), f"+{percent(move.gain)}")
            for move in moves(figure, timezone.now())
        ]
        if not rows:
            return _("No agreed essential medicine of the same group could take the place of another.")
        return table(
            [_("instead of"), _("units"), pgettext("use of medicines", "order"), pgettext("use of medicines", "share")],
            rows,
        )

    @display(description=gettext_lazy("kept and issued"))
    def products(self, figure: UseFigure) -> str | SafeString:
        rules, _rule_set = use_share_rules(months_after(figure.month, 1) - date.resolution)
        rows = [
            (
                link_to(row.product),
                whole(row.units),
                yuan(row.amount),
                badge(_("essential"), "success") if row.is_essential else badge(_("not essential")),
            )
            for row in used_products(
                figure.institution_id, figure.province_id, figure.month, excluded_forms=rules.excluded_forms
            )
        ]
        return table([_("product"), _("units issued"), _("yuan"), ""], rows) if rows else EMPTY

    @action(description=gettext_lazy("Reckon a month"), url_path="reckon", icon="calculate")
    def reckon(self, request: HttpRequest) -> HttpResponse:
        """The figures of the own province, anew."""
        actor = actor_of(request)
        form = MonthForm(**sent(request), initial={"month": months_after(localdate().replace(day=1), -1)})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                count = reckon_use(province_id=actor.province, month=values["month"], actor=actor, at=timezone.now())
            return _("The use of %(count)s institutions is reckoned.") % {"count": count}

        return self.decide(
            request,
            title=_("Reckon the use of essential medicines in a month"),
            form=form,
            act=act,
            explanation=_(
                "What every institution of the province kept and issued is counted from the ledgers of stock, and "
                "judged by the rules of the month's last day. A month that was reckoned before is brought up to date."
            ),
            confirm=_("Reckon"),
        )

    def shares(self, request: HttpRequest) -> HttpResponseBase:
        """The shares of a period by institution, level, county or month."""
        return shares_page(self, request)

    def ranking(self, request: HttpRequest) -> HttpResponseBase:
        """Who lags furthest behind what the rules ask for, level by level."""
        return ranking_page(self, request)

    def must_stock(self, request: HttpRequest) -> HttpResponseBase:
        """Whether those who must keep the essential medicines have them on their shelves now."""
        return must_stock_page(self, request)

    def patient_cost(self, request: HttpRequest) -> HttpResponseBase:
        """What a patient pays before and after a tender."""
        return patient_cost_page(self, request)

    def savings(self, request: HttpRequest) -> HttpResponseBase:
        """What tenders have saved the province."""
        return savings_page(self, request)
