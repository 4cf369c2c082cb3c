"""What a product costs in a province on a day: what the State, the province, the institution and the insurance say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.models import InsuranceListing, ProcurementPrice, Product, ReimbursementTerms, RuleSet
from catalog.queries.ceilings import Ceiling, guide_prices
from catalog.queries.essential import Essentiality, essentiality
from catalog.queries.rulesets import rule_set_or_none
from catalog.rules.markup import highest_retail_price, markup_of
from catalog.rules.reimbursement import BillLine, Settlement, patient_pays


@dataclass(frozen=True, slots=True)
class Reimbursed:
    """What a scheme leaves of one pack to a patient who has used up the deductible, and none of the year's ceiling."""

    terms: ReimbursementTerms
    settlement: Settlement

    @property
    def patient_pays(self) -> Decimal:
        """Yuan per pack."""
        return self.settlement.paid_by_patient


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """Prices in yuan per pack, each with the record that it rests on; nothing where none is known.

    ``highest_retail`` is the most that an institution of the tier may ask, ``markup_rules`` the rule that says so.
    """

    product: Product
    province_id: str
    on: date
    tier: str
    ceiling: Ceiling | None
    procurement: ProcurementPrice | None
    highest_retail: Decimal | None
    retail_evidence: dict[str, str]
    markup_rules: RuleSet | None
    essentiality: Essentiality
    listing: InsuranceListing | None
    reimbursed: Sequence[Reimbursed]


def prices_of(
    products: Collection[Product], *, province_id: str, on: date, tier: str = "primary"
) -> dict[int, PriceAnswer]:
    """The answer per product id, in as many queries for thousands as for one."""
    ceilings = guide_prices(products, on)
    procurement = {
        row.product_id: row
        for row in ProcurementPrice.objects.in_force(on)
        .filter(product__in=products, province=province_id)
        .select_related("guide_price__decision")
    }
    grounds = essentiality(products, on, province_id)
    listings = _listings(products, province_id, on)
    terms = list(
        ReimbursementTerms.objects.in_force(on).filter(province=province_id, tier=tier).select_related("province")
    )
    rules = rule_set_or_none(RuleSet.Kind.RETAIL_CHECK, on)
    found = {}
    for product in products:
        ceiling, paid = ceilings.get(product.pk), procurement.get(product.pk)
        highest, evidence = (None, {}) if rules is None else _highest(ceiling, paid, rules, tier)
        listing = listings.get(product.pk)
        found[product.pk] = PriceAnswer(
            product=product,
            province_id=province_id,
            on=on,
            tier=tier,
            ceiling=ceiling,
            procurement=paid,
            highest_retail=highest,
            retail_evidence=evidence,
            markup_rules=rules,
            essentiality=grounds[product.pk],
            listing=listing,
            reimbursed=[]
            if highest is None
            else [_reimbursed(item, highest, listing, grounds[product.pk].is_essential) for item in terms],
        )
    return found


def price_of(product: Product, *, province_id: str, on: date, tier: str = "primary") -> PriceAnswer:
    """The answer for one product."""
    return prices_of([product], province_id=province_id, on=on, tier=tier)[product.pk]


def _highest(
    ceiling: Ceiling | None, paid: ProcurementPrice | None, rules: RuleSet, tier: str
) -> tuple[Decimal | None, dict[str, str]]:
    return highest_retail_price(
        purchase_price=paid.price if paid else None,
        guide_price=ceiling.price if ceiling else None,
        markup=markup_of(rules.parameters, tier),
    )


def _listings(products: Collection[Product], province_id: str, on: date) -> dict[int, InsuranceListing]:
    """The listing that holds for each product: the province's before the national, the presentation's before all."""
    medicine_of = dict(
        Product.objects.filter(pk__in=[product.pk for product in products]).values_list("pk", "presentation__medicine")
    )
    by_medicine: dict[int, list[InsuranceListing]] = defaultdict(list)
    for row in InsuranceListing.objects.in_force(on).filter(medicine__in=set(medicine_of.values())):
        if row.province_id in (None, province_id):
            by_medicine[row.medicine_id].append(row)
    found = {}
    for product in products:
        fitting = [
            row
            for row in by_medicine[medicine_of[product.pk]]
            if row.presentation_id in (None, product.presentation_id)
        ]
        if fitting:
            found[product.pk] = max(
                fitting, key=lambda row: (row.province_id is not None, row.presentation_id is not None)
            )
    return found


def _reimbursed(
    terms: ReimbursementTerms, amount: Decimal, listing: InsuranceListing | None, is_essential: bool
) -> Reimbursed:
    line = BillLine(
        amount=amount,
        list_class=listing.list_class if listing else "",
        is_essential=is_essential,
        self_pay_share=listing.self_pay_share if listing else Decimal(0),
    )
    settled = patient_pays([line], terms.terms, deductible_used_before=terms.deductible)
    return Reimbursed(terms, settled)
