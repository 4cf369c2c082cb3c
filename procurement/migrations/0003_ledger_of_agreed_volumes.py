"""What was agreed before the ledger knew of it: one entry for each volume."""

from django.db import migrations

ENTER = """
INSERT INTO procurement_volumeentry (kind, line_id, quantity, reference, reason, entered_at)
SELECT 'agree', line.id, line.agreed_quantity, 'concluded', '', agreement.created_at
FROM procurement_agreementline line
JOIN procurement_agreement agreement ON agreement.id = line.agreement_id
WHERE line.agreed_quantity > 0
"""
# the ledger is append-only while its trigger is on
TAKE_BACK = """
ALTER TABLE procurement_volumeentry DISABLE TRIGGER USER;
DELETE FROM procurement_volumeentry WHERE kind = 'agree' AND reference = 'concluded';
ALTER TABLE procurement_volumeentry ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("procurement", "0002_tendering")]

    operations = [migrations.RunSQL(ENTER, TAKE_BACK)]
