from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from procurement.errors import BiddingClosed, BiddingNotOpen, EnvelopeUnreadable, SecondBid
from procurement.models import Bid, Lot
from procurement.rules.sealing import ENVELOPE_BYTES
from procurement.services.bids import submit_bid, withdraw_bid
from procurement.services.tenders import cancel_tender
from procurement.states import BidStatus
from tests import factories
from tests.cast import PEOPLE, Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def lot(cast: Cast) -> Lot:
    return factories.published_tender(cast).lots.select_related("tender", "presentation").get()


def envelope(lot: Lot, cast: Cast) -> str:
    offered = factories.product(cast.supplier_firm, lot.presentation)
    return factories.envelope(lot, cast.supplier_firm, offered, "6.00")


class TestSubmitBid:
    def test_stores_the_envelope_as_it_came(self, cast: Cast, lot: Lot) -> None:
        sealed = envelope(lot, cast)
        bid = submit_bid(tender_number=lot.tender.number, lot_number=1, envelope=sealed, actor=cast.supplier, at=NOW)
        bid.refresh_from_db()
        ciphertext = base64.b64decode(sealed)
        assert bytes(bid.envelope) == ciphertext
        assert bid.envelope_sha256 == hashlib.sha256(ciphertext).hexdigest()
        assert (bid.status, bid.received_at, bid.supplier) == (BidStatus.SEALED, NOW, cast.supplier_firm)
        assert (bid.product, bid.offer_price) == (None, None)
        assert Event.objects.filter(action="bid.submit").get().changes == {
            "envelope_sha256": [None, bid.envelope_sha256]
        }

    def test_takes_it_from_the_suppliers_own_system(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, machine_of(cast.supplier))
        assert bid.supplier == cast.supplier_firm

    def test_takes_it_up_to_the_last_moment(self, cast: Cast, lot: Lot) -> None:
        deadline = lot.tender.deadline_at
        assert factories.bid(lot, cast.supplier, at=deadline - MOMENT).received_at == deadline - MOMENT

    @pytest.mark.parametrize("late", [timedelta(0), MOMENT, timedelta(days=400)])
    def test_refuses_it_from_the_deadline_on(self, cast: Cast, lot: Lot, late: timedelta) -> None:
        with refused(BiddingClosed):
            factories.bid(lot, cast.supplier, at=lot.tender.deadline_at + late)
        assert not Bid.objects.exists()

    def test_refuses_a_second_bid_for_the_lot(self, cast: Cast, lot: Lot) -> None:
        first = factories.bid(lot, cast.supplier)
        with refused(SecondBid):
            factories.bid(lot, cast.supplier, "5.00")
        assert Bid.objects.get() == first

    def test_takes_a_bid_of_each_supplier(self, cast: Cast, lot: Lot) -> None:
        factories.bid(lot, cast.supplier)
        factories.bid(lot, cast.rival)
        assert Bid.objects.filter(lot=lot).count() == 2

    def test_takes_another_one_after_the_first_was_withdrawn(self, cast: Cast, lot: Lot) -> None:
        first = factories.bid(lot, cast.supplier)
        withdraw_bid(bid_id=first.pk, actor=cast.supplier, at=NOW)
        second = factories.bid(lot, cast.supplier)
        assert list(Bid.objects.standing()) == [second]
        assert Bid.objects.count() == 2

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "no base64!",
            "报价",
            base64.b64encode(b"x" * (ENVELOPE_BYTES - 1)).decode(),
            base64.b64encode(b"x" * (ENVELOPE_BYTES + 1)).decode(),
            base64.b64encode(b'{"offer_price": "6.00"}').decode(),
            base64.b64encode(b'{"offer_price": "6.00"}'.ljust(ENVELOPE_BYTES)).decode(),
            base64.b64encode(b"x" * ENVELOPE_BYTES).decode()[:-1],
        ],
        ids=["empty", "signs", "words", "short", "long", "not sealed", "not sealed but padded", "cut off"],
    )
    def test_refuses_what_is_not_an_envelope(self, cast: Cast, lot: Lot, content: str) -> None:
        with refused(EnvelopeUnreadable):
            submit_bid(tender_number=lot.tender.number, lot_number=1, envelope=content, actor=cast.supplier, at=NOW)
        assert not Bid.objects.exists()

    @pytest.mark.parametrize(
        "role", ["officer", "supervisor", "buyer", "approver", "pharmacist", "distributor", "platform", "visitor"]
    )
    def test_refuses_who_is_no_supplier(self, cast: Cast, lot: Lot, role: str) -> None:
        with refused(NotAllowed):
            submit_bid(
                tender_number=lot.tender.number,
                lot_number=1,
                envelope=envelope(lot, cast),
                actor=getattr(cast, role),
                at=NOW,
            )

    @pytest.mark.parametrize(("number", "lot_number"), [("none", 1), (None, 9)])
    def test_refuses_a_lot_that_is_not_there(self, cast: Cast, lot: Lot, number: str | None, lot_number: int) -> None:
        with refused(NotVisible):
            submit_bid(
                tender_number=number or lot.tender.number,
                lot_number=lot_number,
                envelope=envelope(lot, cast),
                actor=cast.supplier,
                at=NOW,
            )

    def test_refuses_a_draft_that_suppliers_do_not_see(self, cast: Cast, lot: Lot) -> None:
        hidden = factories.drafted_tender(cast)
        with refused(NotVisible):
            submit_bid(
                tender_number=hidden.number, lot_number=1, envelope=envelope(lot, cast), actor=cast.supplier, at=NOW
            )

    def test_refuses_a_cancelled_tender(self, cast: Cast, lot: Lot) -> None:
        cancel_tender(number=lot.tender.number, actor=cast.officer, at=NOW)
        with refused(BiddingNotOpen):
            factories.bid(lot, cast.supplier)


class TestWithdrawBid:
    def test_leaves_it_sealed_for_ever(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        withdrawn = withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=lot.tender.deadline_at - MOMENT)
        assert withdrawn.status == BidStatus.WITHDRAWN
        assert withdrawn.envelope == bid.envelope

    @pytest.mark.parametrize("late", [timedelta(0), MOMENT])
    def test_is_refused_from_the_deadline_on(self, cast: Cast, lot: Lot, late: timedelta) -> None:
        bid = factories.bid(lot, cast.supplier)
        with refused(BiddingClosed):
            withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=lot.tender.deadline_at + late)
        bid.refresh_from_db()
        assert bid.status == BidStatus.SEALED

    def test_is_refused_the_second_time(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=NOW)
        with refused(AlreadyDone):
            withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=NOW)

    @pytest.mark.parametrize("role", ["rival", "officer", "supervisor", "visitor"])
    def test_of_another_supplier_is_not_even_seen(self, cast: Cast, lot: Lot, role: str) -> None:
        bid = factories.bid(lot, cast.supplier)
        with refused(NotVisible):
            withdraw_bid(bid_id=bid.pk, actor=getattr(cast, role), at=NOW)

    def test_is_refused_once_it_is_opened(self, cast: Cast) -> None:
        bid = Bid.objects.filter(lot__tender=factories.opened_tender(cast)).get(supplier=cast.supplier_firm)
        with refused(WrongState):
            withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=NOW - timedelta(days=1))


class TestVisibility:
    def seers(self, cast: Cast, bid: Bid) -> set[str]:
        return {
            name
            for name in [*PEOPLE, "platform", "visitor"]
            if Bid.objects.visible_to(getattr(cast, name)).filter(pk=bid.pk).exists()
        }

    def test_of_a_sealed_bid_is_the_suppliers_alone(self, cast: Cast, lot: Lot) -> None:
        assert self.seers(cast, factories.bid(lot, cast.supplier)) == {"supplier", "platform"}

    def test_of_a_withdrawn_bid_is_the_suppliers_alone(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=NOW)
        assert self.seers(cast, bid) == {"supplier", "platform"}

    def test_of_an_opened_bid_is_also_that_of_the_agency_and_the_supervisors(self, cast: Cast) -> None:
        bid = factories.bid_of(factories.opened_tender(cast).lots.get(), cast.supplier)
        assert self.seers(cast, bid) == {"supplier", "platform", "officer", "second_officer", "supervisor"}
