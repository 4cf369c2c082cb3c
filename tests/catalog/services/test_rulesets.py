from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.models import Event
from catalog.models import RuleSet
from catalog.services.rulesets import BadParameter, RuleSetExists, check_parameters, enter_rule_set, parameter_names
from procurement.states import Procedure
from tests.cast import PRICE_RATIOS, Cast
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.django_db
RATIO, CHECK, BONUS = RuleSet.Kind.PRICE_RATIO, RuleSet.Kind.RETAIL_CHECK, RuleSet.Kind.REIMBURSEMENT
USUAL = (
    *(RuleSet.Kind.SUPPLY, RuleSet.Kind.INVOICING, RuleSet.Kind.DELIVERY_PERFORMANCE, RuleSet.Kind.SHORTAGE),
    *(RuleSet.Kind.USE_SHARE, RuleSet.Kind.SAFETY, RuleSet.Kind.RECALL, RuleSet.Kind.PRICE_ALARM),
    RuleSet.Kind.ORDER_SCREENS,
)
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def enter(kind: RuleSet.Kind = RATIO, parameters: dict[str, Any] | None = None, **changed: Any) -> RuleSet:
    options = {"valid_from": JUNE, "valid_until": None, "actor": Actor.platform()} | changed
    return enter_rule_set(
        kind=kind,
        title="药品差比价规则",
        source="发改价格〔2011〕2452号",
        parameters=PRICE_RATIOS if parameters is None else parameters,
        at=NOW,
        **options,
    )


class TestEnterRuleSet:
    def test_enters_it_and_writes_it_down(self) -> None:
        entered = enter()
        entered.refresh_from_db()
        assert (entered.parameters, entered.validity.lower) == (PRICE_RATIOS, JUNE)
        event = Event.objects.get()
        assert event.action == "rule_set.enter"
        assert event.changes["form_ratios"] == [None, PRICE_RATIOS["form_ratios"]]

    @pytest.mark.parametrize("markup", ["0", "0.15", "1"])
    def test_takes_a_markup_from_nothing_to_as_much_again(self, markup: str) -> None:
        assert enter(CHECK, {"markup": markup}).parameters == {"markup": markup}

    @pytest.mark.parametrize(
        "value", ["1", "0.9", "-1.7", "", "1,7", "１.7", "1e1", "NaN", "Infinity", 1.7, None, True]
    )
    def test_refuses_a_strength_base_that_is_no_ratio(self, value: object) -> None:
        with refused(BadParameter) as refusal:
            enter(RATIO, PRICE_RATIOS | {"strength_base": value})
        assert refusal.pointers == ["/parameters/strength_base"]
        assert not RuleSet.objects.exists()

    @pytest.mark.parametrize(
        ("changed", "where"),
        [
            ({"form_ratios": {"plain_tablet": "1", "soft_capsule": "0"}}, "form_ratios.soft_capsule"),
            ({"form_ratios": ["1"]}, "form_ratios"),
            ({"packing_material": {"glass": 0}}, "packing_material.glass"),
            ({"pack_families": "plain_tablet"}, "pack_families"),
            ({"rounding": [["1", "0.1"]]}, "rounding"),
            ({"rounding": [["0", "0.02"]]}, "rounding"),
            ({"injection_floor": "0"}, "injection_floor"),
        ],
    )
    def test_refuses_a_ratio_within_a_table(self, changed: dict[str, Any], where: str) -> None:
        with refused(BadParameter) as refusal:
            enter(RATIO, PRICE_RATIOS | changed)
        assert refusal.pointers == [f"/parameters/{where}"]

    @pytest.mark.parametrize("name", PRICE_RATIOS)
    def test_refuses_price_ratios_without_one_of_them(self, name: str) -> None:
        with refused(BadParameter) as refusal:
            enter(RATIO, {key: value for key, value in PRICE_RATIOS.items() if key != name})
        assert refusal.pointers == [f"/parameters/{name}"]

    def test_takes_a_floor_for_injections(self) -> None:
        assert enter(RATIO, PRICE_RATIOS | {"injection_floor": "0.1"}).parameters["injection_floor"] == "0.1"

    def test_takes_a_markup_for_a_level_of_institution(self) -> None:
        assert enter(CHECK, {"markup": "0", "markup_tertiary": "0.05"}).parameters["markup_tertiary"] == "0.05"
        with refused(BadParameter) as refusal:
            enter(CHECK, {"markup": "0", "markup_quaternary": "0.05"}, valid_from=JULY)
        assert refusal.pointers == ["/parameters/markup_quaternary"]

    def test_takes_how_much_higher_is_clearly_higher(self) -> None:
        assert enter(BONUS, {"least_bonus": "0.05"}).parameters == {"least_bonus": "0.05"}
        with refused(BadParameter):
            enter(BONUS, {"least_bonus": "5%"}, valid_from=JULY)

    def test_refuses_who_is_no_officer(self, cast: Cast) -> None:
        with refused(NotAllowed):
            enter(actor=cast.supervisor)

    @pytest.mark.parametrize("value", ["-0.01", "1.01", "15%", 0, ["0"]])
    def test_refuses_a_markup_that_is_no_share(self, value: object) -> None:
        with refused(BadParameter):
            enter(CHECK, {"markup": value})

    def test_names_what_is_missing_and_what_is_unknown(self) -> None:
        with refused(BadParameter, BadParameter) as refusal:
            enter(CHECK, {"mark-up": "0"})
        assert refusal.pointers == ["/parameters/markup", "/parameters/mark-up"]

    def test_ends_the_former_one_of_the_kind_where_it_begins(self) -> None:
        former, other = enter(), enter(CHECK, {"markup": "0"})
        enter(valid_from=JULY)
        former.refresh_from_db()
        other.refresh_from_db()
        assert (former.validity.upper, other.validity.upper) == (JULY, None)

    @pytest.mark.parametrize("valid_from", [JUNE, date(2026, 5, 1)], ids=["the same day", "before"])
    def test_refuses_one_of_the_kind_on_whose_day_or_after_which_another_begins(self, valid_from: date) -> None:
        former = enter(valid_until=JULY)
        with refused(RuleSetExists):
            enter(valid_from=valid_from)
        former.refresh_from_db()
        assert (RuleSet.objects.count(), former.validity.upper) == (1, JULY)


class TestParameters:
    @pytest.mark.parametrize("kind", RuleSet.Kind)
    def test_of_every_kind_are_known_by_name(self, kind: RuleSet.Kind) -> None:
        names = parameter_names(kind)
        assert len(set(names)) == len(names) > 0
        missing = {error.pointer for error in check_parameters(kind, {})}
        assert missing <= {f"/parameters/{name}" for name in names}
        # a procedure may do without every number, and those of distribution and supervision have a usual one
        assert missing or kind in {*Procedure.values, *USUAL}
