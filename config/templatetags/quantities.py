"""How money and quantities are written on pages, the same in Chinese and in English."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def yuan(amount: Decimal | None) -> str:
    """``¥1,234.50``; four decimals where the amount has parts of a fen, a dash where there is none."""
    if amount is None:
        return "—"
    decimals = 2 if amount == round(amount, 2) else 4
    return f"¥{amount:,.{decimals}f}"


@register.filter
def grouped(number: int | None) -> str:
    """``1,234,567``; a dash where there is none."""
    return "—" if number is None else f"{number:,}"


@register.filter
def share(part: Decimal | str | None) -> str:
    """``85%``, ``62.5%``; a dash where there is none."""
    return "—" if part is None else f"{Decimal(part) * 100:.2f}".rstrip("0").rstrip(".") + "%"
