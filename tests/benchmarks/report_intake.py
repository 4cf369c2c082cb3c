"""Taking in a file of a million retail prices, beside ``bulk_create`` over a part of them; and a thousand that arrive.

Both read a CSV, look products and institutions up, refuse days ahead and what was reported before, and write under the
same constraints. A thousand new prices are stored by one service and checked by the next, as on arrival.
"""

from __future__ import annotations

import csv
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Product
from catalog.services.price_import import import_prices, read_price_rows
from distribution.models import RetailPrice, RetailReport
from distribution.services.price_limits import draw_up_for_province
from distribution.services.retail import ReportedPrice, report_retail_prices
from distribution.services.retail_checks import check_retail_report
from distribution.services.retail_files import Source, store_retail_file
from tests.benchmarks import Comparison, Run, price_import, timed
from tests.benchmarks.order_cold import say, verdict
from tests.benchmarks.retail_check import make_reports, without_broker
from tests.cast import actor_in

ROWS = 1_000_000
SLICE = 20
PACK = 1_000
ARRIVALS = 60
WARMING = 5
GOAL_MS = 60
COLUMNS = ("institution", "product", "price", "observed_on")


@dataclass(frozen=True, slots=True)
class World:
    """The whole file and a part of it; ``folder`` goes with them. ``pharmacist`` is of the hospital that reports."""

    folder: tempfile.TemporaryDirectory[str]
    whole: Path
    rows: int
    part: Path
    part_rows: int
    pharmacist: Actor


def seed(rows: int) -> World:
    """Products and institutions in every province, and two files of prices of half a year."""
    products = price_import.make_products(min(5_000, max(PACK, rows // 200)))
    folder = tempfile.TemporaryDirectory()
    prices = Path(folder.name, "prices.csv")
    price_import.write_file(prices, products)
    with without_broker(), prices.open(newline="", encoding="utf-8") as file:
        import_prices(rows=read_price_rows(file, name=prices.name), actor=Actor.platform(), at=timezone.now())
    institutions = [report.institution for report in make_reports(min(2_000, max(62, rows // 500)))]
    RetailReport.objects.all().delete()
    for province in price_import.PROVINCES:
        draw_up_for_province(province_id=province)
    whole, part = Path(folder.name, "whole.csv"), Path(folder.name, "part.csv")
    write_file(whole, products, institutions, rows)
    write_file(part, products, institutions, rows // SLICE)
    return World(folder, whole, rows, part, rows // SLICE, actor_in(institutions[0], Role.PHARMACIST))


def write_file(path: Path, products: list[tuple[str, Decimal]], institutions: list[Organization], rows: int) -> None:
    """Write as many prices, of another institution each time."""
    today = timezone.localdate()
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for number in range(rows):
            turn = number // len(institutions)
            code, ceiling = products[(turn * 37 + number) % len(products)]
            day = today - timedelta(days=turn // len(products) + number % 180)
            lines.writerow((institutions[number % len(institutions)].code, code, ceiling / 4, day))


def by_bulk_create(world: World) -> Run:
    """A part, with the ORM in batches of 2000."""
    _clear()
    today = timezone.localdate()
    with timed(world.part_rows) as run, transaction.atomic():
        products = dict(Product.objects.values_list("code", "pk"))
        institutions = {row.code: row for row in Organization.objects.filter(kind="institution")}
        reports: dict[str, RetailReport] = {}
        reported: set[tuple[int, int, date]] = set()
        new = []
        with world.part.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                institution, product_id = institutions[line["institution"]], products[line["product"]]
                price, on = Decimal(line["price"]), date.fromisoformat(line["observed_on"])
                key = (institution.pk, product_id, on)
                assert price > 0 and on <= today and key not in reported
                reported.add(key)
                if institution.code not in reports:
                    reports[institution.code] = RetailReport.objects.create(
                        institution=institution, province_id=institution.province_id, reported_at=timezone.now()
                    )
                new.append(
                    RetailPrice(
                        report=reports[institution.code],
                        institution=institution,
                        product_id=product_id,
                        price=price,
                        observed_on=on,
                    )
                )
        RetailPrice.objects.bulk_create(new, batch_size=2000)
    return run


def by_file(world: World) -> Run:
    """All of them, as the worker takes a file in."""
    return _store(world.whole, world.rows)


def _store(path: Path, rows: int) -> Run:
    _clear()
    with without_broker(), timed(rows) as run, path.open("rb") as file:
        store_retail_file(source=Source(file, path.name), refuse=_fail, actor=Actor.platform(), at=timezone.now())
    return run


def _fail(header: list[str], rows: object) -> None:
    raise AssertionError("a good file was refused")


def agree(world: World) -> None:
    """A part both ways leaves the same prices, and all of them are written."""
    by_bulk_create(world)
    expected = _written()
    _store(world.part, world.part_rows)
    assert _written() == expected
    assert expected[0] == world.part_rows


def _written() -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), md5(string_agg(md5(ROW(price.institution_id, report.institution_id, report.province_id,"
            " product_id, price, observed_on)::text), '' ORDER BY price.institution_id, product_id, observed_on))"
            " FROM distribution_retailprice AS price JOIN distribution_retailreport AS report ON report.id = report_id"
        )
        count, digest = cursor.fetchone()
        return count, digest


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE distribution_retailreport, distribution_retailprice CASCADE")


def arrive(world: World) -> Run:
    """Packs of a thousand new prices, each stored and checked as it comes."""
    _clear()
    codes = list(Product.objects.order_by("pk").values_list("code", flat=True)[:PACK])
    took = []
    for turn in range(WARMING + ARRIVALS):
        on = timezone.localdate() - timedelta(days=turn)
        prices = [ReportedPrice(code, Decimal("0.01"), on, f"/prices/{place}") for place, code in enumerate(codes)]
        begin = time.perf_counter()
        with without_broker():
            report = report_retail_prices(prices=prices, actor=world.pharmacist, at=timezone.now())
            check_retail_report(report_id=report.pk, actor=Actor.platform(), at=timezone.now())
        took.append((time.perf_counter() - begin) * 1000)
    took = sorted(took[WARMING:])
    p95 = took[round(len(took) * 0.95) - 1]
    say(f"{PACK:,} new prices stored and checked: p50 {took[len(took) // 2]:.0f} ms, p95 {p95:.0f} ms;")
    say(f"the goal is {GOAL_MS} ms: {verdict(p95 <= GOAL_MS)}")
    return Run(PACK, p95 / 1000)


def allowed(world: World) -> Run:
    """As long as the goal gives them."""
    return Run(PACK, GOAL_MS / 1000)


def all_checked(world: World) -> None:
    """A thousand that arrive are checked, and every price that is too high is found."""
    _clear()
    [code] = Product.objects.order_by("pk").values_list("code", flat=True)[:1]
    price = ReportedPrice(code, Decimal(10) ** 6, timezone.localdate(), "/prices/0")
    with without_broker():
        report = report_retail_prices(prices=[price], actor=world.pharmacist, at=timezone.now())
        check_retail_report(report_id=report.pk, actor=Actor.platform(), at=timezone.now())
    assert set(RetailPrice.objects.get().findings.values_list("verdict", flat=True)) == {
        "above_guide_price",
        "above_purchase_price",
    }


COMPARISONS = [
    Comparison("a file / bulk_create", "prices", 15, agree, by_bulk_create, by_file, pairs=3),
    Comparison("a thousand on arrival, p95 / the goal", "prices", 1, all_checked, allowed, arrive, pairs=3),
]
