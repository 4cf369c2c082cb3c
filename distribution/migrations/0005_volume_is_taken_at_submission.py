"""Documents from before: volume is taken at submission, and a line says what of it is closed and accepted."""

from django.db import migrations

# Nothing was taken for them yet: they are handed in again, which takes it.
BACK_TO_DRAFT = """
UPDATE distribution_requisition
SET status = 'draft', submitted_at = NULL, submitter_id = NULL, approver_id = NULL, approved_at = NULL,
    version = version + 1
WHERE status IN ('submitted', 'approved')
"""
MISSING = """
UPDATE distribution_despatchline line
SET missing_packs = line.packs - line.accepted_packs - line.rejected_packs
FROM distribution_despatch despatch
WHERE despatch.id = line.despatch_id AND despatch.status = 'received'
"""
COUNTED = """
UPDATE distribution_orderline line
SET closed_packs = CASE WHEN purchase.status = 'placed' THEN 0 ELSE line.packs - line.confirmed_packs END,
    accepted_packs = sent.accepted,
    despatched_packs = line.despatched_packs - sent.lost
FROM distribution_order purchase, (
    SELECT line.id, coalesce(sum(sent.accepted_packs), 0) AS accepted,
        coalesce(sum(sent.rejected_packs + sent.missing_packs), 0) AS lost
    FROM distribution_orderline line LEFT JOIN distribution_despatchline sent ON sent.order_line_id = line.id
    GROUP BY line.id
) sent
WHERE purchase.id = line.order_id AND sent.id = line.id
"""
# What was rejected of an order that counted as received is not awaited any more: its volume goes back.
REST = """
WITH rest AS (
    UPDATE distribution_orderline line
    SET closed_packs = line.closed_packs + line.confirmed_packs - line.despatched_packs,
        confirmed_packs = line.despatched_packs
    FROM distribution_order purchase, catalog_product product, distribution_orderline former
    WHERE purchase.id = line.order_id AND product.id = line.product_id AND former.id = line.id
        AND purchase.status = 'received' AND line.confirmed_packs > line.despatched_packs
    RETURNING line.agreement_line_id AS line_id, line.order_id, purchase.updated_at,
        (former.confirmed_packs - former.despatched_packs) * product.pack_quantity AS units
), given AS (
    INSERT INTO procurement_volumeentry (kind, line_id, quantity, reference, reason, entered_at)
    SELECT 'call_off', line_id, -sum(units), 'PO' || lpad(order_id::text, 8, '0') || '/rest', '', max(updated_at)
    FROM rest GROUP BY line_id, order_id
)
UPDATE procurement_agreementline line
SET called_off_quantity = line.called_off_quantity - total.units
FROM (SELECT line_id, sum(units) AS units FROM rest GROUP BY line_id) total
WHERE line.id = total.line_id
"""


class Migration(migrations.Migration):
    dependencies = [("distribution", "0004_unified_distribution")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (BACK_TO_DRAFT, MISSING, COUNTED, REST)
    ]
