"""Orders with their lines as the API shows them, written as JSON by the database.

A page of a hundred orders has some 7,000 values: to make model objects or dictionaries of them and write those costs
several times what the statement does.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from distribution.queries.document_numbers import numbered

# In the shape of distribution.api.order_serializers.OrderSerializer, which documents it.
ORDERS = f"""
SELECT row_to_json(shown)::text FROM (
    SELECT placed.id, {numbered("PO", "placed.id")} AS number, placed.status,
        placed.status_reason, placed.version, institution.code AS institution, institution.name AS institution_name,
        institution.region_id AS county, recipient.code AS recipient, supplier.code AS supplier,
        distributor.code AS distributor, placed.storage, placed.urgency, placed.replaces_id AS replaces,
        placed.placed_at, placed.answer_due_at, placed.answered_at, placed.escalated_at, placed.deliver_by,
        placed.received_at, ordered.lines
    FROM unnest(%(orders)s::bigint[]) WITH ORDINALITY AS wanted (id, position)
    JOIN distribution_order placed ON placed.id = wanted.id
    JOIN accounts_organization institution ON institution.id = placed.institution_id
    JOIN accounts_organization supplier ON supplier.id = placed.supplier_id
    LEFT JOIN accounts_organization recipient ON recipient.id = placed.recipient_id
    LEFT JOIN accounts_organization distributor ON distributor.id = placed.distributor_id
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(line ORDER BY line.id), '[]') AS lines FROM (
            SELECT line.id, product.code AS product,
                concat(medicine.name, ' ', presentation.form, ' ', presentation.strength) AS name, line.packs,
                line.price::text AS price, line.confirmed_packs, line.closed_packs, line.despatched_packs,
                line.accepted_packs, line.returned_packs, line.promised_on, line.answer_code, line.answer_reason
            FROM distribution_orderline line
            JOIN catalog_product product ON product.id = line.product_id
            JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
            JOIN catalog_medicine medicine ON medicine.id = presentation.medicine_id
            WHERE line.order_id = placed.id
        ) line
    ) ordered
    ORDER BY wanted.position
) shown
"""


def orders_as_json(order_ids: Sequence[int]) -> list[str]:
    """Each of the orders as a JSON object, in the order of the keys."""
    if not order_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, {"orders": list(order_ids)})
        return [text for (text,) in cursor.fetchall()]
