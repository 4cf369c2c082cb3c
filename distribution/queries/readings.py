"""Many wishes at once as lines of the basket: what each row means among what may be ordered, or why it means nothing.

Nothing is guessed: a row that fits several products offers them all, and packs that hold more units than were written
say how many more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from catalog.models import Product
from distribution.rules.packs import Rounded, packs_for
from distribution.rules.pasted_lines import PastedLine, read_pasted
from procurement.models import AgreementLine
from procurement.querysets import AgreementLineQuerySet

# More than an order has; a longer list is a file of something else.
MOST_ROWS = 1000
# Longer than any name of a medicine, with its form and strength behind it.
LONGEST_NAME = 60
CODES = ("code", "gtin", "insurance_code", "standard_code", "approval_number")
MEDICINE = "product__presentation__medicine"


@dataclass(frozen=True, slots=True)
class Offer:
    """A line that may be ordered, in so many packs."""

    line: AgreementLine
    rounded: Rounded


@dataclass(frozen=True, slots=True)
class Reading:
    """A row (counted from 1), its words and quantity, and the lines it may mean; ``problem`` where it means none."""

    row: int
    words: str
    quantity: int | None
    in_units: bool = False
    offers: Sequence[Offer] = field(default_factory=tuple)
    problem: str = ""


def read_rows(text: str, *, orderable: AgreementLineQuerySet, known: AgreementLineQuerySet) -> list[Reading]:
    """The readings of pasted rows, in a constant number of queries.

    ``known`` are all lines agreed for the institution's province: what is among them and not ``orderable`` exists, but
    cannot be ordered today. Rows behind ``MOST_ROWS`` are not read, and told.
    """
    pasted = read_pasted(text)
    lines = pasted[:MOST_ROWS]
    found = _Register([line.code_or_name for line in lines if not line.problem], orderable, known)
    readings = _without_repeats(_reading(line, found) for line in lines)
    if len(pasted) > MOST_ROWS:
        problem = _("Only the first %(most)s rows were read: paste the rest once these are in the basket.")
        readings.append(Reading(pasted[MOST_ROWS].row, "…", None, problem=problem % {"most": f"{MOST_ROWS:,}"}))
    return readings


def _without_repeats(readings: Iterable[Reading]) -> list[Reading]:
    """Two rows that mean the same line by different words, such as its name and its code: the later one is told."""
    rows: dict[int, int] = {}
    kept = []
    for reading in readings:
        if len(reading.offers) == 1:
            first = rows.setdefault(reading.offers[0].line.pk, reading.row)
            if first != reading.row:
                problem = _("This is the product of row %(row)s: keep one of the two rows.") % {"row": first}
                reading = Reading(reading.row, reading.words, reading.quantity, reading.in_units, problem=problem)
        kept.append(reading)
    return kept


def _reading(line: PastedLine, found: _Register) -> Reading:
    def refused(problem: str) -> Reading:
        return Reading(line.row, line.code_or_name, line.quantity, line.in_units, problem=problem)

    if line.problem or line.quantity is None:
        return refused(line.problem)
    fitting = found.lines_of(line.code_or_name)
    if not fitting:
        return refused(_("Nothing agreed for your province is called so: check the code or the name."))
    possible = [item for item in fitting if item.pk in found.orderable]
    if not possible:
        return refused(_("%(product)s cannot be ordered today.") % {"product": fitting[0].product})
    offers = [offer_of(item, line.quantity, in_units=line.in_units) for item in possible]
    enough = [offer for offer in offers if offer.rounded.units <= offer.line.remaining_quantity]
    if not enough:
        left = max(offer.line.remaining_quantity // offer.line.product.pack_quantity for offer in offers)
        return refused(
            _("%(wanted)s packs wanted, %(remaining)s packs left")
            % {"wanted": f"{offers[0].rounded.packs:,}", "remaining": f"{left:,}"}
        )
    return Reading(line.row, line.code_or_name, line.quantity, line.in_units, enough)


def offer_of(line: AgreementLine, quantity: int, *, in_units: bool) -> Offer:
    """So many packs or units of a line, as whole packs."""
    pack = line.product.pack_quantity
    return Offer(line, packs_for(quantity if in_units else quantity * pack, pack))


class _Register:
    """The agreed lines that the words may mean."""

    def __init__(self, words: Sequence[str], orderable: AgreementLineQuerySet, known: AgreementLineQuerySet) -> None:
        beginnings = {
            word[:length].casefold() for word in words for length in range(2, min(len(word), LONGEST_NAME) + 1)
        }
        codes = {*words, *(word.upper() for word in words)}
        fits = Q(_name__in=beginnings) | Q(_inn__in=beginnings) | Q(_trade_name__in=beginnings)
        for code in CODES:
            fits |= Q(**{f"product__{code}__in": codes})
        lines = list(
            known.annotate(
                _name=Lower(f"{MEDICINE}__name"),
                _inn=Lower(f"{MEDICINE}__inn"),
                _trade_name=Lower("product__trade_name"),
            )
            .filter(fits)
            .select_related(MEDICINE, "product__manufacturer", "agreement__supplier")
            .order_by(f"{MEDICINE}__initials", f"{MEDICINE}__name", "pk")
        )
        self._of_code: defaultdict[str, list[AgreementLine]] = defaultdict(list)
        self._of_name: defaultdict[str, list[AgreementLine]] = defaultdict(list)
        for line in lines:
            for code in {getattr(line.product, name).upper() for name in CODES} - {""}:
                self._of_code[code].append(line)
            for name in _names(line.product):
                self._of_name[name].append(line)
        keys = [line.pk for line in lines]
        self.orderable = set(orderable.filter(pk__in=keys).values_list("pk", flat=True))

    def lines_of(self, words: str) -> list[AgreementLine]:
        """Those of the code; else of the longest name that the words begin with, where the rest describes them."""
        if words.upper() in self._of_code:
            return self._of_code[words.upper()]
        folded = words.casefold()
        for length in range(min(len(folded), LONGEST_NAME), 0, -1):
            if folded[:length] in self._of_name:
                rest = [word for word in re.split(r"[\s*×/、,()]+|x(?=[0-9])", folded[length:]) if word]
                return [
                    line
                    for line in self._of_name[folded[:length]]
                    if all(_describes(word, line.product) for word in rest)
                ]
        return []


def _names(product: Product) -> set[str]:
    medicine = product.presentation.medicine
    return {name.casefold() for name in (medicine.name, medicine.inn, product.trade_name)} - {""}


def _describes(word: str, product: Product) -> bool:
    """Is the word of the form, strength, maker or pack of the product?"""
    said = (
        product.presentation.form,
        product.presentation.strength,
        product.manufacturer.name,
        product.manufacturer.short_name,
        product.trade_name,
    )
    if any(word in text.casefold() for text in said):
        return True
    pack = re.fullmatch(r"([0-9]+)\D{0,3}", word)
    return pack is not None and int(pack[1]) == product.pack_quantity
