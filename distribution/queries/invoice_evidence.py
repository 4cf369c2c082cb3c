"""What the last judgement of an invoice found, in the language of the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from distribution.models import Invoice


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an invoice differs from the order or the goods; ``line`` is the line of the order, ``lot`` may be empty."""

    line: int
    lot: str
    kind: str
    expected: str
    found: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    """One sale on the way of a lot; ``not_counted`` says why it is no link, empty where it counts."""

    seller: str
    buyer: str
    invoice: str
    not_counted: str


@dataclass(frozen=True, slots=True)
class LotChain:
    """The way of one lot from its maker; ``rule`` and ``source`` are what it was judged by."""

    rule: str
    source: str
    product: str
    lot: str
    verdict: str
    length: int
    limit: int
    passed: bool
    sentence: str
    steps: list[Step]


def differences_of(invoice: Invoice) -> list[Difference]:
    """Line by line; none where everything agrees, or where nothing was judged yet."""
    return [
        Difference(**values, sentence=sentence)
        for match in invoice.match
        for values, sentence in zip(
            match["values"]["differences"], _in_language(match["difference_sentences"]), strict=True
        )
    ]


def chains_of(invoice: Invoice) -> list[LotChain]:
    """Lot by lot."""
    return [_chain(evidence, evidence["values"]) for evidence in invoice.chain]


def _chain(evidence: dict[str, Any], values: dict[str, Any]) -> LotChain:
    return LotChain(
        rule=evidence["rule"],
        source=evidence["source"],
        product=values["product"],
        lot=values["lot"],
        verdict=values["verdict"],
        length=values["length"],
        limit=values["limit"],
        passed=evidence["passed"],
        sentence=_in_language(evidence["sentences"]),
        steps=[
            Step(step["seller"], step["buyer"], step["invoice"], step["not_counted"] or "") for step in values["steps"]
        ],
    )


def _in_language(told: dict[str, Any]) -> Any:
    return told.get(get_language() or "", told[settings.LANGUAGE_CODE])
