"""The code that follows one pack: the twenty digits of the Chinese supervision code, or GS1 product and serial number.

Source: NMPAB/T 1001-2019 and 1002-2019 (a code has at least 20 characters; the first seven of twenty digits identify
the medicine and its pack, the rest the single pack).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from distribution.rules.gs1 import UnreadableElementString, parse_element_string, without_blanks

IDENTIFICATION_DIGITS = 7
_CHINESE = re.compile(r"[0-9]{20}")


class TraceKind(StrEnum):
    CHINA20 = "china20"
    GS1 = "gs1"


@dataclass(frozen=True, slots=True)
class TraceCode:
    """One pack; ``code`` is the one spelling that is stored and compared, however the pack was scanned.

    ``identification`` is the prefix of seven digits, or the GTIN with 14. Lot and last day of use are known only where
    the bar code says them.
    """

    kind: TraceKind
    code: str
    identification: str
    serial: str
    lot: str | None = None
    expires_on: date | None = None


def read_trace_code(text: str, *, today: date) -> TraceCode:
    """Read a scanned or typed code; twenty digits are always the Chinese code.

    Raises:
        UnreadableElementString: it is neither, or a GS1 code that does not name a single pack.
    """
    code = without_blanks(text)
    if _CHINESE.fullmatch(code):
        return TraceCode(TraceKind.CHINA20, code, code[:IDENTIFICATION_DIGITS], code[IDENTIFICATION_DIGITS:])
    if re.fullmatch("[0-9]{1,19}", code):
        raise UnreadableElementString(
            _("a traceability code has 20 digits, and “%(code)s” has %(count)s") % {"code": code, "count": len(code)}
        )
    read = parse_element_string(code, today=today)
    if read.gtin is None or read.serial is None:
        raise UnreadableElementString(
            _("it names no single pack: it needs the product number (01) and the serial number (21)")
        )
    canonical = f"(01){read.gtin}(21){read.serial}"
    return TraceCode(TraceKind.GS1, canonical, read.gtin, read.serial, read.lot, read.expires_on)


def belongs_to(code: TraceCode, gtin: str, trace_prefix: str) -> bool:
    """Is it on a pack of the product with this GTIN (8 to 14 digits) and this prefix? None belongs to an empty one."""
    if code.kind == TraceKind.CHINA20:
        return code.identification == trace_prefix
    return bool(gtin) and code.identification == gtin.zfill(14)
