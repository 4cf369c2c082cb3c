"""Filings and emergency purchases on the pages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from procurement.models import EmergencyPurchase, Filing, Tender
from procurement.services.emergencies import file_emergency_purchase
from procurement.states import EmergencyPurchaseStatus, TenderStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture(autouse=True)
def _no_page_is_kept() -> None:
    cache.clear()


class TestFilings:
    @pytest.fixture
    def filing(self, cast: Cast) -> Filing:
        """Concluded, and due yesterday."""
        tender = factories.drafted_tender(cast)
        yesterday = TODAY - timedelta(days=1)
        Tender.objects.filter(pk=tender.pk).update(status=TenderStatus.CONCLUDED, filing_due_on=yesterday)
        return Filing.objects.get(pk=tender.pk)

    def test_are_shown_to_supervisors_as_overdue(self, cast: Cast, filing: Filing) -> None:
        factories.drafted_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"))])
        client = client_of(cast.supervisor)
        assert "overdue" in get(client, page_of(filing))
        counts = {
            choice: client.get(f"{list_of(Filing)}?filing={choice}").context["cl"].result_count
            for choice in ("overdue", "open", "filed")
        }
        assert counts == {"overdue": 1, "open": 1, "filed": 0}

    def test_are_made_by_the_agency_and_kept_as_late(self, cast: Cast, filing: Filing) -> None:
        client = client_of(cast.officer)
        assert "the text is empty" in post(client, action_of(filing, "file"), note="")
        assert "The purchase is filed." in post(client, action_of(filing, "file"), note="疫情急需")
        assert "filed late" in get(client, page_of(filing))
        assert not offered(client.get(page_of(filing)))
        assert client_of(cast.supervisor).post(action_of(filing, "file"), {"note": "x"}).status_code == 403


class TestEmergencyPurchases:
    @pytest.fixture
    def purchase(self, cast: Cast) -> EmergencyPurchase:
        return file_emergency_purchase(
            supplier_code=cast.distributor_firm.code,
            product_code=factories.product(cast.supplier_firm).code,
            units=240,
            price=Decimal("6.50"),
            bought_on=TODAY,
            reason="抢救病人",
            actor=cast.buyer,
            at=NOW,
        )

    def test_are_accepted(self, cast: Cast, purchase: EmergencyPurchase) -> None:
        client = client_of(cast.officer)
        assert offered(client.get(page_of(purchase))) == {"accept", "object"}
        assert "accepted" in post(client, action_of(purchase, "accept"))
        purchase.refresh_from_db()
        assert purchase.status == EmergencyPurchaseStatus.ACCEPTED
        assert not offered(client.get(page_of(purchase)))

    def test_are_objected_to_with_a_reason(self, cast: Cast, purchase: EmergencyPurchase) -> None:
        client = client_of(cast.officer)
        assert "say why" in post(client, action_of(purchase, "object"), reason="")
        assert "objected to" in post(client, action_of(purchase, "object"), reason="平台有货")

    def test_are_read_by_supervisors_and_by_no_other_province(self, cast: Cast, purchase: EmergencyPurchase) -> None:
        assert "抢救病人" in get(client_of(cast.supervisor), page_of(purchase))
        foreign = client_of(cast.foreign_officer)
        assert foreign.get(list_of(EmergencyPurchase)).context["cl"].result_count == 0
