from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.gs1 import UnreadableElementString
from distribution.rules.trace_codes import TraceCode, TraceKind, belongs_to, read_trace_code

TODAY = date(2026, 7, 1)
CHINESE = "81234560001234567890"
GS1 = "(01)06901234567892(21)XYZ"


class TestRead:
    @pytest.mark.parametrize("text", [CHINESE, "81234 56000 12345 67890", "８１２３４５６０００１２３４５６７８９０\n"])
    def test_takes_the_first_seven_of_twenty_digits_as_the_medicine(self, text: str) -> None:
        assert read_trace_code(text, today=TODAY) == TraceCode(
            TraceKind.CHINA20, CHINESE, identification="8123456", serial="0001234567890"
        )

    @pytest.mark.parametrize(
        "text",
        ["(01)06901234567892(10)A1(17)270600(21)XYZ", "]d2010690123456789221XYZ\x1d10A1\x1d17270630"],
    )
    def test_has_one_spelling_for_a_pack_however_it_is_scanned(self, text: str) -> None:
        assert read_trace_code(text, today=TODAY) == TraceCode(
            TraceKind.GS1, GS1, "06901234567892", "XYZ", lot="A1", expires_on=date(2027, 6, 30)
        )

    def test_takes_twenty_digits_for_the_chinese_code_even_where_gs1_could_be_meant(self) -> None:
        assert read_trace_code("01069012345678922112", today=TODAY).kind == TraceKind.CHINA20
        assert read_trace_code("]d201069012345678922112", today=TODAY).serial == "12"

    @given(st.from_regex(r"[0-9]{20}|\(01\)06901234567892\(21\)[A-Za-z0-9/.-]{1,20}", fullmatch=True))
    def test_leaves_its_own_spelling_as_it_is(self, text: str) -> None:
        assert read_trace_code(text, today=TODAY).code == text

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("8123456000123456789", "has 20 digits, and “8123456000123456789” has 19"),
            ("(01)06901234567892(10)A1", "names no single pack"),
            ("(21)XYZ", "names no single pack"),
            ("(01)06901234567890(21)XYZ", "reckoned it would be 2"),
            ("hello", "application identifier"),
        ],
    )
    def test_refuses_what_names_no_pack(self, text: str, words: str) -> None:
        with pytest.raises(UnreadableElementString) as refusal:
            read_trace_code(text, today=TODAY)
        assert words in refusal.value.problem


class TestBelongs:
    @pytest.mark.parametrize(
        ("code", "gtin", "prefix", "expected"),
        [
            (CHINESE, "", "8123456", True),
            (CHINESE, "06901234567892", "8123457", False),
            (CHINESE, "06901234567892", "", False),
            (GS1, "6901234567892", "", True),
            (GS1, "06901234567892", "8123456", True),
            (GS1, "16901234567899", "8123456", False),
            (GS1, "", "8123456", False),
        ],
    )
    def test_compares_what_the_code_names_with_what_the_product_has(
        self, code: str, gtin: str, prefix: str, expected: bool
    ) -> None:
        assert belongs_to(read_trace_code(code, today=TODAY), gtin, prefix) is expected
