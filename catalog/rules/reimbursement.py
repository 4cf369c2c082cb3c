"""What the insurance pays of a bill, and whether essential medicines are paid at a clearly higher rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from catalog.foundation.money import round_half_up
from catalog.rules.price_ratio import PRECISION

# Essential medicines are reimbursed at a clearly higher rate than others (卫药政发〔2009〕78号).
RULE_CLEARLY_HIGHER = "CN.2009-78.clearly-higher-rate"

CLEARLY_HIGHER = "clearly_higher"
BARELY_HIGHER = "barely_higher"
NOT_HIGHER = "not_higher"

ALL = Decimal(1)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scheme pays at a level of care: shares of 1; deductible and ceiling in yuan for a year.

    ``cap`` is the most that the fund pays in the year, ``None`` where there is no ceiling.

    Raises:
        ValueError: a share is not between 0 and 1, or an amount is negative.
    """

    rate: Decimal
    essential_bonus: Decimal = NOTHING
    deductible: Decimal = NOTHING
    cap: Decimal | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.rate <= 1 and 0 <= self.essential_bonus <= 1):
            raise ValueError("rate and bonus are shares between 0 and 1")
        if self.deductible < 0 or (self.cap is not None and self.cap < 0):
            raise ValueError("deductible and ceiling are not negative")


@dataclass(frozen=True, slots=True)
class BillLine:
    """A medicine on a bill: yuan, list ``A`` or ``B`` or none, and the share that list B leaves to the patient first.

    Raises:
        ValueError: the amount is negative, the share not between 0 and 1, or the list unknown.
    """

    amount: Decimal
    list_class: str
    is_essential: bool
    self_pay_share: Decimal = NOTHING

    def __post_init__(self) -> None:
        if self.amount < 0 or not 0 <= self.self_pay_share <= 1:
            raise ValueError("the amount is not negative, and the share between 0 and 1")
        if self.list_class not in {"A", "B", ""}:
            raise ValueError("the list is A, B or none")

    @property
    def eligible(self) -> Decimal:
        """What counts before deductible and rate: all of list A, list B less the share, nothing of the unlisted."""
        if self.list_class == "A":
            return round_half_up(self.amount)
        if self.list_class == "B":
            return round_half_up(self.amount * (1 - self.self_pay_share))
        return round_half_up(NOTHING)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Who pays what of a bill, in yuan; ``steps`` is the evidence, one for each line and one each for the limits."""

    eligible: Decimal
    deductible_used: Decimal
    paid_by_fund: Decimal
    paid_by_patient: Decimal
    steps: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class BonusVerdict:
    """Whether a scheme favours essential medicines: ``clearly_higher``, ``barely_higher`` or ``not_higher``."""

    verdict: str
    rate_essential: Decimal
    rate_other: Decimal
    evidence: dict[str, str]


def rate_of(terms: Terms, is_essential: bool) -> Decimal:
    """The share that the fund pays: the rate, with the bonus for essential medicines, at most all."""
    return min(ALL, terms.rate + terms.essential_bonus) if is_essential else terms.rate


def patient_pays(
    lines: Sequence[BillLine],
    terms: Terms,
    *,
    deductible_used_before: Decimal = NOTHING,
    paid_before: Decimal = NOTHING,
) -> Settlement:
    """Settle a bill: (eligible − deductible) × rate, up to what the year's ceiling leaves; half-up to the fen.

    ``deductible_used_before`` and ``paid_before`` are yuan of the same year. The deductible is spread over the lines by
    their eligible amounts, so that their order does not matter where their rates differ.
    """
    eligible = sum((line.eligible for line in lines), round_half_up(NOTHING))
    left = max(NOTHING, terms.deductible - deductible_used_before)
    used = round_half_up(min(eligible, left))
    with localcontext(PRECISION):
        at_rates = sum((line.eligible * rate_of(terms, line.is_essential) for line in lines), NOTHING)
        before_cap = round_half_up(at_rates * (eligible - used) / eligible if eligible else NOTHING)
    cap_left = None if terms.cap is None else max(NOTHING, terms.cap - paid_before)
    by_fund = before_cap if cap_left is None else round_half_up(min(before_cap, cap_left))
    total = round_half_up(sum((line.amount for line in lines), NOTHING))
    steps = [
        {
            "name": "line",
            "amount": str(line.amount),
            "list_class": line.list_class,
            "self_pay_share": str(line.self_pay_share),
            "eligible": str(line.eligible),
            "rate": str(rate_of(terms, line.is_essential)),
        }
        for line in lines
    ]
    steps.append({"name": "deductible", "eligible": str(eligible), "left": str(left), "used": str(used)})
    if cap_left is not None:
        steps.append({"name": "ceiling", "fund": str(before_cap), "left": str(cap_left), "paid_by_fund": str(by_fund)})
    return Settlement(eligible, used, by_fund, total - by_fund, tuple(steps))


def judge_bonus(terms: Terms, least_bonus: Decimal) -> BonusVerdict:
    """Whether essential medicines are paid at a rate higher by at least ``least_bonus`` (a share, inclusive).

    The cap at 100 % counts: what it cuts off the bonus does not favour anybody.
    """
    essential, other = rate_of(terms, True), rate_of(terms, False)
    difference = essential - other
    if difference <= 0:
        verdict = NOT_HIGHER
    else:
        verdict = CLEARLY_HIGHER if difference >= least_bonus else BARELY_HIGHER
    evidence = {
        "rule": RULE_CLEARLY_HIGHER,
        "rate_essential": str(essential),
        "rate_other": str(other),
        "difference": str(difference),
        "least_bonus": str(least_bonus),
        "verdict": verdict,
    }
    return BonusVerdict(verdict, essential, other, evidence)
