"""Who delivers for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from catalog.accounts.models import Licence, Organization
from catalog.models import Product
from distribution.models import Entrustment
from distribution.rules.coverage import covering
from distribution.rules.distributor_licences import Goods, is_licensed
from procurement.queries import barred_supplier_ids

# In SQL: the scopes of the distribution licences valid on the day, as ``held_scopes`` tells them; and the regions that
# cover one, as ``covering`` names them.
LICENSED = """licensed AS MATERIALIZED (
    SELECT licence.organization_id, array_agg(scope) FILTER (WHERE licence.validity @> %(on)s::date) AS scopes
    FROM accounts_licence licence CROSS JOIN unnest(licence.scopes) AS scope
    WHERE licence.kind = %(distribution)s
    GROUP BY licence.organization_id
)"""
COVERING = "ARRAY[{region}, left({region}, 4) || '00', left({region}, 2) || '0000']"


def carriers_for(
    wanted: Iterable[tuple[int, Product]], institution: Organization, on: date
) -> dict[tuple[int, int], int]:
    """The distributor that brings each supplier's product to the institution on the day, by supplier and product.

    By the same choice as the distribution run: what is filed for the product before what is filed for all, then the
    narrowest region; who is inactive, barred in the province, or not licensed for the goods, is passed over. Pairs for
    which nobody is left are absent: the supplier delivers itself. ``wanted`` are products with their medicine.
    """
    pairs = list(wanted)
    filed: defaultdict[int, list[Entrustment]] = defaultdict(list)
    for row in (
        Entrustment.objects.filter(
            supplier_id__in={supplier_id for supplier_id, _product in pairs},
            region_id__in=covering(institution.region_id or ""),
            validity__contains=on,
            distributor__is_active=True,
        )
        .exclude(distributor__in=barred_supplier_ids(on, institution.province_id))
        # of regions that lie in each other the narrower one has the greater code
        .order_by("-region_id")
    ):
        filed[row.supplier_id].append(row)
    scopes = held_scopes({row.distributor_id for rows in filed.values() for row in rows}, on)
    chosen: dict[tuple[int, int], int] = {}
    for supplier_id, product in pairs:
        goods = goods_of(product)
        fitting = [
            row
            for row in filed[supplier_id]
            if row.product_id in (None, product.pk) and is_licensed(goods, scopes.get(row.distributor_id))
        ]
        if fitting:
            # stable: the narrowest stays first among those of the product, and among those of all
            first = min(fitting, key=lambda row: row.product_id is None)
            chosen[supplier_id, product.pk] = first.distributor_id
    return chosen


def held_scopes(organization_ids: Collection[int], on: date) -> dict[int, frozenset[str]]:
    """The scopes of the distribution licences valid on the day; who has none on file is absent."""
    held: defaultdict[int, set[str]] = defaultdict(set)
    licences = Licence.objects.filter(organization_id__in=organization_ids, kind=Licence.Kind.DISTRIBUTION)
    for licence in licences:
        held[licence.organization_id] |= set(licence.scopes) if on in licence.validity else set()
    return {organization_id: frozenset(scopes) for organization_id, scopes in held.items()}


def goods_of(product: Product) -> Goods:
    """What of the product, with its medicine, says which licence it needs."""
    return Goods(
        approval_number=product.approval_number,
        is_traditional=product.presentation.medicine.is_traditional,
        is_controlled=product.is_controlled,
        storage=product.storage,
    )
