"""Ranking all lots of a national round at once, beside SQL written by hand for its rules, and beside the ORM.

3,000 lots with 20 bids each, four in seven of them at another strength and one in eight over the ceiling, under the
rules of the round of January 2020. What the product ranks is compared bid for bid with the rule in plain decimals.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Medicine, Presentation, Product, RuleSet
from catalog.rules.price_ratio import ratio
from catalog.rules.procedure_rules import ProcedureRules
from procurement.models import Bid, Evaluation, EvaluationLine, Lot, LotArea, Tender
from procurement.queries.ranking import ranking_statement
from procurement.rules.comparison import EXACT
from procurement.rules.evaluation import Assessment, LotEvaluation, LotFigures, Offer, evaluate_lot
from procurement.services.evaluations import evaluate_tender
from procurement.states import BidStatus, LotStatus, TenderStatus
from tests.benchmarks import Comparison, Run, timed
from tests.cast import HENAN, make_cast, make_rule_sets

ROWS = 60_000
BIDDERS = 20
# As many lots as are ranked by the ORM.
FEW = 150
AT = datetime(2020, 1, 17, 10, 0, tzinfo=UTC)
PACKS = (6, 7, 10, 12, 14, 20, 24, 28, 30)
RATIOS = [
    ratio(Decimal(quotient), Decimal("1.7")).quantize(Decimal("1E-30"), context=EXACT)
    for quotient in ("1", "1", "1", "0.5", "2", "4", "1.25")
]
ROUND = {
    "winners": [[1, 1], [2, 2], [4, 3], [5, 4], [7, 5], [9, 6]],
    "entry": {"multiple": "1.8", "cut": "0.5", "floor": "0.1", "anchor": "lowest"},
}
RULES = ProcedureRules.read(ROUND)

# As one would write it for this round alone; `div` because a quotient that is rounded twice is a wrong price.
BY_HAND = """
WITH priced AS MATERIALIZED (
    SELECT bid.id, bid.lot_id, bid.received_at, lot.ceiling_price,
           div(2000000 * bid.offer_price + bid.pack_quantity, 2 * bid.pack_quantity) * 0.000001 AS unit_price,
           round(div(20000000000000000 * bid.offer_price + bid.pack_quantity * bid.price_ratio,
                     2 * bid.pack_quantity * bid.price_ratio) * 0.0000000000000001, 4) AS price
    FROM procurement_bid bid JOIN procurement_lot lot ON lot.id = bid.lot_id
    WHERE lot.tender_id = %(tender)s AND bid.status = 'opened'
), lots AS (
    SELECT lot_id, count(*) AS bidders, count(price) AS counted,
           count(*) FILTER (WHERE price <= ceiling_price) AS valid,
           min(price) FILTER (WHERE price <= ceiling_price) AS lowest,
           sum(price) FILTER (WHERE price <= ceiling_price) AS total,
           sum(price * price) FILTER (WHERE price <= ceiling_price) AS squares
    FROM priced GROUP BY lot_id
), judged AS (
    SELECT priced.*, bidders, counted, valid, lowest, total, squares,
           CASE WHEN price IS NULL THEN 'not_comparable' WHEN price > ceiling_price THEN 'over_ceiling'
                WHEN price <= 1.8 * lowest OR price <= 0.5 * ceiling_price OR price <= 0.1 THEN 'valid'
                ELSE 'above_entry' END AS verdict,
           CASE WHEN price > ceiling_price THEN NULL WHEN price <= 1.8 * lowest THEN 'multiple'
                WHEN price <= 0.5 * ceiling_price THEN 'cut' WHEN price <= 0.1 THEN 'floor' END AS let_in_by,
           CASE WHEN counted >= 9 THEN 6 WHEN counted >= 7 THEN 5 WHEN counted >= 5 THEN 4 WHEN counted >= 4 THEN 3
                WHEN counted >= 2 THEN 2 ELSE counted END AS places
    FROM priced JOIN lots USING (lot_id)
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY lot_id ORDER BY price, received_at, id) AS place,
           rank() OVER by_price AS first_equal, count(*) OVER by_price AS last_equal
    FROM judged WINDOW by_price AS (PARTITION BY lot_id ORDER BY price)
)
SELECT id AS bid_id, lot_id, unit_price, price AS comparable_price, verdict, let_in_by,
       CASE WHEN verdict = 'valid' THEN place END AS rank,
       verdict = 'valid' AND place <= places AS is_proposed,
       verdict = 'valid' AND first_equal <= places AND places < last_equal AS is_tied,
       false AS is_abnormally_low,
       CASE WHEN place = 1 THEN CASE WHEN valid = 0 THEN 'no_valid_offer' ELSE 'proposed' END END AS lot_verdict,
       CASE WHEN place = 1 THEN bidders END AS bidders, CASE WHEN place = 1 THEN counted END AS counted,
       CASE WHEN place = 1 THEN valid END AS valid, CASE WHEN place = 1 THEN places END AS places,
       CASE WHEN place = 1 THEN div(20000 * total + valid, 2 * valid) * 0.0001 END AS mean,
       CASE WHEN place = 1 THEN round(sqrt(round(valid * squares - total * total, 30)) / valid, 4) END AS deviation,
       CASE WHEN place = 1 THEN lowest END AS anchor
FROM ranked
"""

Found = dict[int, tuple[Assessment, str, LotFigures]]


@dataclass(frozen=True, slots=True)
class World:
    """The opened tender and how many bids it has."""

    tender: Tender
    bids: int


def seed(rows: int) -> World:
    """A tender whose bids are opened; prices, packs, strengths and moments are the same every time."""
    cast, kinds = make_cast(), make_rule_sets()
    kinds["volume_based"].parameters = ROUND
    kinds["volume_based"].save()
    suppliers = Organization.objects.bulk_create(
        Organization(code=f"S{number:02d}", name=f"制药{number}", kind=OrganizationKind.SUPPLIER)
        for number in range(BIDDERS)
    )
    tender = Tender.objects.create(
        number="GY-YD2019-2",
        title="全国药品集中采购",
        agency=cast.agency,
        procedure_rules=kinds["volume_based"],
        rule_set=kinds[RuleSet.Kind.PRICE_RATIO],
        deadline_at=AT,
        supply_from=date(2020, 4, 1),
        supply_until=date(2021, 4, 1),
        status=TenderStatus.OPENED,
        published_at=AT - timedelta(days=20),
    )
    lots = make_lots(tender, max(1, rows // BIDDERS))
    bids = make_bids(lots, suppliers)
    return World(tender, bids)


def make_lots(tender: Tender, count: int) -> list[Lot]:
    """Lots of a medicine each, for one province."""
    draw = random.Random(1)
    medicines = Medicine.objects.bulk_create(Medicine(name=f"药品{number}") for number in range(count))
    presentations = Presentation.objects.bulk_create(
        Presentation(medicine=medicine, form="片剂", strength="10mg", amount=10, amount_unit="mg")
        for medicine in medicines
    )
    lots = Lot.objects.bulk_create(
        Lot(
            tender=tender,
            number=number,
            presentation=presentation,
            quantity=1_000_000,
            ceiling_price=Decimal(draw.randrange(500, 300_000)).scaleb(-4),
        )
        for number, presentation in enumerate(presentations, start=1)
    )
    LotArea.objects.bulk_create(LotArea(lot=lot, province_id=HENAN, quantity=lot.quantity) for lot in lots)
    return lots


def make_bids(lots: Iterable[Lot], suppliers: list[Organization]) -> int:
    """A bid of every supplier for every lot; return how many there are."""
    draw, count = random.Random(2), 0
    for lot in lots:
        packs = [draw.choice(PACKS) for _supplier in suppliers]
        products = Product.objects.bulk_create(
            Product(
                code=f"P{lot.number:05d}-{supplier.code}",
                presentation=lot.presentation,
                manufacturer=supplier,
                pack_quantity=pack,
            )
            for supplier, pack in zip(suppliers, packs, strict=True)
        )
        Bid.objects.bulk_create(_bid(lot, product, draw) for product in products)
        count += len(products)
    return count


def _bid(lot: Lot, product: Product, draw: random.Random) -> Bid:
    # one in eight is over the ceiling, and there are so few steps between prices that some are equal
    unit = lot.ceiling_price * Decimal(draw.choice((*range(30, 61, 2), *range(60, 121, 5)))) / 100
    price_ratio = draw.choice(RATIOS)
    offer = (unit * product.pack_quantity * price_ratio).quantize(Decimal("0.01"), context=EXACT)
    return Bid(
        lot=lot,
        supplier=product.manufacturer,
        envelope=draw.randbytes(1072),
        envelope_sha256="0" * 64,
        received_at=AT - timedelta(minutes=draw.randrange(10_000)),
        status=BidStatus.OPENED,
        product=product,
        offer_price=max(offer, Decimal("0.01")),
        pack_quantity=product.pack_quantity,
        price_ratio=price_ratio,
    )


def rows_of(statement: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """All rows of a statement, by the names of the columns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_statement(world: World) -> list[dict[str, Any]]:
    """What the product ranks."""
    return rows_of(*ranking_statement(RULES, tender_id=world.tender.pk, statuses=[BidStatus.OPENED]))


def by_hand(world: World) -> list[dict[str, Any]]:
    """The same by the statement that was written for this round."""
    return rows_of(BY_HAND, {"tender": world.tender.pk})


def by_orm(world: World, most: int | None = None) -> Iterator[tuple[Lot, LotEvaluation]]:
    """The same lot by lot: the bids fetched ahead, judged by the rule in plain decimals."""
    lots = Lot.objects.filter(tender=world.tender).prefetch_related("bids").order_by("number")[:most]
    for lot in lots:
        offers = [
            Offer(
                bid=bid.pk,
                offer_price=bid.offer_price,
                pack_quantity=bid.pack_quantity,
                price_ratio=bid.price_ratio,
                received_at=bid.received_at,
            )
            for bid in lot.bids.all()
        ]
        yield lot, evaluate_lot(offers, ceiling=lot.ceiling_price, rules=RULES, cap=lot.max_winners)


def found(rows: list[dict[str, Any]], world: World) -> Found:
    """What a statement found of each bid and of its lot."""
    ceilings = dict(Lot.objects.filter(tender=world.tender).values_list("pk", "ceiling_price"))
    first = {row["lot_id"]: row for row in rows if row["lot_verdict"] is not None}
    judged: Found = {}
    for row in rows:
        lot = first[row["lot_id"]]
        figures = LotFigures(
            ceilings[row["lot_id"]],
            *(lot[name] for name in ("bidders", "counted", "valid", "places", "mean", "deviation", "anchor")),
        )
        judged[row["bid_id"]] = (
            Assessment(
                row["bid_id"],
                *(row[name] for name in ("unit_price", "comparable_price", "verdict", "let_in_by", "rank")),
                *(row[name] for name in ("is_proposed", "is_tied", "is_abnormally_low")),
            ),
            lot["lot_verdict"],
            figures,
        )
    return judged


def agree(world: World) -> None:
    """Statement, statement by hand and rule find the same of every bid, and there is something of everything."""
    ruled: Found = {
        item.bid: (item, outcome.verdict, outcome.figures)
        for _lot, outcome in by_orm(world)
        for item in outcome.assessments
    }
    assert len(ruled) == world.bids
    assert found(by_statement(world), world) == ruled
    assert found(by_hand(world), world) == ruled
    assert {item.verdict for item, *_lot in ruled.values()} >= {"valid", "above_entry", "over_ceiling"}
    assert any(item.is_tied for item, *_lot in ruled.values())


def agree_stored(world: World) -> None:
    """What the service stores is what the rule says."""
    with transaction.atomic():
        evaluate(world)
        stored = dict(EvaluationLine.objects.values_list("bid", "rank"))
        places = dict(Lot.objects.filter(tender=world.tender).values_list("pk", "proposal__most_winners"))
        transaction.set_rollback(True)
    for lot, outcome in by_orm(world):
        assert places[lot.pk] == outcome.figures.places
        for item in outcome.assessments:
            assert stored.get(item.bid) == item.rank


def evaluate(world: World) -> None:
    """The whole of the evaluation, as the worker runs it."""
    evaluate_tender(tender_id=world.tender.pk, actor=Actor.platform(), at=AT + timedelta(hours=1))


def hand_written(world: World) -> Run:
    """The statement by hand, to its last row."""
    with timed(world.bids) as run:
        by_hand(world)
    return run


def statement(world: World) -> Run:
    """The product's statement, to its last row."""
    with timed(world.bids) as run:
        by_statement(world)
    return run


def orm(world: World) -> Run:
    """A few lots by the ORM, without storing anything."""
    lots = min(FEW, world.bids // BIDDERS)
    with timed(lots * BIDDERS) as run:
        for _ranked in by_orm(world, lots):
            pass
    return run


def storing_orm(world: World) -> Run:
    """The same, and every bid and line stored in bulk, undone afterwards."""
    lots = min(FEW, world.bids // BIDDERS)
    with transaction.atomic():
        with timed(lots * BIDDERS) as run:
            store_by_orm(world, lots)
        transaction.set_rollback(True)
    return run


def store_by_orm(world: World, lots: int) -> None:
    """What a service would do that judges bid objects: save them, their lines and their lots."""
    outcomes = list(by_orm(world, lots))
    evaluation = Evaluation.objects.create(
        tender=world.tender, evaluated_at=AT, ranked_count=0, set_aside_count=0, failed_lots=0
    )
    bids, lines = [], []
    for lot, outcome in outcomes:
        lot.status, lot.proposal = LotStatus.PROPOSED, {"most_winners": outcome.figures.places}
        found_of = {item.bid: item for item in outcome.assessments}
        for bid in lot.bids.all():
            item = found_of[bid.pk]
            bid.unit_price, bid.comparable_price = item.unit_price, item.comparable_price
            bid.finding = {"verdict": item.verdict}
            bid.status = BidStatus.SET_ASIDE if item.rank is None else BidStatus.RANKED
            bids.append(bid)
            if item.rank is not None:
                lines.append(
                    EvaluationLine(
                        evaluation=evaluation,
                        bid=bid,
                        rank=item.rank,
                        is_proposed=item.is_proposed,
                        is_tied=item.is_tied,
                    )
                )
    Bid.objects.bulk_update(bids, ["unit_price", "comparable_price", "finding", "status"], batch_size=1000)
    Lot.objects.bulk_update([lot for lot, _outcome in outcomes], ["status", "proposal"], batch_size=1000)
    EvaluationLine.objects.bulk_create(lines)


def service(world: World) -> Run:
    """The whole evaluation with all that it stores, undone afterwards."""
    with transaction.atomic():
        with timed(world.bids) as run:
            evaluate(world)
        transaction.set_rollback(True)
    return run


COMPARISONS = [
    Comparison(
        name="ranking statement / SQL by hand",
        unit="bids",
        goal=0.8,
        agree=agree,
        baseline=hand_written,
        product=statement,
        pairs=9,
    ),
    Comparison(
        name="ranking statement / ORM and plain decimals",
        unit="bids",
        goal=5,
        agree=agree,
        baseline=orm,
        product=statement,
    ),
    Comparison(
        name="the whole evaluation, stored / ORM and plain decimals, stored",
        unit="bids",
        goal=4,
        agree=agree_stored,
        baseline=storing_orm,
        product=service,
        pairs=3,
    ),
]
