"""The guide price of a product on a day: stated by a decision, or derived from a representative by the price ratios."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F

from catalog.models import GuidePrice, Presentation, PriceDecision, ProcurementPrice, Product, RuleSet
from catalog.queries.rulesets import rule_set_or_none
from catalog.rules.derivation import Derived, NotDerivable, Priced, derive
from catalog.rules.derivation_words import in_words
from catalog.rules.ratio_rules import RatioRules


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The highest retail price of a pack, inclusive, with the row that it rests on.

    ``derived`` and ``rules`` are there where no decision states the price for the pack.
    """

    price: Decimal
    guide_price: GuidePrice
    derived: Derived | None = None
    rules: RuleSet | None = None

    @property
    def decision(self) -> PriceDecision:
        """The decision that states it, or states the representative's."""
        return self.guide_price.decision

    @property
    def validity(self) -> Any:
        """From when to when the row holds that it rests on."""
        return self.guide_price.validity

    @property
    def is_derived(self) -> bool:
        """Was it computed, by the platform or by whoever entered it, rather than stated?"""
        return self.derived is not None or self.guide_price.is_derived

    @property
    def derivation(self) -> str:
        """How it was computed, in words; empty where it is stated."""
        if self.derived is None:
            return self.guide_price.derivation
        return f"{self.guide_price}; {in_words(self.steps or [])}"

    @property
    def steps(self) -> list[dict[str, str]] | None:
        """The derivation step by step, as it is kept beside a price; none where it is stated."""
        return None if self.derived is None else [step.as_json() for step in self.derived.steps]


def guide_prices(products: Collection[Product], on: date) -> dict[int, Ceiling]:
    """The ceiling per product id, in as many queries for thousands as for one; a product without one is left out.

    What is stated goes before what is derived, and the maker's own price before that for all makers.
    """
    if not products:
        return {}
    found = {
        product.pk: Ceiling(row.price, row) for product, row in zip(products, _stated(products, on), strict=True) if row
    }
    missing = [product for product in products if product.pk not in found]
    return found | _derived(missing, on) if missing else found


def procurement_price(product: Product, province_id: str, on: date) -> ProcurementPrice | None:
    """What the province's institutions pay for the product on the day; none where nothing was agreed."""
    return ProcurementPrice.objects.in_force(on).filter(product=product, province_id=province_id).first()


def _stated(products: Collection[Product], on: date) -> Iterable[GuidePrice | None]:
    rows = (
        GuidePrice.objects.in_force(on)
        .filter(presentation__in={product.presentation_id for product in products})
        .select_related("decision", "presentation__medicine")
        .order_by(F("manufacturer_id").asc(nulls_first=True))
    )
    by_key = {(row.presentation_id, row.pack_quantity, row.manufacturer_id): row for row in rows}
    for product in products:
        key = (product.presentation_id, product.pack_quantity)
        yield by_key.get((*key, product.manufacturer_id)) or by_key.get((*key, None))


def _derived(products: Sequence[Product], on: date) -> dict[int, Ceiling]:
    rules = rule_set_or_none(RuleSet.Kind.PRICE_RATIO, on)
    if rules is None:
        return {}
    numbers = RatioRules.read(rules.parameters)
    targets = {
        product.pk: product
        for product in Product.objects.filter(pk__in=[product.pk for product in products]).select_related(
            "presentation__medicine"
        )
    }
    representatives: dict[int, list[GuidePrice]] = defaultdict(list)
    for row in (
        GuidePrice.objects.in_force(on)
        .filter(
            is_representative=True,
            presentation__medicine__in={product.presentation.medicine_id for product in targets.values()},
        )
        .select_related("decision", "presentation__medicine")
        .order_by("pk")
    ):
        representatives[row.presentation.medicine_id].append(row)
    found = {
        product.pk: derived_ceiling(product, representatives[product.presentation.medicine_id], rules, numbers)
        for product in targets.values()
    }
    return {key: ceiling for key, ceiling in found.items() if ceiling is not None}


def derived_ceiling(
    product: Product, representatives: Iterable[GuidePrice], rules: RuleSet, numbers: RatioRules
) -> Ceiling | None:
    """The product's ceiling from the nearest representative of its medicine that the rules know a way from.

    ``numbers`` are those of ``rules``, read. Reads nothing: ``product`` and the rows come with their presentation.
    """
    target = _as_priced(
        product.presentation, product.pack_quantity, is_sugar_free=product.is_sugar_free, packing=product.packing
    )
    for row in sorted(representatives, key=lambda row: _distance(row, product)):
        if row.manufacturer_id not in (None, product.manufacturer_id) or target is None:
            continue
        source = _as_priced(row.presentation, row.pack_quantity)
        if source is None or not _are_comparable(row.presentation, product.presentation):
            continue
        try:
            derived = derive(row.price, representative=source, target=target, rules=numbers)
        except NotDerivable:
            continue
        return Ceiling(derived.price, row, derived, rules)
    return None


def _are_comparable(one: Presentation, other: Presentation) -> bool:
    """A compound is compared with the same compound alone: its ratio has no one content to go by."""
    contents = (one.content, other.content)
    is_compound = any(content is not None and content.components for content in contents)
    return not is_compound or one.likeness == other.likeness


def _as_priced(
    presentation: Presentation, pack_quantity: int, *, is_sugar_free: bool = False, packing: str = ""
) -> Priced | None:
    """A pack as the price-ratio rules see it; none where its strength could not be read as a quantity."""
    if presentation.amount is None:
        return None
    return Priced(
        family=presentation.family,
        amount=presentation.amount,
        unit=presentation.amount_unit,
        volume_ml=presentation.volume_ml,
        pack_quantity=pack_quantity,
        is_sugar_free=is_sugar_free,
        packing=packing,
        is_traditional=presentation.medicine.is_traditional,
    )


def _distance(row: GuidePrice, product: Product) -> tuple[bool, ...]:
    """The nearest representative first: of the maker, in the form, the strength, the volume, the pack."""
    one, other = row.presentation, product.presentation
    return (
        row.manufacturer_id != product.manufacturer_id,
        one.family != other.family,
        one.amount != other.amount,
        one.volume_ml != other.volume_ml,
        row.pack_quantity != product.pack_quantity,
    )
