"""Standing offers on the pages."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.urls import reverse

from procurement.models import Award, ListingOffer, Tender
from procurement.services.tenders import close_tender
from procurement.states import LotStatus, TenderStatus
from tests import factories
from tests.cast import Cast
from tests.factories.procedures import direct_listing, listed_offer, listing_offer
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")
CONCLUDE = "admin:procurement_listingoffer_conclude"


@pytest.fixture
def tender(cast: Cast) -> Tender:
    cache.clear()
    return direct_listing(cast)


@pytest.fixture
def offer(cast: Cast, tender: Tender) -> ListingOffer:
    return ListingOffer.objects.get(pk=listing_offer(tender, cast.supplier).pk)


class TestList:
    def test_shows_the_offer_with_its_steps_and_lists_it(self, cast: Cast, offer: ListingOffer) -> None:
        client = client_of(cast.second_officer)
        page = get(client, page_of(offer))
        assert "waits to be listed" in page and "¥6.00" in page and "河南省" in page
        assert "is listed." in post(client, action_of(offer, "list_one"))
        assert Award.objects.get().bid_id == offer.pk
        assert not offered(client.get(page_of(offer)))

    def test_is_refused_to_whoever_published(self, cast: Cast, offer: ListingOffer) -> None:
        assert "a second officer does" in post(client_of(cast.officer), action_of(offer, "list_one"))
        assert not Award.objects.exists()

    def test_holds_no_sealed_bid(self, cast: Cast, offer: ListingOffer) -> None:
        factories.evaluated_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"))])
        assert client_of(cast.officer).get(list_of(ListingOffer)).context["cl"].result_count == 1

    def test_is_read_by_supervisors_and_not_by_other_agencies(self, cast: Cast, offer: ListingOffer) -> None:
        supervisor, foreign = client_of(cast.supervisor), client_of(cast.foreign_officer)
        assert supervisor.get(list_of(ListingOffer)).context["cl"].result_count == 1
        assert not offered(supervisor.get(page_of(offer)))
        assert supervisor.post(action_of(offer, "list_one")).status_code == 403
        assert foreign.get(list_of(ListingOffer)).context["cl"].result_count == 0


class TestConclude:
    def test_is_of_a_listing_whose_window_has_closed(self, cast: Cast, tender: Tender) -> None:
        listed_offer(cast, tender, cast.supplier)
        client = client_of(cast.officer)
        page = client.get(reverse(CONCLUDE))
        assert not page.context["form"].fields["tender"].queryset.exists()
        close_tender(number=tender.number, actor=cast.platform, at=tender.deadline_at)
        post(client, reverse(CONCLUDE), tender=tender.pk)
        tender.refresh_from_db()
        assert (tender.status, tender.lots.get().status) == (TenderStatus.CONCLUDED, LotStatus.AWARDED)
