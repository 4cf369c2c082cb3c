"""Many order lines at once, as people paste them from a sheet or type them: a code or name and a quantity a row.

A quantity stands in packs unless a unit after it (片, 支 …) says otherwise. What could be read in two ways is not
guessed: the line comes back with its problem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

MOST_DIGITS = 9

PACK_WORDS = frozenset({"盒", "box", "boxes", "pack", "packs"})
UNIT_WORDS = frozenset(
    {*"揿喷吸片粒丸贴张枚支袋", "tablet", "tablets", "capsule", "capsules", "vial", "vials", "unit", "units"}
)
# A bottle of 100 tablets is a pack, a bottle of ten in a box is none.
WORDS_FOR_EITHER = frozenset("瓶包板管箱件")
WORDS = PACK_WORDS | UNIT_WORDS | WORDS_FOR_EITHER

CODE_TITLES = frozenset({"编码", "代码", "产品编码", "药品编码", "商品编码", "code", "product", "product code"})
NAME_TITLES = frozenset({"名称", "药品名称", "产品名称", "通用名", "品名", "name", "product name"})
QUANTITY_TITLES = frozenset({"数量", "采购数量", "订购数量", "订货数量", "quantity", "qty"})
UNIT_TITLES = frozenset({"单位", "unit"})
TITLES = CODE_TITLES | NAME_TITLES | QUANTITY_TITLES | UNIT_TITLES

_WORDS = "|".join(sorted(WORDS, key=len, reverse=True))
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+"
AMOUNT = re.compile(rf"(?P<number>{_NUMBER})(?:\.(?P<part>[0-9]+))?\s*(?P<unit>{_WORDS})?", re.IGNORECASE)
SPACED = re.compile(rf"(?P<name>[^,]+?)\s*,?\s+(?P<amount>(?:{_NUMBER})(?:\.[0-9]+)?\s*(?:{_WORDS})?)", re.IGNORECASE)
TITLE = re.compile(r"(?P<title>[^()]*?)\s*(?:\((?P<unit>[^()]*)\))?")


@dataclass(frozen=True, slots=True)
class PastedLine:
    """One row (counted from 1, empty ones too): what is meant and how much of it, in units where ``in_units``.

    ``problem`` is empty, or says what to put right; then the quantity is what could be read, if anything.
    """

    row: int
    code_or_name: str
    quantity: int | None
    in_units: bool
    problem: str


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a header row says that things stand; ``unit_word`` is the unit in the title of the quantities."""

    names: tuple[int, ...] = (0,)
    quantity: int | None = None
    unit: int | None = None
    unit_word: str = ""


@dataclass(frozen=True, slots=True)
class _Amount:
    quantity: int | None
    in_units: bool = False
    problem: str = ""


def read_pasted(text: str) -> list[PastedLine]:
    """Read the rows in their order; a header row above them says which column is which, and is no line.

    Cells are parted by tabs, semicolons, commas or, before the quantity, spaces. Full-width signs and thousands
    separators are read. One thing on two rows stays two lines: the later one is told where the first is.
    """
    columns = _Columns()
    lines: list[PastedLine] = []
    first_rows: dict[str, int] = {}
    for row, typed in enumerate(text.splitlines(), start=1):
        cells = _cells(unicodedata.normalize("NFKC", typed))
        if not any(cells):
            continue
        if not lines and (header := _header(cells)):
            columns = header
            continue
        line = _line(row, cells, columns)
        first = first_rows.setdefault(line.code_or_name.casefold(), row)
        if first != row and not line.problem:
            line = replace(
                line,
                problem=gettext("“%(code)s” stands on row %(row)s already: keep one of the two rows.")
                % {"code": line.code_or_name, "row": first},
            )
        lines.append(line)
    return lines


def _cells(line: str) -> list[str]:
    if "\t" in line:
        cells = line.split("\t")
    elif re.search("[;、]", line):
        cells = re.split("[;、]", line)
    elif spaced := SPACED.fullmatch(_single_spaced(line)):
        cells = [spaced["name"], spaced["amount"]]
    else:
        cells = line.split(",")
    return [_single_spaced(cell.strip().strip('"')) for cell in cells]


def _single_spaced(text: str) -> str:
    # without it the patterns would try every division of a long run of spaces
    return " ".join(text.split())


def _header(cells: list[str]) -> _Columns | None:
    """Where things stand; None where no cell is a title that is known, or one is an amount."""
    if len(cells) == 1:
        cells = cells[0].split()
    found = [TITLE.fullmatch(cell.casefold()) for cell in cells]
    titles = [match["title"] if match else "" for match in found]
    if not TITLES.intersection(titles) or any(AMOUNT.fullmatch(cell) for cell in cells):
        return None
    quantity = _place(titles, QUANTITY_TITLES)
    in_title = found[quantity] if quantity is not None else None
    return _Columns(
        names=tuple(at for known in (CODE_TITLES, NAME_TITLES) if (at := _place(titles, known)) is not None) or (0,),
        quantity=quantity,
        unit=_place(titles, UNIT_TITLES),
        unit_word=(in_title["unit"] or "") if in_title else "",
    )


def _place(titles: Sequence[str], known: frozenset[str]) -> int | None:
    return next((at for at, title in enumerate(titles) if title in known), None)


def _line(row: int, cells: list[str], columns: _Columns) -> PastedLine:
    name = next((cells[at] for at in columns.names if at < len(cells) and cells[at]), "")
    amount = _only_amount(cells, columns) if columns.quantity is None else _amount_at(columns.quantity, cells, columns)
    problem = amount.problem if name else gettext("The row names no product: write its code or name first.")
    return PastedLine(row, name, amount.quantity, amount.in_units, problem)


def _amount_at(place: int, cells: list[str], columns: _Columns) -> _Amount:
    written = cells[place] if place < len(cells) else ""
    if not written:
        return _no_amount()
    amount = AMOUNT.fullmatch(written)
    beside = cells[columns.unit] if columns.unit is not None and columns.unit < len(cells) else ""
    return _read(amount, beside or columns.unit_word) if amount else _not_whole(written)


def _only_amount(cells: list[str], columns: _Columns) -> _Amount:
    """The one cell beside the name that is an amount, and the unit in the cell after it."""
    found = {at: amount for at, cell in enumerate(cells) if at not in columns.names and (amount := _sized(cell))}
    whole = {at: amount for at, amount in found.items() if _is_whole(amount)} or found
    if not whole:
        return _no_amount()
    if len(whole) > 1:
        return _Amount(
            None,
            problem=gettext(
                "The row has several numbers: leave the quantity alone, or put “quantity” over its column."
            ),
        )
    [(at, amount)] = whole.items()
    beside = cells[at + 1] if at + 1 < len(cells) else ""
    return _read(amount, beside if beside.casefold() in WORDS else "")


def _sized(cell: str) -> re.Match[str] | None:
    """The amount in a cell; a number longer than any quantity is a bar code."""
    amount = AMOUNT.fullmatch(cell)
    return amount if amount and len(_digits(amount)) <= MOST_DIGITS else None


def _digits(amount: re.Match[str]) -> str:
    return amount["number"].replace(",", "").lstrip("0")


def _is_whole(amount: re.Match[str]) -> bool:
    return not (amount["part"] or "").strip("0")


def _read(amount: re.Match[str], beside: str) -> _Amount:
    digits = _digits(amount)
    if not _is_whole(amount) or not 0 < len(digits) <= MOST_DIGITS:
        return _not_whole(amount[0])
    unit = (amount["unit"] or beside).casefold()
    if not unit or unit in PACK_WORDS:
        return _Amount(int(digits))
    if unit in UNIT_WORDS:
        return _Amount(int(digits), in_units=True)
    return _Amount(
        int(digits),
        problem=gettext(
            "“%(unit)s” may be a pack or a part of one: write 盒 for packs, or the unit that is taken, such as 片."
        )
        % {"unit": unit},
    )


def _not_whole(written: str) -> _Amount:
    return _Amount(
        None,
        problem=gettext("“%(written)s” is not a quantity: write a whole number from 1 to %(most)s.")
        % {"written": written, "most": "9" * MOST_DIGITS},
    )


def _no_amount() -> _Amount:
    return _Amount(None, problem=gettext("The row has no quantity: write it after the code, such as “P-0001 20”."))
