"""What somebody who orders a product wants to know of it: what is there, what is used, and what is coming."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from distribution.models import OrderLine, RequisitionLine, StockLot
from distribution.queries.rules import supply_rules
from distribution.queries.stock import monthly_use
from distribution.states import OPEN_ORDER, OrderStatus, RequisitionStatus


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one product at one holder, in units: in stock and not expired, usual use of a month, confirmed and not yet
    accepted, and asked for without an answer so far.
    """

    stock: int = 0
    monthly_use: Decimal = Decimal(0)
    on_the_way: int = 0
    asked_for: int = 0


def figures_of(product_ids: Collection[int], *, holder_id: int, at: datetime) -> dict[int, Figures]:
    """By product, for each of them, in as many queries for a thousand as for one.

    ``holder_id`` is where the goods go: an institution, or the village clinic that one orders for. The reserve that it
    may keep is no stock of its own.
    """
    lots = StockLot.objects.filter(holder=holder_id, plan=None, product__in=product_ids, expires_on__gte=localdate(at))
    stock = dict(lots.values_list("product").annotate(total=Sum("units")).order_by())
    use = monthly_use(holder_id, at=at, months=supply_rules(localdate(at)).use_months)
    coming = on_the_way(product_ids, holder_id)
    asked = asked_for(product_ids, holder_id)
    return {
        key: Figures(stock.get(key, 0), use.get(key, Decimal(0)), coming.get(key, 0), asked.get(key, 0))
        for key in product_ids
    }


def on_the_way(product_ids: Collection[int], holder_id: int) -> dict[int, int]:
    """Units that suppliers have confirmed and that have not been accepted yet, by product."""
    lines = _for(OrderLine.objects.filter(order__status__in=OPEN_ORDER, product__in=product_ids), "order", holder_id)
    return _units(lines, "product", F("confirmed_packs") - F("accepted_packs"))


def asked_for(product_ids: Collection[int], holder_id: int) -> dict[int, int]:
    """Units of requisitions that wait to be placed and of orders that nobody has answered, by product."""
    waiting = RequisitionLine.objects.filter(
        requisition__status__in=(RequisitionStatus.SUBMITTED, RequisitionStatus.APPROVED),
        agreement_line__product__in=product_ids,
    )
    unanswered = OrderLine.objects.filter(order__status=OrderStatus.PLACED, product__in=product_ids)
    units = _units(_for(waiting, "requisition", holder_id), "agreement_line__product", F("packs"))
    placed = _units(_for(unanswered, "order", holder_id), "product", F("packs") - F("closed_packs"))
    return {key: units.get(key, 0) + placed.get(key, 0) for key in {*units, *placed}}


def _for(lines: QuerySet, document: str, holder_id: int) -> QuerySet:
    """Those of documents for the holder, which knows them as an institution or as a village clinic."""
    own = Q(**{f"{document}__institution": holder_id, f"{document}__recipient": None})
    return lines.filter(own | Q(**{f"{document}__recipient": holder_id}))


def _units(lines: QuerySet, product: str, packs: CombinedExpression | F) -> dict[int, int]:
    units = Coalesce(Sum(packs * F(f"{product}__pack_quantity")), 0)
    return dict(lines.order_by().values_list(product).annotate(total=units))
