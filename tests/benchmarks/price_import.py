"""Importing the procurement prices of 20,000 products in 31 provinces, beside ``bulk_create`` over a tenth of them.

Both read a CSV, look the products up, hold each price against its ceiling and write under the same constraints and
trigger. 18 of 20 products have a stated ceiling (one of them its maker's own), 2 a derived one.
"""

from __future__ import annotations

import csv
import random
import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import GuidePrice, Medicine, Presentation, PriceDecision, ProcurementPrice, Product, Region
from catalog.queries import guide_prices
from catalog.services.presentations import read_presentation
from catalog.services.price_import import PRICE_COLUMNS, import_prices, read_price_rows
from tests.benchmarks import Comparison, Run, timed
from tests.cast import make_rule_sets

# GB/T 2260
PROVINCES = [
    f"{number}0000"
    for number in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
]
ROWS = 20_000 * len(PROVINCES)
MAKERS = 5
BEGIN = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class World:
    """The files to be imported; ``folder`` goes with them."""

    folder: tempfile.TemporaryDirectory[str]
    whole: Path
    rows: int
    slice: Path
    slice_rows: int


def seed(rows: int) -> World:
    """Products of five makers each, with their ceilings, and two files: all of the prices and a tenth of them."""
    products = make_products(max(1, rows // len(PROVINCES)))
    folder = tempfile.TemporaryDirectory()
    whole, part = Path(folder.name, "whole.csv"), Path(folder.name, "slice.csv")
    tenth = products[: max(1, len(products) // 10)]
    return World(folder, whole, write_file(whole, products), part, write_file(part, tenth))


def make_products(number: int) -> list[tuple[str, Decimal]]:
    """Register provinces, makers, products and their ceilings; the code and the ceiling of each, more or less."""
    make_rule_sets()
    Region.objects.bulk_create(Region(code=code, name=code, level="province") for code in PROVINCES)
    makers = Organization.objects.bulk_create(
        Organization(code=f"MAKER-{index}", name=f"第{index}制药厂", kind=OrganizationKind.SUPPLIER)
        for index in range(MAKERS)
    )
    medicines = Medicine.objects.bulk_create(Medicine(name=f"药品{index}") for index in range(-(-number // 20)))
    # four strengths of a medicine, each by five makers
    presentations = Presentation.objects.bulk_create(
        read_presentation(medicine.pk, "片剂", f"{strength}mg")
        for medicine in medicines
        for strength in (5, 10, 20, 40)
    )
    registered = [
        Product(code=f"P{index:06d}", presentation=presentations[index // MAKERS], pack_quantity=24, manufacturer=maker)
        for index, maker in zip(range(number), makers * (number // MAKERS + 1), strict=False)
    ]
    # no decision states the price of the last maker's pack of every second presentation
    for product in registered[MAKERS - 1 :: MAKERS * 2]:
        product.pack_quantity = 48
    registered = Product.objects.bulk_create(registered, batch_size=5000)
    decision = PriceDecision.objects.create(number="1号", title="零售指导价格", issuer="发改委", decided_on=BEGIN)
    validity = DateRange(date(2020, 1, 1), None)
    draw = random.Random(2026)
    ceilings = {of.pk: Decimal(draw.randrange(500, 9000)) / 100 for of in presentations}
    GuidePrice.objects.bulk_create(
        GuidePrice(
            presentation=of,
            pack_quantity=24,
            manufacturer=maker,
            price=ceilings[of.pk] * (2 if maker else 1),
            decision=decision,
            validity=validity,
            is_representative=maker is None and place % 4 == 0,
        )
        for place, of in enumerate(presentations)
        for maker in ([None, makers[0]] if place % 4 == 3 else [None])
    )
    return [(product.code, ceilings[product.presentation_id]) for product in registered]


def write_file(path: Path, products: list[tuple[str, Decimal]]) -> int:
    """Write a price for each product and province; how many."""
    draw = random.Random(31)
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(PRICE_COLUMNS)
        for code, ceiling in products:
            for province in PROVINCES:
                # low enough for what is derived from the smallest strength
                price = ceiling * draw.randrange(10, 100) / 2000
                lines.writerow((code, province, f"{price:.4f}", BEGIN, "", "negotiation", f"{province}-2026-1"))
    return len(products) * len(PROVINCES)


def by_bulk_create(world: World) -> Run:
    """A tenth of the prices, with the ORM in batches of 1000."""
    _clear()
    with timed(world.slice_rows) as run, transaction.atomic():
        products = {product.code: product for product in Product.objects.all()}
        ceilings = guide_prices(products.values(), BEGIN)
        new = []
        with world.slice.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                product, price = products[line["product"]], Decimal(line["price"])
                ceiling = ceilings[product.pk]
                assert 0 < price <= ceiling.price
                begin = date.fromisoformat(line["valid_from"])
                new.append(
                    ProcurementPrice(
                        product=product,
                        province_id=line["province"],
                        price=price,
                        guide_price=ceiling.guide_price,
                        guide_amount=ceiling.price,
                        ceiling_steps=ceiling.steps,
                        validity=DateRange(begin, None),
                        source=line["source"],
                        source_reference=line["source_reference"],
                    )
                )
        ProcurementPrice.objects.bulk_create(new, batch_size=1000)
    return run


def by_import(world: World) -> Run:
    """All of the prices, as sets."""
    return _import(world.whole, world.rows)


def _import(path: Path, rows: int) -> Run:
    _clear()
    with timed(rows) as run, path.open(newline="", encoding="utf-8") as file:
        import_prices(rows=read_price_rows(file, name=path.name), actor=Actor.platform(), at=timezone.now())
    return run


def agree(world: World) -> None:
    """A tenth both ways leaves the same prices with the same ceilings, and all of them are written."""
    by_bulk_create(world)
    expected = _written()
    _import(world.slice, world.slice_rows)
    assert _written() == expected
    assert expected[0] == world.slice_rows


def _written() -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), md5(string_agg(md5(ROW(product_id, province_id, price, guide_price_id, guide_amount,"
            " ceiling_steps, validity, source, source_reference)::text), '' ORDER BY product_id, province_id))"
            " FROM catalog_procurementprice"
        )
        count, digest = cursor.fetchone()
        return count, digest


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_procurementprice CASCADE")


COMPARISONS = [
    Comparison(
        name="import as sets / bulk_create",
        unit="rows",
        goal=4,
        agree=agree,
        baseline=by_bulk_create,
        product=by_import,
        pairs=3,
    )
]
