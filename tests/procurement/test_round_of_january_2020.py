"""The volume-based round of January 2020, bid for bid: do the platform's rules find the winners that were announced?

The bids, ceilings, volumes and winners are those of config/demo/data (see its README). The guide prices are made for
the test, one per presentation and pack that was offered: the round had none, and an award needs one.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization, User
from catalog.foundation.actor import Actor
from catalog.foundation.imports import read_table
from catalog.models import Presentation, ProcurementPrice, Product
from catalog.rules.price_ratio import carry
from catalog.services.medicines import register_medicines
from catalog.services.presentations import register_presentations
from catalog.services.prices import NewGuidePrice, enter_price_decision
from catalog.services.products import NewProduct, register_products
from catalog.services.regions import load_regions
from procurement.errors import ReasonMissing
from procurement.models import AwardArea, Bid, Evaluation, EvaluationLine, Lot, Opening, Tender
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import Winner, award_lot
from procurement.services.bids import submit_bid
from procurement.services.demand import Need, close_demand_round, demand_round_of, open_demand_round, report_demand
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender, release_share
from procurement.services.tenders import LotPlan, draft_tender, publish_tender
from procurement.states import BidStatus, LotStatus, TenderStatus
from tests import factories
from tests.cast import actor_in, make_rule_sets, user_of

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

DATA = Path(__file__).resolve().parents[2] / "config" / "demo" / "data"
DEADLINE = datetime(2020, 1, 17, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
BEFORE, AFTER = DEADLINE - timedelta(days=20), DEADLINE + timedelta(hours=1)
SUPPLY_FROM, SUPPLY_UNTIL = date(2020, 4, 1), date(2021, 4, 1)
STRENGTH_BASE = Decimal("1.7")
# 吲达帕胺: M076 offered 0.0767, less than the 0.0837 of the fifth announced winner, and was not among them
DIFFERENT = {30}

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass
class Round:
    """The round as it was announced, and what the platform made of it."""

    tender: Tender
    officer: Actor
    second_officer: Actor
    # the row of bids.csv of each bid
    announced: dict[int, Row] = field(default_factory=dict)

    def lot(self, number: int) -> Lot:
        return Lot.objects.get(tender=self.tender, number=number)

    def announced_winners(self, lot: int) -> set[int]:
        return {
            bid for bid, row in self.announced.items() if int(row["lot"]) == lot and row["announced_winner"] == "yes"
        }


class Builder:
    """Brings the round into the database, through the services alone."""

    def __init__(self) -> None:
        self.lots = {int(row["number"]): row for row in rows("lots.csv")}
        self.bids = rows("bids.csv")
        self.volumes = rows("volumes.csv")
        load_regions(table=read_table((DATA / "regions.csv").read_bytes(), name="regions.csv"))
        make_rule_sets()
        self.makers = self._organizations(
            OrganizationKind.SUPPLIER, [(m["code"], m["name"]) for m in rows("makers.csv")]
        )
        self.provinces = sorted({row["province"] for row in self.volumes})
        self.agencies = self._organizations(OrganizationKind.AGENCY, [(f"A{code}", code) for code in self.provinces])
        self.presentations = self._presentations()
        self.officer, self.second_officer = (
            actor_in(self.agencies["A310000"], Role.PROCUREMENT_OFFICER, user=User.objects.create(username=name))
            for name in ("first", "second")
        )

    def _organizations(self, kind: OrganizationKind, names: list[tuple[str, str]]) -> dict[str, Organization]:
        created = Organization.objects.bulk_create(
            Organization(code=code, name=name, kind=kind, region_id=name if kind == OrganizationKind.AGENCY else None)
            for code, name in names
        )
        return {organization.code: organization for organization in created}

    def _presentations(self) -> dict[tuple[int, str], Presentation]:
        """By the number of the lot and the strength."""
        medicines = register_medicines({row["medicine"]: "" for row in self.lots.values()})
        wanted = {
            (int(row["lot"]), row["strength"]): (
                medicines[self.lots[int(row["lot"])]["medicine"]].pk,
                self.lots[int(row["lot"])]["form"],
                row["strength"],
            )
            for row in [*self.bids, *self.volumes, *self._strengths_of_lots()]
        }
        registered = register_presentations(list(wanted.values()))
        return {key: registered[value] for key, value in wanted.items()}

    def _strengths_of_lots(self) -> Iterator[Row]:
        for number, lot in self.lots.items():
            yield {"lot": str(number), "strength": lot["strength"]}
            yield {"lot": str(number), "strength": lot["ceiling_strength"]}

    def demand(self) -> str:
        code = open_demand_round(code="2020", title="2020", year=2020, actor=self.officer, at=BEFORE).code
        needs: defaultdict[str, list[Need]] = defaultdict(list)
        for row in self.volumes:
            if int(row["quantity"]):
                presentation = self.presentations[int(row["lot"]), row["strength"]]
                needs[row["province"]].append(Need(presentation.pk, int(row["quantity"])))
        for province, lines in needs.items():
            reporter = actor_in(self.agencies[f"A{province}"], Role.PROCUREMENT_OFFICER)
            report_demand(round_code=code, needs=lines, actor=reporter, at=BEFORE)
        close_demand_round(code=code, actor=self.officer, at=BEFORE)
        return code

    def products(self) -> list[Product]:
        """The product of each row of bids.csv."""
        keys = {
            (self.presentations[int(row["lot"]), row["strength"]], int(row["pack_quantity"]), row["bidder"]): row
            for row in self.bids
        }
        new = [
            NewProduct(f"P{number:03d}", presentation, pack, self.makers[bidder])
            for number, (presentation, pack, bidder) in enumerate(keys, start=1)
        ]
        created = register_products(products=new, actor=Actor.platform(), at=BEFORE)
        products = dict(zip(keys, created, strict=True))
        return [
            products[self.presentations[int(row["lot"]), row["strength"]], int(row["pack_quantity"]), row["bidder"]]
            for row in self.bids
        ]

    def guide_prices(self) -> None:
        """The ceiling of the lot, carried to each strength that was offered, times the pack."""
        prices: dict[tuple[int, int], NewGuidePrice] = {}
        for row in self.bids:
            lot = self.lots[int(row["lot"])]
            presentation, pack = self.presentations[int(row["lot"]), row["strength"]], int(row["pack_quantity"])
            unit = Decimal(lot["ceiling_price"])
            if row["strength"] != lot["ceiling_strength"]:
                source = self.presentations[int(row["lot"]), lot["ceiling_strength"]].content
                unit = carry(unit, source=source, target=presentation.content, strength_base=STRENGTH_BASE).price
            price = (unit * pack).quantize(Decimal("0.1"), rounding=ROUND_CEILING)
            prices[presentation.pk, pack] = NewGuidePrice(presentation, pack, price, derivation="最高有效申报价")
        enter_price_decision(
            number="GY-YD2019-2",
            title="最高有效申报价",
            issuer="国家组织药品联合采购办公室",
            decided_on=BEFORE.date(),
            source="",
            valid_from=BEFORE.date(),
            valid_until=None,
            prices=list(prices.values()),
            actor=Actor.platform(),
            at=BEFORE,
        )

    def tender(self) -> Tender:
        for officer in (self.officer, self.second_officer):
            factories.opening_key(officer, at=BEFORE)
        plans = [
            LotPlan(
                number=number,
                presentation=self.presentations[number, lot["strength"]],
                ceiling_price=Decimal(lot["ceiling_price"]),
                max_winners=int(lot["announced_winners"]),
                ceiling_presentation=self.presentations[number, lot["ceiling_strength"]],
            )
            for number, lot in self.lots.items()
        ]
        tender = draft_tender(
            number="GY-YD2019-2",
            title="全国药品集中采购",
            demand_round=demand_round_of(self.demand()),
            deadline_at=DEADLINE,
            supply_from=SUPPLY_FROM,
            supply_until=SUPPLY_UNTIL,
            province_ids=self.provinces,
            lots=plans,
            actor=self.officer,
            at=BEFORE,
        )
        holders = [user_of(self.officer), user_of(self.second_officer)]
        return publish_tender(number=tender.number, holders=holders, actor=self.officer, at=BEFORE)

    def build(self) -> Round:
        self.guide_prices()
        tender = self.tender()
        made = Round(tender, self.officer, self.second_officer)
        lots = {lot.number: lot for lot in tender.lots.select_related("tender__key")}
        for minute, (row, product) in enumerate(zip(self.bids, self.products(), strict=True)):
            maker, lot = self.makers[row["bidder"]], lots[int(row["lot"])]
            bid = submit_bid(
                tender_number=tender.number,
                lot_number=lot.number,
                envelope=factories.envelope(lot, maker, product, row["offer_price"]),
                actor=actor_in(maker, Role.SUPPLIER_AGENT),
                at=DEADLINE - timedelta(days=1) + timedelta(minutes=minute),
            )
            made.announced[bid.pk] = row
        for officer in (self.officer, self.second_officer):
            release_share(tender_number=tender.number, passphrase=factories.PASSPHRASE, actor=officer, at=AFTER)
        open_tender(tender_id=tender.pk, actor=Actor.platform(), at=AFTER)
        evaluate_tender(tender_id=tender.pk, actor=Actor.platform(), at=AFTER)
        return made


@pytest.fixture(scope="module")
def evaluated(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Round]:
    """The round up to the proposal, in a transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Builder().build()
        transaction.set_rollback(True)


@pytest.fixture
def db(evaluated: Round, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def january(evaluated: Round, db: None) -> Round:
    return evaluated


def award_as_announced(january: Round, lot: Lot, reason: str = "") -> Lot:
    winners = [
        Winner(bid, tuple(january.announced[bid]["supply_provinces"].split()))
        for bid in sorted(january.announced_winners(lot.number))
    ]
    return award_lot(lot_id=lot.pk, winners=winners, reason=reason, actor=january.second_officer, at=AFTER)


class TestRoundOfJanuary2020:
    def test_every_envelope_is_read(self, january: Round) -> None:
        opening = Opening.objects.get()
        assert (opening.opened_count, opening.spoiled_count) == (158, 0)
        for bid in Bid.objects.select_related("supplier", "product"):
            row = january.announced[bid.pk]
            assert (bid.supplier.code, bid.offer_price, bid.product.pack_quantity) == (
                row["bidder"],
                Decimal(row["offer_price"]),
                int(row["pack_quantity"]),
            )

    def test_every_unit_price_is_the_announced_one(self, january: Round) -> None:
        different = {
            bid.pk
            for bid in Bid.objects.all()
            if bid.unit_price != Decimal(january.announced[bid.pk]["announced_unit_price"])
        }
        assert different == set()

    def test_every_lot_has_the_demand_of_its_provinces(self, january: Round) -> None:
        wanted: defaultdict[int, int] = defaultdict(int)
        for row in rows("volumes.csv"):
            wanted[int(row["lot"])] += int(row["quantity"])
        found = dict(Lot.objects.values_list("number", "quantity"))
        assert found == wanted
        assert all(lot.areas.count() == 31 for lot in Lot.objects.all())

    def test_the_proposed_winners_are_the_announced_ones_in_all_lots_but_one(self, january: Round) -> None:
        proposed: defaultdict[int, set[int]] = defaultdict(set)
        for line in EvaluationLine.objects.filter(is_proposed=True).select_related("bid__lot"):
            proposed[line.bid.lot.number].add(line.bid_id)
        numbers = range(1, 33)
        assert {number for number in numbers if proposed[number] != january.announced_winners(number)} == DIFFERENT

    def test_exactly_the_twenty_bids_above_their_ceiling_are_set_aside(self, january: Round) -> None:
        set_aside = Bid.objects.filter(status=BidStatus.SET_ASIDE)
        assert set_aside.count() == Evaluation.objects.get().set_aside_count == 20
        assert not any(january.announced[bid.pk]["announced_winner"] == "yes" for bid in set_aside)
        assert {bid.finding["verdict"] for bid in set_aside} == {"over_ceiling"}
        for bid in Bid.objects.select_related("lot"):
            assert (bid.status == BidStatus.SET_ASIDE) == (bid.comparable_price > bid.lot.ceiling_price)

    def test_no_lot_fails(self, january: Round) -> None:
        assert Evaluation.objects.get().failed_lots == 0
        assert set(Lot.objects.values_list("status", flat=True)) == {LotStatus.PROPOSED}

    def test_the_ceiling_of_terazosin_is_carried_from_1mg_to_2mg(self, january: Round) -> None:
        lot = january.lot(24)
        assert (lot.presentation.medicine.name, lot.ceiling_price) == ("特拉唑嗪", Decimal("0.6440"))
        proposed = EvaluationLine.objects.filter(bid__lot=lot, is_proposed=True).values_list("bid", flat=True)
        assert len(proposed) == 2
        assert set(proposed) == january.announced_winners(24)

    def test_the_announced_winners_of_indapamide_need_a_reason(self, january: Round) -> None:
        lot = january.lot(30)
        assert lot.presentation.medicine.name == "吲达帕胺"
        with pytest.raises(ReasonMissing), transaction.atomic():
            award_as_announced(january, lot)
        awarded = award_as_announced(january, lot, reason="按联合采购办公室公布结果")
        assert set(awarded.awards.values_list("bid", flat=True)) == january.announced_winners(30)

    def test_awarded_as_announced_every_province_has_one_supplier_per_lot(self, january: Round) -> None:
        for lot in Lot.objects.order_by("number"):
            award_as_announced(january, lot, reason="按公布结果" if lot.number in DIFFERENT else "")
        assert AwardArea.objects.count() == ProcurementPrice.objects.count() == 32 * 31
        for lot in Lot.objects.all():
            assert lot.status == LotStatus.AWARDED
            assert lot.awarded_areas.values("province").distinct().count() == 31
            assert sum(lot.awarded_areas.values_list("quantity", flat=True)) == lot.quantity
        agreements = conclude_agreements(tender_number=january.tender.number, actor=january.officer, at=AFTER)
        assert len(agreements) == len({row["bidder"] for row in rows("bids.csv") if row["announced_winner"] == "yes"})
        assert Tender.objects.get().status == TenderStatus.CONCLUDED
