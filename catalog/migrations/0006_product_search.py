from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
import django.db.models.deletion

# One spelling of what is written in many: half-width, lower case, and a space before every run of Latin letters and
# digits, so that LIKE '% abc%' finds what begins with abc. catalog.rules.search_words.fold is the same in Python; a
# test holds the two together.
FOLD = r"""
CREATE FUNCTION catalog_search_fold(written text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT regexp_replace(lower(normalize(written, NFKC)), '([a-z0-9\u00df-\u00f6\u00f8-\u017e\u0370-\u04ff]+)', ' \1', 'g')
$$
"""
# What the index holds of a text: of Chinese every pair of neighbours and the last character alone, of Latin letters and
# digits every run, of codes also the whole with a '=' before it. Dear on purpose: the planner must not compute it row
# by row.
TERMS = r"""
CREATE FUNCTION catalog_search_terms(content text, codes text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 1000 AS $$
    SELECT coalesce(array_to_tsvector(array_agg(DISTINCT term)), '')
    FROM (
        SELECT run[1] AS term FROM regexp_matches(content, '[a-z0-9\u00df-\u00f6\u00f8-\u017e\u0370-\u04ff]+', 'g') AS run
        UNION ALL
        SELECT substr(run[1], place, 2)
        FROM regexp_matches(content, '[\u2e80-\u2fdf\u3005-\u3007\u3041-\u9fff\uac00-\ud7a3\ufa0e-\ufa29\U00020000-\U000323af]+', 'g') AS run, generate_series(1, length(run[1])) AS place
        UNION ALL
        SELECT '=' || code FROM unnest(codes) AS code
    ) AS terms
$$
"""
WRITE = r"""
CREATE FUNCTION catalog_write_product_search(ids bigint[]) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO catalog_productsearch (product_id, name, code, content, codes)
    SELECT id, catalog_search_fold(name), code, catalog_search_fold(names || E'\n' || codes),
           string_to_array(catalog_search_fold(codes), E'\n')
    FROM (
        SELECT product.id, product.code, medicine.name || presentation.form AS name,
               concat_ws(E'\n', medicine.name || presentation.form || ' ' || presentation.strength, medicine.inn,
                         medicine.initials, medicine.atc, product.trade_name, maker.name, maker.short_name) AS names,
               concat_ws(E'\n', product.code, nullif(product.approval_number, ''), nullif(product.standard_code, ''),
                         nullif(product.insurance_code, ''), nullif(product.gtin, ''),
                         nullif(product.trace_prefix, '')) AS codes
        FROM unnest(ids) AS changed(id)
        JOIN catalog_product AS product USING (id)
        JOIN catalog_presentation AS presentation ON presentation.id = product.presentation_id
        JOIN catalog_medicine AS medicine ON medicine.id = presentation.medicine_id
        JOIN accounts_organization AS maker ON maker.id = product.manufacturer_id
    ) AS written
    ON CONFLICT (product_id) DO UPDATE
    SET name = excluded.name, code = excluded.code, content = excluded.content, codes = excluded.codes
$$
"""
PRODUCTS = r"""
CREATE FUNCTION catalog_search_follows_products() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM catalog_write_product_search(ARRAY(SELECT id FROM new_rows));
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM catalog_productsearch WHERE product_id IN (SELECT id FROM old_rows);
    ELSE
        PERFORM catalog_write_product_search(ARRAY(
            SELECT new_rows.id FROM new_rows JOIN old_rows USING (id)
            WHERE (new_rows.code, new_rows.presentation_id, new_rows.manufacturer_id, new_rows.trade_name,
                   new_rows.approval_number, new_rows.standard_code, new_rows.insurance_code, new_rows.gtin,
                   new_rows.trace_prefix)
               IS DISTINCT FROM
                  (old_rows.code, old_rows.presentation_id, old_rows.manufacturer_id, old_rows.trade_name,
                   old_rows.approval_number, old_rows.standard_code, old_rows.insurance_code, old_rows.gtin,
                   old_rows.trace_prefix)
        ));
    END IF;
    RETURN NULL;
END
$$
"""
# A name changes under products that another transaction may be writing with the former name: so they wait for each
# other. The lock stands in its own way too, or two that fill in names and then write products would wait in a circle.
NAMES = r"""
CREATE FUNCTION catalog_search_follows_names() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    changed bigint[];
BEGIN
    IF TG_TABLE_NAME = 'catalog_medicine' THEN
        changed := ARRAY(
            SELECT new_rows.id FROM new_rows JOIN old_rows USING (id)
            WHERE (new_rows.name, new_rows.inn, new_rows.initials, new_rows.atc)
               IS DISTINCT FROM (old_rows.name, old_rows.inn, old_rows.initials, old_rows.atc));
    ELSIF TG_TABLE_NAME = 'catalog_presentation' THEN
        changed := ARRAY(
            SELECT new_rows.id FROM new_rows JOIN old_rows USING (id)
            WHERE (new_rows.medicine_id, new_rows.form, new_rows.strength)
               IS DISTINCT FROM (old_rows.medicine_id, old_rows.form, old_rows.strength));
    ELSE
        changed := ARRAY(
            SELECT new_rows.id FROM new_rows JOIN old_rows USING (id)
            WHERE (new_rows.name, new_rows.short_name) IS DISTINCT FROM (old_rows.name, old_rows.short_name));
    END IF;
    IF cardinality(changed) = 0 THEN
        RETURN NULL;
    END IF;
    LOCK TABLE catalog_product IN SHARE ROW EXCLUSIVE MODE;
    IF TG_TABLE_NAME = 'catalog_medicine' THEN
        PERFORM catalog_write_product_search(ARRAY(
            SELECT product.id FROM catalog_product AS product
            JOIN catalog_presentation AS presentation ON presentation.id = product.presentation_id
            WHERE presentation.medicine_id = ANY (changed)));
    ELSIF TG_TABLE_NAME = 'catalog_presentation' THEN
        PERFORM catalog_write_product_search(ARRAY(
            SELECT id FROM catalog_product WHERE presentation_id = ANY (changed)));
    ELSE
        PERFORM catalog_write_product_search(ARRAY(
            SELECT id FROM catalog_product WHERE manufacturer_id = ANY (changed)));
    END IF;
    RETURN NULL;
END
$$
"""


def trigger(table, operation, function):
    rows = {
        'INSERT': 'NEW TABLE AS new_rows',
        'UPDATE': 'OLD TABLE AS old_rows NEW TABLE AS new_rows',
        'DELETE': 'OLD TABLE AS old_rows',
    }[operation]
    name = f'search_follows_{operation.lower()}'
    return migrations.RunSQL(
        f'CREATE TRIGGER {name} AFTER {operation} ON {table} REFERENCING {rows} '
        f'FOR EACH STATEMENT EXECUTE FUNCTION {function}()',
        f'DROP TRIGGER {name} ON {table}',
    )


def function(statement, signature):
    return migrations.RunSQL(statement, f'DROP FUNCTION {signature}')


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_api_clients'),
        ('catalog', '0005_provinces_compared_as_numbers'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductSearch',
            fields=[
                ('product', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='search', serialize=False, to='catalog.product')),
                ('name', models.TextField(db_collation='C')),
                ('code', models.CharField(db_collation='C', max_length=32)),
                ('content', models.TextField(db_collation='C')),
                ('codes', ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                'indexes': [models.Index(fields=['name', 'code'], name='products_found_in_order')],
            },
        ),
        function(FOLD, 'catalog_search_fold(text)'),
        function(TERMS, 'catalog_search_terms(text, text[])'),
        function(WRITE, 'catalog_write_product_search(bigint[])'),
        function(PRODUCTS, 'catalog_search_follows_products()'),
        function(NAMES, 'catalog_search_follows_names()'),
        migrations.RunSQL(
            'SELECT catalog_write_product_search(ARRAY(SELECT id FROM catalog_product))', migrations.RunSQL.noop
        ),
        # every search also reads the list of what is not in the index yet: so it is kept short
        migrations.RunSQL(
            [
                'CREATE INDEX products_found_by_words ON catalog_productsearch '
                'USING gin (catalog_search_terms(content, codes)) WITH (gin_pending_list_limit = 1024)',
                # without statistics the planner takes every word for a rare one, and so always this index
                'ALTER INDEX products_found_by_words ALTER COLUMN 1 SET STATISTICS 0',
            ],
            'DROP INDEX products_found_by_words',
        ),
        migrations.RunSQL(
            'CREATE INDEX products_found_scattered ON catalog_productsearch (hashtext(code), code)',
            'DROP INDEX products_found_scattered',
        ),
        # a page takes less time than starting the processes that would share the work
        migrations.RunSQL(
            'ALTER TABLE catalog_productsearch SET (parallel_workers = 0)',
            'ALTER TABLE catalog_productsearch RESET (parallel_workers)',
        ),
        trigger('catalog_product', 'INSERT', 'catalog_search_follows_products'),
        trigger('catalog_product', 'UPDATE', 'catalog_search_follows_products'),
        trigger('catalog_product', 'DELETE', 'catalog_search_follows_products'),
        trigger('catalog_medicine', 'UPDATE', 'catalog_search_follows_names'),
        trigger('catalog_presentation', 'UPDATE', 'catalog_search_follows_names'),
        trigger('accounts_organization', 'UPDATE', 'catalog_search_follows_names'),
    ]
