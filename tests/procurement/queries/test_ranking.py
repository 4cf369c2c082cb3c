"""The statement that ranks a whole tender, offer for offer beside the rule in plain decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.rules.price_ratio import ratio
from catalog.rules.procedure_rules import (
    Anchor,
    CountedBy,
    EntryRule,
    PriceKind,
    ProcedureRules,
    ShortlistMethod,
    ShortlistRule,
    TieBreak,
)
from procurement.queries.ranking import ranking_statement
from procurement.rules.comparison import EXACT, uniform_price
from procurement.rules.evaluation import Assessment, LotFigures, Offer, evaluate_lot

TABLES = """
CREATE TEMP TABLE procurement_lot (id bigint, tender_id bigint, ceiling_price numeric(18,4), max_winners smallint)
    ON COMMIT DROP;
CREATE TEMP TABLE procurement_bid (id bigint, lot_id bigint, status varchar(20), offer_price numeric(18,4),
    pack_quantity int, price_ratio numeric(38,30), received_at timestamptz, output bigint, own_api bool,
    sales numeric(20,2), approved_on date, draw text) ON COMMIT DROP;
"""
ASSESSED = (
    "bid_id",
    "unit_price",
    "comparable_price",
    "verdict",
    "let_in_by",
    "rank",
    "is_proposed",
    "is_tied",
    "is_abnormally_low",
)
FIGURES = ("bidders", "counted", "valid", "places", "mean", "deviation", "anchor")
FIRST = datetime(2020, 1, 17, tzinfo=UTC)


@dataclass(frozen=True)
class OneLot:
    ceiling: Decimal
    cap: int | None
    offers: tuple[Offer, ...]


RATIOS = st.one_of(
    st.none(),
    st.just(Decimal(1)),
    st.sampled_from([ratio(Decimal(x), Decimal("1.7")) for x in ("2", "0.5", "4", "0.25", "3", "1.25", "5")]),
).map(lambda r: None if r is None else r.quantize(Decimal("1E-30"), context=EXACT))
PRICES = st.one_of(
    st.decimals("0.01", "0.40", places=2),
    st.decimals("0.01", "9999.99", places=2),
    st.decimals("0.0001", "3", places=4),
)


@st.composite
def lots(draw: st.DrawFn) -> list[OneLot]:
    made, bid = [], 0
    for _lot in range(draw(st.integers(1, 4))):
        offers = []
        alike = draw(st.booleans())
        for _offer in range(draw(st.integers(0, 12))):
            bid += 1
            offers.append(
                Offer(
                    bid=bid,
                    offer_price=draw(
                        st.sampled_from([Decimal("0.10"), Decimal("1.00"), Decimal("1.80"), Decimal("0.90")])
                        if alike
                        else PRICES
                    ),
                    pack_quantity=1 if alike else draw(st.sampled_from([1, 2, 3, 6, 7, 12, 100])),
                    price_ratio=draw(RATIOS),
                    received_at=FIRST + timedelta(minutes=draw(st.integers(0, 3))),
                    output=draw(st.none() | st.integers(0, 3)),
                    own_api=draw(st.booleans()),
                    sales=draw(st.none() | st.sampled_from([Decimal(0), Decimal("5.50"), Decimal(7)])),
                    approved_on=draw(st.none() | st.sampled_from([date(2018, 1, 1), date(2019, 1, 1)])),
                    draw=draw(st.sampled_from(["", "0a", "a0", "ff"])),
                )
            )
        made.append(
            OneLot(draw(st.decimals("0.0500", "99.0000", places=4)), draw(st.none() | st.integers(1, 4)), tuple(offers))
        )
    return made


ENTRIES = st.none() | st.builds(
    EntryRule,
    multiple=st.sampled_from([Decimal(1), Decimal("1.8")]),
    cut=st.none() | st.just(Decimal("0.5")),
    floor=st.none() | st.just(Decimal("0.1")),
    anchor=st.sampled_from(Anchor),
)
BY_PRICE = st.builds(
    ProcedureRules,
    least_bidders=st.sampled_from([1, 3]),
    winners=st.sampled_from([((1, 1),), ((1, 1), (2, 2), (4, 3)), ((1, 1), (3, 2), (7, 5))]),
    winners_counted_by=st.sampled_from(CountedBy),
    entry=ENTRIES,
    zero_volume_under=st.none() | st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(2)]),
    abnormally_low=st.none() | st.just(Decimal("0.5")),
    tie_breaks=st.lists(st.sampled_from(TieBreak), min_size=1, unique=True).map(tuple),
)
BY_OUTPUT = st.builds(
    ProcedureRules,
    least_bidders=st.sampled_from([1, 3]),
    winners=st.sampled_from([((1, 1),), ((1, 1), (2, 2), (4, 3))]),
    price=st.just(PriceKind.UNIFORM),
    tie_breaks=st.lists(st.sampled_from(TieBreak), min_size=1, unique=True).map(tuple),
)


def at_the_uniform_price(lot: OneLot) -> OneLot:
    """Most offers of the lot at the price that is given, as the bidders of a designated production send them."""
    offers = []
    for offer in lot.offers:
        if offer.price_ratio is not None and offer.bid % 3:
            given_price = uniform_price(lot.ceiling, offer.pack_quantity, offer.price_ratio)
            offer = replace(offer, offer_price=max(given_price, Decimal("0.01")))
        offers.append(offer)
    return replace(lot, offers=tuple(offers))


def ranked_by_the_database(
    given_lots: Sequence[OneLot], rules: ProcedureRules, *, is_negotiable: bool = False
) -> dict[int, tuple[Assessment, LotFigures, str]]:
    statement, arguments = ranking_statement(rules, tender_id=1, statuses=["opened"], is_negotiable=is_negotiable)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.procurement_lot, pg_temp.procurement_bid")
        cursor.execute(TABLES)
        for number, lot in enumerate(given_lots):
            cursor.execute("INSERT INTO procurement_lot VALUES (%s, 1, %s, %s)", [number, lot.ceiling, lot.cap])
            for o in lot.offers:
                cursor.execute(
                    "INSERT INTO procurement_bid VALUES (%s, %s, 'opened', %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    [
                        o.bid,
                        number,
                        o.offer_price,
                        o.pack_quantity,
                        o.price_ratio,
                        o.received_at,
                        o.output,
                        o.own_api,
                        o.sales,
                        o.approved_on,
                        o.draw,
                    ],
                )
        cursor.execute(statement, arguments)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    # the verdict and the figures of a lot stand in one of its rows
    first = {row["lot_id"]: row for row in rows if row["lot_verdict"] is not None}
    found = {}
    for row in rows:
        lot = first[row["lot_id"]]
        found[row["bid_id"]] = (
            Assessment(*(row[name] for name in ASSESSED)),
            LotFigures(given_lots[row["lot_id"]].ceiling, *(lot[name] for name in FIGURES)),
            lot["lot_verdict"],
        )
    return found


def by_the_rule(
    given_lots: Sequence[OneLot], rules: ProcedureRules, *, is_negotiable: bool = False
) -> dict[int, tuple[Assessment, LotFigures, str]]:
    found = {}
    for lot in given_lots:
        outcome = evaluate_lot(lot.offers, ceiling=lot.ceiling, rules=rules, cap=lot.cap, is_negotiable=is_negotiable)
        for item in outcome.assessments:
            found[item.bid] = (item, outcome.figures, outcome.verdict)
    return found


@pytest.mark.django_db
class TestAnyTender:
    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(lots(), BY_PRICE)
    def test_is_ranked_offer_for_offer_as_the_rule_says(self, some: list[OneLot], rules: ProcedureRules) -> None:
        assert ranked_by_the_database(some, rules) == by_the_rule(some, rules)

    @settings(
        max_examples=80,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(lots(), BY_OUTPUT)
    def test_is_ranked_by_output_at_a_uniform_price(self, some: list[OneLot], rules: ProcedureRules) -> None:
        some = [at_the_uniform_price(lot) for lot in some]
        database, rule = ranked_by_the_database(some, rules), by_the_rule(some, rules)
        assert {b: f[0] for b, f in database.items()} == {b: f[0] for b, f in rule.items()}

    @settings(
        max_examples=80,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(lots(), BY_PRICE)
    def test_is_ranked_as_a_whole_where_prices_are_negotiated(self, some: list[OneLot], rules: ProcedureRules) -> None:
        database = ranked_by_the_database(some, rules, is_negotiable=True)
        rule = by_the_rule(some, rules, is_negotiable=True)
        assert {b: (f[0], f[2]) for b, f in database.items()} == {b: (f[0], f[2]) for b, f in rule.items()}

    def test_counts_who_was_not_shortlisted_among_the_bidders(self) -> None:
        shortlist = ShortlistRule(ShortlistMethod.PASS_MARK, (), Decimal(60))
        rules = ProcedureRules(least_bidders=3, shortlist=shortlist)
        offers = tuple(Offer(bid, Decimal(bid), 1, Decimal(1), FIRST) for bid in (1, 2))
        lot = OneLot(Decimal(9), None, offers)
        assert {verdict for _item, _figures, verdict in ranked_by_the_database([lot], rules).values()} == {
            "too_few_bidders"
        }
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procurement_bid (id, lot_id, status) VALUES (3, 0, 'not_shortlisted')")
            statement, arguments = ranking_statement(rules, tender_id=1, statuses=["opened"])
            cursor.execute(statement, arguments)
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        assert [(row["bid_id"], row["is_proposed"]) for row in rows if row["rank"] == 1] == [(1, True)]
        assert {row["bidders"] for row in rows} == {3, None}
        by_rule = evaluate_lot(offers, ceiling=Decimal(9), rules=rules, turned_away=1)
        assert (by_rule.verdict, by_rule.figures.bidders) == ("proposed", 3)
