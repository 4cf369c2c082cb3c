"""What the demonstration year brought, as a table for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from config.demo.logins import Logins
from config.demo.models import PlayedStep
from config.demo.network import DISTRIBUTORS
from config.demo.people import demo_supplier, portal_hospital

# step → title, and the figures in the order to print them
TITLES = {
    "catalogue": "1 Catalogue",
    "demand": "2 Demand",
    "tender": "3 Tender",
    "bids": "4 Sealed bids",
    "opening": "5 Opening, evaluation",
    "award": "  Award",
    "agreement": "6 Agreements",
    "order": "7 Orders",
    "delivery": "8 Deliveries",
    "invoice": "9 Invoices",
    "payment": "  Payment",
    "stock": "  Stock",
    "retail": "10 Retail check",
    "next": "The next tender",
    "to do": "Left to do",
}
MONEY = {"value_at_ceilings", "value", "saving", "amount", "payable"}


def year_table(steps: Sequence[PlayedStep]) -> str:
    """The table of all steps: figures, money and the time each took."""
    lines = [("Step", "What happened", "Seconds")]
    for step in steps:
        figures = [f"{name.replace('_', ' ')} {_figure(name, value)}" for name, value in step.figures]
        title = TITLES.get(step.name, step.name)
        for place, part in enumerate(_wrapped(figures, 84)):
            lines.append((title if place == 0 else "", part, f"{step.seconds:.1f}" if place == 0 else ""))
    lines.append(("", "the whole year", f"{sum(step.seconds for step in steps):.1f}"))
    widths = [max(_width(line[column]) for line in lines) for column in range(3)]
    rule = "─" * (sum(widths) + 4)
    body = ["  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([rule, body[0], rule, *body[1:-1], rule, body[-1], rule])


def _figure(name: str, value: object) -> str:
    if name in MONEY:
        return f"¥{Decimal(str(value)):,}"
    if name.endswith("percent"):
        return f"{value} %"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _wrapped(parts: Sequence[str], width: int) -> list[str]:
    lines = [""]
    for part in parts:
        joined = f"{lines[-1]} · {part}" if lines[-1] else part
        if _width(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def logins_table() -> str:
    """The log-ins of the demonstration: people by password, a supplier and a distributor by API client."""
    logins = Logins()
    if not logins.has("password of officer"):
        return "The demonstration's log-ins were made by another installation; they are not known here."
    people = [
        ("officer", "procurement officer, /admin/"),
        ("officer2", "second officer, /admin/"),
        ("supervisor", "supervisor, /admin/"),
        ("supplier", f"person of supplier {demo_supplier()}, bids in the browser"),
        ("expert1", "evaluation expert, /admin/ once drawn into a committee"),
        ("buyer", f"buyer of hospital {portal_hospital()}, /portal/"),
        ("approver", f"approver of hospital {portal_hospital()}, /portal/"),
        ("pharmacist", f"pharmacist of hospital {portal_hospital()}, /portal/"),
    ]
    lines = ["Log-ins"]
    lines += [f"  {name:<11} {logins.get(f'password of {name}')}   {what}" for name, what in people]
    clients = [(demo_supplier(), "supplier"), (next(iter(DISTRIBUTORS)), "distributor")]
    for code, kind in clients:
        lines.append(f"  {kind} {code}, API: client id {logins.get(f'client id of {code}')}")
        lines.append(f"      client secret {logins.get(f'client secret of {code}')}")
    lines.append("Opening passphrases")
    for name in ("officer", "officer2", "supervisor"):
        lines.append(f"  {name:<11} {logins.get(f'opening passphrase of {name}')}")
    return "\n".join(lines)
