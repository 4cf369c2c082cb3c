from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from nacl import utils

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Delivery, Event
from procurement.errors import PassphraseTooShort, TooEarlyToOpen, WrongPassphrase
from procurement.models import Bid, KeyShare, Lot, Opening, OpeningKey, Tender
from procurement.rules.sealing import ENVELOPE_BYTES, new_key_pair, pad, seal
from procurement.services.bids import submit_bid, withdraw_bid
from procurement.services.openings import open_tender, release_share, set_opening_passphrase
from procurement.states import BidStatus, TenderStatus
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW, PASSPHRASE, ago
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestSetOpeningPassphrase:
    @pytest.mark.parametrize("role", ["officer", "supervisor"])
    def test_makes_a_key_that_only_it_opens(self, cast: Cast, role: str) -> None:
        key = set_opening_passphrase(passphrase=PASSPHRASE, actor=getattr(cast, role), at=NOW)
        assert key.user_id == getattr(cast, role).user_id
        assert PASSPHRASE.encode() not in bytes(key.locked_private_key)
        assert Event.objects.get().changes == {}

    def test_is_possible_once(self, cast: Cast) -> None:
        first = set_opening_passphrase(passphrase=PASSPHRASE, actor=cast.officer, at=NOW)
        with refused(NotAllowed):
            set_opening_passphrase(passphrase="another passphrase", actor=cast.officer, at=NOW)
        assert bytes(OpeningKey.objects.get().public_key) == first.public_key

    def test_refuses_one_that_is_too_short(self, cast: Cast) -> None:
        with refused(PassphraseTooShort):
            set_opening_passphrase(passphrase="elevensigns", actor=cast.officer, at=NOW)
        assert set_opening_passphrase(passphrase="twelve signs", actor=cast.officer, at=NOW)

    @pytest.mark.parametrize("role", ["buyer", "supplier", "platform", "visitor"])
    def test_refuses_who_opens_no_tenders(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            set_opening_passphrase(passphrase=PASSPHRASE, actor=getattr(cast, role), at=NOW)


class TestReleaseShare:
    @pytest.fixture
    def tender(self, cast: Cast) -> Tender:
        return factories.tender_with_bids(cast)

    def test_of_one_does_not_open(self, cast: Cast, tender: Tender) -> None:
        tender = factories.release(tender, cast.officer)
        assert tender.status == TenderStatus.CLOSED
        assert not Delivery.objects.exists()
        with refused(WrongState):
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)

    def test_of_the_same_one_twice_is_as_once(self, cast: Cast, tender: Tender) -> None:
        assert factories.release(tender, cast.officer, cast.officer).status == TenderStatus.CLOSED
        assert KeyShare.objects.filter(released__isnull=False).count() == 1
        assert Event.objects.filter(action="opening.release").count() == 1

    @pytest.mark.parametrize(
        "holders", [("officer", "second_officer"), ("supervisor", "officer"), ("second_officer", "supervisor")]
    )
    def test_of_any_two_sends_the_tender_to_the_worker(
        self, cast: Cast, tender: Tender, holders: tuple[str, str]
    ) -> None:
        tender = factories.release(tender, *(getattr(cast, name) for name in holders))
        assert tender.status == TenderStatus.OPENING
        message = Delivery.objects.get()
        assert (message.subscriber, message.event.action) == ("procurement.open_tender", "tender.assemble")
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 2

    @pytest.mark.parametrize("role", ["officer", "second_officer", "supervisor"])
    def test_is_refused_to_everybody_before_the_deadline(self, cast: Cast, tender: Tender, role: str) -> None:
        with refused(TooEarlyToOpen):
            factories.release(tender, getattr(cast, role), at=tender.deadline_at - timedelta(microseconds=1))
        assert not KeyShare.objects.filter(released__isnull=False).exists()

    def test_is_possible_from_the_deadline_on(self, cast: Cast, tender: Tender) -> None:
        assert factories.release(tender, cast.officer, at=tender.deadline_at).status == TenderStatus.CLOSED

    @pytest.mark.parametrize("passphrase", ["", "correct horse batterz", PASSPHRASE.upper()])
    def test_with_a_wrong_passphrase_changes_nothing(self, cast: Cast, tender: Tender, passphrase: str) -> None:
        factories.release(tender, cast.officer)
        before = list(KeyShare.objects.order_by("pk").values())
        with refused(WrongPassphrase):
            release_share(tender_number=tender.number, passphrase=passphrase, actor=cast.second_officer, at=NOW)
        assert list(KeyShare.objects.order_by("pk").values()) == before
        assert Tender.objects.get().status == TenderStatus.CLOSED

    def test_of_somebody_else_is_refused(self, cast: Cast, tender: Tender) -> None:
        factories.opening_key(cast.foreign_officer)
        for actor in (cast.foreign_officer, cast.supplier):
            with refused(NotAllowed):
                factories.release(tender, actor)

    def test_is_refused_to_a_system(self, cast: Cast, tender: Tender) -> None:
        for actor in (cast.platform, machine_of(cast.officer)):
            with refused(NotAllowed):
                factories.release(tender, actor)

    def test_is_refused_for_a_tender_that_is_not_there(self, cast: Cast) -> None:
        with refused(NotVisible):
            release_share(tender_number="none", passphrase=PASSPHRASE, actor=cast.officer, at=NOW)

    def test_of_a_third_one_comes_too_late(self, cast: Cast, tender: Tender) -> None:
        factories.release(tender, cast.officer, cast.second_officer)
        with refused(AlreadyDone):
            factories.release(tender, cast.supervisor)
        assert KeyShare.objects.filter(released__isnull=False).count() == 2


class TestOpenTender:
    def test_reads_every_bid(self, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        opened = factories.bid_of(tender.lots.get(), cast.supplier)
        assert (opened.status, opened.offer_price) == (BidStatus.OPENED, Decimal("6.00"))
        assert opened.product.manufacturer == cast.supplier_firm
        assert (opened.unit_price, opened.comparable_price) == (None, None)
        opening = Opening.objects.get()
        assert (opening.opened_count, opening.spoiled_count, opening.opened_at) == (2, 0, NOW)
        assert opening.holders == ["officer", "second_officer"]

    def test_destroys_the_shares(self, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        assert tender.key.destroyed_at == NOW
        assert set(tender.key.shares.values_list("sealed", "released")) == {(None, None)}

    def test_happens_once(self, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        with refused(AlreadyDone):
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert Opening.objects.count() == 1

    def test_leaves_withdrawn_bids_sealed(self, cast: Cast) -> None:
        tender = factories.tender_with_bids(cast)
        lot = tender.lots.get()
        withdraw_bid(bid_id=factories.bid_of(lot, cast.rival).pk, actor=cast.rival, at=ago(hours=2))
        tender = factories.release(tender, cast.officer, cast.second_officer)
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 1
        assert Bid.objects.get(supplier=cast.rival_firm).offer_price is None

    def test_of_a_tender_without_bids_opens_nothing(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=ago(days=40))
        tender = factories.release(tender, cast.officer, cast.supervisor)
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 0

    def test_is_refused_to_an_officer_of_another_agency(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        with refused(NotAllowed):
            open_tender(tender_id=tender.pk, actor=cast.foreign_officer, at=NOW)

    def test_stops_when_the_shares_do_not_give_the_key(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        share = KeyShare.objects.filter(released__isnull=False).first()
        share.released = bytes(share.released)[:-1] + bytes([bytes(share.released)[-1] ^ 1])
        share.save()
        with pytest.raises(RuntimeError, match=tender.number):
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert not Bid.objects.exclude(status=BidStatus.SEALED).exists()
        assert not Opening.objects.exists()

    def test_costs_the_same_for_many_bids(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        plans = [factories.lot_plan(factories.presentation(f"药品{number}"), number) for number in range(1, 11)]
        tender = factories.assembled_tender(cast, plans)
        with django_assert_max_num_queries(25):
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)


class TestSpoiledEnvelopes:
    """Whatever a supplier may have sealed: it is spoiled with its reason, and the others go on."""

    @pytest.fixture
    def tender(self, cast: Cast) -> Tender:
        tender = factories.published_tender(cast, at=ago(days=31), deadline_at=ago(hours=1))
        factories.bid(tender.lots.get(), cast.supplier)
        return tender

    @pytest.fixture
    def lot(self, tender: Tender) -> Lot:
        return Lot.objects.select_related("tender", "presentation").get(tender=tender)

    @pytest.fixture
    def outcome(self, cast: Cast, tender: Tender) -> Callable[[], tuple[str, str]]:
        """Open, and see what became of the rival's bid; the supplier's has to be readable."""

        def outcome() -> tuple[str, str]:
            released = factories.release(tender, cast.officer, cast.second_officer)
            opening = open_tender(tender_id=released.pk, actor=cast.platform, at=NOW)
            good, other = Bid.objects.get(supplier=cast.supplier_firm), Bid.objects.get(supplier=cast.rival_firm)
            assert (good.status, good.offer_price) == (BidStatus.OPENED, Decimal("6.00"))
            assert opening.opened_count + opening.spoiled_count == 2
            return other.status, other.finding.get("reason", "")

        return outcome

    def send(self, cast: Cast, lot: Lot, envelope: str) -> None:
        submit_bid(tender_number=lot.tender.number, lot_number=1, envelope=envelope, actor=cast.rival, at=ago(days=2))

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"tender": "T0"}, "made_for_another_lot_or_supplier"),
            ({"lot": 2}, "made_for_another_lot_or_supplier"),
            ({"supplier": "SUPPLIER"}, "made_for_another_lot_or_supplier"),
            ({"supplier": None}, "made_for_another_lot_or_supplier"),
            ({"product": "unknown"}, "product_not_the_suppliers"),
            ({"product": None}, "product_not_the_suppliers"),
            ({"product": ["P1"]}, "product_not_the_suppliers"),
            ({"product": "\x00"}, "product_not_the_suppliers"),
            ({"offer_price": "0"}, "price_not_readable"),
            ({"offer_price": "-6.00"}, "price_not_readable"),
            ({"offer_price": "6.001"}, "price_not_readable"),
            ({"offer_price": "6,00"}, "price_not_readable"),
            ({"offer_price": "NaN"}, "price_not_readable"),
            ({"offer_price": "Infinity"}, "price_not_readable"),
            ({"offer_price": "1e99"}, "price_not_readable"),
            ({"offer_price": "1e-99999"}, "price_not_readable"),
            ({"offer_price": 6.0}, "price_not_readable"),
            ({"offer_price": None}, "price_not_readable"),
        ],
        ids=str,
    )
    def test_that_hold_no_bid_for_the_lot(
        self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]], changed: dict[str, Any], reason: str
    ) -> None:
        offered = factories.product(cast.rival_firm, lot.presentation)
        self.send(cast, lot, factories.envelope(lot, cast.rival_firm, offered, "7.20", **changed))
        assert outcome() == (BidStatus.SPOILED, reason)

    def test_that_offer_the_product_of_another_supplier(
        self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]]
    ) -> None:
        foreign = factories.product(cast.supplier_firm, lot.presentation)
        self.send(cast, lot, factories.envelope(lot, cast.rival_firm, foreign, "7.20"))
        assert outcome() == (BidStatus.SPOILED, "product_not_the_suppliers")

    @pytest.mark.parametrize(("medicine", "form"), [("头孢拉定", "胶囊"), ("阿莫西林", "片剂")])
    def test_that_offer_another_medicine_or_form(
        self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]], medicine: str, form: str
    ) -> None:
        other = factories.product(cast.rival_firm, factories.presentation(medicine, form))
        self.send(cast, lot, factories.envelope(lot, cast.rival_firm, other, "7.20"))
        assert outcome() == (BidStatus.SPOILED, "product_not_of_the_lot")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"6.00",
            b'"6.00"',
            b"[]",
            b"null",
            b'{"tender": ',
            b"\xff\xfe",
            b"[" * 1024,
            b'{"a":' * 200,
            b"1" * 1024,
            json.dumps({"product": "\ud800"}).encode(),
        ],
        ids=["empty", "number", "text", "list", "null", "cut", "bytes", "deep", "deeper", "long number", "surrogate"],
    )
    def test_that_hold_something_else(
        self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]], content: bytes
    ) -> None:
        self.send(cast, lot, factories.sealed(lot.tender, content))
        status, reason = outcome()
        assert status == BidStatus.SPOILED
        assert reason in ("not_a_bid", "made_for_another_lot_or_supplier")

    @pytest.mark.parametrize("product", ["\ud800", "P\x00", "\x00"])
    def test_that_name_what_no_database_can_be_asked_for(
        self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]], product: str
    ) -> None:
        content = {
            "tender": lot.tender.number,
            "lot": 1,
            "supplier": cast.rival_firm.code,
            "product": product,
            "offer_price": "7.20",
        }
        self.send(cast, lot, factories.sealed(lot.tender, json.dumps(content).encode()))
        assert outcome() == (BidStatus.SPOILED, "product_not_the_suppliers")

    @pytest.mark.parametrize("sealed_with", ["another key", "no key"])
    def test_that_the_tenders_key_does_not_open(
        self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]], sealed_with: str
    ) -> None:
        if sealed_with == "no key":
            ciphertext = utils.random(ENVELOPE_BYTES)
        else:
            ciphertext = seal(pad(b"{}"), new_key_pair().public)
        self.send(cast, lot, base64.b64encode(ciphertext).decode())
        assert outcome() == (BidStatus.SPOILED, "not_sealed_with_the_tender_key")

    def test_that_were_altered_after_receipt(
        self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]]
    ) -> None:
        bid = factories.bid(lot, cast.rival)
        cheaper = factories.envelope(lot, cast.rival_firm, factories.product(cast.rival_firm, lot.presentation), "1.00")
        Bid.objects.filter(pk=bid.pk).update(envelope=base64.b64decode(cheaper))
        assert outcome() == (BidStatus.SPOILED, "altered_after_receipt")

    def test_that_another_supplier_copied(self, cast: Cast, lot: Lot, outcome: Callable[[], tuple[str, str]]) -> None:
        original = Bid.objects.get(supplier=cast.supplier_firm)
        self.send(cast, lot, base64.b64encode(bytes(original.envelope)).decode())
        assert outcome() == (BidStatus.SPOILED, "made_for_another_lot_or_supplier")
