"""Evaluating the opened bids of a tender: the worker ranks and proposes; it does not award."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import perform, perform_all
from procurement.models import Bid, Evaluation, EvaluationLine, Lot, Tender
from procurement.policies import may_run_tender
from procurement.rules.ranking import Assessment, Offer, assess
from procurement.states import BID, LOT, TENDER, BidStatus


def evaluate_tender(*, tender_id: int, actor: Actor, at: datetime) -> Evaluation:
    """Judge every opened bid against its lot's ceiling, rank the valid ones and propose the lowest.

    A lot without a valid bid fails.

    Raises:
        WrongState, AlreadyDone: not opened, or evaluated before.
    """
    with perform(
        "evaluate",
        Tender.objects.all(),
        pk=tender_id,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        lots = list(Lot.objects.filter(tender=tender).select_related("presentation").order_by("pk"))
        bids = {
            bid.pk: bid
            for bid in Bid.objects.filter(lot__tender=tender, status=BidStatus.OPENED).select_related(
                "product__presentation"
            )
        }
        offers: defaultdict[int, list[Offer]] = defaultdict(list)
        for bid in bids.values():
            offers[bid.lot_id].append(_offer(bid))
        strength_base = Decimal(tender.rule_set.parameters["strength_base"])
        assessed = {
            lot.pk: assess(
                offers[lot.pk],
                reference=lot.presentation.content,
                ceiling=lot.ceiling_price,
                max_winners=lot.max_winners,
                strength_base=strength_base,
            )
            for lot in lots
        }
        everything = [item for items in assessed.values() for item in items]
        ranked = [item for item in everything if item.rank is not None]
        failed = [lot.pk for lot in lots if not any(item.rank for item in assessed[lot.pk])]
        evaluation = Evaluation.objects.create(
            tender=tender,
            evaluated_at=at,
            ranked_count=len(ranked),
            set_aside_count=len(everything) - len(ranked),
            failed_lots=len(failed),
        )
        named = Lot.objects.filter(tender=tender).select_related("tender", "presentation__medicine")
        perform_all("lapse", named.filter(pk__in=failed), machine=LOT, actor=actor, at=at)
        perform_all("propose", named.exclude(pk__in=failed), machine=LOT, actor=actor, at=at)
        _store(evaluation, everything, bids, actor, at)
    return evaluation


def _offer(bid: Bid) -> Offer:
    assert bid.product is not None and bid.offer_price is not None  # an opened bid has both
    return Offer(
        bid=bid.pk,
        offer_price=bid.offer_price,
        pack_quantity=bid.product.pack_quantity,
        strength=bid.product.presentation.content,
        received_at=bid.received_at,
    )


def _store(
    evaluation: Evaluation, assessed: list[Assessment], bids: dict[int, Bid], actor: Actor, at: datetime
) -> None:
    ranked = [item.bid for item in assessed if item.rank is not None]
    set_aside = [item.bid for item in assessed if item.rank is None]
    # with the supplier, who stands in the name under which the journal keeps a bid
    named = Bid.objects.select_related("supplier")
    perform_all("rank", named.filter(pk__in=ranked), machine=BID, actor=actor, at=at)
    perform_all("set_aside", named.filter(pk__in=set_aside), machine=BID, actor=actor, at=at)
    for item in assessed:
        bid = bids[item.bid]
        bid.unit_price, bid.comparable_price, bid.finding = item.unit_price, item.comparable_price, item.steps
    Bid.objects.bulk_update(bids.values(), ["unit_price", "comparable_price", "finding"], batch_size=1000)
    EvaluationLine.objects.bulk_create(
        EvaluationLine(
            evaluation=evaluation,
            bid=bids[item.bid],
            rank=item.rank,
            is_proposed=item.is_proposed,
            is_tied=item.is_tied,
        )
        for item in assessed
        if item.rank is not None
    )
