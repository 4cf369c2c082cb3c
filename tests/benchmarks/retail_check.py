"""Holding a million retail prices against the limits of their days: one row at a time, and as one join elsewhere.

5,000 products in 31 provinces under guide prices of four quarters (nine of ten stated, one derived), bought and sold by
2,000 institutions; of ten prices one is too high. The limits are drawn up before, the findings known: what is measured
is what a sweep does on a day on which nothing has changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import duckdb
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from catalog.accounts.kinds import OrganizationKind, Tier
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import GuidePrice, ProcurementPrice, RuleSet
from catalog.queries import guide_prices
from catalog.rules.retail_rules import RetailRules
from catalog.services.price_import import import_prices, read_price_rows
from distribution.models import RetailPrice, RetailReport
from distribution.queries.retail_checks import OF_REPORTS, judge
from distribution.rules.retail import Violation, check_retail_price
from distribution.services.price_limits import draw_up_for_province
from distribution.services.retail_checks import recheck_reports
from distribution.states import RetailReportStatus
from tests.benchmarks import Comparison, Run, price_import, timed

ROWS = 1_000_000
# As many as are checked one by one.
FEW = 3_000
# A tenfold table may cost this power of ten.
EXPONENT = 1.05
PART = 100
QUARTERS = [date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)]

REPORTS = """
INSERT INTO distribution_retailprice (report_id, institution_id, product_id, price, observed_on)
SELECT report.id, report.institution_id, product.id,
       CASE WHEN mod(number, 20) = 0 THEN round(paid.price * 300, 2) + 1
            WHEN mod(number, 10) = 0 THEN round(paid.price, 2) + 0.01 ELSE round(paid.price, 2) END,
       date '2026-01-01' + mod(number, 91) + 91 * mod(number / %(institutions)s, 4)
FROM generate_series(0, %(rows)s - 1) AS number
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM distribution_retailreport) AS report
    ON report.place = mod(number, %(institutions)s)
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM catalog_product) AS product
    ON product.place = mod(number / %(institutions)s * 37 + mod(number, %(institutions)s), %(products)s)
JOIN catalog_procurementprice AS paid ON paid.product_id = product.id AND paid.province_id = report.province_id
ORDER BY report.id, product.id
"""

# The same in the other engine, whose tables lie in memory before the clock runs.
TABLES = {
    "price": "SELECT id, report_id, institution_id, product_id, price, observed_on FROM distribution_retailprice",
    "report": "SELECT id, province_id FROM distribution_retailreport",
    "institution": "SELECT id, tier FROM accounts_organization",
    "bound": "SELECT id, province_id, product_id, valid_from, valid_until, suspect_above, ceiling, purchase_price,"
    " rules_id, peer_low, peer_high FROM distribution_pricelimit",
}
TYPES = {
    "price": "{'price': 'DECIMAL(18,4)'}",
    "report": "{'province_id': 'VARCHAR'}",
    "institution": "{'tier': 'VARCHAR'}",
    "bound": "{'province_id': 'VARCHAR', 'suspect_above': 'DECIMAL(18,4)', 'ceiling': 'DECIMAL(18,4)',"
    " 'purchase_price': 'DECIMAL(18,4)', 'peer_low': 'DECIMAL(18,4)', 'peer_high': 'DECIMAL(18,4)'}",
}
JOIN = """
CREATE OR REPLACE TABLE hit AS
SELECT * FROM (
    SELECT price.id, price.price, price.institution_id, report.province_id, price.observed_on, bound.id AS limit_id,
           UNNEST([
               CASE WHEN bound.ceiling IS NULL THEN 'no_ceiling' END,
               CASE WHEN price.price > bound.ceiling THEN 'above_guide_price' END,
               CASE WHEN price.price > round(bound.purchase_price, 2) THEN 'above_purchase_price' END,
               CASE WHEN price.price > bound.peer_high THEN 'abnormally_high' END,
               CASE WHEN price.price < bound.peer_low THEN 'abnormally_low' END
           ]) AS verdict
    FROM price
    JOIN report ON report.id = price.report_id
    JOIN institution ON institution.id = price.institution_id
    LEFT JOIN bound ON bound.product_id = price.product_id AND bound.province_id = report.province_id
        AND bound.valid_from <= price.observed_on AND price.observed_on < bound.valid_until
    WHERE bound.id IS NULL OR price.price > bound.suspect_above OR price.price < bound.peer_low
) WHERE verdict IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class World:
    """The ids of all reports, and the other engine with the same tables."""

    report_ids: list[int]
    rows: int
    duck: duckdb.DuckDBPyConnection


def without_broker() -> AbstractContextManager[object]:
    """Nobody is woken: there is no worker here, and what is measured ends with the commit."""
    return patch("catalog.foundation.journal.record._wake_relay")


def seed(rows: int) -> World:
    """Products with prices in every province, institutions with their reports, the limits, and what is found."""
    products = price_import.make_products(min(5_000, max(200, rows // 200)))
    decide_each_quarter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "prices.csv")
        price_import.write_file(path, products)
        with without_broker(), path.open(newline="", encoding="utf-8") as file:
            import_prices(rows=read_price_rows(file, name=path.name), actor=Actor.platform(), at=timezone.now())
    reports = make_reports(min(2_000, max(62, rows // 500)))
    with connection.cursor() as cursor:
        cursor.execute(REPORTS, {"rows": rows, "institutions": len(reports), "products": len(products)})
        cursor.execute("VACUUM ANALYZE")
    for province in price_import.PROVINCES:
        draw_up_for_province(province_id=province)
    world = World([report.pk for report in reports], rows, duckdb.connect())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    by_sweep(world)
    copy_to_duckdb(world.duck)
    return world


def decide_each_quarter() -> None:
    """The guide prices of before end with the first quarter; in each of the others they are a tenth higher."""
    standing = list(GuidePrice.objects.all())
    GuidePrice.objects.update(validity=DateRange(date(2020, 1, 1), QUARTERS[0]))
    for begin, end in zip(QUARTERS, [*QUARTERS[1:], None], strict=True):
        for price in standing:
            price.pk, price.validity = None, DateRange(begin, end)
            price.price *= Decimal("1.1")
        GuidePrice.objects.bulk_create(standing, batch_size=5000)


def make_reports(number: int) -> list[RetailReport]:
    """As many institutions in all provinces, with a checked report each."""
    tiers = [tier for tier in Tier if tier]
    institutions = Organization.objects.bulk_create(
        Organization(
            code=f"HOSP-{place:05d}",
            name=f"第{place}医院",
            kind=OrganizationKind.INSTITUTION,
            region_id=price_import.PROVINCES[place % len(price_import.PROVINCES)],
            tier=tiers[place % len(tiers)],
        )
        for place in range(number)
    )
    return RetailReport.objects.bulk_create(
        RetailReport(
            institution=institution,
            province_id=institution.region_id,
            reported_at=timezone.now(),
            status=RetailReportStatus.CHECKED,
        )
        for institution in institutions
    )


def copy_to_duckdb(duck: duckdb.DuckDBPyConnection) -> None:
    """The tables that the check reads."""
    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        for name, select in TABLES.items():
            path = Path(folder, f"{name}.csv")
            with path.open("wb") as file, cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT csv, HEADER)") as copy:
                for block in copy:
                    file.write(block)
            duck.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{path}', types={TYPES[name]})")


def by_sweep(world: World) -> Run:
    """All of them as a sweep of the worker does: judged, and held together with what was found before."""
    with timed(world.rows) as run, transaction.atomic():
        changed = recheck_reports(report_ids=world.report_ids, at=timezone.now())
    run.note = f"{changed.found:,} new findings, {changed.ended:,} gone"
    return run


def by_join(world: World) -> Run:
    """All of them judged."""
    return judged(world.report_ids)


def by_part(world: World) -> Run:
    """A hundredth of them judged."""
    return judged(world.report_ids[: max(1, len(world.report_ids) // PART)])


def judged(report_ids: list[int]) -> Run:
    """What is found is written into a table and not compared with what was found before."""
    count = RetailPrice.objects.filter(report__in=report_ids).count()
    with timed(count) as run, transaction.atomic():
        found = judge(OF_REPORTS, {"reports": report_ids})
    run.note = f"{found:,} found"
    return run


def by_duckdb(world: World) -> Run:
    """All of them judged, by a hash join in memory."""
    with timed(world.rows) as run:
        world.duck.execute(JOIN)
    return run


def by_orm(world: World) -> Run:
    """Few of them, row by row."""
    prices = few()
    with timed(len(prices)) as run:
        sum(1 for _found in one_by_one(prices))
    return run


def few() -> list[int]:
    """The keys of as many prices, from all over."""
    step = max(1, RetailPrice.objects.count() // FEW)
    least = RetailPrice.objects.order_by("pk").values_list("pk", flat=True)[0]
    return list(RetailPrice.objects.filter(pk__in=range(least, least + FEW * step, step)).values_list("pk", flat=True))


def one_by_one(price_ids: Iterable[int]) -> Iterator[tuple[int, Violation]]:
    """What is found about each, with the ORM and the rules themselves; the rule set is read once."""
    rules = RetailRules.read(RuleSet.objects.get(kind=RuleSet.Kind.RETAIL_CHECK).parameters)
    for price_id in price_ids:
        price = RetailPrice.objects.select_related("product__presentation", "institution", "report").get(pk=price_id)
        on = price.observed_on
        ceiling = guide_prices([price.product], on).get(price.product_id)
        paid = (
            ProcurementPrice.objects.in_force(on)
            .filter(product=price.product, province=price.report.province_id)
            .first()
        )
        for violation in check_retail_price(
            price.price,
            guide_price=ceiling.price if ceiling else None,
            purchase_price=paid.price if paid else None,
            markup=rules.markup_of(price.institution.tier),
        ):
            yield price_id, violation


def agree(world: World) -> None:
    """About few of them the same is found one by one."""
    found, chosen = all_found(world), set(few())
    one = {(price_id, said.verdict.value, said.limit) for price_id, said in one_by_one(chosen)}
    assert one == {row for row in found if row[0] in chosen and not row[1].startswith("abnormally")}
    assert one and len(found) > world.rows // 20


def agree_with_duckdb(world: World) -> None:
    """The other engine finds the same about all of them."""
    world.duck.execute(JOIN)
    other = world.duck.execute("SELECT id, verdict FROM hit").fetchall()
    assert sorted(other) == sorted(row[:2] for row in all_found(world))


def all_found(world: World) -> list[tuple[int, str, Decimal]]:
    """The key of each price, what is found about it, and the limit."""
    with transaction.atomic(), connection.cursor() as cursor:
        judge(OF_REPORTS, {"reports": world.report_ids})
        cursor.execute("SELECT retail_price_id, verdict, amount FROM retail_hit")
        return cursor.fetchall()


COMPARISONS = [
    Comparison("a sweep / the ORM row by row", "prices", 500, agree, by_orm, by_sweep, pairs=3),
    Comparison("the join / a hash join of DuckDB", "prices", 0.2, agree_with_duckdb, by_duckdb, by_join),
    # The rate of all may fall behind that of a hundredth by no more than the exponent allows.
    Comparison("all / a hundredth", "prices", PART ** (1 - EXPONENT), agree_with_duckdb, by_part, by_join),
]
