"""A supplier's person bids in the browser, without a client."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import DeniedAttempt
from procurement.client import is_signed
from procurement.models import Bid, Lot, Tender
from procurement.services.bids import replace_bid, withdraw_bid
from procurement.services.openings import open_tender
from procurement.services.tenders import cancel_tender
from procurement.states import BidStatus, Procedure, Stage
from tests import factories
from tests.cast import Cast, user_of
from tests.factories import NOW
from tests.factories.procurement_rules import enter_rules

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def lot(cast: Cast) -> Lot:
    lot = factories.published_tender(cast).lots.select_related("tender", "presentation").get()
    for firm in (cast.supplier_firm, cast.rival_firm):
        factories.product(firm, lot.presentation)
    return lot


def client_of(actor: Actor) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user_of(actor))
    return client


def address(lot: Lot) -> str:
    return reverse("bidding:bid", args=[lot.tender.number, lot.number])


def page(actor: Actor, lot: Lot) -> str:
    answer = client_of(actor).get(address(lot))
    assert answer.status_code == 200
    return answer.content.decode()


class TestPage:
    def test_has_the_form_that_seals_with_the_tenders_key(self, cast: Cast, lot: Lot) -> None:
        shown = page(cast.supplier, lot)
        key = base64.b64encode(bytes(lot.tender.keys.get().public_key)).decode()
        assert f'data-commercial-key="{key}"' in shown
        assert 'data-supplier="SUPPLIER"' in shown and 'data-url="/api/v1/bids/"' in shown
        assert "data-technical-key" not in shown
        assert f'value="{factories.product(cast.supplier_firm, lot.presentation).code}"' in shown
        assert factories.product(cast.rival_firm, lot.presentation).code not in shown

    def test_has_no_named_field_for_what_is_sealed(self, cast: Cast, lot: Lot) -> None:
        """A browser without the script sends nothing of it in clear."""
        form = page(cast.supplier, lot).split("data-seal-bid")[1].split("</form>")[0]
        assert form.count("data-field=") == 2
        assert form.count("name=") == form.count('name="csrfmiddlewaretoken"') == 1

    def test_asks_for_answers_and_documents_where_there_are_two_envelopes(self, cast: Cast) -> None:
        tender = factories.two_envelope_tender(cast)
        lot = tender.lots.select_related("tender", "presentation").get()
        factories.product(cast.supplier_firm, lot.presentation)
        shown = page(cast.supplier, lot)
        key = base64.b64encode(bytes(tender.keys.get(stage=Stage.TECHNICAL).public_key)).decode()
        assert f'data-technical-key="{key}"' in shown
        assert "data-documents" in shown
        assert all(f'data-answer="{code}"' in shown for code in ("scale", "delivery", "quality"))

        assert "at most 40 points" in shown

    @pytest.mark.parametrize(
        ("procedure", "asked"),
        [
            (Procedure.VOLUME_BASED, {"own_api", "sales", "approved_on"}),
            (Procedure.DESIGNATED_PRODUCTION, {"output"}),
            (Procedure.NEGOTIATION, set()),
        ],
    )
    def test_asks_for_what_the_rules_read_alone(self, cast: Cast, procedure: Procedure, asked: set[str]) -> None:
        enter_rules(procedure, least_bidding_days=0)
        tender = factories.published_tender(cast, procedure=procedure, invited=[cast.supplier_firm])
        lot = tender.lots.select_related("tender", "presentation").get()
        factories.product(cast.supplier_firm, lot.presentation)
        shown = page(cast.supplier, lot)
        fields = {"own_api", "sales", "approved_on", "output"}
        assert {name for name in fields if f'data-field="{name}"' in shown} == asked

    def test_tells_the_ceiling_where_the_strength_is_the_lots(self, cast: Cast, lot: Lot) -> None:
        other = factories.product(cast.supplier_firm, factories.presentation(strength="9.9mg"), pack_quantity=7)
        shown = page(cast.supplier, lot)
        assert f'data-pack="24" data-ceiling="{lot.ceiling_price}"' in shown
        assert f'value="{other.code}" data-pack="7">' in shown

    def test_tells_a_replaced_bid_from_a_withdrawn_one(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        offered = factories.product(cast.supplier_firm, lot.presentation)
        envelope = factories.envelope(lot, cast.supplier_firm, offered, "5.00")
        replace_bid(bid_id=bid.pk, envelope=envelope, actor=cast.supplier, at=NOW)
        shown = page(cast.supplier, lot)
        assert ">replaced<" in shown and ">withdrawn<" not in shown
        withdraw_bid(bid_id=Bid.objects.standing().get().pk, actor=cast.supplier, at=NOW + timedelta(minutes=1))
        assert ">withdrawn<" in page(cast.supplier, lot)

    def test_says_that_nobody_knows_until_the_opening(self, cast: Cast, lot: Lot) -> None:
        tender = factories.tender_with_bids(cast)
        own = tender.lots.select_related("tender").get()
        assert "Nobody else sees" in page(cast.supplier, own)
        factories.release(tender, cast.officer, cast.supervisor)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert "Nobody else sees" not in page(cast.supplier, own)

    def test_shows_ones_own_bid_and_offers_to_replace_it(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        shown = page(cast.supplier, lot)
        assert str(bid.reference) in shown
        assert f'data-url="/api/v1/bids/{bid.reference}/replace/"' in shown

    def test_shows_nothing_of_a_rivals(self, cast: Cast, lot: Lot) -> None:
        def stable(shown: str) -> list[str]:
            return [line for line in shown.splitlines() if "csrfmiddlewaretoken" not in line]

        before = page(cast.supplier, lot)
        bid = factories.bid(lot, cast.rival)
        after = page(cast.supplier, lot)
        assert stable(before) == stable(after)
        assert str(bid.reference) not in after

    def test_tells_who_may_not_bid_why(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, invited=[cast.rival_firm])
        lot = tender.lots.select_related("tender", "presentation").get()
        shown = page(cast.supplier, lot)
        assert "open to invited suppliers alone" in shown
        assert "data-seal-bid" not in shown

    def test_has_no_form_once_bids_are_not_accepted(self, cast: Cast, lot: Lot) -> None:
        cancel_tender(number=lot.tender.number, reason="需求有变", actor=cast.officer, at=NOW)
        assert "data-seal-bid" not in page(cast.supplier, lot)

    @pytest.mark.parametrize("who", ["officer", "supervisor", "buyer"])
    def test_is_for_suppliers_alone(self, cast: Cast, lot: Lot, who: str) -> None:
        assert client_of(getattr(cast, who)).get(address(lot)).status_code == 403

    def test_asks_everybody_else_to_log_in(self, lot: Lot) -> None:
        answer = Client().get(address(lot))
        assert answer.status_code == 302 and answer["Location"].startswith(reverse("portal:login"))

    def test_is_not_there_for_a_draft(self, cast: Cast) -> None:
        hidden = factories.drafted_tender(cast).lots.select_related("tender").get()
        assert client_of(cast.supplier).get(address(hidden)).status_code == 404


class TestReceipt:
    def test_is_a_file_that_verifies(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        answer = client_of(cast.supplier).get(f"{address(lot)}{bid.reference}/receipt/")
        assert answer["Content-Disposition"] == f'attachment; filename="receipt-{bid.reference}.json"'
        assert is_signed(json.loads(answer.content), Client().get("/api/v1/platform-key/").json()["keys"])

    def test_of_a_rival_is_not_there_and_the_attempt_is_on_record(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.rival)
        assert client_of(cast.supplier).get(f"{address(lot)}{bid.reference}/receipt/").status_code == 404
        assert DeniedAttempt.objects.get().organization_id == cast.supplier_firm.pk


class TestWithdraw:
    def test_takes_ones_own_bid_back(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        answer = client_of(cast.supplier).post(f"{address(lot)}{bid.reference}/withdraw/", follow=True)
        assert "it will never be opened" in answer.content.decode()
        assert Bid.objects.get().status == BidStatus.WITHDRAWN

    def test_is_refused_after_the_deadline_and_on_record(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        Tender.objects.update(deadline_at=NOW - timedelta(hours=1))
        answer = client_of(cast.supplier).post(f"{address(lot)}{bid.reference}/withdraw/", follow=True)
        assert "Bids were accepted until" in answer.content.decode()
        assert Bid.objects.get().status == BidStatus.SEALED
        assert DeniedAttempt.objects.get().code == "bidding-closed"

    def test_of_a_rivals_is_not_there(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.rival)
        assert client_of(cast.supplier).post(f"{address(lot)}{bid.reference}/withdraw/").status_code == 404
        assert Bid.objects.get().status == BidStatus.SEALED


class TestWaysToThePage:
    def ways(self, client: Client, lot: Lot) -> tuple[str, str]:
        return tuple(  # type: ignore[return-value]
            client.get(reverse(name, args=arguments)).content.decode()
            for name, arguments in (
                ("tender", [lot.tender.number]),
                ("tender-lot", [lot.tender.number, lot.number]),
            )
        )

    def test_are_shown_to_suppliers(self, cast: Cast, lot: Lot) -> None:
        for shown in self.ways(client_of(cast.supplier), lot):
            assert f'href="{address(lot)}"' in shown

    def test_lead_visitors_through_the_log_in(self, lot: Lot) -> None:
        for shown in self.ways(Client(headers={"Accept-Language": "en"}), lot):
            assert f'href="{reverse("portal:login")}?next=/tenders/' in shown
            assert f'href="{address(lot)}"' not in shown

    def test_are_not_shown_to_buyers(self, cast: Cast, lot: Lot) -> None:
        for shown in self.ways(client_of(cast.buyer), lot):
            assert address(lot) not in shown

    def test_end_with_the_bidding(self, cast: Cast, lot: Lot) -> None:
        cancel_tender(number=lot.tender.number, reason="需求有变", actor=cast.officer, at=NOW)
        for shown in self.ways(client_of(cast.supplier), lot):
            assert address(lot) not in shown
