"""What the hot paths cost beside a baseline, measured in turn on one machine: ``manage.py bench``.

Each other module here is one benchmark and is found by its name. It has:

``ROWS``
    how much there is at full size; ``--rows`` says otherwise, and a benchmark works at any size.
``seed(rows) -> world``
    fills a new, migrated database of the benchmark's own and returns whatever the rest needs. The data are the same
    every time. The connection commits; ``world`` may hold files of a temporary folder.
``COMPARISONS``
    what is compared on that world, one after the other.

A comparison is checked first: ``agree(world)`` does the same work both ways and asserts that the answers are equal.
Then ``baseline`` and ``product`` run in turn. Each makes ready, does its work, clears up, and returns a ``Run`` of the
work alone, so that neither pays for what the other has left. The product's own path begins where its users begin.

A ratio is the product's rate divided by the baseline's in the same pair; the median of the ratios has to reach
``goal``. “At most 1.2 times as slow” is a goal of ``1 / 1.2``. Times and rates are printed and never judged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Run:
    """What was done, in ``units`` and seconds; ``note`` is told beside it."""

    units: int
    seconds: float = 0.0
    note: str = ""

    @property
    def rate(self) -> float:
        """Units per second."""
        return self.units / self.seconds


@dataclass(frozen=True, slots=True)
class Comparison:
    """A path of the product beside a baseline; ``unit`` names what is counted, such as ``rows``."""

    name: str
    unit: str
    goal: float
    agree: Callable[[Any], None]
    baseline: Callable[[Any], Run]
    product: Callable[[Any], Run]
    pairs: int = 5


@contextmanager
def timed(units: int) -> Iterator[Run]:
    """Time the block as a run over so many units."""
    run = Run(units)
    begin = time.perf_counter()
    yield run
    run.seconds = time.perf_counter() - begin
