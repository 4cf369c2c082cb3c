"""May this retail price be? Held against the guide price of its day, what the institution paid, and its peers.

``distribution/queries/retail_checks.py`` says the same once more as one statement over any number of prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.foundation.money import FEN, UNIT_PRICE, round_half_up
from catalog.rules.markup import RULE_GUIDE_PRICE, RULE_MARKUP, RULE_WORDS
from catalog.rules.retail_rules import RetailRules
from distribution.states import RetailVerdict

# The spread of a product's prices is the platform's own measure, not one of the law.
RULE_PEERS = "PLATFORM.retail.peers"

# Those who check a finding see the code of the rule too, which the API speaks of.
RULES = {
    rule: format_lazy("{} ({})", words, rule)
    for rule, words in (
        RULE_WORDS | {RULE_PEERS: _("a price stands out from those of the other institutions of the province")}
    ).items()
}


@dataclass(frozen=True, slots=True)
class Peers:
    """The institutions of a province that reported the product in the quarter, and the median of their last prices."""

    count: int
    median: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule, or one abnormal price: what was compared with what."""

    verdict: RetailVerdict
    limit: Decimal | None
    evidence: dict[str, str]


def peers_of(*, count: int, median: Decimal, rules: RetailRules) -> Peers | None:
    """Between which prices (yuan per pack, to 1/100 fen, both inclusive) is usual; nothing while too few report."""
    if count < rules.least_peers:
        return None
    low, high = (round_half_up(median * ratio, UNIT_PRICE) for ratio in (rules.peer_low, rules.peer_high))
    return Peers(count, median, low, high)


def check_retail_price(
    price: Decimal,
    *,
    guide_price: Decimal | None,
    purchase_price: Decimal | None,
    markup: Decimal,
    peers: Peers | None = None,
) -> list[Violation]:
    """Compare a retail price (yuan per pack) with its limits; exactly at a limit is lawful, one fen above is not.

    ``markup`` is the share that the institution may add to its purchase price, 0 for zero mark-up. A product that the
    province does not procure is compared with the guide price and its peers alone.
    """
    violations: list[Violation] = []

    def found(verdict: RetailVerdict, limit: Decimal | None, rule: str, **facts: object) -> None:
        evidence = {"rule": rule, "price": str(price)} | {name: str(value) for name, value in facts.items()}
        violations.append(Violation(verdict, limit, evidence))

    if guide_price is None:
        found(RetailVerdict.NO_CEILING, None, RULE_GUIDE_PRICE)
    elif price > guide_price:
        found(
            RetailVerdict.ABOVE_GUIDE_PRICE,
            guide_price,
            RULE_GUIDE_PRICE,
            guide_price=guide_price,
            excess=price - guide_price,
        )
    if purchase_price is not None:
        allowed = round_half_up(purchase_price * (1 + markup), FEN)
        if price > allowed:
            found(
                RetailVerdict.ABOVE_PURCHASE_PRICE,
                allowed,
                RULE_MARKUP,
                purchase_price=purchase_price,
                markup=markup,
                allowed=allowed,
                excess=price - allowed,
            )
    if peers is not None and not peers.low <= price <= peers.high:
        is_high = price > peers.high
        found(
            RetailVerdict.ABNORMALLY_HIGH if is_high else RetailVerdict.ABNORMALLY_LOW,
            peers.high if is_high else peers.low,
            RULE_PEERS,
            peer_median=peers.median,
            peer_count=peers.count,
            usual_from=peers.low,
            usual_to=peers.high,
        )
    return violations


# The rule set says the mark-up and what is usual, and nothing about guide prices.
BY_RULE_SET = (RULE_MARKUP, RULE_PEERS)


def facts_behind(evidence: Mapping[str, str]) -> dict[str, str]:
    """What the verdict rests on."""
    is_of_rules = evidence.get("rule") in BY_RULE_SET
    return {name: value for name, value in evidence.items() if is_of_rules or name != "rule_set"}
