"""Two people release their shares in the admin; the worker opens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from procurement.models import KeyShare, Tender
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender
from procurement.states import TenderStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, PASSPHRASE
from tests.procurement.admin.pages import action_of, client_of, get, post

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def due(cast: Cast) -> Tender:
    """Past its deadline, with two bids."""
    cache.clear()
    return factories.tender_with_bids(cast)


class TestRelease:
    def test_two_shares_send_the_tender_to_the_worker(self, cast: Cast, due: Tender) -> None:
        first, second = client_of(cast.officer), client_of(cast.supervisor)
        address = action_of(due, "opening")
        assert "0 of the 2 shares needed are released; 3 people hold one." in get(first, address)
        page = post(first, address, passphrase=PASSPHRASE)
        assert "Your share is released. 1 more is needed." in page
        assert "1 of the 2 shares needed are released" in page
        assert 'name="passphrase"' not in page
        page = post(second, address, passphrase=PASSPHRASE)
        assert "the bids are being opened" in page
        due.refresh_from_db()
        assert due.status == TenderStatus.OPENING

    def test_shows_the_record_once_the_worker_has_opened(self, cast: Cast, due: Tender) -> None:
        factories.release(due, cast.officer, cast.second_officer)
        open_tender(tender_id=due.pk, actor=cast.platform, at=NOW)
        evaluate_tender(tender_id=due.pk, actor=cast.platform, at=NOW)
        page = get(client_of(cast.supervisor), action_of(due, "opening"))
        assert "Bids opened: 2. Could not be read: 0." in page
        assert "by officer, second_officer" in page
        assert "2 bids ranked, 0 set aside" in page

    def test_tells_of_a_wrong_passphrase(self, cast: Cast, due: Tender) -> None:
        page = post(client_of(cast.officer), action_of(due, "opening"), passphrase="something else")
        assert "does not open your key" in page
        assert not KeyShare.objects.filter(released_at__isnull=False).exists()

    def test_is_refused_before_the_deadline(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=NOW - timedelta(days=1), deadline_at=NOW + timedelta(days=1))
        address = action_of(tender, "opening")
        assert "Before the deadline nobody can open a bid." in get(client_of(cast.officer), address)
        assert "Bids may be opened after" in post(client_of(cast.officer), address, passphrase=PASSPHRASE)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.PUBLISHED

    def test_whoever_holds_no_share_finds_no_field_and_is_refused(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        holders = [cast.second_officer, cast.supervisor]
        for holder in (cast.officer, *holders):
            factories.opening_key(holder)
        post(
            client_of(cast.officer),
            action_of(tender, "publish"),
            holders=[item.user_id for item in holders],
            threshold=2,
        )
        client, address = client_of(cast.officer), action_of(tender, "opening")
        assert 'name="passphrase"' not in get(client, address)
        Tender.objects.filter(pk=tender.pk).update(deadline_at=NOW - timedelta(minutes=5))
        assert "you hold no share" in post(client, address, passphrase=PASSPHRASE)

    def test_is_not_followed_by_another_agency(self, cast: Cast, due: Tender) -> None:
        client = client_of(cast.foreign_officer)
        assert client.get(action_of(due, "opening")).status_code == 403
        assert client.post(action_of(due, "opening"), {"passphrase": PASSPHRASE}).status_code == 403
