"""The worked examples are those of the price-ratio rules (发改价格〔2011〕2452号), recomputed."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.derivation import Derived, NotDerivable, Priced, derive
from catalog.rules.price_ratio import PRECISION
from catalog.rules.ratio_rules import RatioRules
from tests.catalog.rules.official import OFFICIAL_PARAMETERS

RULES = RatioRules.read(OFFICIAL_PARAMETERS)
MICRO = Decimal("0.000001")

# Injection ratios stand in an annex of the rules; these numbers only show in which order they would apply.
WITH_INJECTIONS = replace(
    RULES, form_ratios={**RULES.form_ratios, "powder_injection": Decimal(1), "lyophilised_injection": Decimal("1.5")}
)
WITH_FLOOR = replace(RULES, injection_floor=Decimal("0.3"))


def solid(amount: str, pack: int, family: str = "hard_capsule", **more: object) -> Priced:
    return Priced(family, Decimal(amount), "mg", None, pack, **more)  # type: ignore[arg-type]


def liquid(amount: str, volume: str, pack: int = 1, family: str = "small_injection", **more: object) -> Priced:
    return Priced(family, Decimal(amount), "mg", Decimal(volume), pack, **more)  # type: ignore[arg-type]


def volume_only(volume: str, family: str = "oral_solution") -> Priced:
    return Priced(family, Decimal(volume), "ml", None, 1)


def bottle(packing: str, volume: str = "250", pack: int = 1) -> Priced:
    return Priced("large_injection", Decimal(5), "%", Decimal(volume), pack, packing=packing)


def derived(price: str, representative: Priced, target: Priced, rules: RatioRules = RULES) -> Derived:
    return derive(Decimal(price), representative=representative, target=target, rules=rules)


def names(result: Derived) -> list[str]:
    return [step.name for step in result.steps]


class TestDerive:
    @pytest.mark.parametrize(
        ("price", "representative", "target", "exact", "rounded"),
        [
            ("8.72", solid("250", 24), solid("250", 48), "17.004000", "17.0"),
            ("8.72", solid("250", 24), solid("250", 12), "4.471795", "4.5"),
            ("8.72", solid("250", 24), solid("250", 36), "12.887713", "12.9"),
            ("8.72", solid("250", 24), solid("500", 24), "14.824000", "14.8"),
            ("8.72", solid("250", 24), solid("125", 24), "5.129412", "5.1"),
            ("8.72", solid("250", 24), solid("375", 24), "11.893795", "11.9"),
            (
                "10.00",
                solid("10", 7, "plain_tablet"),
                solid("20", 14, "dispersible_tablet"),
                "39.780000",
                "39.8",
            ),
            ("20.00", volume_only("100"), volume_only("60"), "12.462299", "12.5"),
            ("3.15", liquid("80", "2"), liquid("80", "2", pack=10), "31.500000", "31.5"),
        ],
    )
    def test_follows_the_worked_examples(
        self, price: str, representative: Priced, target: Priced, exact: str, rounded: str
    ) -> None:
        result = derived(price, representative, target)
        assert result.exact.quantize(MICRO) == Decimal(exact)
        assert str(result.price) == rounded

    def test_takes_form_strength_and_pack_in_this_order(self) -> None:
        result = derived("10.00", solid("10", 7, "plain_tablet"), solid("20", 14, "dispersible_tablet"))
        assert [step.as_json() for step in result.steps] == [
            {"name": "form", "ratio": "1.2", "price_after": "12"},
            {"name": "strength", "quantity_ratio": "2", "base": "1.7", "ratio": "1.7", "price_after": "20.4"},
            {"name": "pack", "quantity_ratio": "2", "base": "1.95", "ratio": "1.95", "price_after": "39.78"},
            {"name": "rounding", "price_after": "39.8"},
        ]

    def test_tells_its_steps_in_a_way_that_can_be_recorded(self) -> None:
        steps = [step.as_json() for step in derived("8.72", solid("250", 24), solid("375", 36)).steps]
        assert json.loads(json.dumps(steps)) == steps

    @pytest.mark.parametrize(
        ("price", "representative", "target", "rounded"),
        [
            ("2.50", solid("10", 10), solid("20", 10), "4.3"),  # 4.25
            ("7.225", solid("20", 10), solid("10", 10), "4.3"),  # 4.25
            ("6.3375", solid("10", 40), solid("10", 20), "3.3"),  # 3.25
            ("8.12175", solid("10", 20), solid("5", 10), "2.5"),  # 2.45
            ("5.4145", solid("20", 10, "effervescent_tablet"), solid("10", 10, "plain_tablet"), "2.5"),  # 2.45
            ("3.375", solid("20", 10, "plain_tablet"), solid("20", 10, "dispersible_tablet"), "4.1"),  # 4.05
            ("2.7", solid("10", 20, "dispersible_tablet"), solid("20", 10, "effervescent_tablet"), "2.6"),  # 2.55
            ("170.85", solid("20", 10), solid("10", 10), "101"),  # 100.5
        ],
    )
    def test_rounds_what_lies_exactly_between_two_prices_up(
        self, price: str, representative: Priced, target: Priced, rounded: str
    ) -> None:
        assert str(derived(price, representative, target).price) == rounded

    def test_compares_concentrations_first_and_then_volumes(self) -> None:
        result = derived("10", liquid("80", "2"), liquid("80", "4"))
        assert [(step.name, step.quantity_ratio) for step in result.steps[:2]] == [
            ("strength", Decimal("0.5")),
            ("volume", Decimal(2)),
        ]
        with localcontext(PRECISION):
            assert abs(result.exact - Decimal(10) / Decimal("1.7") * Decimal("1.9")) < Decimal("1e-25")

    @pytest.mark.parametrize(
        "target",
        [
            liquid("160", "4"),
            Priced("small_injection", Decimal("1.6"), "%", Decimal(4), 1),
            volume_only("4", "small_injection"),
        ],
    )
    def test_uses_the_volume_alone_where_the_concentration_is_the_same(self, target: Priced) -> None:
        if target.unit == "ml":
            representative = replace(target, amount=Decimal(2))
        else:
            representative = replace(target, volume_ml=Decimal(2))
            if target.unit == "mg":
                representative = replace(representative, amount=Decimal(80))
        result = derived("10", representative, target)
        assert names(result) == ["volume"]
        assert result.price == 19

    def test_compares_concentrations_of_a_stated_percentage(self) -> None:
        result = derived("10", bottle("glass"), replace(bottle("glass"), amount=Decimal(10)))
        assert names(result) == ["strength"]
        assert result.price == 17

    def test_charges_a_pack_of_other_forms_in_proportion(self) -> None:
        result = derived("3.10", solid("500", 6, "granules"), solid("500", 9, "granules"))
        assert result.exact == Decimal("4.65")
        assert str(result.price) == "4.7"

    @pytest.mark.parametrize(
        ("is_sugar_free", "expected"),
        [(True, Decimal("11")), (False, Decimal("9.1"))],
    )
    def test_raises_the_price_of_the_sugar_free(self, is_sugar_free: bool, expected: Decimal) -> None:
        target = solid("500", 6, "granules", is_sugar_free=is_sugar_free)
        result = derived("10", replace(target, is_sugar_free=not is_sugar_free), target)
        assert names(result)[0] == "sugar_free"
        assert result.price == expected

    def test_takes_sugar_free_with_the_form(self) -> None:
        target = solid("20", 14, "chewable_tablet", is_sugar_free=True)
        result = derived("10", solid("10", 7, "plain_tablet"), target)
        assert names(result) == ["form", "sugar_free", "strength", "pack", "rounding"]

    @pytest.mark.parametrize(
        ("representative", "target", "expected"),
        [
            (bottle("glass"), bottle("plastic"), "6.0"),
            (bottle("glass"), bottle("soft_bag"), "9.0"),
            (bottle("soft_bag"), bottle("plastic"), "2.0"),
            (bottle("soft_bag"), bottle("soft_bag"), "5.0"),
            (bottle("unheard_of"), bottle("unheard_of"), "5.0"),
            (bottle(""), bottle("soft_bag"), "9.0"),
            (bottle(""), bottle("glass"), "5.0"),
            (bottle("plastic"), bottle(""), "4.0"),
            (bottle("glass"), bottle("plastic", "500"), "10.5"),
            (bottle("glass"), bottle("plastic", pack=10), "60.0"),
        ],
    )
    def test_adds_the_packing_material_in_yuan_for_each_bottle(
        self, representative: Priced, target: Priced, expected: str
    ) -> None:
        assert str(derived("5", representative, target).price) == expected

    def test_adds_the_packing_material_after_the_ratios(self) -> None:
        result = derived("5", bottle("glass"), bottle("soft_bag", "500", pack=2))
        assert names(result) == ["volume", "pack", "packing"]
        assert result.steps[-1].as_json() == {"name": "packing", "surcharge": "8", "price_after": "27"}

    def test_reads_no_packing_of_other_forms(self) -> None:
        assert derived("5", solid("10", 7, packing="blister"), solid("10", 7, packing="bottle")).price == 5

    @pytest.mark.parametrize(
        ("representative", "target", "order"),
        [
            ("powder_injection", "lyophilised_injection", ["strength", "form"]),
            ("lyophilised_injection", "powder_injection", ["form", "strength"]),
        ],
    )
    def test_takes_form_and_strength_of_injections_by_their_direction(
        self, representative: str, target: str, order: list[str]
    ) -> None:
        result = derived("10", solid("500", 1, representative), solid("1000", 1, target), WITH_INJECTIONS)
        assert names(result)[:2] == order

    def test_lifts_an_injection_to_the_floor(self) -> None:
        result = derived("2.00", liquid("80", "2", pack=10), liquid("160", "2", pack=5), WITH_FLOOR)
        assert result.price == result.exact == Decimal("1.70")
        result = derived("1.00", liquid("80", "2", pack=10), liquid("160", "2", pack=5), WITH_FLOOR)
        assert names(result) == ["strength", "pack", "floor"]
        assert result.price == Decimal("1.5")

    def test_lifts_a_smaller_injection_no_higher_than_the_representative(self) -> None:
        result = derived("2.50", liquid("80", "2", pack=10), liquid("40", "2", pack=10), WITH_FLOOR)
        assert result.price == Decimal("2.5")

    @pytest.mark.parametrize(
        ("representative", "target", "expected"),
        [
            (liquid("80", "2", pack=10), liquid("80", "2", pack=10), "1.0"),
            (solid("80", 10), solid("80", 1), "0.11"),
        ],
    )
    def test_has_no_floor_for_the_representative_and_for_other_forms(
        self, representative: Priced, target: Priced, expected: str
    ) -> None:
        assert str(derived("1.00", representative, target, WITH_FLOOR).price) == expected

    @pytest.mark.parametrize(
        ("representative", "target", "reason"),
        [
            (solid("10", 7, "plain_tablet"), solid("10", 7, "granules"), "forms"),
            (solid("10", 7, "granules"), solid("10", 7, "oral_film"), "forms"),
            (solid("10", 7, "plain_tablet"), solid("10", 7, "powder_injection"), "forms"),
            (solid("10", 7, "other"), solid("10", 14, "other"), "forms"),
            (solid("10", 7, ""), solid("10", 14, ""), "forms"),
            (solid("10", 7), Priced("hard_capsule", Decimal(10), "单位", None, 7), "contents"),
            (solid("10", 1, "small_injection"), liquid("10", "1"), "contents"),
            (volume_only("100"), liquid("10", "100", family="oral_solution"), "contents"),
            (
                solid("10", 7, "plain_tablet", is_traditional=True),
                solid("10", 7, "dispersible_tablet", is_traditional=True),
                "traditional",
            ),
            (
                solid("10", 7, "granules", is_traditional=True),
                solid("20", 7, "granules", is_traditional=True),
                "traditional",
            ),
            (bottle("glass"), bottle("paper"), "packing"),
            (bottle("paper"), bottle("glass"), "packing"),
            (bottle("soft_bag"), bottle("glass", "100"), "nothing_left"),
        ],
    )
    def test_refuses_what_the_rules_do_not_compare(self, representative: Priced, target: Priced, reason: str) -> None:
        with pytest.raises(NotDerivable) as refusal:
            derived("3", representative, target, WITH_INJECTIONS)
        assert refusal.value.reason == reason
        assert "%(" not in str(refusal.value)
        assert "enter a price of its own" in str(refusal.value)

    def test_compares_packs_of_a_chinese_patent_medicine(self) -> None:
        one = solid("300", 12, "plain_tablet", is_traditional=True)
        assert derived("3.10", one, replace(one, pack_quantity=24)).exact == Decimal("6.045")

    def test_refuses_to_round_a_price_to_nothing(self) -> None:
        with pytest.raises(NotDerivable, match=r"from 0\.01 yuan the rules leave 0\.001 yuan"):
            derived("0.01", liquid("1", "1", pack=10), liquid("1", "1", pack=1))

    @pytest.mark.parametrize("price", ["0", "-1"])
    def test_refuses_a_price_that_is_not_positive(self, price: str) -> None:
        with pytest.raises(ValueError, match="positive"):
            derived(price, solid("10", 7), solid("10", 14))

    @pytest.mark.parametrize(("amount", "volume", "pack"), [("0", "1", 1), ("1", "0", 1), ("1", "1", 0)])
    def test_refuses_quantities_that_are_not_positive(self, amount: str, volume: str, pack: int) -> None:
        with pytest.raises(ValueError, match="positive"):
            liquid(amount, volume, pack)


prices = st.decimals(min_value="0.5", max_value="5000", places=2)
amounts = st.decimals(min_value="0.1", max_value="1000", places=1)
oral = st.builds(
    Priced,
    family=st.sampled_from(sorted(RULES.form_ratios)),
    amount=amounts,
    unit=st.just("mg"),
    volume_ml=st.none(),
    pack_quantity=st.integers(min_value=1, max_value=200),
    is_sugar_free=st.booleans(),
)
liquids = st.builds(
    Priced,
    family=st.just("small_injection"),
    amount=amounts,
    unit=st.just("mg"),
    volume_ml=amounts,
    pack_quantity=st.integers(min_value=1, max_value=20),
)
# So fine that no price is rounded to nothing, which would be refused.
FINE = replace(RULES, rounding=((Decimal(0), Decimal("1e-12")),))


def exactly(price: Decimal, representative: Priced, target: Priced) -> Decimal:
    return derive(price, representative=representative, target=target, rules=FINE).exact


class TestInvariants:
    @given(prices, oral)
    def test_the_representative_keeps_its_price(self, price: Decimal, one: Priced) -> None:
        result = derive(price, representative=one, target=one, rules=RULES)
        assert result.exact == price
        assert result.price == RULES.rounded(price)

    @given(prices, st.one_of(st.tuples(oral, oral, oral), st.tuples(liquids, liquids, liquids)))
    def test_a_detour_leads_to_the_same_price(self, price: Decimal, three: tuple[Priced, Priced, Priced]) -> None:
        one, other, third = three
        direct = exactly(price, one, third)
        detour = exactly(exactly(price, one, other), other, third)
        assert abs(direct - detour) <= direct * Decimal("1e-25")

    @given(prices, st.one_of(st.tuples(oral, oral), st.tuples(liquids, liquids)))
    def test_every_step_follows_from_the_one_before(self, price: Decimal, two: tuple[Priced, Priced]) -> None:
        result = derive(price, representative=two[0], target=two[1], rules=FINE)
        before = price
        for step in result.steps:
            if step.ratio is not None:
                assert abs(before * step.ratio - step.price_after) <= step.price_after * Decimal("1e-25")
            before = step.price_after
        # rounding snaps the last digit of a chain of ratios back to what is meant
        assert abs(before - result.price) <= result.price * Decimal("1e-25")

    @given(prices, oral, amounts, amounts)
    def test_more_content_costs_more_and_each_milligram_less(
        self, price: Decimal, one: Priced, less: Decimal, more: Decimal
    ) -> None:
        if less > more:
            less, more = more, less
        small = exactly(price, one, replace(one, amount=less))
        large = exactly(price, one, replace(one, amount=more))
        assert (small < large) == (less < more)
        assert (large / more < small / less) == (less < more)
