"""Importing what provinces pay: hundreds of thousands of prices as sets, each within the ceiling of its first day."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Busy, DomainError, NotAllowed, NothingGiven, RulesBroken
from catalog.foundation.imports import MAX_ERRORS, MissingColumns, MoreMistakes
from catalog.foundation.journal.record import record_all
from catalog.foundation.sheets import DamagedFile
from catalog.foundation.transitions import unit_of_work
from catalog.models import Region
from catalog.policies import require_officer, require_province
from catalog.queries import price_staging
from catalog.queries.price_staging import PriceRow as PriceRow
from catalog.queries.price_staging import RefusedPrice as RefusedPrice
from catalog.states import RowOutcome

# The columns of a file of procurement prices; ``valid_until`` may be missing: the price is then without an end.
PRICE_COLUMNS = PriceRow._fields[1:]
OPTIONAL_COLUMNS = {"valid_until"}
# The first key of the advisory locks of imports, the second is the province ("pric").
IMPORT_LOCK = 0x70726963

END_FORMER = """
UPDATE catalog_procurementprice AS price
SET validity = daterange(lower(price.validity), ended.day)
FROM (
    SELECT standing_id, min(valid_from) AS day FROM price_judged WHERE outcome = 'changed' GROUP BY standing_id
) AS ended
WHERE price.id = ended.standing_id AND price.validity @> ended.day AND lower(price.validity) < ended.day
"""

# Ordered by province first: the index of the exclusion constraint begins with the product, so that its pages then split
# evenly; rows in its own order take twice as long.
WRITE = f"""
INSERT INTO catalog_procurementprice (
    product_id, province_id, price, guide_price_id, guide_amount, ceiling_steps, validity, source, source_reference
)
SELECT row.product_id, row.province_id, row.price, ceiling.guide_price_id, ceiling.amount, ceiling.steps,
       {price_staging.VALIDITY.format("row")}, row.source, row.source_reference
FROM price_judged AS row
JOIN ceiling_of_day AS ceiling ON ceiling.product_id = row.product_id AND ceiling.day = row.valid_from
WHERE row.outcome IN ('added', 'changed')
ORDER BY row.province_id, row.product_id, row.valid_from
"""

BY_PROVINCE = """
SELECT province_id, count(*) FILTER (WHERE outcome = 'added'), count(*) FILTER (WHERE outcome = 'changed'),
       min(valid_from)
FROM price_judged
WHERE outcome IN ('added', 'changed')
GROUP BY province_id
ORDER BY province_id
"""


@dataclass(frozen=True, slots=True)
class StagedPrices:
    """Rows that have arrived, until the end of the transaction; ``forbidden`` are provinces that the actor may not."""

    count: int
    forbidden: dict[str, DomainError]

    def refused(self, *, after: int = 0, limit: int | None = None) -> list[RefusedPrice]:
        """The refused rows in their order, once they are judged: those whose number is above ``after``."""
        return price_staging.refused(self.forbidden, after=after, limit=limit)

    def outcomes(self) -> Iterator[tuple[int, RowOutcome]]:
        """The number and the outcome of every row, once they are judged; in their order, not all at once."""
        return price_staging.outcomes()


@dataclass(frozen=True, slots=True)
class PriceImport:
    """How many rows had which outcome, and the first that were refused."""

    counts: dict[RowOutcome, int]
    refused: list[RefusedPrice] = field(default_factory=list)

    def as_error(self) -> RulesBroken:
        """What is wrong with the refused rows, all together."""
        errors = [row.error for row in self.refused]
        total = self.counts[RowOutcome.REFUSED]
        more = [MoreMistakes(count=total - len(errors))] if total > len(errors) else []
        return RulesBroken([*errors, *more], count=total)


def import_prices(*, rows: Iterable[PriceRow], actor: Actor, at: datetime, by_row: bool = False) -> PriceImport:
    """Write the prices of the rows; all or nothing, or ``by_row`` the good ones.

    Raises:
        RulesBroken: not by row, and a row is refused.
        NotAllowed: not an officer.
        NothingGiven, Malformed, Busy
    """
    with unit_of_work():
        return write_prices(staged=stage_prices(rows=rows, actor=actor), by_row=by_row, actor=actor, at=at)


def check_prices(*, rows: Iterable[PriceRow], actor: Actor) -> PriceImport:
    """What the import of the rows would do; nothing is written.

    Raises:
        NotAllowed: not an officer.
        NothingGiven, Malformed
    """
    with unit_of_work():
        return preview_prices(staged=stage_prices(rows=rows, actor=actor))


def stage_prices(*, rows: Iterable[PriceRow], actor: Actor) -> StagedPrices:
    """Take the rows in, in memory that does not grow with them. Part of the caller's transaction.

    Raises:
        NotAllowed: not an officer; rows of provinces that are not the actor's are refused one by one.
        NothingGiven, Malformed
    """
    require_officer(actor)
    with connection.cursor() as cursor:
        # sorts and joins of all rows at once, by one import in a province at a time
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL statement_timeout = '30min'")
    count = price_staging.arrive(rows)
    if not count:
        raise NothingGiven(pointer="/rows")
    forbidden: dict[str, DomainError] = {}
    for code in Region.objects.filter(code__in=price_staging.provinces_named()).values_list("code", flat=True):
        try:
            require_province(actor, code)
        except NotAllowed as error:
            forbidden[code] = error
    return StagedPrices(count, forbidden)


def preview_prices(*, staged: StagedPrices, limit: int = MAX_ERRORS) -> PriceImport:
    """What writing the rows would do, and the first refused ones. Part of the caller's transaction."""
    counts = price_staging.judge(staged.forbidden)
    return PriceImport(counts, staged.refused(limit=limit) if counts[RowOutcome.REFUSED] else [])


def write_prices(*, staged: StagedPrices, by_row: bool, actor: Actor, at: datetime) -> PriceImport:
    """Judge the rows and write the good ones; what stood before ends where they begin.

    Part of the caller's transaction. Imports of the same province take turns, so that the second one is judged by what
    the first has written.

    Raises:
        RulesBroken: not by row, and a row is refused.
        Busy: another import of the province is being written, or somebody else has fixed one of the prices meanwhile.
    """
    _take_turns()
    found = preview_prices(staged=staged)
    if found.refused and not by_row:
        raise found.as_error()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(END_FORMER)
            cursor.execute(WRITE)
            cursor.execute(BY_PROVINCE)
            by_province = cursor.fetchall()
    except IntegrityError as error:
        # every row was good a moment ago
        raise Busy() from error
    provinces = Region.objects.in_bulk([province_id for province_id, *_counts in by_province])
    record_all(
        actor=actor,
        action="procurement_price.import",
        changes_of=[
            (
                provinces[province_id],
                {"added": [None, added], "changed": [None, changed], "valid_from": [None, str(first_day)]},
            )
            for province_id, added, changed, first_day in by_province
        ],
        at=at,
    )
    return found


def _take_turns() -> None:
    """Wait for imports of the same provinces to end, in the order of their codes."""
    codes = [int(code) for code in price_staging.provinces_named() if code.isascii() and code.isdigit()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_advisory_xact_lock(%s, code)) FROM unnest(%s::integer[]) AS code",
            [IMPORT_LOCK, sorted(code for code in codes if code < 10**6)],
        )


def read_price_rows(file: IO[str], *, name: str) -> Iterator[PriceRow]:
    """The rows of a CSV with a header, one after the other; columns in any order, others are passed over.

    Raises:
        MissingColumns: before the first row.
        DamagedFile: it is not a CSV in UTF-8.
    """
    try:
        lines = enumerate(csv.reader(file, strict=True), start=1)
        header = next((line for _number, line in lines if any(line)), [])
        # a spreadsheet marks its files with an invisible first character
        header = [heading.strip().removeprefix("\ufeff") for heading in header]
        missing = [column for column in PRICE_COLUMNS if column not in {*header, *OPTIONAL_COLUMNS}]
        if missing:
            raise MissingColumns(missing=", ".join(missing), found=", ".join(header))
        empty = len(header)
        places = [header.index(column) if column in header else empty for column in PRICE_COLUMNS]
        for number, line in lines:
            if any(line):
                cells = [cell.strip() for cell in line[:empty]]
                cells += [""] * (empty + 1 - len(cells))
                yield PriceRow(number, *(cells[place] for place in places))
    except csv.Error as error:
        raise DamagedFile(name=name, problem=str(error)) from error
    except UnicodeDecodeError as error:
        raise DamagedFile(name=name, problem=_("it is not in UTF-8")) from error
