"""Decimal yuan: rounding half-up as the price rules prescribe, and allocation that sums exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
UNIT_PRICE = Decimal("0.0001")


def round_half_up(value: Decimal, step: Decimal = FEN) -> Decimal:
    """Round to a multiple of a power of ten, halves away from zero (price-ratio rules 2011, art. 19)."""
    return value.quantize(step, rounding=ROUND_HALF_UP)


def allocate(total: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Split a whole quantity by weights into whole parts that sum to it exactly (largest remainder).

    Raises:
        ValueError: no weight is positive.
    """
    whole = sum(Decimal(weight) for weight in weights)
    if whole <= 0:
        raise ValueError("at least one weight must be positive")
    exact = [Decimal(total) * Decimal(weight) / whole for weight in weights]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
