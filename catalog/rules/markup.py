"""The highest lawful retail price of a pack, from its guide price and what the institution paid for it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from catalog.foundation.money import round_half_up

# The guide price is the highest retail price (发改价格〔2009〕2498号).
RULE_GUIDE_PRICE = "CN.2009-2498.ceiling"
# Sales are at the purchase price, or with the mark-up that is left to the institution (卫药政发〔2009〕78号).
RULE_MARKUP = "CN.2009-78.zero-markup"
RULE_WORDS = {
    RULE_GUIDE_PRICE: _("the guide price is the highest retail price"),
    RULE_MARKUP: _("medicines are sold at the purchase price, zero mark-up"),
}


def markup_of(parameters: Mapping[str, str], tier: str) -> Decimal:
    """The share that institutions of the tier may add: the tier's own number where one is given, else the general one.

    Raises:
        KeyError: there is no general number.
    """
    return Decimal(parameters.get(f"markup_{tier}", parameters["markup"]))


def highest_retail_price(
    *, purchase_price: Decimal | None, guide_price: Decimal | None, markup: Decimal
) -> tuple[Decimal | None, dict[str, str]]:
    """The lower of guide price and purchase price × (1 + mark-up) half-up, in yuan per pack, with its evidence.

    Nothing where neither price is known: then no limit can be stated.

    Raises:
        ValueError: the mark-up is negative.
    """
    if markup < 0:
        raise ValueError("a mark-up is not negative")
    evidence = {"markup": str(markup)}
    limits: list[tuple[Decimal, str]] = []
    if guide_price is not None:
        evidence["guide_price"] = str(guide_price)
        limits.append((guide_price, RULE_GUIDE_PRICE))
    if purchase_price is not None:
        allowed = round_half_up(purchase_price * (1 + markup))
        evidence |= {"purchase_price": str(purchase_price), "allowed": str(allowed)}
        limits.append((allowed, RULE_MARKUP))
    if not limits:
        return None, evidence
    highest, rule = min(limits, key=lambda limit: limit[0])
    return highest, evidence | {"rule": rule, "highest": str(highest)}
