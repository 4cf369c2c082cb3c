"""What is short, as a figure."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.foundation.figures.figure import Column, Figure, Kind
from catalog.models import Product
from distribution.models import NationalShortage, ShortageItem
from distribution.queries.dashboards.scope import Scope
from distribution.states import ShortageGrade, ShortageStatus
from procurement.models import AgreementLine

GRAVITY = Case(
    *(When(grade=grade, then=Value(place)) for place, grade in enumerate(ShortageGrade)), output_field=IntegerField()
)


def shortages(scope: Scope) -> Figure:
    """What stands on the province's list of shortages, the gravest and oldest first; of a firm, what it can make."""
    items = ShortageItem.objects.listed().filter(province=scope.province_id)
    if scope.firm_id is not None:
        items = items.filter(presentation__in=_presentations_of(scope.firm_id))
    rows = list(items.select_related("presentation__medicine").order_by(GRAVITY, "opened_at", "pk"))
    today = localdate(scope.at)
    severe = sum(item.grade == ShortageGrade.SEVERE for item in rows)
    late = sum(
        item.status == ShortageStatus.OPEN and item.answer_by is not None and item.answer_by < today for item in rows
    )
    words = _(
        "%(count)s medicines are on the list, %(severe)s of them severely short; %(late)s wait too long for an answer."
    )
    return Figure(
        name="shortages",
        title=_("Medicines that are short"),
        words=words % {"count": len(rows), "severe": severe, "late": late},
        source=_(
            "reports of institutions, unanswered orders, falling stock and announced production stops, graded daily"
        ),
        columns=[
            Column(_("medicine")),
            Column(pgettext("shortage", "grade")),
            Column(_("status")),
            Column(_("on the list since"), Kind.DAY),
            Column(_("to be answered by"), Kind.DAY),
        ],
        rows=[
            [
                str(item.presentation),
                item.get_grade_display(),
                item.get_status_display(),
                localdate(item.opened_at),
                item.answer_by,
            ]
            for item in rows
        ],
        links=[scope.row_of("shortage", item.pk) for item in rows],
        address=scope.list_of("shortages"),
    )


def national_shortages(scope: Scope) -> Figure:
    """What the firm can make of the national lists; these are open to all who buy, make and supervise."""
    items = NationalShortage.objects.listed()
    if scope.firm_id is not None:
        items = items.filter(presentation__in=_presentations_of(scope.firm_id))
    rows = list(items.select_related("presentation__medicine").order_by("-listing", "listed_at", "pk"))
    return Figure(
        name="shortages",
        title=_("Medicines that are short in the country"),
        words=_("%(count)s medicines of the firm stand on a national list.") % {"count": len(rows)},
        source=_("the lists of shortages of the provinces"),
        columns=[
            Column(_("medicine")),
            Column(pgettext("shortage", "list")),
            Column(_("provinces"), Kind.COUNT),
            Column(_("on the list since"), Kind.DAY),
        ],
        rows=[
            [str(item.presentation), item.get_listing_display(), len(item.provinces), localdate(item.listed_at)]
            for item in rows
        ],
        address=scope.list_of("national_shortages"),
    )


def _presentations_of(firm_id: int) -> QuerySet[Any]:
    """What the firm makes or has agreed to supply."""
    agreed = AgreementLine.objects.filter(agreement__supplier=firm_id, ended_at=None).order_by().values("product")
    return Product.objects.filter(Q(manufacturer=firm_id) | Q(pk__in=agreed)).order_by().values("presentation")
