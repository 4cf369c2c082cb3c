"""Evaluating the opened bids of a tender: the worker ranks and proposes; it does not award."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import perform, perform_all
from catalog.models import Product
from catalog.rules.procedure_rules import ProcedureRules, TieBreak
from procurement.models import Bid, Evaluation, Lot, Opening, Tender
from procurement.policies import may_run_tender
from procurement.queries import Bidder, Obstacle, obstacles_of, rules_of
from procurement.queries.ranking import ranking_statement
from procurement.services.explanations import ask_explanations
from procurement.states import BID, LOT, TENDER, BidStatus, LotStatus, Procedure, Stage

# What the proposal of a lot was decided by; `most_winners` is what table and lot admit.
FIGURES = ("bidders", "counted", "valid", "mean", "deviation", "anchor")

# One statement stores what the other one ranks: a national tender has tens of thousands of bids.
STORE = """
WITH ranking AS MATERIALIZED ({ranking}),
bids AS (
    UPDATE procurement_bid AS bid
    SET unit_price = ranking.unit_price, comparable_price = ranking.comparable_price,
        finding = jsonb_strip_nulls(jsonb_build_object('verdict', ranking.verdict, 'let_in_by', ranking.let_in_by)),
        status = CASE WHEN ranking.rank IS NULL THEN %(set_aside)s ELSE %(ranked)s END,
        version = bid.version + 1, updated_at = %(at)s
    FROM ranking WHERE bid.id = ranking.bid_id
), lines AS (
    INSERT INTO procurement_evaluationline
        (evaluation_id, bid_id, rank, is_proposed, is_zero_volume, is_abnormally_low, is_tied)
    SELECT %(evaluation)s, bid_id, rank, is_proposed, verdict = 'zero_volume', is_abnormally_low, is_tied
    FROM ranking WHERE rank IS NOT NULL
), figures AS (
    SELECT lot_id, max(lot_verdict) AS verdict, max(places) AS places,
           {figures},
           coalesce(array_agg(bid_id ORDER BY rank) FILTER (WHERE rank IS NOT NULL), '{{}}') AS ranked,
           coalesce(array_agg(bid_id ORDER BY bid_id) FILTER (WHERE rank IS NULL), '{{}}') AS set_aside
    FROM ranking GROUP BY lot_id
), lots AS (
    UPDATE procurement_lot AS lot
    SET status = CASE WHEN figures.verdict = 'proposed' THEN %(proposed)s ELSE %(failed)s END,
        proposal = jsonb_strip_nulls(jsonb_build_object(
            'verdict', coalesce(figures.verdict, 'too_few_bidders'), 'most_winners', coalesce(figures.places, 0),
            {told}
        )),
        version = lot.version + 1, updated_at = %(at)s
    FROM procurement_lot AS same LEFT JOIN figures ON figures.lot_id = same.id
    WHERE lot.id = same.id AND lot.tender_id = %(tender)s AND lot.status = %(open)s
    RETURNING lot.id, lot.status, coalesce(figures.ranked, '{{}}'), coalesce(figures.set_aside, '{{}}')
)
SELECT * FROM lots
"""
# Whoever has the minutes repeats it: SHA-256 of their signature and the bid's reference, the smallest first.
DRAW = """
UPDATE procurement_bid AS bid
SET draw = encode(sha256(convert_to(%(signature)s || bid.reference::text, 'UTF8')), 'hex')
FROM procurement_lot AS lot
WHERE lot.id = bid.lot_id AND lot.tender_id = %(tender)s AND bid.status = %(opened)s
"""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a lot and of its bids, by their ids: the ranked ones in the order of their ranks."""

    lot_id: int
    status: str
    ranked: list[int]
    set_aside: list[int]


def evaluate_tender(*, tender_id: int, actor: Actor, at: datetime) -> Evaluation:
    """Judge and rank every opened bid by the rules of the tender, and propose winners for every lot.

    Who is not admitted on the day is set aside first, with every reason. Then one statement of the database decides all
    lots as ``rules/evaluation.py`` decides one; a lot with fewer bidders than the rules ask for, or without a valid
    bid, fails. Whose proposed price is abnormally low is asked to explain it. The journal has an entry for each lot:
    its bids in the order of their ranks, and those that were set aside, whose finding says why.

    Raises:
        WrongState, AlreadyDone: not opened, or evaluated before.
    """
    with perform(
        "evaluate",
        Tender.objects.select_related("procedure_rules", "agency"),
        pk=tender_id,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        rules = rules_of(tender)
        refused = _set_aside_refused(tender, actor, at)
        if TieBreak.DRAWN in rules.tie_breaks:
            _draw(tender)
        evaluation = Evaluation.objects.create(
            tender=tender, evaluated_at=at, ranked_count=0, set_aside_count=refused, failed_lots=0
        )
        outcomes = _rank(evaluation, rules, at)
        evaluation.ranked_count = sum(len(outcome.ranked) for outcome in outcomes)
        evaluation.set_aside_count += sum(len(outcome.set_aside) for outcome in outcomes)
        evaluation.failed_lots = sum(outcome.status == LotStatus.FAILED for outcome in outcomes)
        evaluation.save()
        _record(outcomes, actor, at)
        ask_explanations(Lot.objects.filter(tender=tender), rules=rules, actor=actor, at=at)
    return evaluation


def _set_aside_refused(tender: Tender, actor: Actor, at: datetime) -> int:
    """Set aside the bids of those who are not admitted; return how many there are."""
    rows = list(
        Bid.objects.filter(lot__tender=tender, status=BidStatus.OPENED)
        .order_by("pk")
        .values_list("pk", "supplier_id", "lot_id", "product_id")
    )
    lots = Lot.objects.filter(tender=tender).select_related("presentation__medicine").in_bulk()
    offered = Product.objects.filter(bids__lot__tender=tender, bids__status=BidStatus.OPENED)
    told = offered.only("code", "status", "status_reason", "licence_valid_until", "approval_number").order_by()
    products = {product.pk: product for product in told}
    bidders = [Bidder(supplier, lots[lot], products[product]) for _pk, supplier, lot, product in rows]
    found = obstacles_of(tender, bidders, at)
    refused = {row[0]: obstacles for row, obstacles in zip(rows, found, strict=True) if obstacles}
    # with the supplier, who stands in the name under which the journal keeps a bid
    named = Bid.objects.filter(pk__in=refused).select_related("supplier").defer("envelope", "technical_envelope")
    aside = perform_all("set_aside", named, machine=BID, actor=actor, at=at)
    for bid in aside:
        bid.finding = _refusal(refused[bid.pk])
    Bid.objects.bulk_update(aside, ["finding"], batch_size=1000)
    return len(refused)


def _refusal(obstacles: Sequence[Obstacle]) -> dict[str, Any]:
    return {
        "verdict": "not_admitted",
        "reason": "; ".join(obstacle.sentence for obstacle in obstacles),
        "obstacles": {obstacle.code: obstacle.evidence for obstacle in obstacles},
    }


def _draw(tender: Tender) -> None:
    opening = Opening.objects.get(tender=tender, stage=Stage.COMMERCIAL)
    values = {"signature": opening.signature["signature"], "tender": tender.pk, "opened": BidStatus.OPENED}
    with connection.cursor() as cursor:
        cursor.execute(DRAW, values)


def _rank(evaluation: Evaluation, rules: ProcedureRules, at: datetime) -> list[_Outcome]:
    tender = evaluation.tender
    ranking, values = ranking_statement(
        rules,
        tender_id=tender.pk,
        statuses=[BidStatus.OPENED],
        is_negotiable=tender.procedure == Procedure.NEGOTIATION,
    )
    statement = STORE.format(
        ranking=ranking,
        figures=", ".join(f"max({name}) AS {name}" for name in FIGURES),
        told=", ".join(_told(name) for name in FIGURES),
    )
    values |= {
        "evaluation": evaluation.pk,
        "at": at,
        "open": LotStatus.OPEN,
        "set_aside": BID.resolve(BidStatus.OPENED, "set_aside").target,
        "ranked": BID.resolve(BidStatus.OPENED, "rank").target,
        "proposed": LOT.resolve(LotStatus.OPEN, "propose").target,
        "failed": LOT.resolve(LotStatus.OPEN, "lapse").target,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [_Outcome(*row) for row in cursor.fetchall()]


def _told(name: str) -> str:
    """Counts are numbers, and of a lot without bids zero; prices are texts, so that they stay exact."""
    if name in ("bidders", "counted", "valid"):
        return f"'{name}', coalesce(figures.{name}, 0)"
    return f"'{name}', figures.{name}::text"


def _record(outcomes: Sequence[_Outcome], actor: Actor, at: datetime) -> None:
    lots = Lot.objects.select_related("tender", "presentation__medicine").in_bulk(
        [outcome.lot_id for outcome in outcomes]
    )
    for action, status in (("propose", LotStatus.PROPOSED), ("lapse", LotStatus.FAILED)):
        decided = [(lots[outcome.lot_id], _changes(outcome)) for outcome in outcomes if outcome.status == status]
        record_all(actor=actor, action=f"{LOT.name}.{action}", changes_of=decided, at=at)


def _changes(outcome: _Outcome) -> dict[str, Any]:
    changes: dict[str, Any] = {"status": [LotStatus.OPEN, outcome.status], "ranked": [None, outcome.ranked]}
    return changes | ({"set_aside": [None, outcome.set_aside]} if outcome.set_aside else {})
