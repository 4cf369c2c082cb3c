"""What a GS1 bar code says of a pack: product, lot, last day of use, serial number, day of making.

Source: GS1 General Specifications, sections 3 (application identifiers), 7.8 (element strings) and 7.12 (years of two
digits); the lengths are those of the table that python-stdnum carries.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from stdnum import ean, numdb

# What a scanner sends for FNC1, the end of an element without a fixed length.
SEPARATOR = "\x1d"
GTIN, LOT, MADE_ON, EXPIRES_ON, SERIAL = "01", "10", "11", "17", "21"

_IDENTIFIERS = numdb.get("gs1_ai")
# GS1-128, DataMatrix, QR, DataBar and Dot Code, as ISO/IEC 15424 has scanners announce them.
_SYMBOLOGY = re.compile(r"\](?:C1|d2|Q3|e0|J1)")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)")
# Character set 82 of the specifications, which has no blank.
_CHARACTERS = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")


class UnreadableElementString(ValueError):
    """A scanned or typed code that is not what it should be; ``problem`` says so as a clause without a full stop."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class ElementString:
    """What was read, None where the code does not say it; ``expires_on`` is the last day of use, ``gtin`` 14 digits."""

    gtin: str | None = None
    lot: str | None = None
    expires_on: date | None = None
    serial: str | None = None
    made_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Element:
    identifier: str
    longest: int
    is_fixed: bool


def without_blanks(text: str) -> str:
    """Half-width signs without blanks and line ends; the separator of GS1, a blank to Python, stays."""
    return re.sub(r"[ \t\r\n]+", "", unicodedata.normalize("NFKC", text))


def parse_element_string(text: str, *, today: date) -> ElementString:
    """Read what a scanner sends, or what is printed with its identifiers in brackets.

    A symbology identifier may stand before it. Elements of other identifiers are passed over. A year of two digits lies
    at most 49 years before and 50 years after ``today``; the day 00 is the last of its month.

    Raises:
        UnreadableElementString
    """
    code = without_blanks(text)
    elements: dict[str, str] = {}
    for element, value in _bracketed(code) if code.startswith("(") else _scanned(code):
        _check(element, value)
        if elements.setdefault(element.identifier, value) != value:
            raise UnreadableElementString(
                _("it states (%(identifier)s) twice, as “%(first)s” and as “%(second)s”")
                % {"identifier": element.identifier, "first": elements[element.identifier], "second": value}
            )
    if not elements:
        raise UnreadableElementString(_("it is empty"))
    gtin = elements.get(GTIN)
    if gtin is not None and not ean.is_valid(gtin):
        raise UnreadableElementString(
            _("the product number %(gtin)s ends with %(given)s, reckoned it would be %(expected)s: scan it once more")
            % {"gtin": gtin, "given": gtin[-1], "expected": ean.calc_check_digit(gtin[:-1])}
        )
    return ElementString(
        gtin=gtin,
        lot=elements.get(LOT),
        expires_on=_day(elements, EXPIRES_ON, today),
        serial=elements.get(SERIAL),
        made_on=_day(elements, MADE_ON, today),
    )


def _bracketed(code: str) -> Iterator[tuple[_Element, str]]:
    before, *parts = _BRACKETED.split(code)
    if before:
        raise _unknown(before)
    for identifier, value in zip(parts[::2], parts[1::2], strict=True):
        element = _element_at(identifier)
        if element.identifier != identifier:
            raise _unknown(identifier)
        yield element, value


def _scanned(code: str) -> Iterator[tuple[_Element, str]]:
    announced = _SYMBOLOGY.match(code)
    rest = code[announced.end() if announced else 0 :].removeprefix(SEPARATOR)
    while rest:
        element = _element_at(rest)
        rest = rest[len(element.identifier) :]
        value = rest[: element.longest] if element.is_fixed else rest.partition(SEPARATOR)[0]
        yield element, value
        rest = rest[len(value) :].removeprefix(SEPARATOR)


def _element_at(code: str) -> _Element:
    identifier, facts = _IDENTIFIERS.info(code)[0]
    if not facts:
        raise _unknown(code)
    return _Element(identifier, _longest(facts["format"]), is_fixed="fnc1" not in facts)


def _longest(form: str) -> int:
    """The most characters that a form such as ``N6``, ``X..20`` or ``N13[+X..17]`` allows; ``[-]`` is one."""
    numbers = (re.findall("[0-9]+", part) for part in form.split("+"))
    return sum(int(found[-1]) if found else 1 for found in numbers)


def _check(element: _Element, value: str) -> None:
    facts = {"identifier": element.identifier, "value": value.replace(SEPARATOR, "␝"), "longest": element.longest}
    if element.is_fixed:
        if not re.fullmatch("[0-9]+", value) or len(value) != element.longest:
            raise UnreadableElementString(
                _("after (%(identifier)s) there should be %(longest)s digits, and there is “%(value)s”") % facts
            )
    elif len(value) > element.longest:
        raise UnreadableElementString(
            _(
                "after (%(identifier)s) there are at most %(longest)s characters, and there is “%(value)s”: "
                "the scanner may leave out the separators, which are sent as the control character GS"
            )
            % facts
        )
    elif not _CHARACTERS.fullmatch(value):
        raise UnreadableElementString(
            _("after (%(identifier)s) there should be letters, digits and signs of GS1, and there is “%(value)s”")
            % facts
        )


def _day(elements: dict[str, str], identifier: str, today: date) -> date | None:
    value = elements.get(identifier)
    if value is None:
        return None
    in_century, month, day = int(value[:2]), int(value[2:4]), int(value[4:])
    year = today.year - today.year % 100 + in_century
    if year - today.year > 50:
        year -= 100
    elif year - today.year < -49:
        year += 100
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        raise UnreadableElementString(
            _("“%(value)s” after (%(identifier)s) is no day written as YYMMDD")
            % {"value": value, "identifier": identifier}
        ) from None


def _unknown(code: str) -> UnreadableElementString:
    return UnreadableElementString(
        _("“%(code)s” does not begin with an application identifier of GS1, such as (01) or (17)")
        % {"code": code.replace(SEPARATOR, "␝")[:30]}
    )
