"""How many invoices lie between the maker of a lot and the institution that bought it: the two-invoice rule.

Source: 国医改办发〔2016〕4号. One invoice from the producer to a distributor and one from there to the institution; a
group's own sales company and the general agent of an overseas medicine count as the producer, one transfer inside a
distribution group is not counted, a remote place may have one more, emergencies and controlled medicines are exempt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from heapq import heappop, heappush

from django.utils.translation import gettext as _

from catalog.rules.invoicing_rules import InvoicingRules
from distribution.rules.checks import Check, Gate

RULE_TWO_INVOICES = "CN.2016-4.two-invoices"
SOURCE = "国医改办发〔2016〕4号"


class ChainVerdict(StrEnum):
    WITHIN = "within"
    TOO_LONG = "too_long"
    INCOMPLETE = "incomplete"


class NotCounted(StrEnum):
    """Why a sale is no link of its own."""

    DEEMED_PRODUCER = "deemed_producer"
    WITHIN_GROUP = "within_group"


@dataclass(frozen=True, slots=True)
class Sale:
    """One lot on one filed invoice. Firms and products are named as the reader knows them, each by one name."""

    invoice: str
    seller: str
    buyer: str
    product: str
    lot: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Deemed:
    """A firm that counts as the producer for this maker; that there is one of each kind is for the register."""

    firm: str
    maker: str


@dataclass(frozen=True, slots=True)
class Group:
    """A distribution group: a parent and the firms that it owns or controls."""

    firms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Step:
    seller: str
    buyer: str
    invoice: str
    counted: bool
    why_not_counted: NotCounted | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """The sales from the maker (or as far up as the invoices lead) to the institution, in this order.

    ``length`` is the number of sales that count. ``verdict`` speaks of the chain alone; ``check`` decides, for it
    knows whether the order is exempt.
    """

    steps: tuple[Step, ...]
    length: int
    limit: int
    complete: bool
    verdict: ChainVerdict
    check: Check


def exempts(rules: InvoicingRules, *, is_emergency: bool, is_controlled: bool) -> bool:
    """Whether the rule set leaves the order out: emergencies, narcotics and psychotropics of class I."""
    return (is_emergency and rules.exempt_emergency) or (is_controlled and rules.exempt_controlled)


def judge_chain(
    sales: Iterable[Sale],
    *,
    maker: str,
    institution: str,
    product: str,
    lot: str,
    deemed: Iterable[Deemed],
    groups: Iterable[Group],
    is_remote: bool,
    is_exempt: bool,
    rules: InvoicingRules,
) -> Chain:
    """Follow the lot from the institution up to its maker and compare the sales that count with the limit.

    Where several invoices brought the lot, the complete chain with the fewest counted sales is taken. It is complete
    at the maker or at a firm that counts as the producer. Sales of other lots and products are no part of it. Where it
    is incomplete, the steps are the trail that leads furthest up.
    """
    producers = {maker, *(entry.firm for entry in deemed if entry.maker == maker)}
    sales_to: dict[str, set[Sale]] = defaultdict(set)
    for sale in sales:
        if (sale.product, sale.lot) == (product, lot):
            sales_to[sale.buyer].add(sale)
    trails = list(_trails(sales_to, institution, producers, list(groups), rules.group_invoices_not_counted))
    complete = [trail for trail in trails if trail.firm in producers]
    if complete:
        trail = min(complete, key=lambda trail: (trail.length, trail.firm != maker))
    else:
        trail = max(trails, key=lambda trail: len(trail.steps))
    limit = rules.invoice_limit + (rules.remote_extra if is_remote else 0)
    if not complete:
        verdict = ChainVerdict.INCOMPLETE
    else:
        verdict = ChainVerdict.WITHIN if trail.length <= limit else ChainVerdict.TOO_LONG
    words: dict[str, str | int] = {
        "product": product,
        "lot": lot,
        "maker": maker,
        "institution": institution,
        "length": trail.length,
        "limit": limit,
    }
    check = Check(
        rule=RULE_TWO_INVOICES,
        source=SOURCE,
        gate=Gate.HARD,
        passed=is_exempt or verdict == ChainVerdict.WITHIN,
        sentence=_sentence(verdict, words | {"firm": trail.firm, "path": trail.path}, is_exempt=is_exempt),
        values=words
        | {
            "verdict": verdict.value,
            "is_remote": is_remote,
            "is_exempt": is_exempt,
            "steps": [
                {
                    "seller": step.seller,
                    "buyer": step.buyer,
                    "invoice": step.invoice,
                    "not_counted": step.why_not_counted.value if step.why_not_counted else None,
                }
                for step in trail.steps
            ],
        },
    )
    return Chain(trail.steps, trail.length, limit, bool(complete), verdict, check)


def check_at_acceptance(chain: Chain, rules: InvoicingRules) -> Check:
    """The check of the chain when goods are accepted; at payment ``chain.check`` holds.

    An incomplete chain only warns where the rule set lets the maker's invoice come after the goods.
    """
    if chain.verdict == ChainVerdict.INCOMPLETE and not rules.chain_required_for_acceptance:
        return replace(chain.check, gate=Gate.WARNING)
    return chain.check


@dataclass(frozen=True, slots=True)
class _Trail:
    """The best way from a firm down to the institution."""

    firm: str
    length: int
    steps: tuple[Step, ...]

    @property
    def path(self) -> str:
        return " → ".join([self.firm, *(step.buyer for step in self.steps)])


def _trails(
    sales_to: Mapping[str, Collection[Sale]],
    institution: str,
    producers: Collection[str],
    groups: Collection[Group],
    free_in_group: int,
) -> Iterator[_Trail]:
    """Walk up from the institution by fewest counted sales, then fewest sales, then date and number of the invoices.

    A firm is met once per number of free transfers spent, and no trail comes back to a firm: circles end.
    """
    # The order holds the whole path: two waiting trails never compare beyond it.
    waiting: list[tuple[int, int, tuple[tuple[date, str, str], ...], str, int, tuple[Step, ...]]] = [
        (0, 0, (), institution, 0, ())
    ]
    met: set[tuple[str, int]] = set()
    while waiting:
        length, size, order, firm, spent, steps = heappop(waiting)
        if (firm, spent) in met:
            continue
        met.add((firm, spent))
        yield _Trail(firm, length, steps)
        below = {firm, *(step.buyer for step in steps)}
        for sale in sales_to.get(firm, ()):
            if sale.seller in below:
                continue
            reason = _why_not_counted(sale, institution, producers, groups)
            if reason == NotCounted.WITHIN_GROUP and spent >= free_in_group:
                reason = None
            step = Step(sale.seller, sale.buyer, sale.invoice, reason is None, reason)
            heappush(
                waiting,
                (
                    length + step.counted,
                    size + 1,
                    (*order, (sale.issued_on, sale.invoice, sale.seller)),
                    sale.seller,
                    spent + (reason == NotCounted.WITHIN_GROUP),
                    (step, *steps),
                ),
            )


def _why_not_counted(
    sale: Sale, institution: str, producers: Collection[str], groups: Collection[Group]
) -> NotCounted | None:
    """The first sale of the producer and the last to the institution count, whichever group owns the other side."""
    ends = {sale.seller, sale.buyer}
    if ends <= set(producers):
        return NotCounted.DEEMED_PRODUCER
    if sale.seller in producers or sale.buyer == institution:
        return None
    return NotCounted.WITHIN_GROUP if any(ends <= group.firms for group in groups) else None


def _sentence(verdict: ChainVerdict, words: Mapping[str, str | int], *, is_exempt: bool) -> str:
    if is_exempt:
        template = _("The two-invoice rule does not hold for this order; lot %(lot)s of %(product)s came by %(path)s.")
    elif verdict == ChainVerdict.WITHIN:
        template = _("Invoices that count for lot %(lot)s of %(product)s: %(length)s, allowed: %(limit)s (%(path)s).")
    elif verdict == ChainVerdict.TOO_LONG:
        template = _(
            "Invoices that count for lot %(lot)s of %(product)s: %(length)s, allowed: only %(limit)s (%(path)s). Send "
            "the goods back, or have the group or the firm that counts as the producer registered if there is one."
        )
    else:
        template = _(
            "The invoices for lot %(lot)s of %(product)s lead from %(institution)s up to %(firm)s, not to the maker "
            "%(maker)s. File the invoice by which %(firm)s bought the lot."
        )
    return template % words
