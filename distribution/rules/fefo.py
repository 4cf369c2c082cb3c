"""Which lots to issue: first expired, first out (近效期先出), never one that is expired or held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext


class NotEnough(ValueError):
    """The lots that may be issued hold fewer units than wanted: ``available`` of them."""

    def __init__(self, *, wanted: int, available: int) -> None:
        self.wanted = wanted
        self.available = available
        super().__init__(
            gettext(
                "%(wanted)s units are wanted and %(available)s can be issued: the rest is not there, expired or held."
            )
            % {"wanted": wanted, "available": available}
        )


@dataclass(frozen=True, slots=True)
class LotBalance:
    """The units of a lot that are in stock; ``expires_on`` is its last day of use."""

    id: int
    expires_on: date
    units: int
    is_held: bool = False

    def may_be_issued(self, today: date) -> bool:
        return self.units > 0 and not self.is_held and self.expires_on >= today


@dataclass(frozen=True, slots=True)
class Pick:
    """So many units of the lot with this id."""

    id: int
    units: int


def in_order_of_issue(lots: Iterable[LotBalance], *, today: date) -> list[LotBalance]:
    """The lots that may be issued, first expired first; of one day the one with the lower id."""
    return sorted((lot for lot in lots if lot.may_be_issued(today)), key=lambda lot: (lot.expires_on, lot.id))


def pick(lots: Iterable[LotBalance], units: int, *, today: date) -> list[Pick]:
    """Take the units from the lots, first expired first.

    Raises:
        NotEnough
        ValueError: a negative number of units.
    """
    if units < 0:
        raise ValueError("a negative number of units cannot be issued")
    picks: list[Pick] = []
    short = units
    for lot in in_order_of_issue(lots, today=today):
        if not short:
            break
        picks.append(Pick(lot.id, min(short, lot.units)))
        short -= picks[-1].units
    if short:
        raise NotEnough(wanted=units, available=units - short)
    return picks
