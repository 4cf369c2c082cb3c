"""What is paid too late, or for goods that went back: overdue payables, missing credits, punctuality."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DecimalField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import TruncDate

from catalog.foundation.actor import Actor
from distribution.models import DespatchLine, Order, Payable
from distribution.querysets import PayableQuerySet
from distribution.rules.payment import AgeBucket, ageing, interest


class Grouping(StrEnum):
    INSTITUTION = "institution"
    PAYEE = "payee"
    PROVINCE = "province"


# the name, and the code, by which a group is told
GROUPS = {
    Grouping.INSTITUTION: ("invoice__buyer__code", "invoice__buyer__name"),
    Grouping.PAYEE: ("invoice__seller__code", "invoice__seller__name"),
    Grouping.PROVINCE: ("invoice__province_id", "invoice__province__name"),
}


@dataclass(frozen=True, slots=True)
class OverdueGroup:
    """Yuan overdue on a day: in all, by age, and the interest so far."""

    code: str
    name: str
    amount: Decimal
    interest: Decimal
    ages: list[AgeBucket]


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Payments made in a period: how many, the share in time (0–1) and the mean days from acceptance; None of none."""

    code: str
    name: str
    count: int
    on_time: Decimal | None
    mean_days: Decimal | None


def overdue_payables(actor: Actor, on: date) -> PayableQuerySet:
    """What should have been paid before the day and was not, the oldest first, as far as the actor sees it."""
    rows = Payable.objects.visible_to(actor).owed().filter(due_on__lt=on, amount__gt=0)
    return rows.order_by("due_on", "pk")


def interest_so_far(payable: Payable, on: date) -> Decimal:
    """Yuan that would be due with the payable on the day."""
    return interest(payable.amount, due_on=payable.due_on, paid_on=on, per_day=payable.interest_per_day)


def overdue_groups(actor: Actor, on: date, by: Grouping) -> list[OverdueGroup]:
    """The overdue amounts by institution, payee or province, the largest first; one query.

    The amounts of a day and rate are added up before their interest is reckoned.
    """
    names = GROUPS[by]
    rows = (
        overdue_payables(actor, on)
        .order_by()
        .values_list(*names, "due_on", "interest_per_day")
        .annotate(total=Sum("amount"))
    )
    debts: defaultdict[tuple[str, str], list[tuple[date, Decimal]]] = defaultdict(list)
    owed: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for code, name, due_on, per_day, total in rows:
        debts[code, name].append((due_on, total))
        owed[code, name] += interest(total, due_on=due_on, paid_on=on, per_day=per_day)
    groups = [
        OverdueGroup(*key, sum((total for _day, total in of), Decimal(0)), owed[key], ageing(of, on=on))
        for key, of in debts.items()
    ]
    return sorted(groups, key=lambda group: (-group.amount, group.code))


def punctuality(actor: Actor, *, since: date, until: date, by: Grouping) -> list[Punctuality]:
    """How punctually payables were paid from ``since`` up to and without ``until``, by group; one query."""
    accepted_on = TruncDate("receipt__received_at")
    rows: Any = (
        Payable.objects.visible_to(actor)
        .filter(paid_on__gte=since, paid_on__lt=until, amount__gt=0)
        .order_by()
        .values_list(*GROUPS[by])
        .annotate(
            count=Count("pk"),
            in_time=Count("pk", filter=Q(paid_on__lte=F("due_on"))),
            taken=Avg(ExpressionWrapper(F("paid_on") - accepted_on, DurationField())),
        )
    )
    return [
        Punctuality(
            code,
            name,
            count,
            (Decimal(in_time) / count).quantize(Decimal("0.0001")),
            (Decimal(taken.total_seconds()) / 86_400).quantize(Decimal("0.1")),
        )
        for code, name, count, in_time, taken in sorted(rows)
    ]


def credits_due(actor: Actor) -> QuerySet[DespatchLine]:
    """Lots of which more was paid than is kept, since packs went back later and no credit note takes them back.

    With ``paid_packs`` and ``credit`` in yuan, as far as the actor sees the orders; the oldest first.
    """
    paid = (
        Payable.objects.filter(
            paid_on__isnull=False,
            receipt__despatch=OuterRef("despatch"),
            invoice_line__order_line=OuterRef("order_line"),
            invoice_line__lot_number=OuterRef("lot_number"),
        )
        .order_by()
        .values("receipt")
        .annotate(total=Sum("packs"))
    )
    kept = F("accepted_packs") - F("returned_packs")
    return (
        DespatchLine.objects.filter(returned_packs__gt=0, despatch__order__in=Order.objects.visible_to(actor))
        .annotate(paid_packs=Subquery(paid.values("total")))
        .filter(paid_packs__gt=kept)
        .annotate(
            credit=ExpressionWrapper(
                (F("paid_packs") - kept) * F("order_line__price"), DecimalField(max_digits=18, decimal_places=2)
            )
        )
        .select_related("despatch__order__institution", "despatch__order__supplier", "order_line__product")
        .order_by("pk")
    )
