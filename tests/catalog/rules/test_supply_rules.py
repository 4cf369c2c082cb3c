from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.ratio_rules import UnfitParameter
from catalog.rules.supply_rules import SupplyRules, TemperatureLimit
from catalog.states import Storage

whole_numbers = st.integers(1, 10_000)


class TestRead:
    def test_has_a_default_for_everything(self) -> None:
        assert SupplyRules.read({}) == SupplyRules()

    def test_bounds_each_class_of_storage_where_nothing_else_is_stated(self) -> None:
        temperature = SupplyRules.read({}).temperature
        assert set(temperature) == set(Storage.values)
        assert temperature[Storage.COLD] == TemperatureLimit(Decimal(2), Decimal(8))
        assert temperature[Storage.COOL] == TemperatureLimit(None, Decimal(20))

    def test_replaces_the_bounds_of_the_classes_that_are_stated_alone(self) -> None:
        rules = SupplyRules.read({"temperature": {"frozen": {"lowest": "-30.5", "highest": "-15"}, "cold": None}})
        assert rules.temperature == SupplyRules().temperature | {  # type: ignore[operator]
            Storage.FROZEN: TemperatureLimit(Decimal("-30.5"), Decimal(-15))
        }

    def test_reads_limits_by_role_and_tier(self) -> None:
        rules = SupplyRules.read(
            {"limits": {"buyer": {"primary": "50000.00", "tertiary": None}, "approver": {"secondary": "900000"}}}
        )
        assert rules.limits == {
            ("buyer", "primary"): Decimal("50000.00"),
            ("approver", "secondary"): Decimal(900_000),
        }

    @pytest.mark.parametrize(
        ("stated", "tiers"), [([], ()), (["secondary", "primary", "secondary"], ("secondary", "primary"))]
    )
    def test_reads_which_tiers_stock_essential_medicines_alone(self, stated: list[str], tiers: tuple[str, ...]) -> None:
        assert SupplyRules.read({"essential_only_tiers": stated}).essential_only_tiers == tiers

    @pytest.mark.parametrize(
        ("name", "stated", "read"),
        [
            ("backup_on_refusal", False, False),
            ("escalate_after_hours", 0, 0),
            ("distributors_per_county", 5, 5),
            ("distributors_per_county", None, None),
            ("cover_months", "1.5", Decimal("1.5")),
            ("reserve_floor_share", "1", Decimal(1)),
        ],
    )
    def test_reads_what_is_stated_in_place_of_the_default(self, name: str, stated: Any, read: Any) -> None:
        assert getattr(SupplyRules.read({name: stated}), name) == read

    @given(st.tuples(whole_numbers, whole_numbers, whole_numbers).map(sorted))
    def test_reads_any_hours_in_their_order(self, hours: list[int]) -> None:
        emergency, ordinary, remote = hours
        rules = SupplyRules.read(
            {
                "delivery_hours_emergency": emergency,
                "delivery_hours": ordinary,
                "delivery_hours_remote": remote,
            }
        )
        assert [rules.delivery_hours_emergency, rules.delivery_hours, rules.delivery_hours_remote] == hours

    @pytest.mark.parametrize(
        ("parameters", "place", "problem"),
        [
            ({"answer_days": 1}, "answer_days", "not known"),
            *(
                ({name: 0}, name, "at least 1")
                for name in (
                    "answer_hours",
                    "answer_hours_emergency",
                    "delivery_hours",
                    "delivery_hours_remote",
                    "delivery_hours_emergency",
                    "near_expiry_months",
                    "reading_interval_minutes",
                    "distributors_per_county",
                    "off_platform_filing_days",
                    "use_months",
                    "reserve_rotation_months",
                    "reserve_refill_days",
                )
            ),
            ({"remaining_life_months": -1}, "remaining_life_months", "at least 0"),
            ({"escalate_after_hours": -1}, "escalate_after_hours", "at least 0"),
            ({"remaining_life_share": "1.1"}, "remaining_life_share", "at most 1"),
            ({"remaining_life_share": 0.5}, "remaining_life_share", "decimal number as text"),
            ({"reserve_floor_share": "0"}, "reserve_floor_share", "above 0"),
            ({"reserve_floor_share": None}, "reserve_floor_share", "missing"),
            ({"cover_months": "0"}, "cover_months", "above 0"),
            ({"backup_on_refusal": "yes"}, "backup_on_refusal", "true or false"),
            ({"answer_hours": 1}, "answer_hours_emergency", "“answer_hours”, which is 1"),
            ({"delivery_hours_emergency": 49}, "delivery_hours_emergency", "“delivery_hours”, which is 48"),
            ({"delivery_hours": 73}, "delivery_hours", "“delivery_hours_remote”, which is 72"),
            ({"essential_only_tiers": "primary"}, "essential_only_tiers", "not a list"),
            ({"essential_only_tiers": ["village"]}, "essential_only_tiers", "tertiary, secondary, primary"),
            ({"essential_only_tiers": [["primary"]]}, "essential_only_tiers", "tertiary, secondary, primary"),
            ({"temperature": []}, "temperature", "table of names"),
            ({"temperature": {"warm": {}}}, "temperature.warm", "not known"),
            ({"temperature": {"cold": {"lowest": "2"}}}, "temperature.cold.highest", "missing"),
            ({"temperature": {"cold": {"highest": 8}}}, "temperature.cold.highest", "not a text"),
            ({"temperature": {"cold": {"highest": "8℃"}}}, "temperature.cold.highest", "degrees Celsius"),
            ({"temperature": {"cold": {"lowest": "8", "highest": "8"}}}, "temperature.cold.highest", "above 8"),
            ({"limits": {"pharmacist": {}}}, "limits.pharmacist", "not known"),
            ({"limits": {"buyer": "50000"}}, "limits.buyer", "table of names"),
            ({"limits": {"buyer": {"village": "1"}}}, "limits.buyer.village", "not known"),
            ({"limits": {"buyer": {"primary": "0"}}}, "limits.buyer.primary", "above 0"),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, parameters: dict[str, Any], place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            SupplyRules.read(parameters)
        assert refusal.value.name == place
