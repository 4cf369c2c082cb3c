"""What an institution may want to order: its usual use for so long, less what it has and what is on the way."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from distribution.rules.packs import Rounded, packs_for


def suggest(
    *, monthly_use: Decimal, stock: int, on_the_way: int, cover_months: Decimal, pack_quantity: int
) -> Rounded | None:
    """The packs that bring stock up to ``cover_months`` of use, all in smallest units; None where it is there already.

    Raises:
        ValueError: a negative number.
    """
    if min(monthly_use, cover_months) < 0 or min(stock, on_the_way) < 0:
        raise ValueError("use, stock and months are not negative")
    short = monthly_use * cover_months - stock - on_the_way
    if short <= 0:
        return None
    return packs_for(int(short.to_integral_value(ROUND_CEILING)), pack_quantity)
