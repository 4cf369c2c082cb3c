"""What a scanned pack is among the lines of a delivery: counted, or why not, in one sentence.

A code counts once. The lot is the one that the code says, else the one it was announced with, else the only one of the
product; where none of these says it, the packs are counted by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from distribution.rules.gs1 import UnreadableElementString
from distribution.rules.trace_codes import TraceCode, belongs_to, read_trace_code


class ScanOutcome(StrEnum):
    COUNTED = "counted"
    DUPLICATE = "duplicate"
    FOREIGN = "foreign"
    WRONG_LOT = "wrong_lot"
    LOT_UNKNOWN = "lot_unknown"
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A line that is being received; ``codes`` were counted before, ``codes_sent`` announced."""

    line_id: int
    product: str
    gtin: str
    trace_prefix: str
    lot: str
    packs: int
    codes_sent: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What came of a scan; ``line_id`` and ``code`` (in its stored spelling) where it was counted."""

    outcome: ScanOutcome
    sentence: str
    line_id: int | None = None
    code: str = ""


def match_scan(text: str, lines: Sequence[ScanLine], *, today: date) -> Scan:
    """Find the line and lot that a scanned code is to be counted on."""
    try:
        code = read_trace_code(text, today=today)
    except UnreadableElementString as error:
        return Scan(ScanOutcome.UNREADABLE, _("Not counted: %(problem)s.") % {"problem": error.problem})
    if any(code.code in line.codes for line in lines):
        return Scan(ScanOutcome.DUPLICATE, _("Not counted: this pack was scanned before (%(code)s).") % _words(code))
    fitting = [line for line in lines if belongs_to(code, line.gtin, line.trace_prefix)]
    if not fitting:
        sentence = _("Not counted: no product of this delivery has this code (%(code)s).")
        return Scan(ScanOutcome.FOREIGN, sentence % _words(code))
    line = _line_of(code, fitting)
    if line is None:
        words = {**_words(code), "lots": ", ".join(line.lot for line in fitting), "product": fitting[0].product}
        if code.lot:
            sentence = _("Wrong lot: the pack says %(lot)s, announced is %(lots)s (%(product)s).")
            return Scan(ScanOutcome.WRONG_LOT, sentence % words)
        sentence = _("Not counted: the code says no lot, and there are several: %(lots)s (%(product)s). Count by hand.")
        return Scan(ScanOutcome.LOT_UNKNOWN, sentence % words)
    facts = {"product": line.product, "lot": line.lot, "packs": line.packs, "count": len(line.codes) + 1}
    if len(line.codes) >= line.packs:
        sentence = _("One too many: %(packs)s packs of %(product)s, lot %(lot)s, were sent. It goes back as surplus.")
        return Scan(ScanOutcome.TOO_MANY, sentence % facts)
    sentence = _("%(product)s, lot %(lot)s: %(count)s of %(packs)s.")
    return Scan(ScanOutcome.COUNTED, sentence % facts, line.line_id, code.code)


def _line_of(code: TraceCode, fitting: Sequence[ScanLine]) -> ScanLine | None:
    if code.lot:
        return next((line for line in fitting if line.lot == code.lot), None)
    announced = next((line for line in fitting if code.code in line.codes_sent), None)
    return announced or (fitting[0] if len(fitting) == 1 else None)


def _words(code: TraceCode) -> dict[str, str | None]:
    return {"code": code.code, "lot": code.lot}
