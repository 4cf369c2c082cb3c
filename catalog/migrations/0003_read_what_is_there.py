"""What the catalogue held before it knew sections, states of editions and the reading of forms and strengths."""

from datetime import date

from django.db import migrations

from catalog.rules.forms import read_form
from catalog.rules.likeness import presentation_key
from catalog.rules.strengths import UnreadableStrength, parse_strength

SEPARATOR = ' › '
# The coefficients of 发改价格〔2011〕2452号; rule sets had the first of them alone.
PRICE_RATIOS = {
    'volume_base': '1.9',
    'pack_base': '1.95',
    'pack_families': [
        'plain_tablet', 'hard_capsule', 'chewable_tablet', 'lozenge', 'soluble_tablet', 'enteric_tablet',
        'enteric_capsule', 'dispersible_tablet', 'soft_capsule', 'effervescent_tablet', 'sustained_release_tablet',
        'sustained_release_capsule', 'controlled_release_tablet', 'controlled_release_capsule',
    ],
    'form_ratios': {
        'plain_tablet': '1', 'hard_capsule': '1', 'chewable_tablet': '1.05', 'lozenge': '1.05',
        'soluble_tablet': '1.05', 'enteric_tablet': '1.1', 'enteric_capsule': '1.1', 'dispersible_tablet': '1.2',
        'soft_capsule': '1.2', 'effervescent_tablet': '1.3',
    },
    'sugar_free': '1.1',
    'packing_material': {'glass': '0', 'plastic': '1', 'soft_bag': '4'},
    'rounding': [['0', '0.01'], ['1', '0.1'], ['100', '1']],
}


def make_sections(apps, schema_editor):
    Section = apps.get_model('catalog', 'ListSection')
    Entry = apps.get_model('catalog', 'EditionEntry')
    sections = {}
    for entry in Entry.objects.order_by('edition', 'part', 'number'):
        parent = None
        names = [name for name in (entry.category, entry.subcategory) if name]
        for depth in range(1, len(names) + 1):
            key = (entry.edition_id, entry.part, SEPARATOR.join(names[:depth]))
            if key not in sections:
                sections[key] = Section.objects.create(
                    edition_id=entry.edition_id, part=entry.part, parent=parent, name=names[depth - 1], path=key[2],
                    position=len(sections),
                )
            parent = sections[key]
        entry.section = parent
        entry.save(update_fields=['section'])


def unmake_sections(apps, schema_editor):
    Entry = apps.get_model('catalog', 'EditionEntry')
    for entry in Entry.objects.select_related('section'):
        entry.category, _, rest = entry.section.path.partition(SEPARATOR)
        entry.subcategory = rest.partition(SEPARATOR)[0]
        entry.save(update_fields=['category', 'subcategory'])


def turn_editions(apps, schema_editor):
    today = date.today()
    for edition in apps.get_model('catalog', 'Edition').objects.all():
        if edition.validity.lower > today:
            edition.status = 'published'
        else:
            is_over = edition.validity.upper is not None and edition.validity.upper <= today
            edition.status = 'superseded' if is_over else 'in_force'
        edition.save(update_fields=['status'])


def read_presentations(apps, schema_editor):
    Presentation = apps.get_model('catalog', 'Presentation')
    rows = list(Presentation.objects.all())
    for row in rows:
        form = read_form(row.form)
        row.salt, row.family = form.salt, form.family
        row.likeness = presentation_key(row.form, row.strength)[:200]
        try:
            row.basis = parse_strength(row.strength, row.form).basis if row.amount is not None else ''
        except UnreadableStrength:
            row.basis = ''
    Presentation.objects.bulk_update(rows, ['salt', 'family', 'likeness', 'basis'], batch_size=1000)


def complete_price_ratios(apps, schema_editor):
    for rules in apps.get_model('catalog', 'RuleSet').objects.filter(kind='price_ratio'):
        rules.parameters = PRICE_RATIOS | rules.parameters
        rules.save(update_fields=['parameters'])


def reduce_price_ratios(apps, schema_editor):
    for rules in apps.get_model('catalog', 'RuleSet').objects.filter(kind='price_ratio'):
        rules.parameters = {'strength_base': rules.parameters['strength_base']}
        rules.save(update_fields=['parameters'])


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_catalogue_and_prices'),
    ]

    operations = [
        migrations.RunPython(make_sections, unmake_sections),
        migrations.RunPython(turn_editions, migrations.RunPython.noop),
        migrations.RunPython(read_presentations, migrations.RunPython.noop),
        migrations.RunPython(complete_price_ratios, reduce_price_ratios),
    ]
