"""May what arrived be accepted? The whole checklist of a receipt, each point with what was compared.

Packs that are accepted have to pass every hard gate; what is wrong with packs that are all sent back is told as a
warning, as the reason to send them back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from catalog.rules.supply_rules import SupplyRules
from distribution.rules.checks import Check, Gate
from distribution.rules.goods_checks import (
    check_cold_chain,
    check_life,
    check_quantity,
    check_time,
    check_trace_codes,
)
from distribution.rules.receipt_facts import DespatchFacts, LineFacts
from distribution.rules.supply_checks import (
    check_approval,
    check_contract,
    check_distributor,
    check_hold,
    check_order_match,
)

__all__ = ["DespatchFacts", "LineFacts", "check_receipt"]


def check_receipt(facts: DespatchFacts, rules: SupplyRules) -> list[Check]:
    """Every check, passed or not, in the order of the checklist: each point for all lines, then the next.

    Order and lot, contract and price, firms, distributor, approval, lot on hold, life left, quantity, traceability
    codes, cold chain, invoices of the chain, time.
    """
    today, lines = facts.today, facts.lines
    counted = Counter(code for line in lines for code in line.codes_found)
    checks: list[Check] = []
    for point in (check_order_match, check_contract):
        checks += [check for line in lines for check in point(line, today)]
    checks += [_of_the_whole(check, lines) for check in facts.standing]
    for point in (check_distributor, check_approval, check_hold):
        checks += [check for line in lines for check in point(line, today)]
    checks += [check for line in lines for check in check_life(line, today, rules)]
    checks += [check for line in lines for check in check_quantity(line)]
    checks += [check for line in lines for check in check_trace_codes(line, counted)]
    checks += [check for line in lines for check in check_cold_chain(line, facts.cold_chain)]
    if facts.invoice_chain is not None:
        checks.append(_of_the_whole(facts.invoice_chain, lines))
    checks += [check for line in lines for check in check_time(line, facts)]
    return checks


def _of_the_whole(check: Check, lines: Iterable[LineFacts]) -> Check:
    """A check that is about no line, as a warning where nothing is accepted."""
    return check if any(line.accepted for line in lines) else replace(check, gate=Gate.WARNING)
