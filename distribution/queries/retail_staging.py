"""Rows of retail prices on their way in, in temporary tables of the caller's transaction.

A file that is in order goes the short way: its bytes into a table of the types they should have, and from there, with
the institutions, products and days looked up, into the prices, whose own constraints refuse what was not found. A row
that fails sends the whole file the long way, where every row is read, judged and named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from django.db import connection
from django.utils.translation import gettext as _

from catalog.errors import NoRuleSet, UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import Column, DuplicateRow, MissingColumns, day, price, read_row, text_up_to
from catalog.foundation.sheets import MAX_BYTES, DamagedFile, open_sheet
from catalog.models import RuleSet
from distribution.errors import NotYourInstitution, ObservedInFuture, PriceAlreadyReported

COLUMNS = (
    Column("institution", text_up_to(32), label=_("institution"), is_required=False),
    Column("product", text_up_to(32)),
    Column("price", price),
    Column("observed_on", day),
)
NAMES = tuple(column.name for column in COLUMNS)
BLOCK = 1024 * 1024
TABLES = ("retail_typed", "retail_row", "retail_refused", "retail_institution", "retail_day")

# The way from a file that is in order.
TYPED = """
CREATE TEMP TABLE retail_typed (institution text, product text, price numeric, observed_on text)
ON COMMIT DROP
"""
LOOK_UP = """
CREATE TEMP TABLE retail_institution (code text, id bigint, report_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE retail_day (written text, day date) ON COMMIT DROP
"""

# The way of every other file: ``problem`` is what a cell of the row is refused for.
ROWS = """
CREATE TEMP TABLE retail_row (
    number integer, institution text, product text, price numeric, observed_on date, cells text[], problem text
) ON COMMIT DROP
"""
JUDGED = """
CREATE TEMP TABLE retail_refused ON COMMIT DROP AS
WITH known AS (
    SELECT row.number, institution.id AS institution_id, product.id AS product_id, row.observed_on, CASE
        WHEN row.problem IS NOT NULL THEN 'cell'
        WHEN institution.id IS NULL THEN 'institution'
        WHEN product.id IS NULL THEN 'product'
        WHEN row.observed_on > %(today)s THEN 'ahead'
        WHEN NOT EXISTS (
            SELECT FROM catalog_ruleset AS rules
            WHERE rules.kind = 'retail_check' AND rules.validity @> row.observed_on
        ) THEN 'unruled'
    END AS problem
    FROM retail_row AS row
    LEFT JOIN retail_institution AS institution ON institution.code = row.institution
    LEFT JOIN catalog_product AS product ON product.code = row.product
), alone AS (
    SELECT *, min(number) OVER (PARTITION BY institution_id, product_id, observed_on) AS first
    FROM known WHERE problem IS NULL
)
SELECT number, problem, NULL::integer AS first FROM known WHERE problem IS NOT NULL
UNION ALL
SELECT alone.number, CASE WHEN alone.number > alone.first THEN 'repeated' ELSE 'reported' END, alone.first
FROM alone
LEFT JOIN distribution_retailprice AS standing
    ON standing.product_id = alone.product_id AND standing.institution_id = alone.institution_id
   AND standing.observed_on = alone.observed_on
WHERE alone.number > alone.first OR standing.id IS NOT NULL
"""
REFUSED = """
SELECT refused.number, refused.problem, refused.first, row.problem, row.cells, row.institution, row.product,
       row.observed_on
FROM retail_refused AS refused JOIN retail_row AS row USING (number) ORDER BY refused.number
"""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be taken, its cells as they came, and why; in words, too, for a cell that cannot be read."""

    number: int
    cells: list[str]
    problem: str


def forget() -> None:
    """Drop what an earlier try of the transaction has left."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(LOOK_UP)


def is_plain(file: IO[bytes], *, is_of_one: bool) -> list[str] | None:
    """The columns of a CSV whose header says them plainly, in the order of the file; nothing for any other file."""
    file.seek(0)
    header = file.readline(400).removeprefix(b"\xef\xbb\xbf").strip().decode("ascii", "replace").split(",")
    needed = set(NAMES) - ({"institution"} if is_of_one else set())
    return header if needed <= set(header) <= set(NAMES) and len(set(header)) == len(header) else None


def arrive_plainly(file: IO[bytes], columns: Collection[str]) -> int:
    """Take the bytes in as they are; how many rows.

    Raises:
        DatabaseError: one of them is not what it should be.
    """
    file.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(TYPED)
        statement = f"COPY retail_typed ({', '.join(columns)}) FROM STDIN (FORMAT csv, HEADER true)"
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            while block := file.read(BLOCK):
                copy.write(block)
        count: int = cursor.rowcount
        cursor.execute("ANALYZE retail_typed")
    return count


def rows_of_institutions(table: str, *, institution: str) -> dict[str, int]:
    """How many rows of what arrived are about each institution, by its code."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(institution, %s) AS code, count(*) FROM {table} GROUP BY code", [institution])
        return dict(cursor.fetchall())


def days_named() -> list[str]:
    """The texts that stand for days in what arrived plainly."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT observed_on FROM retail_typed WHERE observed_on IS NOT NULL")
        return [text for (text,) in cursor.fetchall()]


def keep_institutions(rows: Iterable[tuple[str, int, int | None]]) -> None:
    """Who may be spoken for: code, id, and the id of the report about them where there is one."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE pg_temp.retail_institution")
    _copy("retail_institution (code, id, report_id)", rows)


def keep_days(rows: Iterable[tuple[str, date]]) -> None:
    """What the texts of days mean."""
    _copy("retail_day (written, day)", rows)


def _copy(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table.split()[0]}")


def arrive(file: IO[bytes], *, name: str, institution: str = "") -> int:
    """Read every row of a file by its columns, and keep it with what is wrong with its cells; how many.

    Raises:
        MissingColumns, DamagedFile, TooLarge
    """
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        statement = "COPY retail_row (number, institution, product, price, observed_on, cells, problem) FROM STDIN"
        with _sheet(file, name) as (header, lines):
            places = _places(header, needs_institution=not institution)
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for number, line in lines:
                    if any(line):
                        copy.write_row(_read(number, line, places, institution))
        count: int = cursor.rowcount
        cursor.execute("ANALYZE retail_row")
    return count


def header_of(file: IO[bytes], *, name: str) -> list[str]:
    """The headings of a file, as they stand in it."""
    with _sheet(file, name) as (header, _lines):
        return header


def _places(header: list[str], *, needs_institution: bool) -> dict[str, int]:
    optional = set() if needs_institution else {"institution"}
    missing = [name for name in NAMES if name not in header and name not in optional]
    if missing:
        raise MissingColumns(missing=", ".join(missing), found=", ".join(header))
    return {name: header.index(name) for name in NAMES if name in header}


def _read(number: int, line: list[str], places: Mapping[str, int], institution: str) -> tuple[Any, ...]:
    cells = {name: line[place] for name, place in places.items() if place < len(line)}
    values, errors = read_row(
        number, cells | ({} if cells.get("institution") else {"institution": institution}), COLUMNS
    )
    problem = "; ".join(map(str, errors)) or None
    return (number, *(values.get(name) for name in NAMES), [cell.replace("\x00", "") for cell in line], problem)


@contextmanager
def _sheet(file: IO[bytes], name: str) -> Iterator[tuple[list[str], Iterable[tuple[int, list[str]]]]]:
    """The header and the numbered rows: of any spreadsheet, and of a CSV in UTF-8 whatever its length."""
    length = file.seek(0, io.SEEK_END)
    file.seek(0)
    if length <= MAX_BYTES or file.read(2) == b"PK":
        file.seek(0)
        with open_sheet(file, name=name) as sheet:
            yield sheet.header, sheet.rows
        return
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        rows = enumerate(csv.reader(lines, strict=True), start=1)
        header = next((line for _number, line in rows if any(line)), [])
        yield (
            [heading.strip() for heading in header],
            ((number, [cell.strip() for cell in row]) for number, row in rows),
        )
    except csv.Error as error:
        raise DamagedFile(name=name, problem=str(error)) from error
    except UnicodeDecodeError as error:
        raise DamagedFile(name=name, problem=_("it is not in UTF-8")) from error
    finally:
        lines.detach()


def judge(today: date) -> int:
    """Judge every row that arrived by the others and by what was reported before; how many are refused."""
    with connection.cursor() as cursor:
        cursor.execute(JUDGED, {"today": today})
        return cursor.rowcount


def refused(today: date, codes: Collection[str]) -> Iterator[RefusedRow]:
    """The refused rows in their order and not all at once; ``codes`` are of institutions that exist."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(REFUSED)
        for number, problem, first, said, cells, institution, product, on in cursor:
            if problem != "cell":
                said = str(_error(problem, number, first, institution, product, on, today, institution in codes))
            yield RefusedRow(number, cells, said)


def _error(
    problem: str, number: int, first: int, institution: str, product: str, on: date, today: date, is_known: bool
) -> DomainError:
    match problem:
        case "institution" if is_known:
            return NotYourInstitution(institution=institution)
        case "institution" | "product":
            return UnknownCode(field=problem, value=institution if problem == "institution" else product)
        case "ahead":
            return ObservedInFuture(product=product, observed_on=on, today=today)
        case "unruled":
            return NoRuleSet(kind=RuleSet.Kind.RETAIL_CHECK.label, on=on)
        case "repeated":
            return DuplicateRow(row=number, first=first, key=f"{institution} · {product} · {on}")
    return PriceAlreadyReported(product=product, observed_on=on)
