"""What would move a lagging institution: the other medicines whose place an agreed essential one could take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate

from catalog.models import ProcurementPrice, Product
from catalog.rules.months import months_after
from catalog.rules.use_share_rules import Measure
from distribution.models import UseFigure
from distribution.queries.must_stock import agreed_essentials
from distribution.queries.rules import use_share_rules
from distribution.queries.use_of_month import UsedProduct, used_products
from distribution.rules.use_share import Kept, Use, after_move, gain, use_of


@dataclass(frozen=True, slots=True)
class Move:
    """A product that is not essential, the essential one that could take its place, and the shares after that alone.

    ``gain`` is by how much the worst of the judged shares rises; a part of one.
    """

    used: UsedProduct
    substitute: Product
    unit_price: Decimal
    after: Use
    gain: Decimal


def moves(figure: UseFigure, at: datetime, *, most: int = 10) -> list[Move]:
    """The replacements that raise the institution's share most, the best first; none that does not raise it.

    ``figure`` comes with its institution. A substitute is of the same medicine, or of one whose ATC code begins alike
    as far as the rules say, and may be ordered ``at`` that time; of several the cheapest per unit.
    """
    rules, _rule_set = use_share_rules(months_after(figure.month, 1) - date.resolution)
    tier = rules.shares.get(figure.institution.tier)
    measures = tier.measures if tier else tuple(Measure)
    rows = used_products(figure.institution_id, figure.province_id, figure.month, excluded_forms=rules.excluded_forms)
    by_group = _by_group(_priced(figure.province_id, at), rules.substitute_atc_length)
    shelf = [
        Kept(row.product.presentation.medicine_id, row.is_essential, row.units, row.amount or Decimal(0))
        for row in rows
    ]
    before, found = use_of(shelf), []
    for place, row in enumerate(rows):
        if row.is_essential:
            continue
        options = [
            option for key in _groups(row.product, rules.substitute_atc_length) for option in by_group.get(key, ())
        ]
        if not options:
            continue
        product, price = min(options, key=lambda option: (option[1], option[0].code))
        after = after_move(shelf, place, product.presentation.medicine_id, price)
        found.append(Move(row, product, price, after, gain(before, after, measures)))
    raising = [move for move in found if move.gain > 0]
    return sorted(raising, key=lambda move: (-move.gain, move.used.product.code))[:most]


def _priced(province_id: str, at: datetime) -> list[tuple[Product, Decimal]]:
    """What may be ordered, with yuan per unit."""
    products = {product.pk: product for product in agreed_essentials(province_id, at)}
    prices = ProcurementPrice.objects.in_force(localdate(at)).filter(product__in=products, province=province_id)
    return [(products[row.product_id], row.price / products[row.product_id].pack_quantity) for row in prices]


def _groups(product: Product, length: int) -> list[str]:
    medicine = product.presentation.medicine
    own = [f"medicine {medicine.pk}"]
    return [*own, medicine.atc[:length]] if len(medicine.atc) >= length else own


def _by_group(options: Iterable[tuple[Product, Decimal]], length: int) -> dict[str, list[tuple[Product, Decimal]]]:
    found: dict[str, list[tuple[Product, Decimal]]] = defaultdict(list)
    for product, price in options:
        for key in _groups(product, length):
            found[key].append((product, price))
    return found
