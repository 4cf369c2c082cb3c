"""Reading the catalogue: what holds for a product on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import F, Q

from catalog.errors import NoGuidePrice, NoRuleSet
from catalog.models import Edition, GuidePrice, Presentation, ProcurementPrice, Product, RuleSet


def presentations_of(medicines: Iterable[str]) -> dict[tuple[str, str, str], Presentation]:
    """The presentations of these medicines, by name, form and strength, in one query."""
    found = Presentation.objects.filter(medicine__name__in=set(medicines)).select_related("medicine")
    return {(item.medicine.name, item.form, item.strength): item for item in found}


def rule_set(kind: RuleSet.Kind, on: date) -> RuleSet:
    """The rule set of the kind that holds on the day.

    Raises:
        NoRuleSet
    """
    found = RuleSet.objects.in_force(on).filter(kind=kind).first()
    if found is None:
        raise NoRuleSet(kind=kind.label, on=on)
    return found


def guide_prices(products: Collection[Product], on: date) -> dict[int, GuidePrice]:
    """The guide price in force per product id, in one query; the maker's own row goes before the general one."""
    wanted = Q()
    for presentation_id, pack_quantity in {(item.presentation_id, item.pack_quantity) for item in products}:
        wanted |= Q(presentation_id=presentation_id, pack_quantity=pack_quantity)
    if not products:
        return {}
    general_first = (
        GuidePrice.objects.in_force(on)
        .filter(wanted)
        .select_related("decision")
        .order_by(F("manufacturer_id").asc(nulls_first=True))
    )
    rows = list(general_first)
    found: dict[int, GuidePrice] = {}
    for product in products:
        for row in rows:
            same_pack = (row.presentation_id, row.pack_quantity) == (
                product.presentation_id,
                product.pack_quantity,
            )
            if same_pack and row.manufacturer_id in (None, product.manufacturer_id):
                found[product.pk] = row
    return found


def guide_price(product: Product, on: date) -> GuidePrice:
    """The guide price of one product on the day.

    Raises:
        NoGuidePrice
    """
    found = guide_prices([product], on).get(product.pk)
    if found is None:
        raise NoGuidePrice(product=product, on=on)
    return found


def procurement_price(product: Product, province_id: str, on: date) -> ProcurementPrice | None:
    """What the province's institutions pay for the product on the day; none where nothing was agreed."""
    return ProcurementPrice.objects.in_force(on).filter(product=product, province_id=province_id).first()


def edition_in_force(on: date) -> Edition | None:
    """The edition of the national list that holds on the day."""
    return Edition.objects.in_force(on).first()


def is_essential(product: Product, on: date) -> bool:
    """Is the product's medicine, in whatever form and strength, on the list that holds on the day?"""
    return Edition.objects.in_force(on).filter(entries__medicine=product.presentation.medicine_id).exists()
