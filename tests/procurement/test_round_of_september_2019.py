"""The expansion of the 4+7 pilot, September 2019: what the rules alone find, bid for bid.

Its ceilings are yuan per box of a pack that was not announced; the boxes are those of lots_2019.csv. What the provinces
needed is made for the test: who wins does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from catalog.foundation.money import UNIT_PRICE, round_half_up
from config.demo import data
from procurement.models import Bid, Evaluation, Lot, Opening
from procurement.services.lots import LotPlan
from procurement.states import BidStatus, LotStatus
from tests.procurement.rounds import Announced, Replay, Round, rolled_back

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

ANNOUNCED = Announced(
    number="GY-LM2019-1",
    title="联盟地区药品集中采购",
    source="GY-LM2019-1 采购文件第11.1条",
    rules_from=date(2019, 9, 1),
    rules={
        "winners": [[1, 1], [2, 2], [3, 3]],
        "winners_counted_by": "bidders",
        "entry": None,
        "tie_breaks": ["received_at"],
        "volume_shares": [[1, "0.5"], [2, "0.6"], [3, "0.7"]],
        "terms": [[1, 1], [3, 2]],
        "picking": True,
    },
    lots=data.rows("lots_2019"),
    bids=data.rows("bids_2019"),
    makers={row["code"]: row["short_name"] for row in data.rows("makers_2019")},
    strengths=[(int(row["number"]), row["box_strength"]) for row in data.rows("lots_2019")],
)
# by lot: who wins by the rules alone, and who was announced besides; docs/rounds.md tells why
DIFFERENT: dict[int, tuple[set[str], set[str]]] = {4: (set(), {"江苏恒瑞"})}


class Builder(Replay):
    """The round with ceilings per unit out of those per box."""

    def build(self) -> Round:
        plans = []
        for row in ANNOUNCED.lots:
            number = int(row["number"])
            unit = Decimal(row["box_ceiling"]) / int(row["box_quantity"])
            plans.append(
                LotPlan(
                    number=number,
                    presentation=self.presentations[number, row["strength"]],
                    ceiling_price=round_half_up(unit, UNIT_PRICE),
                    ceiling_presentation=self.presentations[number, row["box_strength"]],
                    quantities={"310000": 1_000_000},
                )
            )
        return self.play(self.tender(plans, ["310000"], demand_round=None))


@pytest.fixture(scope="module")
def evaluated(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Round]:
    yield from rolled_back(Builder, ANNOUNCED, django_db_blocker)


@pytest.fixture
def september(evaluated: Round, django_db_blocker: DjangoDbBlocker) -> Iterator[Round]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield evaluated
        transaction.set_rollback(True)


class TestRoundOfSeptember2019:
    def test_every_envelope_is_read(self, september: Round) -> None:
        opening = Opening.objects.get()
        assert (opening.opened_count, opening.spoiled_count) == (102, 0)

    def test_every_unit_price_is_the_announced_one(self, september: Round) -> None:
        rows = september.rows
        assert all(bid.unit_price == Decimal(rows[bid.pk]["announced_unit_price"]) for bid in Bid.objects.all())

    def test_24_of_25_lots_end_as_announced_by_the_rules_alone(self, september: Round) -> None:
        assert september.differences() == DIFFERENT
        assert len(ANNOUNCED.lots) - len(DIFFERENT) == 24
        assert set(Lot.objects.values_list("max_winners", flat=True)) == {None}

    def test_the_ceiling_of_irbesartan_is_carried_from_75mg_to_150mg(self, september: Round) -> None:
        assert september.lot(4).ceiling_price == Decimal("0.3436")
        [passed_over] = Bid.objects.filter(lot__number=4, status=BidStatus.SET_ASIDE, supplier__name="江苏恒瑞")
        assert (passed_over.comparable_price, passed_over.finding) == (Decimal("0.3543"), {"verdict": "over_ceiling"})

    def test_no_lot_fails(self, september: Round) -> None:
        assert Evaluation.objects.get().failed_lots == 0
        assert set(Lot.objects.values_list("status", flat=True)) == {LotStatus.PROPOSED}
