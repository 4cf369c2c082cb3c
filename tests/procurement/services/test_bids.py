from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import gettext

from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.foundation.signing import verify
from procurement.errors import (
    BiddingClosed,
    BiddingNotOpen,
    EnvelopeUnreadable,
    SecondBid,
    SupplierNotAdmitted,
    WrongEnvelopes,
)
from procurement.models import Bid, Invitation, Lot, PlatformKey
from procurement.rules.sealing import ENVELOPE_BYTES, SEAL_BYTES
from procurement.services.bids import replace_bid, submit_bid, withdraw_bid
from procurement.services.receipts import is_as_received
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
        cancel_tender(number=lot.tender.number, reason="需求有变", actor=cast.officer, at=NOW)
        with refused(BiddingNotOpen):
            factories.bid(lot, cast.supplier)


class TestWithdrawBid:
    def test_destroys_the_envelope_and_keeps_hash_and_receipt(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        told = withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=lot.tender.deadline_at - MOMENT)
        stored = Bid.objects.get()
        for withdrawn in (told, stored):
            assert (withdrawn.status, withdrawn.envelope) == (BidStatus.WITHDRAWN, None)
        assert (stored.envelope_sha256, stored.receipt) == (bid.envelope_sha256, bid.receipt)

    def test_destroys_both_envelopes(self, cast: Cast) -> None:
        lot = factories.two_envelope_tender(cast).lots.select_related("tender", "presentation").get()
        bid = factories.two_envelope_bid(lot, cast.supplier)
        withdraw_bid(bid_id=bid.pk, actor=cast.supplier, at=NOW)
        assert Bid.objects.values_list("envelope", "technical_envelope").get() == (None, None)

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


class TestReceipt:
    def test_names_what_was_received_and_when_under_the_platforms_signature(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        receipt = dict(bid.receipt)
        signature, key = receipt.pop("signature"), PlatformKey.objects.get(key_id=receipt.pop("key_id"))
        assert verify(receipt, signature, bytes(key.public_key))
        assert datetime.fromisoformat(receipt.pop("received_at")) == bid.received_at
        assert receipt == {
            "kind": "bid-receipt",
            "tender": lot.tender.number,
            "lot": 1,
            "bid": str(bid.reference),
            "supplier": "SUPPLIER",
            "envelopes": {"commercial": bid.envelope_sha256},
        }

    def test_names_both_envelopes_where_there_are_two(self, cast: Cast) -> None:
        tender = factories.two_envelope_tender(cast)
        bid = factories.two_envelope_bid(tender.lots.select_related("tender", "presentation").get(), cast.supplier)
        assert bid.receipt["envelopes"] == {"commercial": bid.envelope_sha256, "technical": bid.technical_sha256}
        assert hashlib.sha256(bytes(bid.technical_envelope)).hexdigest() == bid.technical_sha256

    def test_is_kept_as_it_was_given(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid(lot, cast.supplier)
        given = bid.receipt
        bid.refresh_from_db()
        assert bid.receipt == given
        assert is_as_received(Bid.objects.select_related("lot__tender", "supplier").get())


class TestTwoEnvelopes:
    @pytest.fixture
    def double(self, cast: Cast) -> Lot:
        return factories.two_envelope_tender(cast).lots.select_related("tender", "presentation").get()

    def submit(self, cast: Cast, lot: Lot, technical: str | None) -> Bid:
        return submit_bid(
            tender_number=lot.tender.number,
            lot_number=1,
            envelope=envelope(lot, cast),
            technical_envelope=technical,
            network_address="203.0.113.9",
            actor=cast.supplier,
            at=NOW,
        )

    def test_are_stored_with_where_they_came_from(self, cast: Cast, double: Lot) -> None:
        sealed = factories.papers(double, cast.supplier_firm, factories.product(cast.supplier_firm))
        bid = self.submit(cast, double, sealed)
        assert bytes(bid.technical_envelope) == base64.b64decode(sealed)
        assert bid.network_address == "203.0.113.9"

    def test_are_both_asked_for(self, cast: Cast, double: Lot) -> None:
        with refused(WrongEnvelopes):
            self.submit(cast, double, None)
        assert not Bid.objects.exists()

    def test_are_not_taken_where_one_is_asked_for(self, cast: Cast, lot: Lot, double: Lot) -> None:
        sealed = factories.papers(double, cast.supplier_firm, factories.product(cast.supplier_firm))
        with refused(WrongEnvelopes):
            self.submit(cast, lot, sealed)

    @pytest.mark.parametrize("size", [1024, 16 * 1024 - 1, 16 * 1024 + 1, 3 * 16 * 1024, 2 * 1024 * 1024])
    def test_have_one_of_the_sizes_of_their_stage(self, cast: Cast, double: Lot, size: int) -> None:
        other = base64.b64encode(b"\xff" * (size + SEAL_BYTES)).decode()
        with refused(EnvelopeUnreadable) as caught:
            self.submit(cast, double, other)
        assert caught.pointers == ["/technical_envelope"]

    @pytest.mark.parametrize("doublings", range(7))
    def test_may_be_as_large_as_their_documents(self, cast: Cast, double: Lot, doublings: int) -> None:
        content = b" " * ((16 * 1024 << doublings) - 1)
        assert self.submit(cast, double, factories.sealed_papers(double.tender, content)).technical_sha256

    def test_are_not_taken_in_clear(self, cast: Cast, double: Lot) -> None:
        readable = base64.b64encode(b'{"answers": {}}'.ljust(16 * 1024 + SEAL_BYTES)).decode()
        with refused(EnvelopeUnreadable):
            self.submit(cast, double, readable)


class TestWhoMayNotBid:
    def test_is_told_every_reason(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, invited=[cast.rival_firm])
        lot = tender.lots.select_related("tender", "presentation").get()
        with refused(SupplierNotAdmitted) as caught:
            factories.bid(lot, cast.supplier)
        assert gettext("the tender is open to invited suppliers alone") in str(caught.errors[0])
        assert not Bid.objects.exists()
        assert factories.bid(lot, cast.rival)

    def test_includes_who_was_barred_since_their_first_bid(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        lot = tender.lots.select_related("tender", "presentation").get()
        first = factories.bid(lot, cast.supplier)
        Invitation.objects.create(tender=tender, supplier=cast.rival_firm)
        with refused(SupplierNotAdmitted):
            replace_bid(bid_id=first.pk, envelope=envelope(lot, cast), actor=cast.supplier, at=NOW)
        first.refresh_from_db()
        assert first.status == BidStatus.SEALED


class TestReplaceBid:
    def replace(self, cast: Cast, bid: Bid, *, at: datetime = NOW, actor: Actor | None = None, **options: Any) -> Bid:
        lot = Lot.objects.select_related("tender", "presentation").get(pk=bid.lot_id)
        sealed = envelope(lot, cast)
        return replace_bid(bid_id=bid.pk, envelope=sealed, actor=actor or cast.supplier, at=at, **options)

    def test_puts_a_new_bid_with_a_receipt_of_its_own_in_the_place_of_the_former(self, cast: Cast, lot: Lot) -> None:
        former = factories.bid(lot, cast.supplier, at=NOW)
        bid = self.replace(cast, former)
        former.refresh_from_db()
        assert (former.status, bid.status) == (BidStatus.WITHDRAWN, BidStatus.SEALED)
        assert former.envelope is None and former.envelope_sha256 == former.receipt["envelopes"]["commercial"]
        assert bid.reference != former.reference
        assert bid.receipt["bid"] == str(bid.reference) != former.receipt["bid"]
        assert [event.action for event in Event.objects.filter(action__startswith="bid.").order_by("pk")] == [
            "bid.submit",
            "bid.withdraw",
            "bid.submit",
        ]

    @pytest.mark.parametrize("late", [timedelta(0), MOMENT])
    def test_is_refused_from_the_deadline_on_and_leaves_the_former(self, cast: Cast, lot: Lot, late: timedelta) -> None:
        former = factories.bid(lot, cast.supplier)
        with refused(BiddingClosed):
            self.replace(cast, former, at=lot.tender.deadline_at + late)
        assert Bid.objects.get() == former
        assert Bid.objects.get().status == BidStatus.SEALED

    def test_leaves_the_former_where_the_new_one_is_no_envelope(self, cast: Cast, lot: Lot) -> None:
        former = factories.bid(lot, cast.supplier)
        with refused(EnvelopeUnreadable):
            replace_bid(bid_id=former.pk, envelope="6.00", actor=cast.supplier, at=NOW)
        assert Bid.objects.get().status == BidStatus.SEALED

    def test_is_refused_on_an_old_version(self, cast: Cast, lot: Lot) -> None:
        former = factories.bid(lot, cast.supplier)
        with refused(Stale):
            self.replace(cast, former, expected_version=7)

    def test_of_what_is_withdrawn_is_refused(self, cast: Cast, lot: Lot) -> None:
        former = factories.bid(lot, cast.supplier)
        withdraw_bid(bid_id=former.pk, actor=cast.supplier, at=NOW)
        with refused(AlreadyDone):
            self.replace(cast, former)
        assert Bid.objects.count() == 1

    def test_of_another_supplier_is_not_even_seen(self, cast: Cast, lot: Lot) -> None:
        former = factories.bid(lot, cast.supplier)
        with refused(NotVisible):
            self.replace(cast, former, actor=cast.rival)


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
