"""Which accepted packs an invoice is about, and which of them are still to be paid.

For each line of the order and lot, what is to be paid in the end are the packs that were accepted and kept. What was
paid already is taken off, so that nothing is paid twice whatever is invoiced; where more was paid than is kept, credit
notes take it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from catalog.foundation.money import round_half_up

Goods = tuple[int, str]  # a line of the order, and a lot


@dataclass(frozen=True, slots=True)
class Received:
    """Packs of a lot that one receipt accepted for a line of the order, and how many of them went back since."""

    receipt: int
    line: int
    lot: str
    accepted: int
    returned: int = 0

    @property
    def kept(self) -> int:
        """What is to be paid."""
        return self.accepted - self.returned


@dataclass(frozen=True, slots=True)
class Claim:
    """A line of an invoice, or of a credit note, in positive packs; ``paid`` are packs by receipt, negative of a
    credit note: paid, or approved for payment."""

    key: int
    line: int
    lot: str
    packs: int
    is_credit: bool = False
    paid: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Share:
    """``goods`` are the packs that the claim is compared with, ``payable`` the packs by receipt that are open.

    Both are negative for a credit note.
    """

    goods: int = 0
    payable: dict[int, int] = field(default_factory=dict)


def share_out(received: Iterable[Received], claims: Iterable[Claim]) -> dict[int, Share]:
    """Give each claim its goods and what is to be paid for it, by its key.

    Receipts and claims are served in the order in which they come, claims on which something was paid first. A claim
    is compared with whole receipts: the last one that reaches into a receipt answers for what is left of it. Receipts
    that no claim reaches wait for their invoice.
    """
    goods: defaultdict[Goods, list[Received]] = defaultdict(list)
    for row in received:
        goods[row.line, row.lot].append(row)
    about: defaultdict[Goods, list[Claim]] = defaultdict(list)
    for claim in sorted(claims, key=lambda claim: not claim.paid):
        about[claim.line, claim.lot].append(claim)
    shares = {claim.key: Share() for group in about.values() for claim in group}
    for key, group in about.items():
        _compare(goods[key], group, shares)
        _pay(goods[key], group, shares)
    return shares


def amounts(packs_of_receipt: Mapping[int, int], price: Decimal) -> dict[int, Decimal]:
    """Yuan for packs by receipt; they add up to what all packs together cost, half-up to the fen."""
    sums = [0]
    for packs in packs_of_receipt.values():
        sums.append(sums[-1] + packs)
    costs = [round_half_up(abs(packs) * price) * (1 if packs >= 0 else -1) for packs in sums]
    return {receipt: after - before for receipt, (before, after) in zip(packs_of_receipt, pairwise(costs), strict=True)}


def _compare(received: list[Received], claims: list[Claim], shares: dict[int, Share]) -> None:
    returned = {row.receipt: row.returned for row in received}
    credited: defaultdict[int, int] = defaultdict(int)
    for claim in claims:
        if claim.is_credit:
            for receipt, packs in _fill(returned, claim.packs).items():
                credited[receipt] += packs
                shares[claim.key].goods -= packs
    # what a credit note takes back stands on the first invoice all the same
    left = {row.receipt: row.kept + credited[row.receipt] for row in received}
    last: dict[int, int] = {}
    for claim in claims:
        if not claim.is_credit:
            for receipt, packs in _fill(left, claim.packs).items():
                shares[claim.key].goods += packs
                last[receipt] = claim.key
    for receipt, key in last.items():
        shares[key].goods += left[receipt]


def _pay(received: list[Received], claims: list[Claim], shares: dict[int, Share]) -> None:
    open_packs = {row.receipt: row.kept for row in received}
    for claim in claims:
        for receipt, packs in claim.paid.items():
            open_packs[receipt] = open_packs.get(receipt, 0) - packs
    owed = {receipt: packs for receipt, packs in open_packs.items() if packs > 0}
    overpaid = {receipt: -packs for receipt, packs in open_packs.items() if packs < 0}
    for claim in claims:
        rest = claim.packs - abs(sum(claim.paid.values()))
        if claim.is_credit:
            shares[claim.key].payable = {receipt: -packs for receipt, packs in _fill(overpaid, rest).items()}
        else:
            shares[claim.key].payable = _fill(owed, rest)


def _fill(room: dict[int, int], packs: int) -> dict[int, int]:
    """Put packs where there is room, in order; the room shrinks."""
    put: dict[int, int] = {}
    for receipt, free in room.items():
        taken = min(free, packs)
        if taken > 0:
            put[receipt] = taken
            room[receipt] -= taken
            packs -= taken
    return put
