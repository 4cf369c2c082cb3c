from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Event
from catalog.models import RuleSet
from catalog.services.rulesets import PARAMETERS, BadParameter, RuleSetExists, enter_rule_set
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.django_db
RATIO, CHECK = RuleSet.Kind.PRICE_RATIO, RuleSet.Kind.RETAIL_CHECK
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def enter(kind: RuleSet.Kind = RATIO, parameters: dict[str, Any] | None = None, **changed: Any) -> RuleSet:
    options = {"valid_from": JUNE, "valid_until": None} | changed
    return enter_rule_set(
        kind=kind,
        title="药品差比价规则",
        source="发改价格〔2011〕2452号",
        parameters={"strength_base": "1.7"} if parameters is None else parameters,
        actor=Actor.platform(),
        at=NOW,
        **options,
    )


class TestEnterRuleSet:
    def test_enters_it_and_writes_it_down(self) -> None:
        entered = enter()
        entered.refresh_from_db()
        assert (entered.parameters, entered.validity.lower) == ({"strength_base": "1.7"}, JUNE)
        event = Event.objects.get()
        assert (event.action, event.changes) == ("rule_set.enter", {"strength_base": [None, "1.7"]})

    @pytest.mark.parametrize("markup", ["0", "0.15", "1"])
    def test_takes_a_markup_from_nothing_to_as_much_again(self, markup: str) -> None:
        assert enter(CHECK, {"markup": markup}).parameters == {"markup": markup}

    @pytest.mark.parametrize(
        "value", ["1", "0.9", "-1.7", "", "1,7", "１.7", "1e1", "NaN", "Infinity", 1.7, None, True]
    )
    def test_refuses_a_strength_base_that_is_no_ratio(self, value: object) -> None:
        with refused(BadParameter) as refusal:
            enter(RATIO, {"strength_base": value})
        assert refusal.pointers == ["/parameters/strength_base"]
        assert not RuleSet.objects.exists()

    @pytest.mark.parametrize("value", ["-0.01", "1.01", "15%", 0, ["0"]])
    def test_refuses_a_markup_that_is_no_share(self, value: object) -> None:
        with refused(BadParameter):
            enter(CHECK, {"markup": value})

    def test_names_what_is_missing_and_what_is_unknown(self) -> None:
        with refused(BadParameter, BadParameter) as refusal:
            enter(CHECK, {"mark-up": "0"})
        assert refusal.pointers == ["/parameters/markup", "/parameters/mark-up"]

    def test_refuses_a_second_one_of_the_kind_in_the_period(self) -> None:
        enter(valid_until=JULY)
        with refused(RuleSetExists):
            enter(valid_from=date(2026, 6, 30))
        assert enter(valid_from=JULY)
        assert enter(CHECK, {"markup": "0"})

    def test_knows_the_numbers_of_every_kind(self) -> None:
        assert set(PARAMETERS) == set(RuleSet.Kind)
