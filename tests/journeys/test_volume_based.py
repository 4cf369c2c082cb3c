"""Volume-based procurement from the reported demand to agreements with main and backup suppliers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.models import AgreementLine, DemandRound
from procurement.states import Procedure, SupplyRole
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, make_rule_sets
from tests.catalog.api.calls import Caller, machine, person
from tests.factories.procurement_rules import enter_rules
from tests.journeys.office import Office
from tests.procurement.admin.pages import action_of, client_of, post


def demand(cast: Cast) -> DemandRound:
    """Two hospitals report through the API, the provinces confirm, the officer closes the round."""
    asked = factories.demand_round(cast, at=timezone.now() - timedelta(days=60))
    amoxicillin = factories.presentation()
    for hospital, officer, quantity in (
        (cast.buyer, cast.officer, 240_000),
        (cast.outsider, cast.foreign_officer, 120_000),
    ):
        system = machine(hospital, "institution", roles=[Role.BUYER])
        lines = [{"presentation": amoxicillin.pk, "quantity": quantity}]
        report = system.send("/api/v1/demand-reports/", {"round": asked.code, "lines": lines}).json()
        assert person(officer).send(f"/api/v1/demand-reports/{report['id']}/confirm/").status_code == 200
    post(client_of(cast.officer), action_of(asked, "close_round"))
    asked.refresh_from_db()
    return asked


def pick(firm: Caller, province: str | None) -> None:
    """The firm reads that it is its turn, and chooses or passes."""
    [row] = firm.get("/api/v1/candidates/").json()["results"]
    assert row["is_my_turn"] and (province is None or province in row["free_areas"])
    assert firm.send(f"/api/v1/candidates/{row['id']}/pick/", {"province": province}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_winners_pick_their_provinces_in_order_of_price(cast: Cast, live_server: Any) -> None:
    make_rule_sets()
    enter_rules(Procedure.VOLUME_BASED)
    office = Office.publish(cast, live_server.url, Procedure.VOLUME_BASED, ceiling="0.3600", demand=demand(cast))
    assert office.lot.quantity == 360_000

    # --- six firms bid, for whom the table has four places
    firms: dict[str, Actor] = {name: factories.firm(f"{name}制药有限公司") for name in ("甲", "乙", "丙", "丁")}
    firms |= {"戊": cast.supplier, "己": cast.rival}
    prices = {"甲": "4.00", "乙": "4.20", "丙": "6.00", "丁": "7.20", "戊": "7.44", "己": "8.70"}
    for name, price in prices.items():
        office.bid(firms[name], price)
    office.open()
    ranked = office.lot.bids.filter(evaluation_line__isnull=False).order_by("evaluation_line__rank")
    # 戊 asks 0.3100, more than 1.8 × 0.1667 = 0.3001, is cut by less than half, and is no cheap tablet
    assert [bid.supplier.name[0] for bid in ranked] == ["甲", "乙", "丙", "丁"]
    verdicts = {name: office.bid_of(firms[name]).finding["verdict"] for name in ("戊", "己")}
    assert verdicts == {"戊": "above_entry", "己": "over_ceiling"}

    # --- candidates choose, first the areas that they supply, then those that they stand by for
    office.publish_candidates()
    callers = {name: machine(actor) for name, actor in firms.items()}
    pick(callers["甲"], HUBEI)
    pick(callers["乙"], HENAN)
    pick(callers["甲"], None)
    pick(callers["乙"], None)
    pick(callers["丙"], HENAN)
    pick(callers["丁"], HUBEI)
    office.award()
    agreements = office.conclude()
    assert len(agreements) == 4

    # --- four winners supply four fifths of what was reported, for three years, each area with one in reserve
    lines = AgreementLine.objects.values_list("province", "role", "agreed_quantity", "price")
    assert set(lines) == {
        (HUBEI, SupplyRole.MAIN, 96_000, Decimal("4.00")),
        (HENAN, SupplyRole.MAIN, 192_000, Decimal("4.20")),
        (HENAN, SupplyRole.BACKUP, 0, Decimal("6.00")),
        (HUBEI, SupplyRole.BACKUP, 0, Decimal("7.20")),
    }
    begin = office.tender.supply_from
    assert {item.validity.upper for item in agreements} == {begin.replace(year=begin.year + 3)}
