"""Do order, receipt and invoice agree, line by line, and what is to be paid.

Source: 国医改办发〔2016〕4号 (票、货、账 agree, or there is no acceptance and no payment).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from catalog.foundation.money import round_half_up
from distribution.rules.checks import Check, Gate

RULE_PAPERS_AGREE = "CN.2016-4.papers-agree"
SOURCE = "国医改办发〔2016〕4号"


class DifferenceKind(StrEnum):
    PRODUCT = "product"
    PRICE = "price"
    ARITHMETIC = "arithmetic"
    LOT = "lot"
    QUANTITY_OVER = "quantity_over"
    QUANTITY_UNDER = "quantity_under"
    NOT_RECEIVED = "not_received"
    NOT_INVOICED = "not_invoiced"


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line of the order: ``price`` is the agreed one, in yuan per pack."""

    line: int
    product: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Accepted:
    """Packs of a lot that were accepted for a line; what went back is a row with a negative number."""

    line: int
    lot: str
    packs: int


@dataclass(frozen=True, slots=True)
class Invoiced:
    """A line of an invoice: yuan per pack and yuan; a credit note has negative packs and amount."""

    line: int
    product: str
    lot: str
    packs: int
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """Where invoice and order or receipt differ; ``lot`` is empty where the difference is not about one."""

    line: int
    kind: DifferenceKind
    expected: str
    found: str
    sentence: str
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Payable:
    line: int
    packs: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """What differs, in the order of the lines, and what may be paid for each line that has something to pay."""

    ok: bool
    differences: tuple[Difference, ...]
    payable: tuple[Payable, ...]
    amount_payable: Decimal
    check: Check


def match_lines(ordered: Iterable[Ordered], accepted: Iterable[Accepted], invoiced: Iterable[Invoiced]) -> Match:
    """Compare the invoices with the lines ordered and the packs accepted, lot by lot.

    To be paid are the packs of a lot that were both accepted and invoiced as the product ordered, at the agreed price,
    whatever the invoice says; half-up to the fen per line.

    Raises:
        ValueError: packs were accepted, or invoiced, for a line that was not ordered.
    """
    lines = {line.line: line for line in ordered}
    received: dict[int, Counter[str]] = {line: Counter() for line in lines}
    billed: dict[int, list[Invoiced]] = {line: [] for line in lines}
    try:
        for row in accepted:
            received[row.line][row.lot] += row.packs
        for entry in invoiced:
            billed[entry.line].append(entry)
    except KeyError as missing:
        raise ValueError(f"line {missing} is not among the lines ordered") from missing

    differences: list[Difference] = []
    payable: list[Payable] = []
    for key, line in lines.items():
        packs_billed: Counter[str] = Counter()
        packs_as_ordered: Counter[str] = Counter()
        for entry in billed[key]:
            differences += _paper_differences(line, entry)
            packs_billed[entry.lot] += entry.packs
            if entry.product == line.product:
                packs_as_ordered[entry.lot] += entry.packs
        differences += _goods_differences(key, received[key], packs_billed)
        packs = (received[key] & packs_as_ordered).total()
        if packs:
            payable.append(Payable(key, packs, round_half_up(packs * line.price)))
    amount = sum((part.amount for part in payable), Decimal("0.00"))
    return Match(not differences, tuple(differences), tuple(payable), amount, _check(differences, amount))


def _paper_differences(line: Ordered, entry: Invoiced) -> Iterator[Difference]:
    """What the line of an invoice says otherwise than the order, or than its own numbers."""
    if entry.product != line.product:
        yield _difference(
            line.line,
            DifferenceKind.PRODUCT,
            line.product,
            entry.product,
            _("Invoiced is %(found)s, ordered was %(expected)s. Ask for a corrected invoice."),
        )
    if entry.price != line.price:
        yield _difference(
            line.line,
            DifferenceKind.PRICE,
            line.price,
            entry.price,
            _("Invoiced are %(found)s yuan a pack, agreed are %(expected)s. Ask for a corrected invoice."),
        )
    amount = round_half_up(entry.packs * entry.price)
    if entry.amount != amount:
        yield _difference(
            line.line,
            DifferenceKind.ARITHMETIC,
            amount,
            entry.amount,
            _(
                "Packs times price of lot %(lot)s are %(expected)s yuan, invoiced are %(found)s. "
                "Ask for a corrected invoice."
            ),
            entry.lot,
        )


def _goods_differences(line: int, received: Counter[str], billed: Counter[str]) -> Iterator[Difference]:
    """Where the packs of a lot differ; lots on either side alone are the wrong lot if there are such on both."""
    strange = sorted(lot for lot, packs in billed.items() if packs and not received[lot])
    absent = sorted(lot for lot, packs in received.items() if packs and not billed[lot])
    for lot in sorted(set(received) & set(billed)):
        if received[lot] and billed[lot]:
            yield from _quantity_difference(line, lot, received[lot], billed[lot])
    if strange and absent:
        for lot in strange:
            yield _difference(
                line,
                DifferenceKind.LOT,
                ", ".join(absent),
                lot,
                _("Invoiced is lot %(found)s, accepted was %(expected)s. Ask for a corrected invoice."),
                lot,
            )
        packs_absent, packs_strange = sum(received[lot] for lot in absent), sum(billed[lot] for lot in strange)
        yield from _quantity_difference(line, ", ".join(strange), packs_absent, packs_strange)
        return
    for lot in strange:
        yield _difference(
            line,
            DifferenceKind.NOT_RECEIVED,
            0,
            billed[lot],
            _(
                "Packs of lot %(lot)s invoiced: %(found)s, none were accepted. "
                "Record the receipt, or refuse the invoice."
            ),
            lot,
        )
    for lot in absent:
        yield _difference(
            line,
            DifferenceKind.NOT_INVOICED,
            received[lot],
            0,
            _("Packs of lot %(lot)s accepted: %(expected)s, none are invoiced. Ask for the invoice."),
            lot,
        )


def _quantity_difference(line: int, lot: str, received: int, billed: int) -> Iterator[Difference]:
    if billed != received:
        yield _difference(
            line,
            DifferenceKind.QUANTITY_OVER if billed > received else DifferenceKind.QUANTITY_UNDER,
            received,
            billed,
            _("Packs of lot %(lot)s invoiced: %(found)s, accepted: %(expected)s. Ask for a corrected invoice."),
            lot,
        )


def _difference(
    line: int,
    kind: DifferenceKind,
    expected: str | int | Decimal,
    found: str | int | Decimal,
    template: str,
    lot: str = "",
) -> Difference:
    words = {"expected": str(expected), "found": str(found), "lot": lot}
    return Difference(line, kind, words["expected"], words["found"], template % words, lot)


def _check(differences: list[Difference], amount: Decimal) -> Check:
    """The evidence: what differs on which line, and what is to be paid."""
    if differences:
        sentence = _("Goods, receipt and invoice do not agree; differences: %(count)s, first: %(first)s") % {
            "count": len(differences),
            "first": differences[0].sentence,
        }
    else:
        sentence = _("Goods, receipt and invoice agree; to be paid are %(amount)s yuan.") % {"amount": amount}
    return Check(
        rule=RULE_PAPERS_AGREE,
        source=SOURCE,
        gate=Gate.HARD,
        passed=not differences,
        sentence=sentence,
        values={
            "amount_payable": str(amount),
            "differences": [
                {
                    "line": difference.line,
                    "kind": difference.kind.value,
                    "lot": difference.lot,
                    "expected": difference.expected,
                    "found": difference.found,
                }
                for difference in differences
            ],
        },
    )
