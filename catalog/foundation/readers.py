"""Cells into values: what people write in a sheet is read right or refused, never guessed.

How a file writes its numbers and days is declared (``Formats``) or ``"auto"``; the readers of numbers and days look it
up, so that a reader stays a function of the text alone. A declaration is in force inside ``under`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext as _

# What an integer and a small integer column of the database hold.
INTEGER_MAX = 2**31 - 1
SMALL_INTEGER_MAX = 2**15 - 1

DecimalSign = Literal["auto", ".", ","]
DayOrder = Literal["auto", "ymd", "dmy", "mdy"]
EARLIEST_YEAR = 1900
# No amount and no quantity is longer, and decimal arithmetic rounds what has more.
MAX_DIGITS = 28
# Control characters, halves of characters and none: the database or XML does not hold them. Those that turn the
# direction of what is written around: a name would look like another one.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Formats:
    """How a file writes numbers and days; ``"auto"`` admits what can be read in one way only."""

    decimal_sign: DecimalSign = "auto"
    day_order: DayOrder = "auto"


_IN_FORCE: ContextVar[Formats] = ContextVar("formats", default=Formats())  # noqa: B039 - it is frozen


@contextmanager
def under(formats: Formats) -> Iterator[None]:
    """Read by these formats."""
    token = _IN_FORCE.set(formats)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


class ExactNumber(str):
    """A number that the file holds as a number: decimal point, no grouping, whatever is declared about its texts."""

    __slots__ = ()


def to_json(cell: str) -> str | int | float:
    """The cell for a JSON field or a sheet: an exact number as a number, where that loses nothing."""
    if not isinstance(cell, ExactNumber):
        return cell
    kept = float(cell) if "." in cell else int(cell)
    return kept if len(cell) <= MAX_DIGITS and Decimal(repr(kept)) == Decimal(cell) else str(cell)


def from_json(cell: str | int | float) -> str:
    """The cell that ``to_json`` kept."""
    return cell if isinstance(cell, str) else ExactNumber(f"{Decimal(repr(cell)):f}")


class BadValue(ValueError):
    """What a reader raises, with the words that complete “the value …”."""


def text(value: str) -> str:
    """Any text but none."""
    if not value:
        raise BadValue(_("must not be empty"))
    if _NO_TEXT.search(value):
        raise BadValue(_("holds a character that no text has"))
    return value


def optional_text(value: str) -> str:
    """Any text, also none."""
    return text(value) if value else ""


def text_up_to(length: int) -> Callable[[str], str]:
    """Any text but none, of so many characters at most."""

    def read(value: str) -> str:
        if len(value) > length:
            raise BadValue(_("is longer than %(length)s characters") % {"length": length})
        return text(value)

    return read


def optional_text_up_to(length: int) -> Callable[[str], str]:
    """Any text of so many characters at most, also none."""
    read = text_up_to(length)
    return lambda value: read(value) if value else ""


def optional(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """What ``read`` reads, and ``None`` for an empty cell."""
    return lambda value: read(value) if value else None


def one_of(*choices: str) -> Callable[[str], str]:
    """One of the words."""

    def read(value: str) -> str:
        if value not in choices:
            raise BadValue(_("is not one of %(choices)s") % {"choices": ", ".join(choices)})
        return value

    return read


_ANSWERS = {
    **dict.fromkeys(("yes", "y", "true", "1", "是", "有"), True),
    **dict.fromkeys(("no", "n", "false", "0", "否", "无", ""), False),
}


def yes_no(value: str) -> bool:
    """Yes or no, true or false, 1 or 0, 是 or 否, 有 or 无; an empty cell is no."""
    try:
        return _ANSWERS[_half_width(value).lower()]
    except KeyError:
        raise BadValue(_("is neither yes nor no")) from None


def number(value: str) -> Decimal:
    """A finite number, also negative, without a currency or a percent sign."""
    return _number(value, _("is not a number such as 1234.50"))


def whole_number_up_to(most: int) -> Callable[[str], int]:
    """A whole number of one or more, and not above ``most``."""

    def read(value: str) -> int:
        complaint = _("is not a whole number")
        found = _number(value, complaint)
        if found != found.to_integral_value():
            raise BadValue(complaint)
        if found < 1:
            raise BadValue(_("must be one or more"))
        if found > most:
            raise BadValue(_("must not be above %(most)s") % {"most": most})
        return int(found)

    return read


whole_number = whole_number_up_to(INTEGER_MAX)


_YUAN = ("¥", "RMB", "CNY", "人民币")


def price(value: str) -> Decimal:
    """Yuan, above zero, at most four decimals; the signs of the yuan may stand beside it."""
    found = _number(value, _("is not a price in yuan such as 12.50"), before=_YUAN, after=("元",))
    if found <= 0:
        raise BadValue(_("is not a price above zero"))
    exponent = found.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -4 or found >= 10**12:
        raise BadValue(_("is not a price in yuan with at most four decimals"))
    return found


def share(value: str) -> Decimal:
    """A part of a whole, from 0 to 1, or as a percentage from 0% to 100%."""
    complaint = _("is not a share from 0 to 1, or a percentage")
    is_percentage = _half_width(value).endswith("%")
    found = _number(value, complaint, after=("%",))
    found = found.scaleb(-2) if is_percentage else found
    if not 0 <= found <= 1:
        raise BadValue(complaint)
    return found


_WRITTEN_NUMBER = re.compile(
    rf"(?P<before>{'|'.join(_YUAN)})?\s*(?P<sign>[+-]?)(?P<digits>[0-9](?:[0-9.,' ]*[0-9])?)\s*(?P<after>元|%)?",
    re.IGNORECASE,
)


def _by_sign(sign: str, group: str) -> re.Pattern[str]:
    whole = rf"[0-9]+|[1-9][0-9]{{0,2}}(?P<group>[{group}' ])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
    return re.compile(rf"(?P<whole>{whole})(?:[{sign}](?P<part>[0-9]+))?")


_BY_SIGN = {".": _by_sign(".", ","), ",": _by_sign(",", ".")}


def _number(value: str, complaint: str, *, before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Decimal:
    """The number, with one of these signs before or after it, or none."""
    plain = _half_width(value)
    written = _WRITTEN_NUMBER.fullmatch(plain)
    if not written:
        raise BadValue(complaint)
    if (written["before"] or "").upper() not in ("", *before) or (written["after"] or "") not in ("", *after):
        raise BadValue(complaint)
    declared = "." if isinstance(value, ExactNumber) else _IN_FORCE.get().decimal_sign
    found = _decimal(written["digits"], declared)
    if found is None:
        raise BadValue(complaint)
    return found.copy_negate() if written["sign"] == "-" else found


def _decimal(digits: str, declared: DecimalSign) -> Decimal | None:
    """The number that stands there, or None.

    Raises:
        BadValue: it says one number with a decimal point and another with a decimal comma.
    """
    signs: tuple[DecimalSign, ...] = (".", ",") if declared == "auto" else (declared,)
    readings = {sign: found for sign in signs if (found := _read_by(sign, digits)) is not None}
    # a point alone is the decimal point of the platform's own sheets
    if "." in readings and "," not in digits:
        return readings["."]
    if len(readings) > 1:
        one, other = (f"{reading:f}" for reading in readings.values())
        raise BadValue(
            _(
                "can mean %(one)s or %(other)s: write it with a decimal point and nothing between the thousands, or "
                "declare the decimal sign of the file in the mapping"
            )
            % {"one": one, "other": other}
        )
    return next(iter(readings.values()), None)


def _read_by(sign: str, digits: str) -> Decimal | None:
    found = _BY_SIGN[sign].fullmatch(digits)
    if not found:
        return None
    whole = re.sub(r"[^0-9]", "", found["whole"])
    if len(whole) + len(found["part"] or "") > MAX_DIGITS:
        return None
    return Decimal(f"{whole}.{found['part']}" if found["part"] else whole)


_TIME = r"(?:(?: +|T)(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?)?"
_YEAR_FIRST = tuple(
    re.compile(form + _TIME)
    for form in (
        r"(?P<y>[0-9]{4})([-/.])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})",
        r"(?P<y>[0-9]{4}) ?年 ?(?P<m>[0-9]{1,2}) ?月 ?(?P<d>[0-9]{1,2}) ?日",
        r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})",
    )
)
_YEAR_LAST = re.compile(r"(?P<one>[0-9]{1,2})([-/.])(?P<other>[0-9]{1,2})\2(?P<y>[0-9]{4})" + _TIME)


def day(value: str) -> date:
    """A date with a year of four digits; a time beside it is passed over.

    The year first is always year-month-day; the year last is read by the declared order, or where only one is possible.
    """
    plain = " ".join(_half_width(value).split())
    found: set[date | None] = set()
    for form in _YEAR_FIRST:
        if written := form.fullmatch(plain):
            found = {_date(written["y"], written["m"], written["d"])}
    if written := _YEAR_LAST.fullmatch(plain):
        declared = _IN_FORCE.get().day_order
        year, one, other = written["y"], written["one"], written["other"]
        if declared in ("auto", "dmy"):
            found.add(_date(year, other, one))
        if declared in ("auto", "mdy"):
            found.add(_date(year, one, other))
    days = sorted(day for day in found if day)
    if len(days) > 1:
        raise BadValue(
            _("can mean %(one)s or %(other)s: write the year first, or declare the order of the days in the mapping")
            % {"one": days[0], "other": days[1]}
        )
    if not days:
        raise BadValue(_("is not a date such as 2026-01-31"))
    return days[0]


def _date(year: str, month: str, day_of_month: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None
    return found if found.year >= EARLIEST_YEAR else None


# Signs and spaces of one meaning. Not NFKC: it reads “12²” as 122 and “½” as something.
_HALF_WIDTH = {
    **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u3000\u00a0\u202f\u2007\u2009"), " "),
    **dict.fromkeys(map(ord, "’‘ʼ"), "'"),
    ord("￥"): "¥",
    ord("\u2212"): "-",
}


def _half_width(value: str) -> str:
    return value.translate(_HALF_WIDTH).strip()
