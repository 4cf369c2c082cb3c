"""Does what a distributor is licensed for cover what it is to deliver?

Sources: the Good Supply Practice and the scopes of distribution licences (chemical, biological and Chinese patent
medicines, cold chain, narcotic and psychotropic medicines).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from catalog.states import Storage
from procurement.rules.licence_scopes import scopes_wanted

COLD_CHAIN, CONTROLLED = "cold_chain", "controlled"
COLD = (Storage.COLD.value, Storage.FROZEN.value)


@dataclass(frozen=True, slots=True)
class Goods:
    """What of a product says which licence it needs."""

    approval_number: str
    is_traditional: bool
    is_controlled: bool
    storage: str


def lacking_scopes(goods: Goods, scopes: Collection[str] | None) -> set[str]:
    """The scopes that are lacking for the goods; ``scopes`` are those valid on the day, None where none is on file.

    Of the kinds of medicine that fit the approval number one is enough. Whoever has no licence on file is not judged by
    it, but is not held capable of the cold chain either.
    """
    lacking = set()
    if scopes is not None:
        kinds = scopes_wanted([goods.approval_number], is_traditional=goods.is_traditional)
        if not kinds & set(scopes):
            lacking |= kinds
        if goods.is_controlled and CONTROLLED not in scopes:
            lacking.add(CONTROLLED)
    if goods.storage in COLD and COLD_CHAIN not in (scopes or ()):
        lacking.add(COLD_CHAIN)
    return lacking


def is_licensed(goods: Goods, scopes: Collection[str] | None) -> bool:
    """May it be delivered under the scopes; where licences are on file and none of them is valid, nothing may."""
    return (scopes is None or bool(scopes)) and not lacking_scopes(goods, scopes)
