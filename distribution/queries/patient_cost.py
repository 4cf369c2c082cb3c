"""What a patient pays of a medicine and of a course of treatment, before and after the tender of its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.models import DosageEntry, ProcurementPrice, Product, ReimbursementTerms, RuleSet
from catalog.queries.answers import PriceAnswer, price_of
from catalog.queries.guidance import dosages_of
from catalog.queries.rulesets import rule_set_or_none
from catalog.rules.courses import read_course, units_for
from catalog.rules.markup import markup_of
from catalog.rules.strength_values import CONTENT
from catalog.states import PriceSource
from distribution.rules.patient_cost import PartChange, PriceChange, Standing, packs_for, part_change, retail_change

# What brings a price by competition; an adjustment only changes it on the way.
TENDERED = (PriceSource.AWARD, PriceSource.NEGOTIATION)


@dataclass(frozen=True, slots=True)
class TenderPrice:
    """The province's price on a day, the tender that brought it, and what held before, if anything was agreed."""

    price: ProcurementPrice
    award: ProcurementPrice
    former: ProcurementPrice | None


@dataclass(frozen=True, slots=True)
class Part:
    """What a scheme leaves to a patient of a number of packs at a level of institution, before and after."""

    terms: ReimbursementTerms
    retail: PriceChange
    packs: Decimal
    change: PartChange


@dataclass(frozen=True, slots=True)
class CourseCost:
    """A course of treatment as a document words it: its units, the packs that hold them, and every scheme's part."""

    dosage: DosageEntry
    units: Decimal
    packs: Decimal
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class PatientCost:
    """The answer for a product, a province and a day; ``rules`` allow the mark-up, ``standing`` is the day's."""

    product: Product
    province_id: str
    on: date
    tender: TenderPrice
    standing: Standing
    answer: PriceAnswer
    rules: RuleSet
    parts: Sequence[Part]
    courses: Sequence[CourseCost]


def tender_price(product: Product, province_id: str, on: date) -> TenderPrice | None:
    """The price on the day with the tender behind it; none where the province pays none that a tender brought."""
    rows = list(
        ProcurementPrice.objects.filter(product=product, province=province_id, validity__startswith__lte=on)
        .select_related("guide_price__decision")
        .order_by("validity")
    )
    current = next((row for row in rows if on in row.validity), None)
    award = next((row for row in reversed(rows) if row.source in TENDERED), None)
    if current is None or award is None:
        return None
    earlier = [row for row in rows if row.validity.upper and row.validity.upper <= award.validity.lower]
    return TenderPrice(current, award, earlier[-1] if earlier else None)


def patient_cost(product: Product, *, province_id: str, on: date) -> PatientCost | None:
    """The patient's part of a pack and of each course, by scheme and level; none without a tender's price.

    Both prices are settled by the terms, the lists and the mark-up of the day, so that the tender alone makes the
    difference. The deductible counts as used up, the year's ceiling as not reached.
    """
    tender = tender_price(product, province_id, on)
    rules = rule_set_or_none(RuleSet.Kind.RETAIL_CHECK, on)
    if tender is None or rules is None:
        return None
    answer = price_of(product, province_id=province_id, on=on)
    standing = standing_of(answer)
    terms = list(ReimbursementTerms.objects.in_force(on).filter(province=province_id).order_by("tier", "scheme"))
    changes = {item.tier: _retail(tender, rules, item.tier) for item in terms}

    def parts(packs: Decimal) -> list[Part]:
        return [
            Part(item, changes[item.tier], packs, part_change(changes[item.tier], packs, standing, item.terms))
            for item in terms
        ]

    courses = []
    for dosage in dosages_of([product], on)[product.pk]:
        units = course_units(dosage, product)
        if units is not None:
            packs = packs_for(units, product.pack_quantity)
            courses.append(CourseCost(dosage, units, packs, parts(packs)))
    return PatientCost(product, province_id, on, tender, standing, answer, rules, parts(Decimal(1)), courses)


def standing_of(answer: PriceAnswer) -> Standing:
    """How the insurance sees the product on the day of the answer."""
    listing = answer.listing
    return Standing(
        list_class=listing.list_class if listing else "",
        self_pay_share=listing.self_pay_share if listing else Decimal(0),
        is_essential=answer.essentiality.is_essential,
    )


def _retail(tender: TenderPrice, rules: RuleSet, tier: str) -> PriceChange:
    change, _evidence = retail_change(
        former=tender.former.price if tender.former else None,
        ceiling=tender.award.guide_amount,
        price=tender.price.price,
        markup=markup_of(rules.parameters, tier),
    )
    return change


def course_units(dosage: DosageEntry, product: Product) -> Decimal | None:
    """Units of the product for the whole course; none where the texts or the strength do not say it for certain."""
    course = read_course(dosage.dose, dosage.frequency, dosage.course)
    presentation = product.presentation
    if course is None:
        return None
    is_content = presentation.basis == CONTENT
    return units_for(course, presentation.amount if is_content else None, presentation.amount_unit)
