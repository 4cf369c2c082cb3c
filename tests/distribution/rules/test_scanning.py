from __future__ import annotations

from datetime import date

import pytest

from distribution.rules.scanning import ScanLine, ScanOutcome, match_scan

TODAY = date(2026, 5, 4)
GTIN, PREFIX = "06901234000016", "8123456"


def line(line_id: int, lot: str, **changed: object) -> ScanLine:
    values: dict[str, object] = {
        "product": "阿莫西林",
        "gtin": GTIN,
        "trace_prefix": PREFIX,
        "packs": 2,
        "codes_sent": (),
        "codes": (),
    }
    return ScanLine(line_id=line_id, lot=lot, **{**values, **changed})  # type: ignore[arg-type]


def gs1(serial: str, lot: str = "") -> str:
    return f"(01){GTIN}(21){serial}" + (f"(10){lot}" if lot else "")


ANNOUNCED = f"(01){GTIN}(21)S9"
TWO_LOTS = (line(1, "A", codes=(f"(01){GTIN}(21)S1",)), line(2, "B", codes_sent=(ANNOUNCED,), codes=("x", "y")))


class TestMatchScan:
    @pytest.mark.parametrize(
        ("text", "lines", "outcome", "line_id"),
        [
            (gs1("S2", "A"), TWO_LOTS, ScanOutcome.COUNTED, 1),
            # the scanner's own spelling, with the symbology and the separator
            (f"]d201{GTIN}10A\x1d21S2", TWO_LOTS, ScanOutcome.COUNTED, 1),
            (gs1("S1", "A"), TWO_LOTS, ScanOutcome.DUPLICATE, None),
            (gs1("S2", "C"), TWO_LOTS, ScanOutcome.WRONG_LOT, None),
            (gs1("S2"), TWO_LOTS, ScanOutcome.LOT_UNKNOWN, None),
            (gs1("S2"), TWO_LOTS[:1], ScanOutcome.COUNTED, 1),
            # the lot it was announced with, which is full
            (gs1("S9"), TWO_LOTS, ScanOutcome.TOO_MANY, None),
            ("81234560000000000001", TWO_LOTS[:1], ScanOutcome.COUNTED, 1),
            ("81234570000000000001", TWO_LOTS, ScanOutcome.FOREIGN, None),
            ("6901234000016", TWO_LOTS, ScanOutcome.UNREADABLE, None),
            ("", TWO_LOTS, ScanOutcome.UNREADABLE, None),
        ],
    )
    def test_says_what_the_pack_is(
        self, text: str, lines: tuple[ScanLine, ...], outcome: ScanOutcome, line_id: int | None
    ) -> None:
        scan = match_scan(text, lines, today=TODAY)
        assert (scan.outcome, scan.line_id, bool(scan.code)) == (outcome, line_id, line_id is not None)
        assert scan.sentence

    def test_counts_up(self) -> None:
        assert match_scan(gs1("S2", "A"), TWO_LOTS, today=TODAY).sentence == "阿莫西林, lot A: 2 of 2."
