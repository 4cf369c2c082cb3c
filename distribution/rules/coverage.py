"""Which regions cover a place, and how many distributors of a supplier serve it at a time.

Source of the limit: provincial rules on distribution (Hubei admits three to five distributors of one supplier in a
county). Regions are codes of GB/T 2260, of which the first two digits are the province, the first four the prefecture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Entrusted:
    """A distributor that serves a region from a day on, until before another or without an end."""

    distributor: int
    region: str
    begin: date
    end: date | None

    def holds_on(self, day: date) -> bool:
        return self.begin <= day and (self.end is None or day < self.end)


def covering(region: str) -> tuple[str, str, str]:
    """The region, its prefecture and its province, the narrowest first."""
    return region, f"{region[:4]}00", f"{region[:2]}0000"


def lies_in(region: str, wider: str) -> bool:
    return wider in covering(region)


def most_at_a_time(entrusted: Iterable[Entrusted], added: Entrusted) -> tuple[str, int]:
    """The place of the added region that the most distributors serve on one of its days, and how many they are.

    A distributor of a wider region serves every place in it; one that is entrusted twice counts once. The number only
    grows where a term begins and where a region of its own begins, so that no other days and places are looked at.
    """
    of_region: defaultdict[str, list[Entrusted]] = defaultdict(list)
    for item in (*entrusted, added):
        of_region[item.region].append(item)
    places = [added.region, *(region for region in of_region if lies_in(region, added.region))]
    fullest = (added.region, 0)
    for place in dict.fromkeys(places):
        serving = [item for region in dict.fromkeys(covering(place)) for item in of_region[region]]
        days = {max(item.begin, added.begin) for item in serving}
        count = max(
            len({item.distributor for item in serving if item.holds_on(day)}) for day in days if added.holds_on(day)
        )
        fullest = max(fullest, (place, count), key=lambda found: found[1])
    return fullest
