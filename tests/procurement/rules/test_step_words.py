from __future__ import annotations

import pytest
from django.utils import translation

from catalog.rules.procedure_rules import Anchor, TieBreak
from procurement.rules.scoring import RULE_CONDUCT, RULE_PLACES
from procurement.rules.step_words import computation_in_words
from procurement.rules.steps import RULE_ENTRY, RULE_TIE, RULE_WINNERS


def in_chinese(rule: str, computation: str) -> str:
    with translation.override("zh-hans"):
        return computation_in_words({"rule": rule, "computation": computation, "result": "true"})


class TestComputationInWords:
    @pytest.mark.parametrize(
        ("computation", "said"),
        [
            ("rank 1, places 2", "排名 1, 中选名额 2"),
            ("8 bidders", "8 家投标人"),
            ("7 valid offers", "7 个有效报价"),
            ("min(3, 2)", "取较小值(3, 2)"),
            ("output", "供应量"),
        ],
    )
    def test_puts_the_words_into_the_readers_language(self, computation: str, said: str) -> None:
        assert in_chinese(RULE_WINNERS, computation) == said

    def test_leaves_numbers_and_signs_alone(self) -> None:
        assert in_chinese(f"{RULE_ENTRY}.cut", "0.5000 ≤ (1 − 0.5) × 1.0000") == "0.5000 ≤ (1 − 0.5) × 1.0000"

    @pytest.mark.parametrize("anchor", [*Anchor])
    def test_knows_every_anchor(self, anchor: Anchor) -> None:
        said = in_chinese(f"{RULE_ENTRY}.anchor", f"{anchor}, mean 2.5000")
        assert said.endswith(", 均值 2.5000") and said.isascii() is False and anchor not in said

    def test_knows_every_tie_break(self) -> None:
        said = in_chinese(RULE_TIE, ", ".join(TieBreak))
        assert not any(tie_break in said for tie_break in TieBreak)

    def test_knows_the_places_of_a_shortlist(self) -> None:
        assert in_chinese(RULE_PLACES, "4 bidders, rank 2 ≤ 3") == "4 家投标人, 排名 2 ≤ 3"

    def test_leaves_the_names_of_documents_as_they_are(self) -> None:
        kept = "91.0000 − 6.5 (On bidders of low rank)"
        assert in_chinese(RULE_CONDUCT, kept) == kept
