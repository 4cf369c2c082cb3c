"""The demonstration set: facts of the list of 2026 and of the volume-based round of January 2020, restated.

The files that end on ``_2019`` are of the round of September 2019; they are replayed by the tests alone.

Where the rows come from, and what in them is derived, stands in ``data/README.md``.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from catalog.foundation.imports import Table

FOLDER = Path(__file__).parent / "data"
PROVINCE = "410000"


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot of the round; prices are yuan per smallest unit."""

    number: int
    medicine: str
    form: str
    strength: str
    ceiling_price: Decimal


@dataclass(frozen=True, slots=True)
class BidRow:
    """A bid of the round, won or lost; ``offer_price`` is yuan per derived pack."""

    lot: int
    bidder: str
    strength: str
    pack_quantity: int
    offer_price: Decimal
    is_announced_winner: bool
    supply_provinces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """First-year volume of a province, in smallest units."""

    province: str
    lot: int
    strength: str
    quantity: int


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one file."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(name: str) -> Table:
    """One file as the importer sees it."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    return Table(header=header, rows=lines)


def edition_table() -> Table:
    """The entries of the list with one row per form and strength, as the importer of editions takes them."""
    medicines = {(row["part"], row["number"]): row for row in rows("medicines")}
    header = ["part", "number", "name", "inn", "atc", "category", "subcategory", "specialist", "form", "strength"]
    merged = [medicines[row["part"], row["number"]] | row for row in rows("presentations")]
    return Table(header=header, rows=[[row[name] for name in header] for row in merged])


@cache
def lots() -> list[LotRow]:
    """The lots in the order of their numbers."""
    return [
        LotRow(
            number=int(row["number"]),
            medicine=row["medicine"],
            form=row["form"],
            strength=row["strength"],
            ceiling_price=Decimal(row["ceiling_price"]),
        )
        for row in rows("lots")
    ]


@cache
def bids() -> list[BidRow]:
    """The bids in the order of the announcement."""
    return [
        BidRow(
            lot=int(row["lot"]),
            bidder=row["bidder"],
            strength=row["strength"],
            pack_quantity=int(row["pack_quantity"]),
            offer_price=Decimal(row["offer_price"]),
            is_announced_winner=row["announced_winner"] == "yes",
            supply_provinces=tuple(row["supply_provinces"].split()),
        )
        for row in rows("bids")
    ]


@cache
def volumes() -> list[VolumeRow]:
    """The volumes that are more than nothing."""
    return [
        VolumeRow(row["province"], int(row["lot"]), row["strength"], int(row["quantity"]))
        for row in rows("volumes")
        if int(row["quantity"]) > 0
    ]


def strengths_of_lots() -> dict[int, set[str]]:
    """Every strength that a lot's reference, bids or volumes name."""
    strengths: defaultdict[int, set[str]] = defaultdict(set)
    for lot in lots():
        strengths[lot.number].add(lot.strength)
    for bid in bids():
        strengths[bid.lot].add(bid.strength)
    for volume in volumes():
        strengths[volume.lot].add(volume.strength)
    return strengths


def product_code(bid: BidRow) -> str:
    """The platform's code for the product of a bid."""
    return f"{bid.bidder}-L{bid.lot:02d}"
