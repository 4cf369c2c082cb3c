"""What a set of requisitions becomes: every line judged, and the orders that the placeable ones make.

Both are temporary tables of the caller's transaction, ``placing_line`` and ``placing_order``, for the statements that
write them down. They are made for as many requisitions as are placed in one transaction, however many there are.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from catalog.accounts.models import Licence
from catalog.rules.supply_rules import SupplyRules
from catalog.states import ProductStatus, Storage
from distribution.models import Requisition
from distribution.queries.entrustments import COVERING, LICENSED
from distribution.queries.holds import held_product_ids
from distribution.rules.deadlines import answer_by, deliver_by
from distribution.states import RequisitionStatus, Urgency
from procurement.queries import barred_supplier_ids
from procurement.rules.licence_scopes import SCOPE_OF_LETTER
from procurement.states import AgreementStatus

BARRED, NOT_IN_FORCE, NOT_TRADING, HELD = "barred", "not_in_force", "not_trading", "held"
APPROVAL_ENDED, NO_LICENCE = "approval_ended", "no_licence"
COLD_CHAIN = (Storage.COLD, Storage.FROZEN)

# Who has no licence on file is not judged by one.
JUDGED = """
CREATE TEMP TABLE placing_line ON COMMIT DROP AS
WITH unlicensed AS MATERIALIZED (
    SELECT organization_id FROM accounts_licence GROUP BY organization_id
    HAVING NOT bool_or(kind = %(production)s AND validity @> %(on)s::date)
)
SELECT line.id, line.requisition_id, line.agreement_line_id, line.packs, line.price,
    line.packs::bigint * product.pack_quantity AS units,
    agreed.product_id, agreement.supplier_id, product.storage,
    place.region_id, place.township_id, NULL::bigint AS distributor_id,
    CASE
        WHEN agreement.supplier_id = ANY(%(barred)s) THEN %(is_barred)s
        WHEN agreement.status <> %(in_force)s OR agreed.ended_at IS NOT NULL OR NOT agreement.validity @> %(on)s::date
            THEN %(not_in_force)s
        WHEN product.status <> %(trading)s THEN %(not_trading)s
        WHEN product.licence_valid_until < %(on)s::date THEN %(approval_ended)s
        WHEN unlicensed.organization_id IS NOT NULL THEN %(no_licence)s
        WHEN product.id = ANY(%(held)s) THEN %(is_held)s
        ELSE ''
    END AS hindrance,
    agreement.number AS agreement_number, product.status AS product_status,
    array_remove(ARRAY[
        CASE WHEN medicine.is_traditional THEN %(traditional)s
            ELSE %(letters)s::jsonb ->> left(regexp_replace(product.approval_number, '^国药准字', ''), 1) END,
        CASE WHEN product.is_controlled THEN %(controlled)s END
    ], NULL) AS scopes
FROM distribution_requisition requisition
JOIN distribution_requisitionline line ON line.requisition_id = requisition.id
JOIN accounts_organization place ON place.id = coalesce(requisition.recipient_id, requisition.institution_id)
JOIN procurement_agreementline agreed ON agreed.id = line.agreement_line_id
JOIN procurement_agreement agreement ON agreement.id = agreed.agreement_id
JOIN catalog_product product ON product.id = agreed.product_id
JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
JOIN catalog_medicine medicine ON medicine.id = presentation.medicine_id
LEFT JOIN unlicensed ON unlicensed.organization_id = agreement.supplier_id
WHERE requisition.id = ANY(%(requisitions)s)
"""

# What is filed for the product comes before what is filed for all, then the narrowest region: of regions that lie in
# each other the narrower one has the greater code. Nobody fit: the supplier delivers itself.
CARRIED = f"""
WITH asked AS MATERIALIZED (
    SELECT DISTINCT supplier_id, product_id, region_id, storage = ANY(%(cold_chain)s) AS is_cold, scopes
    FROM placing_line WHERE hindrance = ''
), covering AS MATERIALIZED (
    SELECT DISTINCT region_id, unnest({COVERING.format(region="region_id")}) AS wider_id FROM asked
), {LICENSED}, entrusted AS MATERIALIZED (
    SELECT entrustment.supplier_id, entrustment.product_id, entrustment.region_id, entrustment.distributor_id,
        licensed.organization_id IS NOT NULL AS is_on_file, coalesce(licensed.scopes, '{{}}'::varchar[]) AS scopes
    FROM distribution_entrustment entrustment
    JOIN accounts_organization distributor ON distributor.id = entrustment.distributor_id AND distributor.is_active
        AND distributor.id <> ALL(%(barred)s)
    LEFT JOIN licensed ON licensed.organization_id = entrustment.distributor_id
    WHERE entrustment.supplier_id IN (SELECT supplier_id FROM asked)
        AND entrustment.region_id IN (SELECT wider_id FROM covering)
        AND entrustment.validity @> %(on)s::date
), chosen AS MATERIALIZED (
    SELECT DISTINCT ON (asked.supplier_id, asked.product_id, asked.region_id)
        asked.supplier_id, asked.product_id, asked.region_id, entrusted.distributor_id
    FROM asked
    JOIN covering ON covering.region_id = asked.region_id
    JOIN entrusted ON entrusted.supplier_id = asked.supplier_id AND entrusted.region_id = covering.wider_id
        AND coalesce(entrusted.product_id, asked.product_id) = asked.product_id
        AND (NOT entrusted.is_on_file
            OR entrusted.scopes && %(any_scope)s::varchar[] AND entrusted.scopes @> asked.scopes::varchar[])
        AND (NOT asked.is_cold OR %(cold_scope)s = ANY(entrusted.scopes))
    ORDER BY asked.supplier_id, asked.product_id, asked.region_id,
        entrusted.product_id IS NULL, entrusted.region_id DESC
)
UPDATE placing_line line SET distributor_id = chosen.distributor_id
FROM chosen
WHERE chosen.supplier_id = line.supplier_id AND chosen.product_id = line.product_id
    AND chosen.region_id = line.region_id
"""

ORDERED = """
CREATE TEMP TABLE placing_order ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('distribution_order', 'id')) AS id, wanted.*
FROM (
    SELECT line.requisition_id, requisition.institution_id, requisition.recipient_id, requisition.province_id,
        requisition.urgency, line.supplier_id, line.distributor_id,
        coalesce(line.distributor_id, line.supplier_id) AS carrier_id, line.storage, line.region_id AS county_id,
        stop.route_id, due.answer_due_at, due.deliver_by
    FROM (
        SELECT DISTINCT requisition_id, supplier_id, distributor_id, storage, region_id, township_id
        FROM placing_line WHERE hindrance = ''
    ) line
    JOIN distribution_requisition requisition ON requisition.id = line.requisition_id
    LEFT JOIN catalog_township township ON township.code = line.township_id
    LEFT JOIN distribution_routestop stop
        ON stop.carrier_id = coalesce(line.distributor_id, line.supplier_id) AND stop.township_id = line.township_id
    JOIN unnest(%(urgencies)s::text[], %(remote)s::boolean[], %(answers)s::timestamptz[], %(arrivals)s::timestamptz[])
        AS due (urgency, is_remote, answer_due_at, deliver_by)
        ON due.urgency = requisition.urgency AND due.is_remote = coalesce(township.is_remote, false)
    ORDER BY line.requisition_id, line.supplier_id, line.distributor_id, line.storage
) wanted
"""

WAITING = """
SELECT approved_at, id FROM distribution_requisition
WHERE province_id = %(province)s AND status = %(approved)s AND urgency = %(ordinary)s AND approved_at <= %(cut_off)s
    AND (%(approved_at)s::timestamptz IS NULL OR (approved_at, id) > (%(approved_at)s::timestamptz, %(id)s::bigint))
ORDER BY approved_at, id
LIMIT %(limit)s
"""

COUNTED = """
SELECT (SELECT count(*) FROM placing_order), (SELECT count(*) FROM placing_line WHERE hindrance <> ''),
    (SELECT coalesce(sum(packs * price), 0) FROM placing_line WHERE hindrance = '')
"""
HINDERED = "SELECT DISTINCT hindrance, agreement_number, product_status FROM placing_line WHERE hindrance <> ''"


class Hindrance(NamedTuple):
    """Why lines cannot be placed, with the values that its sentence names."""

    kind: str
    agreement_number: str
    product_status: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of requisitions came to; the amount in yuan of what is ordered."""

    requisitions: int
    orders: int
    refused_lines: int
    amount: Decimal


class Place(NamedTuple):
    """Where in the order of approval a requisition stands."""

    approved_at: datetime
    requisition_id: int


def waiting_requisitions(province_id: str, cut_off: datetime, *, after: Place | None, limit: int) -> list[Place]:
    """The next ordinary requisitions of the province approved by the cut-off, the oldest approval first."""
    values: dict[str, Any] = {
        "province": province_id,
        "approved": RequisitionStatus.APPROVED,
        "ordinary": Urgency.ORDINARY,
        "cut_off": cut_off,
        "approved_at": after and after.approved_at,
        "id": after and after.requisition_id,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITING, values)
        return [Place(*row) for row in cursor.fetchall()]


def count_waiting(province_id: str, cut_off: datetime) -> int:
    """How many ordinary requisitions of the province were approved by the cut-off and wait for the run."""
    return Requisition.objects.filter(
        province_id=province_id,
        status=RequisitionStatus.APPROVED,
        urgency=Urgency.ORDINARY,
        approved_at__lte=cut_off,
    ).count()


def judge_lines(
    requisition_ids: Collection[int], province_id: str, *, on: date, placed_at: datetime, rules: SupplyRules
) -> Figures:
    """Make both tables for requisitions of one province, as things stand on the day; what they come to."""
    barred = list(barred_supplier_ids(on, province_id).values_list("organization_id", flat=True))
    with connection.cursor() as cursor:
        for table in ("placing_order", "placing_line"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(
            JUDGED,
            {
                "requisitions": list(requisition_ids),
                "barred": barred,
                "held": list(held_product_ids(province_id).values_list("product_id", flat=True)),
                "on": on,
                "in_force": AgreementStatus.IN_FORCE,
                "trading": ProductStatus.TRADING,
                "is_barred": BARRED,
                "not_in_force": NOT_IN_FORCE,
                "not_trading": NOT_TRADING,
                "is_held": HELD,
                "approval_ended": APPROVAL_ENDED,
                "no_licence": NO_LICENCE,
                "production": Licence.Kind.PRODUCTION,
                "traditional": Licence.Scope.TRADITIONAL,
                "controlled": Licence.Scope.CONTROLLED,
                "letters": json.dumps(SCOPE_OF_LETTER),
            },
        )
        cursor.execute("ANALYZE placing_line (requisition_id, supplier_id, product_id, region_id, storage, hindrance)")
        cursor.execute(
            CARRIED,
            {
                "on": on,
                "barred": barred,
                "cold_chain": list(COLD_CHAIN),
                "cold_scope": Licence.Scope.COLD_CHAIN,
                "any_scope": Licence.Scope.values,
                "distribution": Licence.Kind.DISTRIBUTION,
            },
        )
        cursor.execute(ORDERED, _deadlines(placed_at, rules))
        cursor.execute("ANALYZE placing_order (requisition_id, supplier_id, carrier_id, county_id, storage)")
        cursor.execute(COUNTED)
        return Figures(len(requisition_ids), *cursor.fetchone())


def hindrances() -> list[Hindrance]:
    """The different reasons for which lines of ``placing_line`` cannot be placed."""
    with connection.cursor() as cursor:
        cursor.execute(HINDERED)
        return [Hindrance(*row) for row in cursor.fetchall()]


def _deadlines(placed_at: datetime, rules: SupplyRules) -> dict[str, Any]:
    """The deadlines of every urgency, for remote places and others, as the columns of a table."""
    kinds = [(urgency, is_remote) for urgency in Urgency.values for is_remote in (False, True)]
    return {
        "urgencies": [urgency for urgency, _remote in kinds],
        "remote": [is_remote for _urgency, is_remote in kinds],
        "answers": [answer_by(placed_at, urgency, rules=rules) for urgency, _remote in kinds],
        "arrivals": [deliver_by(placed_at, urgency, is_remote=is_remote, rules=rules) for urgency, is_remote in kinds],
    }
