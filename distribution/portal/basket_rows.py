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

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.text import normalise
from catalog.models import DosageEntry
from catalog.queries.answers import PriceAnswer, prices_of
from catalog.queries.guidance import dosages_of
from distribution.queries import orderable_lines, search_lines
from distribution.services.requisitions import Wanted
from procurement.models import AgreementLine

FIELD = re.compile(r"packs-([0-9]{1,18})")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")
ROWS_PER_PAGE = 25


@dataclass(slots=True)
class Basket:
    """What stands in the quantity fields, by the id of the agreement line; ``refused`` says what is wrong with it."""

    typed: dict[int, str] = field(default_factory=dict)
    refused: dict[int, list[str]] = field(default_factory=dict)

    @property
    def unreadable(self) -> list[int]:
        """The lines whose quantity is not a whole number."""
        return [key for key, text in self.typed.items() if not WHOLE_NUMBER.fullmatch(text)]

    @property
    def wanted(self) -> list[Wanted]:
        """The lines whose quantity can be read."""
        return [Wanted(key, int(text)) for key, text in self.typed.items() if WHOLE_NUMBER.fullmatch(text)]

    def errors_of(self, key: int) -> list[str]:
        """What is wrong with a line."""
        unreadable = [_("“%s” is not a whole number of packs.") % self.typed[key]] if key in self.unreadable else []
        return unreadable + self.refused.get(key, [])


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the basket or of the search result; ``answer`` is what its product costs at the institution's level."""

    line: AgreementLine
    typed: str
    answer: PriceAnswer
    dosages: list[DosageEntry]
    errors: list[str]
    is_orderable: bool

    @property
    def remaining_packs(self) -> int:
        """Whole packs left of the agreed volume."""
        return self.line.remaining_quantity // self.line.product.pack_quantity


def read_basket(data: QueryDict) -> Basket:
    """The quantities of the form; empty fields and zeros are not in the basket."""
    basket = Basket()
    for name, value in data.items():
        match = FIELD.fullmatch(name)
        text = normalise(str(value))
        if match and text.strip("0"):
            basket.typed[int(match[1])] = text
    return basket


def show_basket(basket: Basket, *, words: str, page: str, actor: Actor, at: datetime) -> dict[str, Any]:
    """What the template needs: the chosen rows that the search does not show, the page of results, and the total."""
    orderable = orderable_lines(actor, at)
    results = Paginator(search_lines(orderable, words), ROWS_PER_PAGE).get_page(page)
    found = list(results.object_list)
    hidden = _others(basket.typed, found, actor)
    possible = {line.pk for line in found}
    if hidden:
        possible |= set(orderable.filter(pk__in=[line.pk for line in hidden]).values_list("pk", flat=True))
    products, on = [line.product for line in [*hidden, *found]], localdate(at)
    assert actor.organization_id is not None  # whoever has a role has it in an organization
    tier = Organization.objects.only("tier").get(pk=actor.organization_id).tier
    answers = prices_of(products, province_id=actor.province, on=on, tier=tier)
    dosages = dosages_of(products, on)

    def row(line: AgreementLine) -> Row:
        return Row(
            line=line,
            typed=basket.typed.get(line.pk, ""),
            answer=answers[line.product_id],
            dosages=dosages[line.product_id],
            errors=basket.errors_of(line.pk),
            is_orderable=line.pk in possible,
        )

    packs = {item.agreement_line_id: item.packs for item in basket.wanted}
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
        AgreementLine.objects.visible_to(actor)
        .filter(pk__in=keys, province_id=actor.province)
        .select_related("product__presentation__medicine", "product__manufacturer", "agreement__supplier")
        .order_by("product__presentation__medicine__initials", "product__presentation__medicine__name", "pk")
    )
