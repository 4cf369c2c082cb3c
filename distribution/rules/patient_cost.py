"""What a patient pays of a medicine before and after a tender, and what a course of treatment comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from catalog.rules.markup import highest_retail_price
from catalog.rules.reimbursement import BillLine, Settlement, Terms, patient_pays

# Price × reimbursement: 卫药政发〔2009〕78号 (zero mark-up, a clearly higher rate for essential medicines).
RULE = "CN.2009-78.patient-part"
BY_PRICE, BY_CEILING = "price", "ceiling"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the insurance sees a medicine: its list ``A`` or ``B`` or none, the share paid first, whether essential."""

    list_class: str
    self_pay_share: Decimal
    is_essential: bool


@dataclass(frozen=True, slots=True)
class PriceChange:
    """Yuan per pack before and after a tender; ``before_by`` is the ``price`` that held, else the ``ceiling``."""

    before: Decimal
    after: Decimal
    before_by: str

    @property
    def saving(self) -> Decimal:
        """Of a pack; negative where the price rose."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class PartChange:
    """The bill before and after, settled by the same terms, so that the price alone makes the difference."""

    before: Settlement
    after: Settlement

    @property
    def patient_saves(self) -> Decimal:
        """Yuan that the patient pays less."""
        return self.before.paid_by_patient - self.after.paid_by_patient

    @property
    def fund_saves(self) -> Decimal:
        """Yuan that the scheme pays less."""
        return self.before.paid_by_fund - self.after.paid_by_fund


def retail_change(
    *, former: Decimal | None, ceiling: Decimal, price: Decimal, markup: Decimal
) -> tuple[PriceChange, dict[str, str]]:
    """The highest retail price before and after, with its evidence; yuan per pack.

    Before, it followed from the price that the province paid, or was the ceiling where it paid none; after, it follows
    from the new price. Both with the same mark-up and under the same ceiling.
    """
    after, evidence = highest_retail_price(purchase_price=price, guide_price=ceiling, markup=markup)
    before, _evidence = highest_retail_price(purchase_price=former, guide_price=ceiling, markup=markup)
    assert after is not None and before is not None  # a ceiling is a limit
    by = BY_CEILING if former is None else BY_PRICE
    words = {"rule": RULE, "before": str(before), "before_by": by, "after": str(after), "markup": evidence["markup"]}
    return PriceChange(before, after, by), words


def part_change(change: PriceChange, packs: Decimal, standing: Standing, terms: Terms) -> PartChange:
    """What is left to a patient of so many packs, the deductible used up and nothing of the year's ceiling."""
    return PartChange(_settle(change.before * packs, standing, terms), _settle(change.after * packs, standing, terms))


def _settle(amount: Decimal, standing: Standing, terms: Terms) -> Settlement:
    line = BillLine(amount, standing.list_class, standing.is_essential, standing.self_pay_share)
    return patient_pays([line], terms, deductible_used_before=terms.deductible)


def packs_for(units: Decimal, pack_quantity: int) -> Decimal:
    """Whole packs that hold the units of a course."""
    return (units / pack_quantity).to_integral_value(ROUND_CEILING)


def settle_together(lines: Sequence[tuple[Decimal, Standing]], terms: Terms) -> Settlement:
    """Many amounts under one scheme, neither deductible nor the year's ceiling counted: they are single patients'."""
    bills = [BillLine(amount, to.list_class, to.is_essential, to.self_pay_share) for amount, to in lines]
    return patient_pays(bills, Terms(terms.rate, terms.essential_bonus))
