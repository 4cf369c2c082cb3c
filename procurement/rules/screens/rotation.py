"""The screen on past tenders: bidders who win in turn."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from procurement.rules.screens.flags import Contest, Flag, Kind, ScreenLimits


def screen_rotation(contests: Iterable[Contest], *, limits: ScreenLimits) -> Iterator[Flag]:
    """Find groups of contests in which the same bidders took turns at winning.

    Every winner must have bid every time. The chance is that of such an order among that many equal bidders: of a
    strict cycle, or of nobody winning twice in a row.
    """
    by_group: dict[Hashable, list[Contest]] = defaultdict(list)
    for contest in contests:
        by_group[contest.group].append(contest)
    for group, held in by_group.items():
        held.sort(key=lambda contest: (contest.decided_at, contest.winner))
        regulars = frozenset.intersection(*(contest.bidders for contest in held))
        winners = [contest.winner for contest in held]
        if len(held) < limits.least_contests or not regulars.issuperset(winners):
            continue
        chance, evenness = _chance_of_turns(winners, len(regulars)), _evenness(winners)
        if chance <= limits.chance and evenness >= limits.evenness:
            yield Flag(
                kind=Kind.ROTATION,
                suppliers=tuple(sorted(set(winners))),
                figures={
                    "group": str(group),
                    "contests": str(len(held)),
                    "bidders": str(len(regulars)),
                    "winners": " → ".join(winners),
                    "evenness": str(evenness),
                    "chance": f"{chance:.4f}",
                },
            )


def _chance_of_turns(winners: Sequence[str], bidders: int) -> Decimal:
    distinct = len(set(winners))
    if distinct < 2:
        return Decimal(1)
    if all(winner == winners[place % distinct] for place, winner in enumerate(winners)):
        return Decimal(math.perm(bidders, distinct)) / Decimal(bidders) ** len(winners)
    if all(winner != before for before, winner in pairwise(winners)):
        return (1 - 1 / Decimal(bidders)) ** (len(winners) - 1)
    return Decimal(1)


def _evenness(winners: Sequence[str]) -> Decimal:
    """Return the entropy of the winners' shares as part of the greatest possible: 1 where all won equally often."""
    counts = Counter(winners)
    if len(counts) < 2:
        return Decimal(0)
    shares = [count / len(winners) for count in counts.values()]
    entropy = -sum(share * math.log(share) for share in shares)
    return Decimal(f"{entropy / math.log(len(counts)):.4f}")
