from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import migrations
from django.db.models import IntegerField
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_sections_alone"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="procurementprice",
            name="one_procurement_price_at_a_time",
        ),
        migrations.AddConstraint(
            model_name="procurementprice",
            constraint=ExclusionConstraint(
                name="one_procurement_price_at_a_time",
                expressions=[
                    ("product", RangeOperators.EQUAL),
                    (Cast("province", IntegerField()), RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            ),
        ),
    ]
