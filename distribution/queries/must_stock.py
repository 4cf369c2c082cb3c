"""Whether institutions keep what they must: the medicines that the province names, else those that it has agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.models import Medicine, Product
from catalog.queries.essential import essentiality
from catalog.rules.use_share_rules import UseShareRules
from distribution.queries.rules import use_share_rules
from procurement.models import AgreementLine

# A medicine is kept where a lot of it is on the shelf that nobody keeps for the reserve and that may still be used.
COUNTED = """
WITH kept AS (
    SELECT lot.holder_id, count(DISTINCT presentation.medicine_id) AS medicines
    FROM distribution_stocklot lot
    JOIN catalog_product product ON product.id = lot.product_id
    JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
    WHERE lot.units > 0 AND lot.plan_id IS NULL AND lot.expires_on >= %(on)s
        AND presentation.medicine_id = ANY(%(medicines)s)
    GROUP BY lot.holder_id
)
SELECT place.id, place.code, place.name, place.tier, coalesce(kept.medicines, 0), cardinality(%(medicines)s)
FROM accounts_organization place
LEFT JOIN kept ON kept.holder_id = place.id
WHERE place.kind = %(institution)s AND place.is_active AND place.region_id LIKE %(area)s
    AND place.tier = ANY(%(tiers)s)
ORDER BY coalesce(kept.medicines, 0), place.code
"""
LACKING = """
SELECT medicine.id FROM unnest(%(medicines)s::bigint[]) AS medicine (id)
WHERE NOT EXISTS (
    SELECT FROM distribution_stocklot lot
    JOIN catalog_product product ON product.id = lot.product_id
    JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
    WHERE lot.holder_id = %(holder)s AND lot.units > 0 AND lot.plan_id IS NULL AND lot.expires_on >= %(on)s
        AND presentation.medicine_id = medicine.id
)
"""


@dataclass(frozen=True, slots=True)
class MustStock:
    """How many of the medicines that an institution must keep are on its shelf."""

    institution_id: int
    code: str
    name: str
    tier: str
    kept: int
    required: int

    @property
    def lacking(self) -> int:
        """Those that are not."""
        return self.required - self.kept


def must_stock(province_id: str, at: datetime) -> list[MustStock]:
    """The institutions of the levels that must keep a list, who lacks most first; none where nothing is required."""
    rules, _rule_set = use_share_rules(localdate(at))
    medicines = required_medicines(province_id, at, rules)
    if not medicines:
        return []
    given: dict[str, Any] = {
        "on": localdate(at),
        "medicines": medicines,
        "institution": OrganizationKind.INSTITUTION,
        "area": f"{province_id[:2]}%",
        "tiers": list(rules.must_stock_tiers),
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, given)
        return [MustStock(*row) for row in cursor.fetchall()]


def lacking(institution_id: int, province_id: str, at: datetime) -> list[Medicine]:
    """What the institution must keep and does not have on its shelf, by name."""
    rules, _rule_set = use_share_rules(localdate(at))
    medicines = required_medicines(province_id, at, rules)
    with connection.cursor() as cursor:
        cursor.execute(LACKING, {"holder": institution_id, "on": localdate(at), "medicines": medicines})
        return list(Medicine.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()]))


def required_medicines(province_id: str, at: datetime, rules: UseShareRules) -> list[int]:
    """The ids of the medicines of the province's list; else of the essential ones that it has an agreement for."""
    if province_id in rules.must_stock:
        named = Medicine.objects.filter(name__in=rules.must_stock[province_id])
        return list(named.order_by("pk").values_list("pk", flat=True))
    return sorted({product.presentation.medicine_id for product in agreed_essentials(province_id, at)})


def agreed_essentials(province_id: str, at: datetime) -> list[Product]:
    """The essential products that institutions of the province may order, with presentation and medicine."""
    agreed = AgreementLine.objects.in_force(at).filter(province=province_id).values("product")
    products = list(Product.objects.filter(pk__in=agreed).trading().select_related("presentation__medicine"))
    judged = essentiality(products, localdate(at), province_id)
    return [product for product in products if judged[product.pk].is_essential]
