"""Room on the pages of the agreed volumes, so that a new version of a row lies beside the old one.

What every order changes is in none of their indexes: with room on its page a change touches no index at all.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("procurement", "0005_interest_of_agreements")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE procurement_agreementline SET (fillfactor = 70)",
            "ALTER TABLE procurement_agreementline RESET (fillfactor)",
        )
    ]
