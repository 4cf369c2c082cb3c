"""The basket as it was typed, and the rows that show it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.text import normalise
from catalog.models import DosageEntry
from catalog.queries.answers import PriceAnswer, prices_of
from catalog.queries.guidance import dosages_of
from distribution.portal.roundings import rounding
from distribution.queries import orderable_lines, search_lines
from distribution.queries.figures import Figures, figures_of
from distribution.queries.orderers import Orderer
from distribution.rules.packs import Rounded, packs_for
from distribution.services.requisition_lines import Wanted
from procurement.models import AgreementLine
from procurement.querysets import AgreementLineQuerySet

FIELD = re.compile(r"packs-([0-9]{1,18})")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")
UNITS = "units"
ROWS_PER_PAGE = 25


@dataclass(slots=True)
class Basket:
    """What stands in the quantity fields, by the id of the agreement line; ``refused`` says what is wrong with it.

    Quantities are packs, or smallest units for the lines that ``pack_of`` knows, with the units of their pack.
    ``notes`` say how units became packs.
    """

    typed: dict[int, str] = field(default_factory=dict)
    pack_of: dict[int, int] = field(default_factory=dict)
    refused: dict[int, list[str]] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)

    @property
    def unreadable(self) -> list[int]:
        """The lines whose quantity is not a whole number."""
        return [key for key, text in self.typed.items() if not self._is_readable(key, text)]

    def _is_readable(self, key: int, text: str) -> bool:
        # less than no packs is refused with the line; less than no units is no number of packs at all
        return WHOLE_NUMBER.fullmatch(text) is not None and not (key in self.pack_of and text.startswith("-"))

    @property
    def wanted(self) -> list[Wanted]:
        """The lines whose quantity can be read, in whole packs."""
        return [Wanted(key, packs) for key, packs in self.packs.items()]

    @property
    def packs(self) -> dict[int, int]:
        """Whole packs of the lines whose quantity can be read."""
        rounded = self.rounded
        return {
            key: rounded[key].packs if key in rounded else int(text)
            for key, text in self.typed.items()
            if self._is_readable(key, text)
        }

    @property
    def rounded(self) -> dict[int, Rounded]:
        """The packs of the lines that were typed in units."""
        return {
            key: packs_for(int(self.typed[key]), pack)
            for key, pack in self.pack_of.items()
            if self._is_readable(key, self.typed[key])
        }

    def settle(self) -> bool:
        """Put packs where units were typed, with a note; were any of them rounded up?"""
        rounded = self.rounded
        for key, packs in rounded.items():
            self.notes[key] = rounding(packs)
            self.typed[key] = str(packs.packs)
            del self.pack_of[key]
        return any(packs.added for packs in rounded.values())

    def put(self, packs: dict[int, int]) -> None:
        """Take lines into the basket, in packs, in place of what was typed for them."""
        for key, number in packs.items():
            self.typed[key] = str(number)
            self.pack_of.pop(key, None)

    def errors_of(self, key: int) -> list[str]:
        """What is wrong with a line."""
        unreadable = [_("“%s” is not a whole number of packs.") % self.typed[key]] if key in self.unreadable else []
        return unreadable + self.refused.get(key, [])


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the basket or of the search result; ``answer`` is what its product costs at the institution's level."""

    line: AgreementLine
    typed: str
    in_units: bool
    note: str
    answer: PriceAnswer
    dosages: list[DosageEntry]
    figures: Figures
    errors: list[str]
    is_orderable: bool

    @property
    def remaining_packs(self) -> int:
        """Whole packs left of the agreed volume."""
        return self.line.remaining_quantity // self.line.product.pack_quantity

    @property
    def used(self) -> int:
        """Units of a month, to the nearest whole one."""
        return round(self.figures.monthly_use)


def read_basket(data: QueryDict, actor: Actor) -> Basket:
    """The quantities of the form; empty fields and zeros are not in the basket."""
    basket = Basket()
    for name, value in data.items():
        match = FIELD.fullmatch(name)
        text = normalise(str(value))
        if match and text.strip("0"):
            basket.typed[int(match[1])] = text
    in_units = [key for key in basket.typed if data.get(f"as-{key}") == UNITS]
    if in_units:
        packs = agreed_lines(actor).filter(pk__in=in_units).values_list("pk", "product__pack_quantity")
        basket.pack_of = dict(packs)
    for key, packed in basket.rounded.items():
        basket.notes[key] = rounding(packed)
    return basket


def shown_lines(data: QueryDict) -> list[int]:
    """The lines that have a field in the form, also an empty one."""
    return [int(match[1]) for name in data if (match := FIELD.fullmatch(name))]


def agreed_lines(actor: Actor) -> AgreementLineQuerySet:
    """What is agreed for the province of the actor's institution, also where it cannot be ordered today."""
    return AgreementLine.objects.visible_to(actor).filter(province_id=actor.province)


def show_basket(
    basket: Basket, *, orderer: Orderer, words: str, page: str, actor: Actor, at: datetime
) -> dict[str, Any]:
    """What the template needs: the chosen rows that the search does not show, the page of results, and the total.

    Stock and use are those of whoever will keep the goods.
    """
    orderable = orderable_lines(actor, at, orderer=orderer)
    results = Paginator(search_lines(orderable, words), ROWS_PER_PAGE).get_page(page)
    found = list(results.object_list)
    hidden = _others(basket.typed, found, actor)
    possible = {line.pk for line in found}
    if hidden:
        possible |= set(orderable.filter(pk__in=[line.pk for line in hidden]).values_list("pk", flat=True))
    products, on = [line.product for line in [*hidden, *found]], localdate(at)
    answers = prices_of(products, province_id=actor.province, on=on, tier=orderer.tier)
    dosages = dosages_of(products, on)
    figures = figures_of([product.pk for product in products], holder_id=orderer.holder_id, at=at)

    def row(line: AgreementLine) -> Row:
        return Row(
            line=line,
            typed=basket.typed.get(line.pk, ""),
            in_units=line.pk in basket.pack_of,
            note=basket.notes.get(line.pk, ""),
            answer=answers[line.product_id],
            dosages=dosages[line.product_id],
            figures=figures[line.product_id],
            errors=basket.errors_of(line.pk),
            is_orderable=line.pk in possible,
        )

    packs = basket.packs
    chosen = [line for line in [*hidden, *found] if line.pk in packs]
    return {
        "words": words,
        "results": results,
        "rows": [row(line) for line in found],
        "hidden_rows": [row(line) for line in hidden],
        "total": sum((packs[line.pk] * line.price for line in chosen), Decimal(0)),
        "count": len(chosen),
    }


def _others(typed: Collection[int], shown: list[AgreementLine], actor: Actor) -> list[AgreementLine]:
    """The lines with a quantity that are not among those shown, also where they cannot be ordered any more."""
    keys = set(typed) - {line.pk for line in shown}
    if not keys:
        return []
    return list(
        agreed_lines(actor)
        .filter(pk__in=keys)
        .select_related("product__presentation__medicine", "product__manufacturer", "agreement__supplier")
        .order_by("product__presentation__medicine__initials", "product__presentation__medicine__name", "pk")
    )
