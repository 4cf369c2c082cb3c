"""What is known of a despatch when it is received, and how a point of the checklist is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from distribution.rules.checks import Check, Gate
from distribution.rules.cold_chain import ColdChainReport

GSP = "药品经营质量管理规范 (2016)"
CONTRACT = "国办发〔2010〕56号"
# A sentence with a hundred codes is read by nobody; the values of the check state all of them.
CODES_TOLD = 5


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What was ordered, agreed, sent and found of one lot of a despatch; products by their codes, quantities in packs.

    ``product_found`` is None where nobody found another than was ordered. ``expires_on`` and ``approval_valid_until``
    are the last days on which they hold. ``codes_found`` are those of the packs to be accepted; ``foreign_codes`` and
    ``codes_seen_before`` those among them that belong to another product or came with another receipt; all in the
    spelling of ``trace_codes``. ``hold`` is why the lot is recalled or in quarantine. Times are told as they are given.
    """

    line_id: int
    product_ordered: str
    product_found: str | None
    price_ordered: Decimal
    price_agreed: Decimal | None
    agreement_in_force: bool
    distributor_entrusted: bool
    distributor_licence_ok: bool
    approval_valid_until: date | None
    product_trading: bool
    lot: str
    lot_found: str
    hold: str | None
    expires_on: date
    made_on: date | None
    shelf_life_months: int | None
    packs_sent: int
    accepted: int
    rejected: int
    surplus: int
    codes_sent: tuple[str, ...]
    codes_found: tuple[str, ...]
    foreign_codes: tuple[str, ...]
    codes_seen_before: tuple[str, ...]
    needs_cold_chain: bool
    promised_on: date | None
    due_at: datetime

    @property
    def missing(self) -> int:
        """Sent, and neither accepted nor rejected; negative where more was recorded than was sent."""
        return self.packs_sent - self.accepted - self.rejected


@dataclass(frozen=True, slots=True)
class DespatchFacts:
    """A despatch on the day of its receipt; ``invoice_chain`` is the check of the two-invoice rule where it is made.

    ``standing`` are the checks of the firms whatever the product.
    """

    received_at: datetime
    today: date
    cold_chain: ColdChainReport | None
    invoice_chain: Check | None
    lines: tuple[LineFacts, ...]
    standing: tuple[Check, ...] = ()


def on_line(
    line: LineFacts,
    rule: tuple[str, str],
    passed: bool,
    sentences: tuple[str, str],
    *,
    gate: Gate | None = None,
    **values: Any,
) -> Check:
    """The check of a line: ``rule`` with its source, and what is said where it passes and where it does not.

    Without a gate of its own it is hard for packs that are accepted, and a warning where all are sent back.
    """
    name, source = rule
    return Check(
        rule=name,
        source=source,
        gate=gate or (Gate.HARD if line.accepted else Gate.WARNING),
        passed=passed,
        sentence=sentences[0 if passed else 1] % {key: _told(value) for key, value in values.items()},
        values={name: _plain(value) for name, value in values.items()},
        line=line.line_id,
    )


def _plain(value: Any) -> Any:
    """As JSON has it: days and times in ISO form, decimal numbers as text, codes as a list."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value


def _told(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, tuple):
        return ", ".join([*value[:CODES_TOLD], "…"] if len(value) > CODES_TOLD else value) or "–"
    return str(value)
