"""What stands in an opened envelope: JSON as the reference client writes it, read into plain values or refused.

Nothing of it has been seen before: every field may be missing, of another type, or made to do harm.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

# 电子招标投标办法 (NDRC and seven ministries, Order No. 20 of 2013), art. 31.
RULE_NOT_DECRYPTED = "CN.order-20.art-31"
SPOILED = "spoiled"
BIDDERS_FAULT, PLATFORMS_FAULT = "bidder", "platform"
REVOKED, TAKEN_BACK = "revoked", "withdrawn"

ALTERED = "altered_after_receipt"
NOT_SEALED = "not_sealed_with_the_tender_key"
NOT_A_BID = "not_a_bid"
MADE_FOR_ANOTHER = "made_for_another_lot_or_supplier"
NOT_THE_SUPPLIERS = "product_not_the_suppliers"
NOT_OF_THE_LOT = "product_not_of_the_lot"
NOT_THE_SHORTLISTED = "product_not_the_shortlisted"
PRICE_UNREADABLE = "price_not_readable"
OUTPUT_UNREADABLE = "output_not_readable"
DECLARATION_UNREADABLE = "declaration_not_readable"
ANSWERS_UNREADABLE = "answers_not_readable"
DOCUMENT_UNREADABLE = "document_not_readable"

MACHINE = re.compile(r"[0-9a-f]{64}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOST_OUTPUT = 2**63 - 1
LONGEST_NAME = 200


class UnreadableBid(ValueError):
    """An envelope that does not hold a bid for its lot; the argument is the code of the reason."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of a technical envelope."""

    name: str
    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """A commercial envelope: yuan per pack, units a year, and what is declared for tie-breaks."""

    product: str
    machine: str
    offer_price: Decimal
    output: int | None = None
    own_api: bool = False
    sales: Decimal | None = None
    approved_on: date | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    """A technical envelope: answers by the code of the criterion, and documents."""

    product: str
    machine: str
    answers: dict[str, str] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()


def finding_of(reason: str) -> dict[str, str]:
    """What is recorded of a bid that could not be read: whose fault it was, and what follows from that.

    The bidder's fault revokes the bid (撤销); another's counts as a withdrawal (撤回), with damages.
    """
    is_platforms = reason == ALTERED
    return {
        "verdict": SPOILED,
        "reason": reason,
        "fault": PLATFORMS_FAULT if is_platforms else BIDDERS_FAULT,
        "outcome": TAKEN_BACK if is_platforms else REVOKED,
        "rule": RULE_NOT_DECRYPTED,
    }


def read_offer(plain: bytes, expected: Mapping[str, Any]) -> Offer:
    """Read a commercial envelope; ``expected`` names the tender, the lot and the supplier that it has to be for.

    Raises:
        UnreadableBid
    """
    content = _content(plain, expected)
    declared = content.get("declared", {})
    if not isinstance(declared, dict):
        raise UnreadableBid(DECLARATION_UNREADABLE)
    own_api = declared.get("own_api", False)
    if not isinstance(own_api, bool):
        raise UnreadableBid(DECLARATION_UNREADABLE)
    return Offer(
        product=_product(content),
        machine=_machine(content),
        offer_price=_amount(content.get("offer_price"), least=Decimal("0.01"), reason=PRICE_UNREADABLE),
        output=_output(content.get("output")),
        own_api=own_api,
        sales=None if declared.get("sales") is None else _amount(declared["sales"], reason=DECLARATION_UNREADABLE),
        approved_on=_day(declared.get("approved_on")),
    )


def read_papers(plain: bytes, expected: Mapping[str, Any]) -> Papers:
    """Read a technical envelope.

    Raises:
        UnreadableBid
    """
    content = _content(plain, {**expected, "stage": "technical"})
    answers, documents = content.get("answers", {}), content.get("documents", [])
    if not isinstance(answers, dict) or not all(_is_storable(text) for pair in answers.items() for text in pair):
        raise UnreadableBid(ANSWERS_UNREADABLE)
    if not isinstance(documents, list):
        raise UnreadableBid(DOCUMENT_UNREADABLE)
    return Papers(
        product=_product(content),
        machine=_machine(content),
        answers=answers,
        documents=tuple(map(_document, documents)),
    )


def _content(plain: bytes, expected: Mapping[str, Any]) -> dict[str, Any]:
    try:
        content = json.loads(plain)
    # brackets nested a thousand deep are no bid either
    except (ValueError, RecursionError):
        raise UnreadableBid(NOT_A_BID) from None
    if not isinstance(content, dict):
        raise UnreadableBid(NOT_A_BID)
    if any(content.get(name) != value for name, value in expected.items()):
        raise UnreadableBid(MADE_FOR_ANOTHER)
    return content


def _product(content: Mapping[str, Any]) -> str:
    """What the envelope names as its product; empty where it is nothing that the database could be asked for."""
    code = content.get("product")
    return code if isinstance(code, str) and code.isprintable() else ""


def _machine(content: Mapping[str, Any]) -> str:
    """The code of the bidder's machine, a hint; without one the bid is as good."""
    code = content.get("machine")
    return code if isinstance(code, str) and MACHINE.fullmatch(code) else ""


def _amount(value: Any, *, reason: str, least: Decimal = Decimal(0)) -> Decimal:
    """Yuan with at most two decimals, written as text."""
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        raise UnreadableBid(reason) from None
    if not amount.is_finite() or not least <= amount < 10**10 or amount != amount.quantize(Decimal("0.01")):
        raise UnreadableBid(reason)
    return amount


def _output(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_OUTPUT:
        raise UnreadableBid(OUTPUT_UNREADABLE)
    return value


def _day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise UnreadableBid(DECLARATION_UNREADABLE) from None


def _document(value: Any) -> Document:
    try:
        name, digest = value["name"], value["sha256"]
        content = base64.b64decode(value["content"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise UnreadableBid(DOCUMENT_UNREADABLE) from None
    is_named = isinstance(name, str) and name.isprintable() and 0 < len(name.strip()) <= LONGEST_NAME
    if not is_named or hashlib.sha256(content).hexdigest() != digest:
        raise UnreadableBid(DOCUMENT_UNREADABLE)
    return Document(name, digest, content)


def _is_storable(text: Any) -> bool:
    """Text that a database keeps: no null characters and no halves of a surrogate pair."""
    return isinstance(text, str) and "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
