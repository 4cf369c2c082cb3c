"""Cases about retail prices and late payments, as figures."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Count, Min, Q, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.figures.bars import Bar, draw_bars
from catalog.foundation.figures.figure import Column, Figure, Kind
from distribution.models import RetailCase
from distribution.queries.dashboards.scope import Scope
from distribution.queries.overdue import overdue_payables
from distribution.states import OPEN_CASE

MOST_BARS = 15


def retail_cases(scope: Scope) -> Figure:
    """The cases opened in the time and those still open, institution by institution, the most open ones first."""
    opened = Q(opened_at__gte=scope.begin, opened_at__lt=scope.end)
    is_open = Q(status__in=OPEN_CASE)
    cases = RetailCase.objects.filter(is_open | opened, province=scope.province_id)
    if scope.county_id:
        cases = cases.filter(institution__region=scope.county_id)
    late = RetailCase.objects.overdue(localdate(scope.at)).order_by().values("pk")
    rows = list(
        cases.order_by()
        .values_list("institution__code", "institution__name")
        .annotate(
            new=Count("pk", filter=opened),
            standing=Count("pk", filter=is_open),
            late=Count("pk", filter=Q(pk__in=late)),
        )
        .order_by("-standing", "-new", "institution__code")
    )
    words = _("%(new)s cases were opened in the time; %(standing)s are open now, in %(late)s of them a day has passed.")
    totals = [sum(row[column] for row in rows) for column in (2, 3, 4)]
    return Figure(
        name="cases",
        title=_("Cases about retail prices"),
        words=words % dict(zip(("new", "standing", "late"), totals, strict=True)),
        source=_("cases opened for prices above the guide price, or above the purchase price and the allowed mark-up"),
        columns=[
            Column(_("institution")),
            Column(_("opened in the time"), Kind.COUNT),
            Column(_("open now"), Kind.COUNT),
            Column(_("of these overdue"), Kind.COUNT),
        ],
        rows=[row[1:] for row in rows],
        links=[scope.row_of("institution", row[0]) for row in rows],
        address=scope.list_of("cases"),
    )


def late_payments(scope: Scope) -> Figure:
    """What should have been paid by now and was not, by who owes it; to a firm, what is owed to it."""
    payables = overdue_payables(Actor.platform(), localdate(scope.at)).order_by()
    if scope.province_id is not None:
        payables = payables.filter(invoice__province=scope.province_id)
    if scope.county_id:
        payables = payables.filter(invoice__buyer__region=scope.county_id)
    if scope.firm_id is not None:
        payables = payables.filter(invoice__seller=scope.firm_id)
    rows = list(
        payables.values_list("invoice__buyer__code", "invoice__buyer__name")
        .annotate(count=Count("pk"), oldest=Min("due_on"), total=Sum("amount"))
        .order_by("-total", "invoice__buyer__code")
    )
    words = _("%(total)s was due before today and is not paid, the oldest since %(oldest)s.")
    return Figure(
        name="payments",
        title=_("Overdue payments"),
        words=words
        % {
            "total": f"¥{sum((row[4] for row in rows), Decimal(0)):,.2f}",
            "oldest": min((row[3] for row in rows), default=""),
        },
        source=_("accepted goods with a matching invoice that were to be paid before today"),
        columns=[
            Column(_("institution")),
            Column(_("payables"), Kind.COUNT),
            Column(_("oldest due on"), Kind.DAY),
            Column(_("overdue (yuan)"), Kind.YUAN),
        ],
        rows=[row[1:] for row in rows],
        drawing=draw_bars(
            [Bar(row[1], row[4]) for row in rows[:MOST_BARS]],
            unit=_("overdue (yuan)"),
            worded=lambda amount: f"¥{amount:,.0f}",
        ),
        links=[scope.row_of("institution", row[0]) for row in rows],
        address=scope.list_of("payables"),
    )
