from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.rules.strengths import Strength, UnreadableStrength, parse_strength


class TestParseStrength:
    @pytest.mark.parametrize(
        ("text", "amount", "unit", "volume_ml"),
        [
            ("0.25g", "250", "mg", None),
            ("10mg", "10", "mg", None),
            ("1kg", "1000000", "mg", None),
            ("100μg", "0.1", "mg", None),
            ("100µg", "0.1", "mg", None),
            ("100ug", "0.1", "mg", None),
            ("100mcg", "0.1", "mg", None),
            ("80万单位", "800000", "单位", None),
            ("400单位", "400", "单位", None),
            ("0.5亿单位", "50000000", "单位", None),
            ("5000IU", "5000", "单位", None),
            ("1万IU", "10000", "单位", None),
            ("1ml:10mg", "10", "mg", "1"),
            ("1l:9g", "9000", "mg", "1000"),
            ("０．２５ｇ", "250", "mg", None),
            ("1ml：10mg", "10", "mg", "1"),
            (" 0.25 g ", "250", "mg", None),
            ("0.25G", "250", "mg", None),
            ("0.25g(40万单位)", "250", "mg", None),
            ("0.25g（40万单位）", "250", "mg", None),
        ],
    )
    def test_reads(self, text: str, amount: str, unit: str, volume_ml: str | None) -> None:
        expected = Strength(Decimal(amount), unit, Decimal(volume_ml) if volume_ml else None)
        assert parse_strength(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0.25",
            "mg",
            "-5mg",
            "0mg",
            "1:10mg",
            "0ml:10mg",
            "1ml:",
            "5%",
            "每袋装3g",
            "复方",
            "0.25g+0.125g",
            "1,000mg",
        ],
    )
    def test_refuses_what_is_not_a_quantity(self, text: str) -> None:
        with pytest.raises(UnreadableStrength):
            parse_strength(text)


class TestRatio:
    def test_is_the_quotient_of_the_contents(self) -> None:
        assert parse_strength("0.5g").ratio_to(parse_strength("250mg")) == 2

    @pytest.mark.parametrize(("one", "other"), [("10mg", "400单位"), ("1ml:10mg", "10mg"), ("10mg", "1ml:10mg")])
    def test_is_refused_for_what_is_measured_otherwise(self, one: str, other: str) -> None:
        with pytest.raises(ValueError, match="cannot be compared"):
            parse_strength(one).ratio_to(parse_strength(other))
