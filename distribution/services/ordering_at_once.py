"""A requisition that is written and handed in at once, where nothing stands in its way: in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.foundation.prepared import prepared_cursor
from distribution.models import Requisition
from distribution.queries.document_numbers import numbered
from distribution.queries.orderers import Orderer
from distribution.queries.ordering import IN_THE_WAY, JudgedLine
from distribution.services.requisition_lines import HEAD, Wanted, head_of
from distribution.states import LineOutcome
from procurement.services.volumes import CALLED_OFF

HINDERED = " OR ".join(f"({condition})" for condition in IN_THE_WAY.values())
COLUMNS = ", ".join(str(field.column) for field in HEAD)
# without lengths: a cast to one would cut what is too long
VALUES = ", ".join(f"%({field.name})s::{str(field.db_type(connection)).split('(')[0]}" for field in HEAD)
# The lines are locked in the order of their keys before they are judged, as whoever had them before has left them.
ORDER = f"""
WITH wanted AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(packs)s::integer[]) WITH ORDINALITY AS wanted (line_id, packs, place)
), judged AS (
    SELECT line.id, line.product_id, product.code, product.pack_quantity, line.price, wanted.packs, wanted.place,
        line.agreed_quantity - line.called_off_quantity AS remaining, {HINDERED} AS is_hindered
    FROM wanted
    CROSS JOIN (SELECT %(on)s::date AS day, %(in)s::text AS province) AS asked
    JOIN procurement_agreementline AS line ON line.id = wanted.line_id AND line.province_id = asked.province
    JOIN procurement_agreement AS agreement ON agreement.id = line.agreement_id
    JOIN catalog_product AS product ON product.id = line.product_id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
), verdict AS (
    SELECT count(*) = cardinality(%(lines)s::bigint[])
        AND NOT bool_or(is_hindered OR packs < 1 OR packs::bigint * pack_quantity > remaining)
        AND COALESCE(sum(packs * price) <= %(limit)s::numeric, TRUE) AS is_good
    FROM judged
), requisition AS (
    INSERT INTO distribution_requisition ({COLUMNS}) SELECT {VALUES} FROM verdict WHERE is_good RETURNING id, version
), written AS (
    SELECT id, {numbered("RQ", "id")} || '/' || version AS reference FROM requisition
), lines AS (
    INSERT INTO distribution_requisitionline
        (requisition_id, agreement_line_id, packs, price, outcome, outcome_reason)
    SELECT written.id, judged.id, packs, price, '{LineOutcome.OPEN}', '' FROM written CROSS JOIN judged ORDER BY place
), locked AS (
    SELECT judged.id, packs::bigint * pack_quantity AS units FROM judged CROSS JOIN written
), {CALLED_OFF}
SELECT written.id, judged.id, product_id, code, pack_quantity, price, remaining, ARRAY[]::text[]
FROM written CROSS JOIN judged
"""


def order_at_once(
    requisition: Requisition, wanted: Sequence[Wanted], orderer: Orderer, at: datetime
) -> dict[int, JudgedLine] | None:
    """Judge the lines, write the requisition and take the volume of all of them; None, and nothing done, otherwise.

    What it does not do may be refused or not: whoever judges line by line says so. What a tier may not order because
    it is not essential is left to them. Part of the caller's transaction.
    """
    line_ids = [item.agreement_line_id for item in wanted]
    if orderer.is_essential_only or len(set(line_ids)) < len(line_ids):
        return None
    asked = {
        **head_of(requisition),
        "lines": line_ids,
        "packs": [item.packs for item in wanted],
        "on": localdate(at),
        "in": orderer.province_id,
        "limit": orderer.limit(Role.BUYER),
        "at": at,
    }
    with prepared_cursor() as cursor:
        cursor.execute(ORDER, asked)
        rows = cursor.fetchall()
    if not rows:
        return None
    requisition.pk = rows[0][0]
    requisition._state.adding, requisition._state.db = False, connection.alias
    return {row[1]: JudgedLine(*row[1:]) for row in rows}
