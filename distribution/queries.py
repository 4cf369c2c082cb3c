"""Reading across agreements, orders and prices for those who order and supervise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Aggregate, Count, DecimalField, F, Q
from django.db.models.functions import TruncMonth

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Product
from catalog.states import ProductStatus
from distribution.models import Entrustment, RetailPrice
from procurement.models import AgreementLine
from procurement.querysets import AgreementLineQuerySet


def orderable_lines(actor: Actor, at: datetime) -> AgreementLineQuerySet:
    """What the actor's institution may order today: agreed for its province, in force, trading, volume left.

    With ``remaining``: units left of the agreed volume; at least one pack of it.
    """
    return (
        AgreementLine.objects.visible_to(actor)
        .filter(province_id=actor.province, product__status=ProductStatus.TRADING)
        .in_force(at)
        .with_remaining()
        .filter(agreed_quantity__gte=F("called_off_quantity") + F("product__pack_quantity"))
        .select_related("product__presentation__medicine", "product__manufacturer", "agreement__supplier")
        .order_by("product__presentation__medicine__initials", "product__presentation__medicine__name", "pk")
    )


def search_lines(lines: AgreementLineQuerySet, words: str) -> AgreementLineQuerySet:
    """Those whose medicine's Chinese name, INN, pinyin initials or product code fits the words."""
    words = words.strip()
    if not words:
        return lines
    medicine = "product__presentation__medicine"
    return lines.filter(
        Q(**{f"{medicine}__name__icontains": words})
        | Q(**{f"{medicine}__inn__icontains": words})
        | Q(**{f"{medicine}__initials__istartswith": words})
        | Q(product__code__iexact=words)
    )


def entrusted_distributors(supplier_ids: Collection[int], institution: Organization, on: date) -> dict[int, int]:
    """Who delivers for each supplier to the institution on the day; suppliers without an entry deliver themselves.

    Of several entrustments that cover the institution the narrowest region counts: county, then prefecture, then
    province.
    """
    code = institution.region_id or ""
    regions = {code, f"{code[:4]}00", f"{code[:2]}0000"}
    # a wider region has a smaller code than the ones in it, so that the narrowest comes last and stays
    entrustments = Entrustment.objects.filter(
        supplier_id__in=supplier_ids, region_id__in=regions, validity__contains=on
    ).order_by("region_id")
    return {row.supplier_id: row.distributor_id for row in entrustments}


class _Median(Aggregate):
    """The middle value, or half-way between the two in the middle; to four decimals."""

    template = "(percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s))::numeric(18, 4)"
    output_field = DecimalField(max_digits=18, decimal_places=4)


@dataclass(frozen=True, slots=True)
class RetailMedian:
    """The median of the retail prices reported for a calendar month, in yuan per pack, and of how many."""

    month: date
    median: Decimal
    count: int


def retail_medians(product: Product, since: date, until: date, province_id: str = "") -> list[RetailMedian]:
    """The median per month of the prices observed from ``since`` until before ``until``; months without any are absent.

    Of all provinces, or of the institutions of one.
    """
    prices = RetailPrice.objects.filter(product=product, observed_on__gte=since, observed_on__lt=until)
    if province_id:
        prices = prices.filter(report__province=province_id)
    rows = (
        prices.annotate(month=TruncMonth("observed_on"))
        .values("month")
        .annotate(median=_Median("price"), count=Count("pk"))
        .order_by("month")
    )
    return [RetailMedian(**row) for row in rows]
