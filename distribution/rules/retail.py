"""May this retail price be? Compared with the guide price of its day and with what the institution paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.text import format_lazy

from catalog.foundation.money import FEN, round_half_up
from catalog.rules.markup import RULE_GUIDE_PRICE, RULE_MARKUP, RULE_WORDS
from distribution.states import RetailVerdict

# Those who check a finding see the code of the rule too, which the API speaks of.
RULES = {rule: format_lazy("{} ({})", words, rule) for rule, words in RULE_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: what was compared with what."""

    verdict: RetailVerdict
    limit: Decimal | None
    evidence: dict[str, str]


def check_retail_price(
    price: Decimal, *, guide_price: Decimal | None, purchase_price: Decimal | None, markup: Decimal
) -> list[Violation]:
    """Compare a retail price (yuan per pack) with its limits; exactly at a limit is lawful, one fen above is not.

    ``markup`` is the share that the institution may add to its purchase price, 0 for zero mark-up. A product that the
    province does not procure is compared with the guide price alone.
    """
    violations: list[Violation] = []
    if guide_price is None:
        violations.append(Violation(RetailVerdict.NO_CEILING, None, {"rule": RULE_GUIDE_PRICE, "price": str(price)}))
    elif price > guide_price:
        violations.append(
            Violation(
                RetailVerdict.ABOVE_GUIDE_PRICE,
                guide_price,
                {
                    "rule": RULE_GUIDE_PRICE,
                    "price": str(price),
                    "guide_price": str(guide_price),
                    "excess": str(price - guide_price),
                },
            )
        )
    if purchase_price is not None:
        allowed = round_half_up(purchase_price * (1 + markup), FEN)
        if price > allowed:
            violations.append(
                Violation(
                    RetailVerdict.ABOVE_PURCHASE_PRICE,
                    allowed,
                    {
                        "rule": RULE_MARKUP,
                        "price": str(price),
                        "purchase_price": str(purchase_price),
                        "markup": str(markup),
                        "allowed": str(allowed),
                        "excess": str(price - allowed),
                    },
                )
            )
    return violations


def facts_behind(evidence: Mapping[str, str]) -> dict[str, str]:
    """What the verdict rests on: the rule set says the mark-up, and nothing about guide prices."""
    is_markup = evidence.get("rule") == RULE_MARKUP
    return {name: value for name, value in evidence.items() if is_markup or name != "rule_set"}
