"""Which product, and which lot of it, somebody has scanned or typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog.models import Product
from distribution.rules.gs1 import UnreadableElementString, parse_element_string
from distribution.rules.trace_codes import TraceCode, TraceKind, read_trace_code

# Registered GTINs have 8 to 14 digits, scanned ones 14 with noughts before them.
SHORTEST_GTIN, GTIN_DIGITS = 8, 14


@dataclass(frozen=True, slots=True)
class Scan:
    """The code of the product (what was typed, where no bar code was read), and lot and last day of use if told."""

    product_code: str
    lot_number: str = ""
    expires_on: date | None = None


def read_scan(text: str, *, today: date) -> Scan:
    """Read a product's code, a GS1 bar code or a Chinese traceability code."""
    typed = text.strip()
    code = _trace_code(typed, today)
    if code is not None and code.kind == TraceKind.CHINA20:
        return Scan(_code_of(trace_prefix=code.identification) or typed)
    try:
        read = parse_element_string(typed, today=today)
    except UnreadableElementString:
        return Scan(typed)
    found = _code_of(gtin__in=_spellings(read.gtin)) if read.gtin else None
    return Scan(found or typed, read.lot or "", read.expires_on)


def _trace_code(text: str, today: date) -> TraceCode | None:
    try:
        return read_trace_code(text, today=today)
    except UnreadableElementString:
        return None


def _spellings(gtin: str) -> list[str]:
    return [gtin[noughts:] for noughts in range(GTIN_DIGITS - SHORTEST_GTIN + 1) if not gtin[:noughts].strip("0")]


def _code_of(**identifier: object) -> str | None:
    products = Product.objects.trading().filter(**identifier)
    return products.order_by("code").values_list("code", flat=True).first()
