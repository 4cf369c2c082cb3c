"""What officers see of receipts and returns, and holding a lot."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from distribution.models import GoodsReturn, LotHold
from distribution.rules.cold_chain import Reading
from distribution.services.despatches import file_cold_chain_log
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")
PLACE = "admin:distribution_lothold_place"


class TestDespatchesAndReceipts:
    def test_show_the_way_and_the_checks(self, cast: Cast) -> None:
        despatch = factories.despatch(cast)
        readings = [Reading(NOW - timedelta(minutes=1), Decimal(4)), Reading(NOW, Decimal("6.5"))]
        file_cold_chain_log(despatch_id=despatch.pk, readings=readings, device="T9", actor=cast.supplier, at=NOW)
        receipt = factories.received(cast, despatch)
        client = client_of(cast.officer)
        assert "4 … 6.5 °C (2) T9" in get(client, page_of(despatch))
        page = get(client, page_of(receipt))
        assert "No pack is missing." in page and "CN.GSP.order-match" in page and "passed" in page


class TestReturns:
    def test_are_found_by_their_number(self, cast: Cast) -> None:
        asked = factories.goods_return(cast, factories.receipt(cast).despatch.lines.get())
        client = client_of(cast.officer)
        [found] = client.get(list_of(GoodsReturn), {"q": asked.number}).context["cl"].result_list
        assert found == asked
        assert "other goods" in get(client, page_of(asked))


class TestHolds:
    def test_are_placed_and_lifted_on_a_page(self, cast: Cast) -> None:
        product = factories.receipt(cast).despatch.order.lines.get().product
        client = client_of(cast.officer)
        values = {"product": product.code, "lot_number": "L001", "kind": "recall", "reason": "异物", "source": "通告"}
        assert "is held" in post(client, reverse(PLACE), **values)
        assert "is held already" in post(client, reverse(PLACE), **values)
        hold = LotHold.objects.get()
        assert "say why" in post(client, action_of(hold, "lift"), reason="")
        assert "is free again" in post(client, action_of(hold, "lift"), reason="复检合格")
        hold.refresh_from_db()
        assert hold.lift_reason == "复检合格"

    def test_are_only_read_by_supervisors(self, cast: Cast) -> None:
        hold = factories.hold(cast.officer, factories.receipt(cast).despatch.order.lines.get().product)
        client = client_of(cast.supervisor)
        assert "国家药监局通告" in get(client, page_of(hold))
        assert client.post(reverse(PLACE)).status_code == 403
        assert client.post(action_of(hold, "lift"), {"reason": "x"}).status_code == 403
