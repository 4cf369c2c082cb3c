from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.ratio_rules import RatioRules, UnfitParameter
from tests.catalog.rules.official import OFFICIAL_PARAMETERS


class TestRead:
    def test_reads_the_official_numbers(self) -> None:
        rules = RatioRules.read(OFFICIAL_PARAMETERS)
        assert (rules.strength_base, rules.volume_base, rules.pack_base) == (
            Decimal("1.7"),
            Decimal("1.9"),
            Decimal("1.95"),
        )
        assert "soft_capsule" in rules.pack_families
        assert rules.form_ratios["effervescent_tablet"] == Decimal("1.3")
        assert rules.packing_material == {"glass": 0, "plastic": 1, "soft_bag": 4}
        assert rules.injection_floor is None

    def test_reads_a_floor_where_there_is_one(self) -> None:
        assert RatioRules.read(OFFICIAL_PARAMETERS | {"injection_floor": "0.3"}).injection_floor == Decimal("0.3")

    @pytest.mark.parametrize("name", sorted(OFFICIAL_PARAMETERS))
    def test_names_the_number_that_is_missing(self, name: str) -> None:
        parameters = {key: value for key, value in OFFICIAL_PARAMETERS.items() if key != name}
        with pytest.raises(UnfitParameter, match=f"Parameter “{name}” is missing") as refusal:
            RatioRules.read(parameters)
        assert refusal.value.name == name

    @pytest.mark.parametrize(
        ("name", "value", "place", "problem"),
        [
            ("strength_base", 1.7, "strength_base", "as text"),
            ("strength_base", "1,7", "strength_base", "as text"),
            ("strength_base", "NaN", "strength_base", "as text"),
            ("volume_base", "1", "volume_base", "above 1"),
            ("pack_base", "0.9", "pack_base", "above 1"),
            ("sugar_free", "0", "sugar_free", "above 0"),
            ("injection_floor", "0", "injection_floor", "above 0"),
            ("form_ratios", {"lozenge": "0"}, "form_ratios.lozenge", "above 0"),
            ("form_ratios", ["lozenge"], "form_ratios", "not a table"),
            ("packing_material", {"soft_bag": "-4"}, "packing_material.soft_bag", "as text"),
            ("pack_families", "lozenge", "pack_families", "not a list"),
            ("pack_families", [1], "pack_families", "not a list"),
            ("rounding", "0.1", "rounding", "list of pairs"),
            ("rounding", [["0"]], "rounding", "list of pairs"),
            ("rounding", [], "rounding", "start from 0"),
            ("rounding", [["1", "0.1"]], "rounding", "start from 0"),
            ("rounding", [["0", "0.1"], ["0", "1"]], "rounding", "ascend"),
            ("rounding", [["0", "0.05"]], "rounding", "power of ten"),
            ("rounding", [["0", "10"]], "rounding", "power of ten"),
        ],
    )
    def test_says_which_number_it_cannot_use(self, name: str, value: Any, place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            RatioRules.read(OFFICIAL_PARAMETERS | {name: value})
        assert refusal.value.name == place
        assert f"“{place}”" in str(refusal.value)


class TestRounded:
    @pytest.mark.parametrize(
        ("price", "expected"),
        [
            ("0.104", "0.10"),
            ("0.105", "0.11"),
            ("0.994", "0.99"),
            ("0.995", "1.00"),
            ("1", "1.0"),
            ("4.25", "4.3"),
            ("4.249999", "4.2"),
            ("99.96", "100.0"),
            ("100", "100"),
            ("123.5", "124"),
            ("123.49", "123"),
        ],
    )
    def test_keeps_the_digits_of_the_price_and_rounds_half_up(self, price: str, expected: str) -> None:
        assert str(RatioRules.read(OFFICIAL_PARAMETERS).rounded(Decimal(price))) == expected
