"""Negotiating on the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from procurement.models import Lot, Negotiation
from procurement.services.negotiations import confirm_round
from procurement.states import BidStatus, NegotiationStatus, Procedure
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, ago
from tests.factories.procedures import evaluated_lot, negotiation, negotiation_round
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")
OPEN = "admin:procurement_negotiation_begin"


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """Both offers are above the ceiling, the rival's by less."""
    cache.clear()
    return evaluated_lot(cast, Procedure.NEGOTIATION, {cast.supplier: "9.60", cast.rival: "9.00"})


def meeting(**changed: Any) -> dict[str, Any]:
    return {
        "held_at": f"{ago(hours=1):%Y-%m-%dT%H:%M}",
        "attendees": "双方各两人",
        "asked_price": "8.00",
        "offered_price": "8.40",
        "minutes": "企业降价",
    } | changed


class TestOpen:
    def test_offers_the_bids_of_lots_that_are_negotiated(self, cast: Cast, lot: Lot) -> None:
        factories.evaluated_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"))])
        page = client_of(cast.officer).get(reverse(OPEN))
        labels = [str(label) for _pk, label in page.context["form"].fields["bid"].choices]
        assert [cast.rival_firm.name in labels[0], cast.supplier_firm.name in labels[1]] == [True, True]
        assert len(labels) == 2

    def test_refuses_who_is_not_next(self, cast: Cast, lot: Lot) -> None:
        client = client_of(cast.officer)
        assert "the lowest offer first" in post(client, reverse(OPEN), bid=factories.bid_of(lot, cast.supplier).pk)
        post(client, reverse(OPEN), bid=factories.bid_of(lot, cast.rival).pk)
        assert Negotiation.objects.get().bid.supplier == cast.rival_firm

    def test_is_for_officers(self, cast: Cast, lot: Lot) -> None:
        assert client_of(cast.supervisor).get(reverse(OPEN)).status_code == 403


class TestTalks:
    @pytest.fixture
    def talks(self, cast: Cast, lot: Lot) -> Negotiation:
        return negotiation(cast, factories.bid_of(lot, cast.rival))

    def test_are_recorded_confirmed_and_agreed(self, cast: Cast, talks: Negotiation) -> None:
        client = client_of(cast.officer)
        assert offered(client.get(page_of(talks))) == {"round", "agree", "break-off"}
        assert "Round 1 is recorded" in post(client, action_of(talks, "record_meeting"), **meeting())
        page = get(client, page_of(talks))
        assert "企业降价" in page and "¥8.40" in page
        confirm_round(round_id=talks.rounds.get().pk, actor=cast.rival, at=NOW)
        assert "The price is agreed" in post(client, action_of(talks, "agree"))
        assert not offered(client.get(page_of(talks)))

    def test_tell_what_the_service_refuses(self, cast: Cast, talks: Negotiation) -> None:
        page = post(client_of(cast.officer), action_of(talks, "record_meeting"), **meeting(offered_price="9.01"))
        assert "an offer only falls" in page
        assert not talks.rounds.exists()

    def test_are_broken_off_with_a_reason(self, cast: Cast, talks: Negotiation) -> None:
        client = client_of(cast.officer)
        assert "say why" in post(client, action_of(talks, "break_off"), reason="")
        assert "is broken off" in post(client, action_of(talks, "break_off"), reason="不降价")
        talks.refresh_from_db()
        assert (talks.status, talks.bid.status) == (NegotiationStatus.BROKEN_OFF, BidStatus.SET_ASIDE)

    def test_are_read_by_supervisors_and_not_by_other_agencies(self, cast: Cast, talks: Negotiation) -> None:
        negotiation_round(cast, talks, "8.40")
        supervisor = client_of(cast.supervisor)
        assert "双方就价格进行了谈判" in get(supervisor, page_of(talks))
        assert not offered(supervisor.get(page_of(talks)))
        assert supervisor.post(action_of(talks, "agree")).status_code == 403
        foreign = client_of(cast.foreign_officer)
        assert foreign.get(list_of(Negotiation)).context["cl"].result_count == 0
        assert foreign.get(action_of(talks, "agree")).status_code == 404
