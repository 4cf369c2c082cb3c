"""What institutions have on their shelves, what they use, and what they should look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, Count, Exists, Min, OuterRef, Q, Sum, Value, When
from django.utils.timezone import localdate, localtime

from catalog.models import Product
from catalog.rules.months import months_after
from catalog.rules.supply_rules import SupplyRules
from distribution.models import LotHold, StockEntry, StockLot
from distribution.querysets import StockLotQuerySet
from distribution.rules.fefo import LotBalance
from distribution.rules.stock_warnings import near_expiry_before, warning_of_product
from distribution.states import StockMove, StockWarning


def with_holds(lots: StockLotQuerySet) -> StockLotQuerySet:
    """With ``is_held``: the lot, or the whole product, is quarantined or recalled today."""
    return lots.annotate(is_held=_is_held())


def with_warnings(lots: StockLotQuerySet, *, today: date, rules: SupplyRules) -> StockLotQuerySet:
    """With ``is_held`` and ``warning``: the gravest ``StockWarning`` of the lot; empty of one that is good or gone."""
    return with_holds(lots).annotate(warning=_warning(today, rules))


def _warning(today: date, rules: SupplyRules) -> Case:
    near = near_expiry_before(today, rules.near_expiry_months)
    return Case(
        When(units=0, then=Value("")),
        When(expires_on__lt=today, then=Value(StockWarning.EXPIRED.value)),
        When(_is_held(), then=Value(StockWarning.HELD.value)),
        When(expires_on__lt=near, then=Value(StockWarning.NEAR_EXPIRY.value)),
        default=Value(""),
    )


def _is_held() -> Exists:
    of_lot = Q(lot_number="") | Q(lot_number__iexact=OuterRef("lot_number"))
    return Exists(LotHold.objects.in_force().of_goods().filter(of_lot, product=OuterRef("product")))


def balances(lots: Iterable[StockLot]) -> list[LotBalance]:
    """The lots (``with_holds``) as the rules of issue see them."""
    return [LotBalance(lot.pk, lot.expires_on, lot.units, lot.is_held) for lot in lots]  # type: ignore[attr-defined]


def monthly_use(holder_id: int, *, at: datetime, months: int) -> dict[int, Decimal]:
    """By product: the units issued to patients in the last ``months`` months, per month; unused products are absent."""
    used = (
        StockEntry.objects.filter(kind=StockMove.ISSUE, lot__holder=holder_id)
        .filter(entered_at__gte=since(at, months), entered_at__lte=at)
        .values_list("lot__product")
        .annotate(units=Sum("units"))
    )
    return {product_id: Decimal(-units) / months for product_id, units in used}


def since(at: datetime, months: int) -> datetime:
    """The same time of day so many months before."""
    now = localtime(at)
    return datetime.combine(months_after(now.date(), -months), now.timetz())


@dataclass(frozen=True, slots=True)
class Position:
    """What an institution has of a product: all units, those that may be issued, and how long they usually last.

    ``first_expiry`` is the last day of use of what is to be issued first.
    """

    product: Product
    units: int
    usable: int
    monthly_use: Decimal
    first_expiry: date | None
    warnings: tuple[StockWarning, ...]


def positions(
    holder_id: int, *, at: datetime, rules: SupplyRules, products: Collection[int] | None = None
) -> list[Position]:
    """Every product that the institution has or uses, what is warned of first; the reserve is left out."""
    lots = StockLot.objects.filter(holder=holder_id, plan=None)
    use = monthly_use(holder_id, at=at, months=rules.use_months)
    if products is not None:
        lots = lots.filter(product__in=products)
        use = {product_id: units for product_id, units in use.items() if product_id in products}
    rows = {row["product"]: row for row in _sums(lots, localdate(at), rules)}
    shown = Product.objects.select_related("presentation__medicine", "manufacturer").in_bulk(
        {product_id for product_id, row in rows.items() if row["units"]} | set(use)
    )
    found = [_position(product, rows[pk], use.get(pk, Decimal(0)), rules) for pk, product in shown.items()]
    order = list(StockWarning)
    return sorted(
        found,
        key=lambda item: (
            min((order.index(warning) for warning in item.warnings), default=len(order)),
            item.product.presentation.medicine.initials,
            item.product.code,
        ),
    )


def _sums(lots: StockLotQuerySet, today: date, rules: SupplyRules) -> Iterable[dict[str, object]]:
    is_good = ~Q(warning__in=[StockWarning.EXPIRED, StockWarning.HELD])
    return (
        lots.alias(warning=_warning(today, rules))
        .values("product")
        .annotate(
            usable=Sum("units", filter=is_good, default=0),
            first_expiry=Min("expires_on", filter=is_good & Q(units__gt=0)),
            expired=Count("pk", filter=Q(warning=StockWarning.EXPIRED)),
            held=Count("pk", filter=Q(warning=StockWarning.HELD)),
            near=Count("pk", filter=Q(warning=StockWarning.NEAR_EXPIRY)),
        )
        .annotate(units=Sum("units"))
        .order_by()
    )


def _position(product: Product, row: dict[str, object], use: Decimal, rules: SupplyRules) -> Position:
    usable = int(row["usable"])  # type: ignore[call-overload]
    of_lots = {
        StockWarning.EXPIRED: row["expired"],
        StockWarning.HELD: row["held"],
        StockWarning.NEAR_EXPIRY: row["near"],
    }
    warnings = [warning for warning, count in of_lots.items() if count]
    if runs_out := warning_of_product(usable=usable, monthly_use=use, cover_months=rules.cover_months):
        warnings.append(runs_out)
    return Position(
        product=product,
        units=int(row["units"]),  # type: ignore[call-overload]
        usable=usable,
        monthly_use=use,
        first_expiry=row["first_expiry"],  # type: ignore[arg-type]
        warnings=tuple(warnings),
    )
