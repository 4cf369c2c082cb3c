from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from nacl import utils

from catalog.foundation.errors import AlreadyDone, NotAllowed
from catalog.foundation.journal.models import Event
from catalog.foundation.signing import verify
from procurement.errors import SharesDoNotFit
from procurement.models import Bid, BidDocument, KeyShare, Lot, Opening, PlatformKey, Tender, TenderJob
from procurement.rules.sealing import ENVELOPE_BYTES, new_key_pair, pad, seal
from procurement.services import openings
from procurement.services.bids import submit_bid, withdraw_bid
from procurement.services.openings import open_technical, open_tender
from procurement.services.tenders import cancel_tender
from procurement.states import BidStatus, TenderStatus
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once
from tests.factories import NOW, ago
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


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
        assert tender.keys.get().destroyed_at == NOW
        assert set(tender.keys.get().shares.values_list("sealed", "released")) == {(None, None)}

    def test_happens_once(self, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        with refused(AlreadyDone):
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert Opening.objects.count() == 1

    def test_leaves_withdrawn_bids_out(self, cast: Cast) -> None:
        tender = factories.tender_with_bids(cast)
        lot = tender.lots.get()
        withdraw_bid(bid_id=factories.bid_of(lot, cast.rival).pk, actor=cast.rival, at=ago(hours=2))
        tender = factories.release(tender, cast.officer, cast.second_officer)
        opening = open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert (opening.opened_count, opening.returned_count, opening.minutes["returned"]) == (1, 0, [])
        assert Bid.objects.get(supplier=cast.rival_firm).offer_price is None

    def test_of_a_tender_without_bids_opens_nothing(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=ago(days=40))
        tender = factories.release(tender, cast.officer, cast.supervisor)
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 0

    def test_is_refused_to_an_officer_of_another_agency(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        with refused(NotAllowed):
            open_tender(tender_id=tender.pk, actor=cast.foreign_officer, at=NOW)

    def test_costs_the_same_for_many_bids(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        plans = [factories.lot_plan(factories.presentation(f"药品{number}"), number) for number in range(1, 11)]
        tender = factories.assembled_tender(cast, plans)
        with django_assert_max_num_queries(25):
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)


def flipped(share: bytes) -> bytes:
    return share[:-1] + bytes([share[-1] ^ 1])


class TestAnAlteredShare:
    """Somebody writes over a share that was released: the tender waits for another one, and is opened with it."""

    def alter(self, tender: Tender, how: Callable[[bytes], bytes] = flipped) -> None:
        share = KeyShare.objects.filter(key__tender=tender, released__isnull=False).order_by("pk").first()
        share.released = how(bytes(share.released))
        share.save()

    def fail(self, cast: Cast, tender: Tender) -> None:
        with refused(SharesDoNotFit) as refusal:
            open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert refusal.facts == {"tender": tender.number, "count": 2}

    @pytest.mark.parametrize(
        "how",
        [flipped, lambda share: share[:20], lambda _share: b"", lambda share: b"\x02" + share[1:]],
        ids=["flipped", "cut", "empty", "index of the other"],
    )
    def test_stops_nobody_while_another_holder_can_release(self, cast: Cast, how: Callable[[bytes], bytes]) -> None:
        tender = factories.assembled_tender(cast)
        self.alter(tender, how)
        self.fail(cast, tender)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.CLOSED
        assert not Opening.objects.exists() and not Bid.objects.exclude(status=BidStatus.SEALED).exists()
        # which of the two is wrong cannot be told of two
        event = Event.objects.get(action="opening.misfit")
        assert event.changes == {"holders": [None, ["officer", "second_officer"]]}
        assert factories.release(tender, cast.supervisor).status == TenderStatus.OPENING
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 2
        event = Event.objects.filter(action="opening.misfit").latest("pk")
        assert event.changes == {"holders": [None, ["officer"]]}

    def test_is_put_right_by_its_own_holder(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        self.alter(tender)
        self.fail(cast, tender)
        with refused(SharesDoNotFit):
            factories.release(tender, cast.second_officer)
        assert factories.release(tender, cast.officer).status == TenderStatus.OPENING
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 2

    def test_does_not_keep_the_tender_from_being_cancelled(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        self.alter(tender)
        assert (
            cancel_tender(number=tender.number, reason="更正", actor=cast.officer, at=NOW).status
            == TenderStatus.CANCELLED
        )
        assert set(KeyShare.objects.values_list("sealed", "released")) == {(None, None)}

    def test_is_found_out_in_either_opening(self, cast: Cast) -> None:
        tender = factories.two_envelope_tender(cast, at=ago(days=40), deadline_at=ago(days=10))
        lot = tender.lots.select_related("tender", "presentation").get()
        for actor in (cast.supplier, cast.rival, factories.firm("第三制药")):
            factories.two_envelope_bid(lot, actor)
        factories.release(tender, cast.officer, cast.supervisor, at=ago(days=9))
        self.alter(tender)
        with refused(SharesDoNotFit):
            open_technical(tender_id=tender.pk, actor=cast.platform, at=ago(days=9))
        tender.refresh_from_db()
        assert tender.status == TenderStatus.CLOSED
        factories.open_papers(tender, cast, cast.second_officer, at=ago(days=9))
        factories.published_shortlist(tender, cast, [cast.rival], at=ago(days=8))
        factories.release(tender, cast.officer, cast.supervisor)
        self.alter(tender)
        self.fail(cast, tender)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.SHORTLIST_PUBLISHED
        factories.release(tender, cast.second_officer)
        opening = open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert (opening.opened_count, opening.returned_count) == (2, 1)


class TestWhatIsFrozen:
    """A ranking can be computed again from the bid alone."""

    @pytest.mark.parametrize(
        ("offered", "asked", "expected"),
        [("0.25g", "0.25g", Decimal(1)), ("0.5g", "0.25g", Decimal("1.7")), ("0.25g", "0.5g", 1 / Decimal("1.7"))],
    )
    def test_carries_the_strength_to_that_of_the_lot(
        self, cast: Cast, offered: str, asked: str, expected: Decimal
    ) -> None:
        item = factories.presentation(strength=asked)
        factories.guide_price(item)
        tender = factories.published_tender(cast, [factories.lot_plan(item)], at=ago(days=31), deadline_at=ago(hours=1))
        lot = tender.lots.select_related("tender", "presentation").get()
        own = factories.product(cast.supplier_firm, factories.presentation(strength=offered))
        factories.bid(lot, cast.supplier, offered=own)
        factories.release(tender, cast.officer, cast.supervisor)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        opened = Bid.objects.get()
        assert opened.pack_quantity == 24
        assert abs(opened.price_ratio - expected) < Decimal("1E-24")

    def test_is_no_ratio_where_strengths_cannot_be_compared(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=ago(days=31), deadline_at=ago(hours=1))
        lot = tender.lots.select_related("tender", "presentation").get()
        own = factories.product(cast.supplier_firm, factories.presentation(strength="100万单位"))
        factories.bid(lot, cast.supplier, offered=own)
        factories.release(tender, cast.officer, cast.supervisor)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        opened = Bid.objects.get()
        assert (opened.status, opened.price_ratio) == (BidStatus.OPENED, None)

    def test_keeps_what_was_declared(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=ago(days=31), deadline_at=ago(hours=1))
        lot = tender.lots.select_related("tender", "presentation").get()
        declared = {"own_api": True, "sales": "1234567.89", "approved_on": "2019-03-02"}
        factories.bid(lot, cast.supplier, output=9_000_000_000, declared=declared, machine="ab" * 32)
        factories.bid(lot, cast.rival, machine="my laptop")
        factories.release(tender, cast.officer, cast.supervisor)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        told, silent = Bid.objects.get(supplier=cast.supplier_firm), Bid.objects.get(supplier=cast.rival_firm)
        assert (told.output, told.own_api, told.sales, told.approved_on, told.machine) == (
            9_000_000_000,
            True,
            Decimal("1234567.89"),
            date(2019, 3, 2),
            "ab" * 32,
        )
        assert (silent.output, silent.own_api, silent.sales, silent.approved_on, silent.machine) == (
            None,
            False,
            None,
            None,
            "",
        )


class TestTwoEnvelopes:
    @pytest.fixture
    def tender(self, cast: Cast) -> Tender:
        return factories.two_envelope_tender(cast, at=ago(days=40), deadline_at=ago(days=10))

    @pytest.fixture
    def lot(self, tender: Tender) -> Lot:
        return Lot.objects.select_related("tender", "presentation").get(tender=tender)

    def test_the_technical_one_is_read_while_the_price_stays_sealed(self, cast: Cast, tender: Tender, lot: Lot) -> None:
        sealed = factories.two_envelope_bid(lot, cast.supplier)
        tender = factories.open_papers(tender, cast, at=ago(days=9))
        assert tender.status == TenderStatus.TECHNICAL_OPENED
        read = Bid.objects.get()
        assert (read.status, read.offer_price, bytes(read.envelope)) == (
            BidStatus.TECHNICAL_OPENED,
            None,
            bytes(sealed.envelope),
        )
        assert read.answers == {"scale": "年产 10 亿片", "delivery": "覆盖全省"}
        assert read.product.manufacturer == cast.supplier_firm
        [document] = BidDocument.objects.all()
        assert (document.name, document.media_type, bytes(document.content)) == (
            "licence.pdf",
            "application/pdf",
            factories.LICENCE,
        )

    def test_the_commercial_one_is_read_of_the_shortlisted_alone(self, cast: Cast, tender: Tender, lot: Lot) -> None:
        third = factories.firm("第三制药")
        for actor, price in ((cast.supplier, "6.00"), (cast.rival, "5.00"), (third, "4.00")):
            factories.two_envelope_bid(lot, actor, price)
        tender = factories.open_papers(tender, cast, at=ago(days=9))
        tender = factories.published_shortlist(tender, cast, [third], at=ago(days=8))
        factories.release(tender, cast.second_officer, cast.supervisor, at=ago(days=1))
        opening = open_tender(tender_id=tender.pk, actor=cast.platform, at=ago(days=1))
        assert (opening.opened_count, opening.spoiled_count, opening.returned_count) == (2, 0, 1)
        prices = dict(Bid.objects.values_list("supplier__name", "offer_price"))
        assert sorted(price for price in prices.values() if price) == [Decimal("5.00"), Decimal("6.00")]
        assert prices["第三制药"] is None
        [returned] = opening.minutes["returned"]
        kept = Bid.objects.get(supplier__name="第三制药")
        assert returned["envelopes"]["commercial"] == kept.envelope_sha256
        assert {share.sealed for share in KeyShare.objects.all()} == {None}

    def test_a_commercial_one_for_another_product_than_the_papers_is_spoiled(
        self, cast: Cast, tender: Tender, lot: Lot
    ) -> None:
        other = factories.product(cast.supplier_firm, lot.presentation, pack_quantity=36)
        factories.two_envelope_bid(lot, cast.supplier, product=other.code)
        tender = factories.open_papers(tender, cast, at=ago(days=9))
        tender = factories.published_shortlist(tender, cast, at=ago(days=8))
        factories.release(tender, cast.second_officer, cast.supervisor, at=ago(days=1))
        open_tender(tender_id=tender.pk, actor=cast.platform, at=ago(days=1))
        spoiled = Bid.objects.get()
        assert (spoiled.status, spoiled.finding["reason"]) == (BidStatus.SPOILED, "product_not_the_shortlisted")

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ({"stage": "commercial"}, "made_for_another_lot_or_supplier"),
            ({"lot": 2}, "made_for_another_lot_or_supplier"),
            ({"product": "unknown"}, "product_not_the_suppliers"),
            ({"answers": ["yes"]}, "answers_not_readable"),
            ({"answers": {"scale": "\x00"}}, "answers_not_readable"),
            ({"documents": [{"name": "licence.pdf"}]}, "document_not_readable"),
            ({"documents": [factories.file_in_papers() | {"sha256": "0" * 64}]}, "document_not_readable"),
        ],
        ids=str,
    )
    def test_papers_that_are_not_as_they_should_be_are_spoiled_and_the_others_go_on(
        self, cast: Cast, tender: Tender, lot: Lot, said: dict[str, Any], reason: str
    ) -> None:
        factories.two_envelope_bid(lot, cast.supplier)
        factories.two_envelope_bid(lot, cast.rival, said_in_papers=said)
        factories.open_papers(tender, cast, at=ago(days=9))
        opening = Opening.objects.get()
        assert (opening.stage, opening.opened_count, opening.spoiled_count) == ("technical", 1, 1)
        spoiled = Bid.objects.get(supplier=cast.rival_firm)
        assert (spoiled.status, spoiled.finding["reason"]) == (BidStatus.SPOILED, reason)
        assert not BidDocument.objects.filter(bid=spoiled).exists()

    def test_the_technical_opening_happens_once(self, cast: Cast, tender: Tender, lot: Lot) -> None:
        factories.open_papers(tender, cast, at=ago(days=9))
        with refused(AlreadyDone):
            open_technical(tender_id=tender.pk, actor=cast.platform, at=NOW)


class TestMinutes:
    def test_name_who_released_and_what_became_of_every_bid(self, cast: Cast) -> None:
        tender = factories.published_tender(cast, at=ago(days=31), deadline_at=ago(hours=1))
        lot = tender.lots.select_related("tender", "presentation").get()
        good = factories.bid(lot, cast.supplier, "6.00")
        bad = factories.bid(lot, cast.rival, "7.20", tender="T0")
        factories.release(tender, cast.officer, cast.supervisor)
        opening = open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        opening.refresh_from_db()
        minutes = opening.minutes
        assert (minutes["kind"], minutes["tender"], minutes["stage"]) == (
            "opening-minutes",
            tender.number,
            "commercial",
        )
        assert [item["holder"] for item in minutes["released"]] == ["officer", "supervisor"]
        assert datetime.fromisoformat(minutes["opened_at"]) == NOW
        lines = {line["bid"]: line for line in minutes["bids"]}
        opened, spoiled = lines[str(good.reference)], lines[str(bad.reference)]
        assert (opened["outcome"], opened["offer_price"], opened["supplier"]) == ("opened", "6.00", "SUPPLIER")
        assert datetime.fromisoformat(opened["received_at"]) == good.received_at
        assert opened["envelopes"] == {"commercial": good.envelope_sha256}
        assert (spoiled["outcome"], spoiled["fault"], spoiled["counts_as"]) == ("spoiled", "bidder", "revoked")
        assert "offer_price" not in spoiled

    def test_are_signed_with_the_platforms_key(self, cast: Cast) -> None:
        factories.opened_tender(cast)
        opening = Opening.objects.get()
        public = bytes(PlatformKey.objects.get(key_id=opening.signature["key_id"]).public_key)
        assert verify(opening.minutes, opening.signature["signature"], public)
        opening.minutes["bids"][0]["offer_price"] = "1.00"
        assert not verify(opening.minutes, opening.signature["signature"], public)


class TestAKilledWorker:
    """All or nothing: what a worker leaves that dies in the middle is the tender as it was, and its work shown."""

    def test_leaves_the_tender_whole_and_the_next_one_opens_it(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tender = factories.assembled_tender(cast)
        before = list(Bid.objects.order_by("pk").values())

        class Killed(BaseException):
            pass

        def die(*_: Any, **__: Any) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(openings, "write_minutes", die)
            with pytest.raises(Killed):
                open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert list(Bid.objects.order_by("pk").values()) == before
        assert not Opening.objects.exists()
        assert KeyShare.objects.filter(released__isnull=False).count() == 2
        assert open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).opened_count == 2


@pytest.mark.django_db(transaction=True)
class TestProgress:
    def test_is_seen_by_others_before_the_work_is_committed(
        self, cast: Cast, rule_sets: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tender = factories.assembled_tender(cast)
        work = TenderJob.objects.create(tender=tender, name=TenderJob.Work.OPENING, started_at=NOW)
        seen: list[tuple[int, int, str]] = []
        write = openings.write_minutes

        def look(*arguments: Any, **options: Any) -> None:
            def elsewhere() -> None:
                row = TenderJob.objects.select_related("tender").get(pk=work.pk)
                seen.append((row.done, row.total, row.tender.status))

            [outcome] = at_once(elsewhere)
            assert outcome is None
            write(*arguments, **options)

        monkeypatch.setattr(openings, "write_minutes", look)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert seen == [(2, 2, TenderStatus.OPENING)]


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
