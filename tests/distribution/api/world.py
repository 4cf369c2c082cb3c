"""One of everything, and everybody who may call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from catalog.accounts.kinds import Role
from catalog.accounts.models import User
from distribution.models import Despatch, Entrustment, Order, OrderNotice, Requisition, RetailReport
from procurement.models import (
    AgreementLine,
    Bid,
    ConductRecord,
    DemandReport,
    DemandRound,
    Explanation,
    Release,
    Tender,
)
from procurement.services.releases import publish_releases
from tests import factories
from tests.cast import HUBEI, Cast, make_cast, make_rule_sets
from tests.catalog.api.calls import Caller, machine, person
from tests.factories import NOW

PEOPLE = ("officer", "second_officer", "supervisor", "buyer", "approver", "pharmacist", "outsider")
MACHINES = {"supplier": "bids orders", "rival": "bids orders", "distributor": "orders"}
EVERYBODY = ("public", *PEOPLE, *MACHINES, "hospital_system", "stranger")


@dataclass(frozen=True, slots=True)
class World:
    """The supplier has bid for the first of two lots; the hospital has a draft, two orders, and goods on the way."""

    cast: Cast
    callers: dict[str, Caller]
    tender: Tender
    draft_tender: Tender
    concluded: Tender
    bid: Bid
    demand_round: DemandRound
    demand_report: DemandReport
    line: AgreementLine
    entrustment: Entrustment
    requisition: Requisition
    placed: Order
    confirmed: Order
    despatch: Despatch
    report: RetailReport
    conduct: ConductRecord

    @property
    def release(self) -> Release:
        """What became public last of the concluded tender."""
        return Release.objects.filter(tender=self.concluded).latest("published_at")

    @property
    def notice(self) -> OrderNotice:
        """What the supplier was told first."""
        return OrderNotice.objects.filter(recipient=self.cast.supplier_firm).earliest("pk")

    @property
    def open_envelope(self) -> str:
        """Another envelope, for the second lot."""
        lot = self.tender.lots.get(number=2)
        firm = self.cast.supplier_firm
        return factories.envelope(lot, firm, factories.product(firm, lot.presentation), "5.00")

    @property
    def won(self) -> Bid:
        """The bid that the agreement stands on."""
        return factories.bid_of(self.line.lot, self.cast.supplier)


def callers_of(cast: Cast) -> dict[str, Caller]:
    """Everybody, each with what they hold."""
    callers = {"public": Caller()}
    callers |= {name: person(getattr(cast, name)) for name in PEOPLE}
    callers |= {name: machine(getattr(cast, name), scope) for name, scope in MACHINES.items()}
    callers["hospital_system"] = machine(cast.buyer, "institution", roles=[Role.BUYER, Role.PHARMACIST])
    callers["stranger"] = Caller()
    callers["stranger"].force_login(User.objects.create_user("stranger"))
    return callers


def make_world() -> World:
    """All of it, by the services."""
    factories.edition(code="2018")
    cast = make_cast()
    make_rule_sets()
    [line] = factories.agreement_lines(cast)
    second = factories.presentation("头孢呋辛酯", "片剂", "0.25g")
    plans = [factories.lot_plan(line.lot.presentation, 1), factories.lot_plan(second, 2)]
    tender = factories.published_tender(cast, plans)
    entrustment = factories.entrustment(cast)
    publish_releases(tender_id=line.lot.tender_id, at=NOW)
    demand_round = factories.demand_round(cast)
    factories.prior_use({second: 100}, cast.buyer)
    factories.answered(factories.objection(tender.lots.get(number=1), cast.rival), cast)
    Explanation.objects.create(
        bid=factories.bid_of(line.lot, cast.supplier), asked_at=NOW, due_at=NOW + timedelta(days=2)
    )
    return World(
        cast=cast,
        callers=callers_of(cast),
        tender=tender,
        draft_tender=factories.drafted_tender(cast),
        concluded=line.lot.tender,
        bid=factories.bid(tender.lots.get(number=1), cast.supplier),
        demand_round=demand_round,
        demand_report=factories.demand_report(demand_round, {second: 100}, cast.buyer),
        line=line,
        entrustment=entrustment,
        requisition=factories.requisition(cast, {line: 3}),
        placed=factories.placed_order(cast, {line: 4}),
        confirmed=factories.confirmed_order(cast, {line: 5}),
        despatch=factories.despatch(cast, {line: 6}),
        report=factories.retail_report(cast, {line.product: "9.99"}),
        conduct=factories.conduct_record(cast, firm=cast.distributor_firm, province_id=HUBEI),
    )
