"""Where the supply network has a gap: places that nobody must serve, and duties that cannot be fulfilled.

Source: 国办发〔2015〕7号 (county, township and village are served as one). One statement for each kind of gap.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import Licence
from catalog.states import ProductStatus, Storage
from distribution.queries.entrustments import COVERING, LICENSED
from distribution.states import AnswerReason, OrderStatus
from procurement.queries import barred_supplier_ids
from procurement.states import AgreementStatus

# From so many refused orders on a refusal is repeated.
REPEATED = 2


class GapKind(TextChoices):
    NO_DUTY = "no_duty", _("no distributor must serve the township")
    DUTY_UNFIT = "duty_unfit", _("who must serve the township may not deliver")
    NO_COLD_CHAIN = "no_cold_chain", _("nobody in the county can deliver cold goods that are agreed")
    NO_DISTRIBUTOR = "no_distributor", _("a supplier has agreed volumes and nobody to deliver them")
    REFUSES_REMOTE = "refuses_remote", _("a remote township is refused again and again")


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap of the network: where it is, who it is about, and the facts.

    ``place`` is the code of a township, a county or a province; ``firm`` is empty where it is about nobody.
    """

    kind: GapKind
    place: str
    place_name: str
    firm: str
    firm_name: str
    facts: dict[str, Any]


# What is agreed for the province and may be ordered.
AGREED = """agreed AS MATERIALIZED (
    SELECT DISTINCT agreement.supplier_id, line.product_id, product.storage = ANY(%(cold)s) AS is_cold
    FROM procurement_agreementline line
    JOIN procurement_agreement agreement ON agreement.id = line.agreement_id
    JOIN catalog_product product ON product.id = line.product_id
    WHERE line.province_id = %(province)s AND line.ended_at IS NULL AND agreement.status = %(in_force)s
        AND agreement.validity @> %(on)s::date AND product.status = %(trading)s
        AND agreement.supplier_id <> ALL(%(barred)s)
)"""
# The lowest level that there is of the province, and the regions that cover each place.
COUNTIES = f"""county AS MATERIALIZED (
    SELECT region.code, region.name,
        {COVERING.format(region="region.code")} AS covering
    FROM catalog_region region
    WHERE left(region.code, 2) = left(%(province)s, 2) AND region.parent_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM catalog_region part WHERE part.parent_id = region.code)
)"""

STATEMENTS = {
    GapKind.NO_DUTY: """
SELECT township.code, township.name, '', '', jsonb_build_object('is_remote', township.is_remote)
FROM catalog_township township
WHERE left(township.code, 2) = left(%(province)s, 2) AND NOT EXISTS (
    SELECT FROM distribution_serviceduty duty
    WHERE duty.township_id = township.code AND duty.validity @> %(on)s::date
)
ORDER BY township.code
""",
    GapKind.DUTY_UNFIT: f"""
WITH {LICENSED}
SELECT township.code, township.name, firm.code, firm.name, jsonb_build_object('reasons', unfit.reasons)
FROM distribution_serviceduty duty
JOIN catalog_township township ON township.code = duty.township_id
JOIN accounts_organization firm ON firm.id = duty.distributor_id
LEFT JOIN licensed ON licensed.organization_id = firm.id
CROSS JOIN LATERAL (
    SELECT array_remove(ARRAY[
        CASE WHEN NOT firm.is_active THEN 'inactive' END,
        CASE WHEN firm.id = ANY(%(barred)s) THEN 'barred' END,
        CASE WHEN licensed.organization_id IS NOT NULL AND licensed.scopes IS NULL THEN 'not_licensed' END
    ], NULL) AS reasons
) unfit
WHERE left(township.code, 2) = left(%(province)s, 2) AND duty.validity @> %(on)s::date
    AND cardinality(unfit.reasons) > 0
ORDER BY township.code
""",
    GapKind.NO_COLD_CHAIN: f"""
WITH {LICENSED}, {AGREED}, {COUNTIES}, capable AS MATERIALIZED (
    SELECT firm.id FROM accounts_organization firm JOIN licensed ON licensed.organization_id = firm.id
    WHERE firm.is_active AND firm.id <> ALL(%(barred)s) AND %(cold_chain)s = ANY(licensed.scopes)
), served AS MATERIALIZED (
    SELECT township.county_id AS region_id
    FROM distribution_serviceduty duty JOIN catalog_township township ON township.code = duty.township_id
    WHERE duty.validity @> %(on)s::date AND duty.distributor_id IN (SELECT id FROM capable)
    UNION
    SELECT entrustment.region_id
    FROM distribution_entrustment entrustment
    JOIN agreed ON agreed.supplier_id = entrustment.supplier_id AND agreed.is_cold
        AND coalesce(entrustment.product_id, agreed.product_id) = agreed.product_id
    WHERE entrustment.validity @> %(on)s::date AND entrustment.distributor_id IN (SELECT id FROM capable)
)
SELECT county.code, county.name, '', '', jsonb_build_object('products', cold.products)
FROM county CROSS JOIN (SELECT count(DISTINCT product_id) AS products FROM agreed WHERE is_cold) cold
WHERE cold.products > 0 AND NOT EXISTS (SELECT FROM served WHERE served.region_id = ANY(county.covering))
ORDER BY county.code
""",
    GapKind.NO_DISTRIBUTOR: f"""
WITH {LICENSED}, {AGREED}, {COUNTIES}, supplier AS MATERIALIZED (
    SELECT agreed.supplier_id AS id, count(*) AS products FROM agreed
    WHERE NOT EXISTS (
        SELECT FROM licensed WHERE licensed.organization_id = agreed.supplier_id AND licensed.scopes IS NOT NULL
    )
    GROUP BY agreed.supplier_id
), uncovered AS (
    SELECT supplier.id, supplier.products, count(*) AS counties, min(county.name) AS example
    FROM supplier CROSS JOIN county
    WHERE NOT EXISTS (
        SELECT FROM distribution_entrustment entrustment
        JOIN accounts_organization firm ON firm.id = entrustment.distributor_id
        LEFT JOIN licensed ON licensed.organization_id = firm.id
        WHERE firm.is_active AND firm.id <> ALL(%(barred)s)
            AND (licensed.organization_id IS NULL OR licensed.scopes IS NOT NULL)
            AND entrustment.supplier_id = supplier.id AND entrustment.region_id = ANY(county.covering)
            AND entrustment.validity @> %(on)s::date
    )
    GROUP BY supplier.id, supplier.products
)
SELECT province.code, province.name, firm.code, firm.name, jsonb_build_object(
    'counties', uncovered.counties, 'of_counties', (SELECT count(*) FROM county), 'products', uncovered.products,
    'example', uncovered.example)
FROM uncovered
JOIN accounts_organization firm ON firm.id = uncovered.id
CROSS JOIN (SELECT code, name FROM catalog_region WHERE code = %(province)s) province
ORDER BY uncovered.counties DESC, firm.code
""",
    GapKind.REFUSES_REMOTE: """
SELECT township.code, township.name, firm.code, firm.name,
    jsonb_build_object('orders', count(DISTINCT o.id), 'lines', count(*), 'latest', max(o.placed_at)::date)
FROM distribution_order o
JOIN distribution_orderline line ON line.order_id = o.id
JOIN accounts_organization place ON place.id = coalesce(o.recipient_id, o.institution_id)
JOIN catalog_township township ON township.code = place.township_id AND township.is_remote
JOIN accounts_organization firm ON firm.id = coalesce(o.distributor_id, o.supplier_id)
WHERE o.province_id = %(province)s AND o.placed_at >= %(since)s AND o.status <> %(cancelled)s
    AND line.confirmed_packs = 0 AND line.closed_packs = line.packs
    AND (o.status = %(refused)s OR line.answer_code <> '') AND line.answer_code <> %(force_majeure)s
GROUP BY township.code, township.name, firm.code, firm.name
HAVING count(DISTINCT o.id) >= %(repeated)s
ORDER BY count(DISTINCT o.id) DESC, township.code, firm.code
""",
}


def network_gaps(
    province_id: str, *, on: date, refused_since: datetime, kinds: tuple[GapKind, ...] = tuple(GapKind)
) -> list[Gap]:
    """The gaps of a province on the day, kind by kind.

    A supplier that holds a distribution licence of its own may deliver itself. Only who has the scope on file is held
    capable of the cold chain. Refusals are those of orders placed since ``refused_since``, but for force majeure.
    """
    values: dict[str, Any] = {
        "province": province_id,
        "on": on,
        "since": refused_since,
        "barred": list(barred_supplier_ids(on, province_id).values_list("organization_id", flat=True)),
        "distribution": Licence.Kind.DISTRIBUTION,
        "cold_chain": Licence.Scope.COLD_CHAIN,
        "cold": [Storage.COLD, Storage.FROZEN],
        "in_force": AgreementStatus.IN_FORCE,
        "trading": ProductStatus.TRADING,
        "refused": OrderStatus.REFUSED,
        "cancelled": OrderStatus.CANCELLED,
        "force_majeure": AnswerReason.FORCE_MAJEURE,
        "repeated": REPEATED,
    }
    gaps = []
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(STATEMENTS[kind], values)
            gaps += [
                Gap(kind, place, place_name, firm, firm_name, _facts(facts))
                for place, place_name, firm, firm_name, facts in cursor.fetchall()
            ]
    return gaps


def _facts(value: Any) -> dict[str, Any]:
    """The cursor gives JSON as text."""
    facts: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return facts
