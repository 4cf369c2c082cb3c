import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_read_what_is_there'),
    ]

    operations = [
        migrations.AlterField(
            model_name='editionentry',
            name='section',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='catalog.listsection', verbose_name='section'),
        ),
        # given back with a default, since a field that is not null needs one on the way back
        migrations.AlterField(
            model_name='editionentry',
            name='category',
            field=models.CharField(default='', max_length=100, verbose_name='category'),
        ),
        migrations.RemoveField(
            model_name='editionentry',
            name='category',
        ),
        migrations.RemoveField(
            model_name='editionentry',
            name='subcategory',
        ),
    ]
