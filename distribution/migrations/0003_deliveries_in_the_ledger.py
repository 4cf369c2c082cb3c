"""What was accepted before the ledger of agreed volumes knew of deliveries."""

from django.db import migrations

ENTER = """
WITH delivered AS (
    SELECT order_line.agreement_line_id AS line_id, receipt.id AS receipt_id, receipt.received_at,
        sum(receipt_line.accepted_packs * product.pack_quantity) AS units
    FROM distribution_receiptline receipt_line
    JOIN distribution_receipt receipt ON receipt.id = receipt_line.receipt_id
    JOIN distribution_despatchline despatch_line ON despatch_line.id = receipt_line.despatch_line_id
    JOIN distribution_orderline order_line ON order_line.id = despatch_line.order_line_id
    JOIN catalog_product product ON product.id = order_line.product_id
    WHERE receipt_line.accepted_packs > 0
    GROUP BY 1, 2, 3
), entered AS (
    INSERT INTO procurement_volumeentry (kind, line_id, quantity, reference, reason, entered_at)
    SELECT 'deliver', line_id, units, 'receipt-' || receipt_id, '', received_at FROM delivered
)
UPDATE procurement_agreementline line
SET delivered_quantity = total.units
FROM (SELECT line_id, sum(units) AS units FROM delivered GROUP BY 1) total
WHERE line.id = total.line_id
"""
TAKE_BACK = """
ALTER TABLE procurement_volumeentry DISABLE TRIGGER USER;
DELETE FROM procurement_volumeentry WHERE kind = 'deliver';
ALTER TABLE procurement_volumeentry ENABLE TRIGGER USER;
UPDATE procurement_agreementline SET delivered_quantity = 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("distribution", "0002_requisition_run_and_submitter"),
        ("procurement", "0003_ledger_of_agreed_volumes"),
    ]

    operations = [migrations.RunSQL(ENTER, TAKE_BACK)]
