"""What is recalled or in quarantine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from distribution.models import LotHold


@dataclass(frozen=True, slots=True)
class Holds:
    """The holds in force on some products, asked by product and lot; great and small letters are one."""

    by_lot: dict[tuple[int, str], LotHold]

    def of(self, product_id: int, lot_number: str) -> LotHold | None:
        """What holds the lot, or the whole product; a recall before a quarantine."""
        return self.by_lot.get((product_id, lot_number.upper())) or self.by_lot.get((product_id, ""))


def holds_on(product_ids: Collection[int]) -> Holds:
    """The holds in force on the products and their lots as goods, in one query."""
    # a recall comes after a quarantine in this order, and stays
    rows = LotHold.objects.in_force().of_goods().filter(product_id__in=product_ids).order_by("kind", "pk")
    return Holds({(row.product_id, row.lot_number.upper()): row for row in rows})


def held_product_ids(province_id: str) -> QuerySet[Any]:
    """The ids of the products that may not be ordered as a whole in the province, for use inside another query."""
    there = Q(province=None) | Q(province=province_id)
    return LotHold.objects.in_force().filter(there, lot_number="").order_by().values("product_id")
