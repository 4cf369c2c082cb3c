"""What was withdrawn has no envelopes any more; those of before are destroyed first."""

from django.db import migrations, models

DESTROY = """
UPDATE procurement_bid SET envelope = NULL, technical_envelope = NULL
WHERE status = 'withdrawn' AND (envelope IS NOT NULL OR technical_envelope IS NOT NULL)
"""


class Migration(migrations.Migration):
    dependencies = [("procurement", "0003_ledger_of_agreed_volumes")]

    operations = [
        migrations.RunSQL(DESTROY, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="bid",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "withdrawn"), _negated=True),
                    models.Q(("envelope", None), ("technical_envelope", None)),
                    _connector="OR",
                ),
                name="a_withdrawn_bid_has_no_envelope",
            ),
        ),
    ]
