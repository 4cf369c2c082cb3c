from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.ratio_rules import UnfitParameter
from catalog.rules.recall_rules import Limit, RecallRules
from catalog.rules.safety_rules import SafetyRules


class TestSafetyRules:
    def test_have_the_numbers_of_order_81_as_defaults(self) -> None:
        rules = SafetyRules.read({})
        assert rules == SafetyRules()
        assert rules.report_days == {"death": 0, "serious": 15, "new": 15, "other": 30}
        assert rules.review_working_days == {"death": 3, "serious": 3, "new": 15, "other": 15}

    def test_read_what_is_stated_in_place_of_the_default(self) -> None:
        rules = SafetyRules.read({"report_days": {"serious": 10}, "cluster_days": 7, "cluster_probability": "0.01"})
        assert rules.report_days == {"death": 0, "serious": 10, "new": 15, "other": 30}
        assert (rules.cluster_days, rules.cluster_probability) == (7, Decimal("0.01"))

    @pytest.mark.parametrize(
        ("parameters", "place"),
        [
            ({"days": 3}, "days"),
            ({"report_days": {"grave": 1}}, "report_days.grave"),
            ({"report_days": {"death": -1}}, "report_days.death"),
            ({"review_working_days": {"death": 0}}, "review_working_days.death"),
            ({"prr_least": "0"}, "prr_least"),
            ({"cluster_probability": "1.1"}, "cluster_probability"),
            ({"cluster_same_event": 0}, "cluster_same_event"),
        ],
    )
    def test_say_which_parameter_they_cannot_use(self, parameters: dict[str, Any], place: str) -> None:
        with pytest.raises(UnfitParameter) as refusal:
            SafetyRules.read(parameters)
        assert refusal.value.name == place


class TestRecallRules:
    def test_have_the_limits_of_2022_as_defaults(self) -> None:
        rules = RecallRules.read({})
        assert rules == RecallRules()
        assert rules.notify == {"I": Limit(days=1), "II": Limit(days=3), "III": Limit(days=7)}

    def test_read_hours_too(self) -> None:
        notify = {"I": {"hours": 24}, "II": {"hours": 48}, "III": {"days": 3}}
        rules = RecallRules.read({"rule": "X", "notify": notify, "public_classes": ["I"]})
        assert (rules.rule, rules.notify["II"], rules.notify["III"]) == ("X", Limit(hours=48), Limit(days=3))
        assert rules.public_classes == ("I",)
        assert RecallRules.read({"progress_days": {"I": 2, "II": 2, "III": 2}}).progress_days["I"] == 2

    @pytest.mark.parametrize(
        ("parameters", "place"),
        [
            ({"notify": {"I": {"days": 1}}}, "notify.II"),
            ({"notify": {name: {"days": 1, "hours": 24} for name in ("I", "II", "III")}}, "notify.I.days"),
            ({"progress_days": {"I": 0, "II": 1, "III": 1}}, "progress_days.I"),
            ({"public_classes": ["IV"]}, "public_classes"),
            ({"public_classes": "I"}, "public_classes"),
        ],
    )
    def test_say_which_parameter_they_cannot_use(self, parameters: dict[str, Any], place: str) -> None:
        with pytest.raises(UnfitParameter) as refusal:
            RecallRules.read(parameters)
        assert refusal.value.name == place
