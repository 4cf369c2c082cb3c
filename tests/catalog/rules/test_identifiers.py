from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.identifiers import KINDS, check_identifier, normalise_identifier

RIGHT = [
    ("approval_number", "国药准字H20013191"),
    ("approval_number", "国药准字Z11020358"),
    ("approval_number", "国药准字J20130001"),
    ("approval_number", "国药准字HJ20200001"),
    ("approval_number", "国药准字HC20200001"),
    ("approval_number", "H20130650"),
    ("approval_number", "HC20160001"),
    ("standard_code", "86901110000020"),
    ("insurance_code", "XL02BBA326A001010102180"),
    ("insurance_code", "XL02BBA326A001010178537"),
    ("insurance_code", "ZA01AAF0001020103482"),
    ("gtin", "6901234567892"),
    ("gtin", "4006381333931"),
    ("gtin", "16901234567899"),
    ("gtin", "73513537"),
    ("gtin", "036000291452"),
    ("trace_prefix", "8123456"),
    ("uscc", "91350100M000100Y43"),
    ("uscc", "91110000101623741K"),
    ("uscc", "911101066976941872"),
    ("uscc", "91310000744941284R"),
    ("uscc", "91610000MA6TG43NXM"),
    ("atc", "J"),
    ("atc", "J01"),
    ("atc", "J01C"),
    ("atc", "J01CA"),
    ("atc", "J01CA04"),
    ("region", "370000"),
    ("region", "660000"),
]
MISSHAPEN = [
    ("approval_number", "国药准字H2001319", True),
    ("approval_number", "国药准字X20013191", True),
    ("approval_number", "豫卫药准字1234号", True),
    ("standard_code", "8690111000002", True),
    ("standard_code", "86801110000020", True),
    ("insurance_code", "XL02BBA326A00101010218", True),
    ("insurance_code", "YL02BBA326A001010102180", True),
    ("gtin", "69012345678", True),
    ("gtin", "690123456789X", True),
    ("gtin", "٦٩٠١٢٣٤٥", True),
    ("trace_prefix", "812345", True),
    ("uscc", "9135021IM0000XUF46", True),
    ("uscc", "91350211M0000XUF4", True),
    ("atc", "K01", False),
    ("atc", "J1", False),
    ("atc", "J01CA4", False),
    ("region", "37000", False),
    ("region", "970000", False),
]
WRONG_DIGIT = [
    ("standard_code", "86901110000021", "0"),
    ("gtin", "6901234567893", "2"),
    ("gtin", "4006381333930", "1"),
    ("gtin", "16901234567890", "9"),
    ("uscc", "91350211M0000XUF46", "R"),  # a real firm's
    ("uscc", "116100000160001000", "5"),
]


class TestCheckIdentifier:
    @pytest.mark.parametrize(("kind", "value"), RIGHT)
    def test_finds_nothing_wrong_with(self, kind: str, value: str) -> None:
        assert check_identifier(kind, value) is None

    @pytest.mark.parametrize(("kind", "value", "may_override"), MISSHAPEN)
    def test_says_what_the_shape_should_be(self, kind: str, value: str, may_override: bool) -> None:
        problem = check_identifier(kind, value)
        assert problem is not None
        assert (problem.code, problem.may_override) == ("shape", may_override)
        assert value in str(problem) or normalise_identifier(kind, value) in str(problem)

    @pytest.mark.parametrize(("kind", "value", "expected"), WRONG_DIGIT)
    def test_says_the_check_digit_that_it_would_expect(self, kind: str, value: str, expected: str) -> None:
        problem = check_identifier(kind, value)
        assert problem is not None
        assert (problem.code, problem.may_override) == ("check_digit", True)
        assert problem.facts == {"value": value, "given": value[-1], "expected": expected}
        assert f"would be {expected}" in str(problem)
        assert check_identifier(kind, value[:-1] + expected) is None

    @pytest.mark.parametrize("kind", sorted(KINDS))
    @pytest.mark.parametrize("value", ["", " ", "\u3000"])
    def test_lets_nobody_leave_it_empty(self, kind: str, value: str) -> None:
        problem = check_identifier(kind, value)
        assert problem is not None
        assert (problem.code, problem.may_override) == ("empty", False)
        assert "%(" not in str(problem)

    @pytest.mark.parametrize(("kind", "value"), RIGHT)
    def test_does_not_mind_the_spelling(self, kind: str, value: str) -> None:
        assert check_identifier(kind, f" {value[:4].lower()} {value[4:].lower()}\n") is None

    @given(st.sampled_from(sorted(KINDS)), st.text(max_size=30))
    def test_takes_any_text(self, kind: str, value: str) -> None:
        problem = check_identifier(kind, value)
        assert problem is None or str(problem)

    @given(st.sampled_from([pair for pair in RIGHT if pair[0] in {"gtin", "standard_code", "uscc"}]), st.data())
    def test_notices_every_single_wrong_digit(self, pair: tuple[str, str], data: st.DataObject) -> None:
        kind, value = pair
        place = data.draw(st.integers(0, len(value) - 1))
        digit = data.draw(st.sampled_from("0123456789").filter(lambda sign: sign != value[place]))
        assert check_identifier(kind, value[:place] + digit + value[place + 1 :]) is not None


class TestNormaliseIdentifier:
    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("approval_number", "国药准字 ｈ２００１３１９１ ", "国药准字H20013191"),
            ("approval_number", "批准文号：国药准字H20013191", "国药准字H20013191"),
            ("approval_number", "进口药品注册证号：H20130650", "H20130650"),
            ("approval_number", "注册证号 HC20160001", "HC20160001"),
            ("uscc", "9135 0100 m000100y43", "91350100M000100Y43"),
            ("atc", "j01ca04", "J01CA04"),
        ],
    )
    def test_gives_one_spelling(self, kind: str, value: str, expected: str) -> None:
        assert normalise_identifier(kind, value) == expected

    @given(st.sampled_from(sorted(KINDS)), st.text("09AHzh０９Ａｈ国药准字:： \u3000\t-", max_size=30))
    def test_has_nothing_to_do_a_second_time(self, kind: str, value: str) -> None:
        once = normalise_identifier(kind, value)
        assert normalise_identifier(kind, once) == once
