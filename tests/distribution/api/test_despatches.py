"""A despatch as a distributor's and a hospital's systems see it: codes, temperatures, checks, a return, a hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.accounts.kinds import Role
from catalog.states import Storage
from distribution.models import Order, StockLot
from tests import factories
from tests.cast import Cast
from tests.catalog.api.calls import machine
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db
GTIN = "06901234000016"
LAST_DAY = TODAY.replace(month=12, day=31) + timedelta(days=730)


@pytest.fixture
def order(cast: Cast, rule_sets: object) -> Order:
    """Three confirmed packs of what has to stay cold, to be brought by a distributor that may carry it."""
    [agreed] = factories.agreement_lines(cast)
    product = agreed.product
    product.gtin, product.storage = GTIN, Storage.COLD
    product.save()
    scopes = ("chemical", "cold_chain")
    factories.licence(cast.distributor_firm, *scopes, kind="distribution")  # type: ignore[arg-type]
    factories.entrustment(cast)
    return factories.confirmed_order(cast, {agreed: 3}, at=NOW)


class TestFromTheScannerToTheShelf:
    def test_goods_are_advised_followed_received_and_given_back(self, cast: Cast, order: Order) -> None:
        distributor = machine(cast.distributor, "orders")
        hospital = machine(cast.buyer, "institution", roles=[Role.BUYER, Role.PHARMACIST])
        [line] = order.lines.all()
        codes = [f"(01){GTIN}(17){LAST_DAY:%y%m%d}(10)B7(21)S{number}" for number in range(3)]
        started = timezone.now()
        advised = distributor.send(
            f"/api/v1/orders/{order.pk}/despatches/",
            {
                "reference": "DN-1",
                "carrier": "冷链一号车",
                "expected_at": (started + timedelta(hours=2)).isoformat(),
                "device": "T1",
                "readings": [{"taken_at": started.isoformat(), "celsius": "4.1"}],
                "lines": [{"line": line.pk, "codes": codes}],
            },
        ).json()
        [sent] = advised["lines"]
        assert (sent["lot_number"], sent["expires_on"], sent["packs"]) == ("B7", LAST_DAY.isoformat(), 3)
        address = f"/api/v1/despatches/{advised['id']}/"
        assert len(hospital.get(f"{address}codes/").json()["results"]) == 3
        reading = {"taken_at": timezone.now().isoformat(), "celsius": "12"}
        found = {"lines": [{"line": sent["id"], "accepted": 3, "codes": codes}]}
        assert distributor.send(f"{address}cold-chain-log/", {"readings": [reading]}).status_code == 201
        refused = hospital.send(f"{address}receipt/", found)
        assert refused.status_code == 422
        [broken] = refused.json()["errors"]
        assert (broken["code"], broken["pointer"]) == ("not-acceptable", "#/lines/0")
        assert "12.00 °C" in broken["detail"] and "CN.GSP-annex-3.temperature" in broken["detail"]
        rejected = {"lines": [{"line": sent["id"], "accepted": 0, "rejected": 3, "reason": "temperature"}]}
        receipt = hospital.send(f"{address}receipt/", rejected).json()
        assert hospital.get(f"{address}receipt/").json() == receipt
        cold = next(check for check in receipt["checks"] if check["rule"] == "CN.GSP-annex-3.temperature")
        assert (cold["gate"], cold["passed"], cold["values"]["highest"]) == ("warning", False, "12.00")
        # the same packs may come again, kept cold this time
        again = {"reference": "DN-2", "lines": [{"line": line.pk, "codes": codes}]}
        again["readings"] = [{"taken_at": timezone.now().isoformat(), "celsius": "4"}]
        second = distributor.send(f"/api/v1/orders/{order.pk}/despatches/", again).json()
        address, [sent] = f"/api/v1/despatches/{second['id']}/", second["lines"]
        reading = {"taken_at": timezone.now().isoformat(), "celsius": "4"}
        distributor.send(f"{address}cold-chain-log/", {"readings": [reading]})
        found = {"lines": [{"line": sent["id"], "accepted": 3, "codes": codes}]}
        assert hospital.send(f"{address}receipt/", found).status_code == 201
        assert StockLot.objects.get().units == 3 * 24
        body = {"line": sent["id"], "packs": 1, "reason": "damaged", "remedy": "credit"}
        asked = hospital.send("/api/v1/goods-returns/", body).json()
        distributor.send(f"/api/v1/goods-returns/{asked['id']}/agree/")
        gone = hospital.send(f"/api/v1/goods-returns/{asked['id']}/hand-over/", {"codes": codes[:1]}).json()
        assert (gone["status"], gone["lot_number"]) == ("returned", "B7")
        assert StockLot.objects.get().units == 2 * 24

    def test_a_hold_of_the_maker_stops_the_lot(self, cast: Cast, order: Order) -> None:
        [line] = order.lines.all()
        maker = machine(cast.supplier, "orders")
        body = {"product": line.product.code, "lot_number": "B7", "kind": "quarantine", "reason": "异常", "source": "x"}
        hold = maker.send("/api/v1/lot-holds/", body).json()
        advice = {
            "reference": "DN-1",
            "lines": [{"line": line.pk, "lot_number": "B7", "expires_on": LAST_DAY.isoformat(), "packs": 1}],
        }
        distributor = machine(cast.distributor, "orders")
        address = f"/api/v1/orders/{order.pk}/despatches/"
        [error] = distributor.send(address, advice).json()["errors"]
        assert (error["code"], error["pointer"]) == ("lot-held", "#/lines/0/lot_number")
        in_force = distributor.get("/api/v1/lot-holds/", {"in_force": "true"}).json()["results"]
        assert [row["id"] for row in in_force] == [hold["id"]]
        maker.send(f"/api/v1/lot-holds/{hold['id']}/lift/", {"reason": "复检合格"})
        assert distributor.send(address, advice).status_code == 201
