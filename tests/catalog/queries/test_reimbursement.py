from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalog.accounts.kinds import Tier
from catalog.errors import NoRuleSet
from catalog.models import RuleSet
from catalog.queries.reimbursement import judge_reimbursement
from catalog.rules.reimbursement import BARELY_HIGHER, CLEARLY_HIGHER, NOT_HIGHER
from catalog.states import Scheme
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.refusals import refused

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def _rules(cast: Cast) -> None:
    factories.rule_set(RuleSet.Kind.REIMBURSEMENT, {"least_bonus": "0.05"})


@pytest.mark.usefixtures("_rules")
class TestJudgeReimbursement:
    @pytest.mark.parametrize("scheme", Scheme)
    @pytest.mark.parametrize("tier", [tier for tier in Tier.values if tier])
    @pytest.mark.parametrize(
        ("rate", "bonus", "verdict"),
        [
            ("0.70", "0.05", CLEARLY_HIGHER),
            ("0.70", "0.0499", BARELY_HIGHER),
            ("0.70", "0", NOT_HIGHER),
            # what the ceiling of 100 % cuts off favours nobody
            ("0.98", "0.10", BARELY_HIGHER),
            ("1", "0.10", NOT_HIGHER),
        ],
    )
    def test_judges_every_scheme_and_level(
        self, scheme: Scheme, tier: str, rate: str, bonus: str, verdict: str
    ) -> None:
        terms = factories.reimbursement_terms(scheme, tier=tier, rate=rate, essential_bonus=bonus)
        [judged] = judge_reimbursement(JUNE)
        assert (judged.terms, judged.verdict.verdict) == (terms, verdict)
        assert judged.verdict.evidence["least_bonus"] == "0.05"

    def test_judges_one_province_or_all(self) -> None:
        for province_id in (HENAN, HUBEI):
            factories.reimbursement_terms(province_id=province_id)
        assert [item.terms.province_id for item in judge_reimbursement(JUNE, HUBEI)] == [HUBEI]
        assert len(judge_reimbursement(JUNE)) == 2

    def test_judges_what_holds_on_the_day_by_the_rule_of_the_day(self) -> None:
        factories.reimbursement_terms(essential_bonus="0.05")
        factories.reimbursement_terms(essential_bonus="0.06", valid_from=JULY)
        factories.rule_set(RuleSet.Kind.REIMBURSEMENT, {"least_bonus": "0.10"}, valid_from=JULY)
        found = [
            (item.terms.essential_bonus, item.verdict.verdict)
            for on in (JUNE, JULY)
            for item in judge_reimbursement(on)
        ]
        assert found == [(Decimal("0.05"), CLEARLY_HIGHER), (Decimal("0.06"), BARELY_HIGHER)]


class TestWithoutARule:
    def test_nothing_is_judged(self, cast: Cast) -> None:
        factories.reimbursement_terms()
        with refused(NoRuleSet):
            judge_reimbursement(JUNE)
