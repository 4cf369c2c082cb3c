"""The numbers and choices of a procurement procedure, as the rule set states them that a tender is bound to.

Where the numbers come from: Bidding Law and its Implementing Regulation (periods, committee, least bidders),
国办发〔2010〕56号 (two envelopes, shortlist), 国办发〔2015〕7号 (classified procedures, scope, 80 % of last year's use)
and the tender documents of the volume-based rounds (winner table, entry, tie-breaks, shares, terms).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from django.utils.translation import gettext

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.parameters import Parameters, Table, value_for


class ShortlistMethod(StrEnum):
    """Who goes on to the second envelope: the best scores, or all who reach the pass mark."""

    SCORE = "score"
    PASS_MARK = "pass_mark"


class CountedBy(StrEnum):
    """What the winner table counts: all who really bid, or offers at or under the ceiling."""

    BIDDERS = "bidders"
    VALID = "valid"


class Anchor(StrEnum):
    """The price that the entry rule multiplies."""

    LOWEST = "lowest"
    # round 11 (2025)
    MEAN_IF_LOWEST_UNDER_HALF = "mean_if_lowest_under_half"
    # round 12 (2026)
    LOWEST_OR_MEAN_MINUS_SD = "lowest_or_mean_minus_sd"


class TieBreak(StrEnum):
    """What decides between equal prices."""

    OWN_API = "own_api"
    SALES = "sales"
    APPROVED_ON = "approved_on"
    RECEIVED_AT = "received_at"
    DRAWN = "drawn"


class PriceKind(StrEnum):
    """Whether the lowest price wins, or the price is given and the largest output wins."""

    LOWEST = "lowest"
    UNIFORM = "uniform"


@dataclass(frozen=True, slots=True)
class ShortlistRule:
    """How many go on to the commercial envelopes; a number of bidders under the table's first row: all."""

    method: ShortlistMethod
    places: Table[int]
    pass_mark: Decimal | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of the technical evaluation and the most points that it gives."""

    code: str
    title: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class CommitteeRule:
    """The size of an evaluation committee and the least shares of it."""

    size: int
    outside_share: Decimal
    primary_share: Decimal

    @property
    def outside_members(self) -> int:
        """How many at least come from outside the purchaser."""
        return self._members(self.outside_share)

    @property
    def primary_members(self) -> int:
        """How many at least come from primary institutions."""
        return self._members(self.primary_share)

    def _members(self, share: Decimal) -> int:
        # 0.6667 states two thirds, and of nine members six are two thirds
        return next(n for n in range(self.size + 1) if round_half_up(Decimal(n) / self.size, UNIT_PRICE) >= share)


@dataclass(frozen=True, slots=True)
class EntryRule:
    """Which valid offers may win at all: any one of the conditions lets in.

    ``multiple`` of the anchor, ``cut`` against the ceiling as a share, ``floor`` in yuan per smallest unit.
    """

    multiple: Decimal
    cut: Decimal | None
    floor: Decimal | None
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class ProcedureRules:
    """How a procedure runs. Days are calendar days where the name says nothing else; shares are parts of one.

    ``conduct_deduction`` are the points of the technical score, of 100, that a bidder loses for its conduct.
    """

    least_bidding_days: int = 20
    least_change_days: int = 15
    objection_to_documents_days: int = 10
    least_bidders: int = 1
    shortlist: ShortlistRule | None = None
    criteria: tuple[Criterion, ...] = ()
    conduct_deduction: Decimal = Decimal(0)
    committee: CommitteeRule | None = None
    winners: Table[int] = ((1, 1),)
    winners_counted_by: CountedBy = CountedBy.BIDDERS
    entry: EntryRule | None = None
    zero_volume_under: Decimal | None = None
    tie_breaks: tuple[TieBreak, ...] = (TieBreak.RECEIVED_AT,)
    volume_shares: Table[Decimal] = ()
    terms: Table[int] = ()
    picking: bool = False
    backup: bool = False
    price: PriceKind = PriceKind.LOWEST
    objection_days: int = 3
    reply_days: int = 3
    abnormally_low: Decimal | None = None
    explanation_days: int = 2
    demand_floor: Decimal | None = None
    demand_by_brand: bool = False
    amendment_limit: Decimal = Decimal("0.2")
    filing_working_days: int | None = None
    forms_per_medicine: int | None = None
    strengths_per_form: int | None = None
    licence_required: bool = False

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; its decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        shortlist, criteria = _shortlist(read), _criteria(read)
        if shortlist is not None and not criteria:
            raise read.unfit("criteria", gettext("is missing: a shortlist needs criteria to score by"))
        rules = cls(
            least_bidding_days=read.whole("least_bidding_days", 20, least=0),
            least_change_days=read.whole("least_change_days", 15, least=0),
            objection_to_documents_days=read.whole("objection_to_documents_days", 10, least=0),
            least_bidders=read.whole("least_bidders", 1),
            shortlist=shortlist,
            criteria=criteria,
            conduct_deduction=read.decimal_or_none("conduct_deduction", most=100) or Decimal(0),
            committee=_committee(read),
            winners=_winners(read),
            winners_counted_by=read.choice("winners_counted_by", CountedBy, CountedBy.BIDDERS),
            entry=_entry(read),
            zero_volume_under=read.decimal_or_none("zero_volume_under", above=0),
            tie_breaks=read.choices("tie_breaks", TieBreak, (TieBreak.RECEIVED_AT,)),
            volume_shares=read.share_table("volume_shares"),
            terms=read.whole_table("terms"),
            picking=read.flag("picking"),
            backup=read.flag("backup"),
            price=read.choice("price", PriceKind, PriceKind.LOWEST),
            objection_days=read.whole("objection_days", 3, least=0),
            reply_days=read.whole("reply_days", 3, least=0),
            abnormally_low=read.decimal_or_none("abnormally_low", above=0, most=1),
            explanation_days=read.whole("explanation_days", 2, least=0),
            demand_floor=read.decimal_or_none("demand_floor", above=0, most=1),
            demand_by_brand=read.flag("demand_by_brand"),
            amendment_limit=read.decimal("amendment_limit", Decimal("0.2"), most=1),
            filing_working_days=read.whole_or_none("filing_working_days"),
            forms_per_medicine=read.whole_or_none("forms_per_medicine"),
            strengths_per_form=read.whole_or_none("strengths_per_form"),
            licence_required=read.flag("licence_required"),
        )
        _refuse_price_rules_at_a_uniform_price(rules, read)
        return rules

    def most_winners(self, counted: int) -> int:
        """The winner table's most winners for so many bidders; nobody wins where nobody bid."""
        return value_for(self.winners, counted) or 0

    def agreed_share(self, winners: int) -> Decimal:
        """The share of the reported quantity that is agreed with so many winners; all where no share is stated."""
        share = value_for(self.volume_shares, winners)
        return Decimal(1) if share is None else share

    def term_years(self, winners: int) -> int | None:
        """For how many years so many winners supply; none: the dates of the tender hold."""
        return value_for(self.terms, winners)


def _shortlist(read: Parameters) -> ShortlistRule | None:
    if not read.states("shortlist"):
        return None
    part = read.part("shortlist", ("method", "table", "pass_mark"))
    method = part.choice("method", ShortlistMethod)
    places = part.whole_table("table", from_one=False)
    pass_mark = part.decimal_or_none("pass_mark", above=0, most=100)
    if method == ShortlistMethod.SCORE and not places:
        raise part.unfit("table", gettext("is missing"))
    if method == ShortlistMethod.PASS_MARK:
        if pass_mark is None:
            raise part.unfit("pass_mark", gettext("is missing"))
        if places:
            raise part.unfit("table", gettext("is not read where the pass mark alone decides"))
    if any(advancing > bidders for bidders, advancing in places):
        raise part.unfit("table", gettext("lets more advance than there are bidders"))
    return ShortlistRule(method, places, pass_mark)


def _criteria(read: Parameters) -> tuple[Criterion, ...]:
    criteria = tuple(
        Criterion(part.text("code"), part.text("title"), part.decimal("points", above=0, most=100))
        for part in read.parts("criteria", ("code", "title", "points"))
    )
    if len({criterion.code for criterion in criteria}) < len(criteria):
        raise read.unfit("criteria", gettext("names one code twice"))
    if criteria and sum(criterion.points for criterion in criteria) != 100:
        raise read.unfit("criteria", gettext("must have points that sum to 100"))
    return criteria


def _committee(read: Parameters) -> CommitteeRule | None:
    if not read.states("committee"):
        return None
    part = read.part("committee", ("size", "outside_share", "primary_share"))
    size = part.whole("size", least=5)
    if size % 2 == 0:
        raise part.unfit("size", gettext("must be odd"))
    return CommitteeRule(size, part.decimal("outside_share", most=1), part.decimal("primary_share", most=1))


def _winners(read: Parameters) -> Table[int]:
    winners = read.whole_table("winners", ((1, 1),))
    if not winners:
        raise read.unfit("winners", gettext("is missing"))
    return winners


def _entry(read: Parameters) -> EntryRule | None:
    if not read.states("entry"):
        return None
    part = read.part("entry", ("multiple", "cut", "floor", "anchor"))
    multiple = part.decimal("multiple")
    if multiple < 1:
        raise part.unfit("multiple", gettext("must be at least %(limit)s") % {"limit": 1})
    return EntryRule(
        multiple=multiple,
        cut=part.decimal_or_none("cut", above=0, most=1),
        floor=part.decimal_or_none("floor", above=0),
        anchor=part.choice("anchor", Anchor, Anchor.LOWEST),
    )


def _refuse_price_rules_at_a_uniform_price(rules: ProcedureRules, read: Parameters) -> None:
    if rules.price == PriceKind.UNIFORM:
        for name in ("entry", "zero_volume_under", "abnormally_low"):
            if getattr(rules, name) is not None:
                raise read.unfit(name, gettext("compares prices, which are all the same at a uniform price"))
