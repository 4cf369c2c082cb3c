from __future__ import annotations

from datetime import date

import pytest

from catalog.accounts.kinds import Tier
from catalog.models import RuleSet
from catalog.queries.reimbursement import judge_reimbursement
from catalog.rules.reimbursement import BARELY_HIGHER, CLEARLY_HIGHER, NOT_HIGHER
from catalog.states import Scheme
from tests import factories
from tests.cast import Cast

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
        judged = judge_reimbursement([terms], today=JUNE)[terms.pk]
        assert judged.verdict == verdict
        assert judged.evidence["least_bonus"] == "0.05"

    def test_judges_by_the_rule_of_the_day_on_which_the_terms_hold(self) -> None:
        former = factories.reimbursement_terms(essential_bonus="0.06")
        present = factories.reimbursement_terms(essential_bonus="0.06", valid_from=JULY)
        former.refresh_from_db()
        factories.rule_set(RuleSet.Kind.REIMBURSEMENT, {"least_bonus": "0.10"}, valid_from=JULY)
        for today in (JUNE, JULY, date(2027, 1, 1)):
            found = judge_reimbursement([former, present], today=today)
            assert found[former.pk].verdict == CLEARLY_HIGHER
            assert found[present.pk].verdict == BARELY_HIGHER


class TestWithoutARule:
    def test_nothing_is_judged(self, cast: Cast) -> None:
        assert judge_reimbursement([factories.reimbursement_terms()], today=JUNE) == {}
