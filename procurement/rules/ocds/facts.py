"""What is public about a tender, as plain values: what a release package is written from.

Money is yuan, quantities are smallest units, times carry their offset, periods are half-open. Whatever happened
carries the time when it became public; what did not happen has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Procedure(StrEnum):
    DOUBLE_ENVELOPE = "double_envelope"
    VOLUME_BASED = "volume_based"
    NEGOTIATION = "negotiation"
    DIRECT_LISTING = "direct_listing"
    DESIGNATED_PRODUCTION = "designated_production"
    SMALL_QUANTITY = "small_quantity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who publishes: ``ocid_prefix`` is the one registered with the Open Contracting Partnership (``ocds-xxxxxx``)."""

    name: str
    ocid_prefix: str
    uscc: str = ""
    uri: str = ""
    license: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An organization, by its code in the register; ``uscc`` is its unified social credit code."""

    code: str
    name: str
    uscc: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """An active ingredient: INN where known, amount in ``unit`` (``mg``, ``ml``, ``单位`` …) per smallest unit."""

    name: str
    amount: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """What a lot buys. ``form_code`` and ``container_code`` are of the extension's codelists where one fits."""

    description: str
    ingredients: tuple[Ingredient, ...] = ()
    form: str = ""
    form_code: str = ""
    container: str = ""
    container_code: str = ""
    atc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A province's part of a quantity."""

    name: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """``ceiling`` is yuan per unit; ``unit`` is the smallest unit as it is written (片)."""

    number: int
    medicine: Medicine
    quantity: int
    unit: str
    ceiling: Decimal | None = None
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an amendment may change."""

    deadline_at: datetime
    supply_from: date
    supply_until: date
    lots: tuple[Lot, ...]
    enquiries_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A published change of the terms; ``before`` is what held until then."""

    number: int
    published_at: datetime
    rationale: str
    description: str
    before: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """A question and the answer that went to all; who asked stays unsaid."""

    number: int
    asked_at: datetime
    question: str
    answer: str
    answered_at: datetime
    lot: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A published file; ``kind`` is a code of the documentType codelist, ``format`` a media type."""

    id: str
    kind: str
    title: str
    url: str
    published_at: datetime
    format: str = ""
    lot: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A date of the timetable; ``kind`` is a code of the milestoneType codelist."""

    id: str
    kind: str
    title: str
    due_at: datetime
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What institutions together said they will use of one presentation."""

    description: str
    quantity: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """The demand that the tender is built from, confirmed by the province."""

    title: str
    confirmed_at: datetime
    demand: tuple[Demand, ...]
    estimated_value: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """An opened bid. A sealed one is not a public fact and must not be given.

    ``priced_at`` is when its price was opened: the opening, or that of the commercial envelopes; none where that one
    stays closed. ``price`` is yuan per unit.
    """

    reference: str
    lot: int
    supplier: str
    received_at: datetime
    opened_at: datetime
    priced_at: datetime | None = None
    price: Decimal | None = None
    product: str = ""
    judged_at: datetime | None = None
    is_valid: bool | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """A winner of a lot: a candidate from ``proposed_at``, the winner from ``awarded_at``; ``price`` yuan per unit.

    ``withdrawn_at`` is when it stopped being either, for the ``reason`` given.
    """

    number: str
    lot: int
    supplier: str
    bid: str
    product: str
    price: Decimal
    proposed_at: datetime | None
    awarded_at: datetime | None
    areas: tuple[Area, ...]
    withdrawn_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLine:
    """An agreed volume under one award for one area; ``price`` is yuan per unit."""

    award: str
    product: str
    area: Area
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAmendment:
    """A change of the agreed volumes; ``before`` are the lines that held until then."""

    number: int
    agreed_at: datetime
    rationale: str
    description: str
    before: tuple[ContractLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """An agreement with one supplier; ``lines`` are the last ones."""

    number: str
    signed_at: datetime
    valid_from: date
    valid_until: date
    lines: tuple[ContractLine, ...]
    amendments: tuple[ContractAmendment, ...] = ()
    ended_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFailure:
    """A lot that ended without a winner."""

    lot: int
    failed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """A tender and everything public that came of it; ``terms`` are the last ones. ``rules`` names its rule set.

    ``repeats`` is the number of the tender that failed before, where this one repeats it.
    """

    number: str
    title: str
    procedure: Procedure
    rules: str
    agency: str
    parties: tuple[Party, ...]
    terms: Terms
    description: str = ""
    language: str = "zh"
    planning: Planning | None = None
    published_at: datetime | None = None
    amendments: tuple[Amendment, ...] = ()
    clarifications: tuple[Clarification, ...] = ()
    documents: tuple[Document, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    opened_at: datetime | None = None
    bids: tuple[Bid, ...] = ()
    failures: tuple[LotFailure, ...] = ()
    awards: tuple[Award, ...] = ()
    contracts: tuple[Contract, ...] = ()
    cancelled_at: datetime | None = None
    cancellation_reason: str = ""
    repeats: str = ""
