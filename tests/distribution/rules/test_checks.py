from __future__ import annotations

from distribution.rules.checks import Check, Gate, breaches, warnings


def check(rule: str, gate: Gate, passed: bool) -> Check:
    return Check(rule=rule, source="", gate=gate, passed=passed, sentence="", values={})


CHECKS = [
    check("hard-broken", Gate.HARD, False),
    check("hard-kept", Gate.HARD, True),
    check("warned", Gate.WARNING, False),
    check("not-warned", Gate.WARNING, True),
    check("hard-broken-too", Gate.HARD, False),
]


class TestBreaches:
    def test_are_the_hard_gates_that_do_not_let_pass_in_their_order(self) -> None:
        assert [found.rule for found in breaches(CHECKS)] == ["hard-broken", "hard-broken-too"]


class TestWarnings:
    def test_are_what_is_told_and_stops_nothing(self) -> None:
        assert [found.rule for found in warnings(CHECKS)] == ["warned"]
