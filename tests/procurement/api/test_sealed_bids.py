"""Nobody learns anything of a bid before the opening, and nothing that is no sealed bid is taken."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog.accounts.kinds import Role
from catalog.foundation.journal.models import Event, IdempotencyKey
from procurement.models import Bid, Lot, Tender
from procurement.rules.sealing import ENVELOPE_BYTES, PLAIN_BYTES, new_key_pair, pad, seal
from procurement.services.openings import open_tender
from procurement.states import BidStatus, Stage
from tests import factories
from tests.cast import Cast, make_rule_sets
from tests.catalog.api.calls import Caller, machine, person, problem_in
from tests.distribution.api.test_matrix import MATRIX
from tests.distribution.api.world import World, make_world

SUPPLIERS_PRICE, RIVALS_PRICE = "5.43", "6.87"
READS = [name for method, name in MATRIX if method == "GET"]
OF_TENDERS = [name for name in READS if name.startswith(("tender", "bid"))]


@pytest.fixture(scope="class")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for the whole class, in a transaction around those of the tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="class")
def addresses(world: World) -> dict[str, str]:
    """Of every route: what an address needs is made as it is asked for, once, before anything is read."""
    return {name: MATRIX["GET", name].path(world) for name in READS}


def answers_to(world: World, path: str) -> dict[str, bytes]:
    """What everybody reads at an address."""
    return {who: caller.get(path).getvalue() for who, caller in world.callers.items()}


@pytest.fixture(scope="class")
def before(world: World, addresses: dict[str, str]) -> dict[str, dict[str, bytes]]:
    """What everybody reads everywhere while the rival has not bid."""
    return {name: answers_to(world, path) for name, path in addresses.items()}


@pytest.mark.django_db
class TestNobodyLearnsOfABid:
    """Not by what stands in an answer, and not by what changes in it when somebody bids."""

    @pytest.mark.parametrize("name", READS)
    def test_when_another_bids(
        self, world: World, addresses: dict[str, str], before: dict[str, dict[str, bytes]], name: str
    ) -> None:
        bid = factories.bid(world.tender.lots.get(number=1), world.cast.rival, RIVALS_PRICE)
        after = answers_to(world, addresses[name])
        for answer in after.values():
            assert RIVALS_PRICE.encode() not in answer
            assert base64.b64encode(bytes(bid.envelope))[:60] not in answer
        # the bidder itself sees that it has bid, and nobody else that anything has changed
        assert {who for who in after if after[who] != before[name][who]} == ({"rival"} if name == "bid-list" else set())
        assert (bid.envelope_sha256.encode() in after["rival"]) == (name == "bid-list")

    @pytest.mark.parametrize("name", OF_TENDERS)
    def test_when_another_withdraws(
        self, world: World, addresses: dict[str, str], before: dict[str, dict[str, bytes]], name: str
    ) -> None:
        bid = factories.bid(world.tender.lots.get(number=1), world.cast.rival, RIVALS_PRICE)
        assert world.callers["rival"].send(f"/api/v1/bids/{bid.reference}/withdraw/").status_code == 200
        after = answers_to(world, addresses[name])
        assert {who for who in after if after[who] != before[name][who]} <= {"rival"}

    def test_by_its_number(self, world: World) -> None:
        bid = factories.bid(world.tender.lots.get(number=1), world.cast.rival, RIVALS_PRICE)
        path = f"/api/v1/bids/{bid.reference}/"
        for who, caller in world.callers.items():
            assert (caller.get(path).status_code == 200) == (who == "rival"), who
            assert who == "rival" or caller.send(f"{path}withdraw/").status_code in (401, 403, 404)

    @pytest.mark.parametrize("name", OF_TENDERS)
    def test_even_after_the_deadline_until_it_is_opened(
        self, world: World, addresses: dict[str, str], name: str
    ) -> None:
        factories.bid(world.tender.lots.get(number=1), world.cast.rival, RIVALS_PRICE)
        Tender.objects.filter(pk=world.tender.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
        factories.release(world.tender, world.cast.officer, world.cast.second_officer, at=timezone.now())
        for who, answer in answers_to(world, addresses[name]).items():
            assert RIVALS_PRICE.encode() not in answer, who
        if name == "bid-list":
            for who in ("officer", "second_officer", "supervisor"):
                rows = world.callers[who].get("/api/v1/bids/").json()["results"]
                assert all(row["tender"] != world.tender.number for row in rows)

    def test_as_the_opening_shows_it_to_whom_it_concerns(self, world: World) -> None:
        """What the tests above do not find is there once the bids are opened."""
        factories.bid(world.tender.lots.get(number=1), world.cast.rival, RIVALS_PRICE)
        Tender.objects.filter(pk=world.tender.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
        factories.release(world.tender, world.cast.officer, world.cast.second_officer, at=timezone.now())
        open_tender(tender_id=world.tender.pk, actor=world.cast.platform, at=timezone.now())
        sees = {who for who, answer in answers_to(world, "/api/v1/bids/").items() if RIVALS_PRICE.encode() in answer}
        assert sees == {"officer", "second_officer", "supervisor", "rival"}

    def test_by_the_tender(self, world: World) -> None:
        body = world.callers["public"].get(f"/api/v1/tenders/{world.tender.number}/").json()
        assert set(body["lots"][0]) == {
            *("number", "presentation", "quantity", "ceiling_price", "ceiling_evidence", "max_winners", "status")
        }
        assert len(base64.b64decode(body["public_key"])) == 32
        awards = world.callers["officer"].get(f"/api/v1/tenders/{world.tender.number}/awards/").json()
        assert awards["results"] == []

    def test_nor_of_a_tender_that_is_not_published(self, world: World) -> None:
        path = f"/api/v1/tenders/{world.draft_tender.number}/"
        sees = {who for who, caller in world.callers.items() if caller.get(path).status_code == 200}
        assert sees == {"officer", "second_officer", "supervisor"}
        assert world.callers["officer"].get(path).json()["public_key"] is None
        problem_in(world.callers["supplier"].get(f"{path}awards/"), 404)
        body = {"tender": world.draft_tender.number, "lot": 1, "envelope": world.open_envelope}
        problem_in(world.callers["supplier"].send("/api/v1/bids/", body), 404)


@pytest.fixture
def tender(cast: Cast) -> Tender:
    make_rule_sets()
    return factories.published_tender(cast)


@pytest.fixture
def lot(tender: Tender) -> Lot:
    return tender.lots.select_related("tender", "presentation").get()


@pytest.fixture
def supplier_calls(cast: Cast) -> Caller:
    return machine(cast.supplier, "bids")


def body_of(lot: Lot, envelope: str) -> dict[str, Any]:
    return {"tender": lot.tender.number, "lot": lot.number, "envelope": envelope}


def envelope_of(lot: Lot, cast: Cast, price: str = SUPPLIERS_PRICE) -> str:
    return factories.envelope(lot, cast.supplier_firm, factories.product(cast.supplier_firm, lot.presentation), price)


@pytest.mark.django_db
class TestSubmitABid:
    def test_answers_with_a_receipt(self, cast: Cast, lot: Lot, supplier_calls: Caller) -> None:
        envelope = envelope_of(lot, cast)
        before = timezone.now()
        answer = supplier_calls.send("/api/v1/bids/", body_of(lot, envelope))
        assert answer.status_code == 201
        receipt = answer.json()
        received_at = parse_datetime(receipt.pop("received_at"))
        assert received_at is not None and before <= received_at <= timezone.now()
        bid = Bid.objects.get()
        assert receipt == {
            "id": str(bid.reference),
            "tender": lot.tender.number,
            "lot": 1,
            "status": "sealed",
            "version": 1,
            "envelope_sha256": hashlib.sha256(base64.b64decode(envelope)).hexdigest(),
            "technical_sha256": "",
            "receipt": bid.receipt,
            "product": None,
            "offer_price": None,
            "comparable_price": None,
            "finding": {},
        }
        assert (bytes(bid.envelope), bid.received_at) == (base64.b64decode(envelope), received_at)
        assert Event.objects.get(action="bid.submit").channel == "api"

    @pytest.mark.parametrize(
        ("after", "status"),
        [(timedelta(microseconds=-1), 201), (timedelta(), 409), (timedelta(microseconds=1), 409), (timedelta(1), 409)],
    )
    def test_takes_it_until_the_deadline_and_not_at_it(
        self,
        cast: Cast,
        lot: Lot,
        supplier_calls: Caller,
        after: timedelta,
        status: int,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        moment = lot.tender.deadline_at + after
        monkeypatch.setattr("procurement.api.bids.trusted_now", lambda: moment)
        answer = supplier_calls.send("/api/v1/bids/", body_of(lot, envelope_of(lot, cast)))
        if status == 201:
            assert answer.status_code == 201
        else:
            problem_in(answer, 409, "bidding-closed")
        assert Bid.objects.exists() == (status == 201)

    def test_refuses_it_late_although_nobody_closed_the_tender(
        self, cast: Cast, lot: Lot, supplier_calls: Caller
    ) -> None:
        envelope = envelope_of(lot, cast)
        Tender.objects.update(deadline_at=timezone.now() - timedelta(milliseconds=1))
        assert Tender.objects.get().status == "published"
        problem_in(supplier_calls.send("/api/v1/bids/", body_of(lot, envelope)), 409, "bidding-closed")

    def test_refuses_a_second_one(self, cast: Cast, lot: Lot, supplier_calls: Caller) -> None:
        envelope = envelope_of(lot, cast)
        assert supplier_calls.send("/api/v1/bids/", body_of(lot, envelope)).status_code == 201
        for again in (envelope, envelope_of(lot, cast, "5.00")):
            problem_in(supplier_calls.send("/api/v1/bids/", body_of(lot, again)), 409, "second-bid")
        # nor as a person of the same firm
        problem_in(person(cast.supplier).send("/api/v1/bids/", body_of(lot, envelope)), 409, "second-bid")
        assert Bid.objects.count() == 1

    def test_takes_another_after_a_withdrawal(self, cast: Cast, lot: Lot, supplier_calls: Caller) -> None:
        first = supplier_calls.send("/api/v1/bids/", body_of(lot, envelope_of(lot, cast))).json()
        withdrawn = supplier_calls.send(f"/api/v1/bids/{first['id']}/withdraw/")
        assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
        problem_in(supplier_calls.send(f"/api/v1/bids/{first['id']}/withdraw/"), 409, "already-done")
        second = supplier_calls.send("/api/v1/bids/", body_of(lot, envelope_of(lot, cast, "5.00")))
        assert second.status_code == 201
        assert str(Bid.objects.standing().get().reference) == second.json()["id"]

    def test_lets_nobody_withdraw_after_the_deadline(self, cast: Cast, lot: Lot, supplier_calls: Caller) -> None:
        bid = factories.bid(lot, cast.supplier)
        Tender.objects.update(deadline_at=timezone.now())
        problem_in(supplier_calls.send(f"/api/v1/bids/{bid.reference}/withdraw/"), 409, "bidding-closed")
        bid.refresh_from_db()
        assert (bid.status, bid.version) == (BidStatus.SEALED, 1)

    @pytest.mark.parametrize("role", [Role.BUYER, Role.PHARMACIST])
    def test_refuses_it_from_another_kind_of_organization(self, cast: Cast, lot: Lot, role: Role) -> None:
        caller = machine(cast.buyer, "bids", roles=[role])
        problem_in(caller.send("/api/v1/bids/", body_of(lot, envelope_of(lot, cast))), 403, "not-allowed")

    @pytest.mark.parametrize(("tender_number", "number"), [("T-none", 1), (None, 2), (None, 10**30), ("", 1)])
    def test_refuses_it_for_a_lot_that_is_none(
        self, cast: Cast, lot: Lot, supplier_calls: Caller, tender_number: str | None, number: int
    ) -> None:
        body = body_of(lot, envelope_of(lot, cast)) | {"lot": number}
        body["tender"] = lot.tender.number if tender_number is None else tender_number
        problem_in(supplier_calls.send("/api/v1/bids/", body), 400 if tender_number == "" else 404)


@pytest.mark.django_db
class TestReplaceABid:
    def test_answers_with_the_new_bid_and_its_receipt(self, cast: Cast, lot: Lot, supplier_calls: Caller) -> None:
        first = supplier_calls.send("/api/v1/bids/", body_of(lot, envelope_of(lot, cast))).json()
        sealed = envelope_of(lot, cast, "5.00")
        answer = supplier_calls.send(f"/api/v1/bids/{first['id']}/replace/", {"envelope": sealed})
        assert answer.status_code == 201
        second = answer.json()
        assert second["id"] != first["id"]
        digest = hashlib.sha256(base64.b64decode(sealed)).hexdigest()
        assert second["receipt"]["envelopes"] == {"commercial": digest}
        statuses = {row["id"]: row["status"] for row in supplier_calls.get("/api/v1/bids/").json()["results"]}
        assert statuses == {first["id"]: "withdrawn", second["id"]: "sealed"}

    def test_is_refused_after_the_deadline_and_the_former_stands(
        self, cast: Cast, lot: Lot, supplier_calls: Caller
    ) -> None:
        bid = factories.bid(lot, cast.supplier)
        Tender.objects.update(deadline_at=timezone.now())
        answer = supplier_calls.send(f"/api/v1/bids/{bid.reference}/replace/", {"envelope": envelope_of(lot, cast)})
        problem_in(answer, 409, "bidding-closed")
        assert Bid.objects.get().status == BidStatus.SEALED


@pytest.mark.django_db
class TestTwoEnvelopes:
    def test_arrive_over_the_api_at_their_largest(self, cast: Cast, supplier_calls: Caller) -> None:
        make_rule_sets()
        tender = factories.two_envelope_tender(cast)
        lot = tender.lots.select_related("tender", "presentation").get()
        content = (b'{"documents": []}').ljust(1024 * 1024)
        body = body_of(lot, envelope_of(lot, cast))
        problem = problem_in(supplier_calls.send("/api/v1/bids/", body), 400, "wrong-envelopes")
        assert str(Stage.TECHNICAL.label) in problem["detail"]
        body["technical_envelope"] = factories.sealed_papers(tender, content)
        answer = supplier_calls.send("/api/v1/bids/", body)
        assert answer.status_code == 201
        assert set(answer.json()["receipt"]["envelopes"]) == {"commercial", "technical"}
        assert Bid.objects.get().network_address == "127.0.0.1"


def _in_clear(**changed: Any) -> bytes:
    bid = {"tender": "T1", "lot": 1, "supplier": "SUPPLIER", "product": "P1", "offer_price": SUPPLIERS_PRICE}
    return json.dumps(bid | changed, ensure_ascii=False).encode()


@pytest.mark.django_db
class TestWhatIsNotSealed:
    @pytest.mark.parametrize(
        "envelope",
        [
            _in_clear().decode(),
            base64.b64encode(_in_clear()).decode(),
            # of the right length and still readable by whoever sees it
            base64.b64encode(_in_clear().ljust(ENVELOPE_BYTES)).decode(),
            base64.b64encode(_in_clear(note="阿莫西林").ljust(ENVELOPE_BYTES)).decode(),
            base64.b64encode(pad(_in_clear())).decode(),
            base64.b64encode(seal(_in_clear(), new_key_pair().public)).decode(),
            base64.b64encode(b"\xff" * (ENVELOPE_BYTES - 1)).decode(),
            base64.b64encode(b"\xff" * (ENVELOPE_BYTES + 1)).decode(),
            base64.b64encode(b"\xff" * ENVELOPE_BYTES).decode().rstrip("=") + "!",
            "A",
            "é" * 100,
        ],
    )
    def test_is_refused_and_kept_nowhere(self, lot: Lot, supplier_calls: Caller, envelope: str) -> None:
        answer = supplier_calls.send("/api/v1/bids/", body_of(lot, envelope))
        problem = problem_in(answer, 400, "envelope-not-sealed")
        assert SUPPLIERS_PRICE not in json.dumps(problem)
        assert not Bid.objects.exists()
        assert not IdempotencyKey.objects.exists()
        assert not Event.objects.filter(action="bid.submit").exists()

    def test_is_named_as_an_offer_in_the_body_of_the_request_as_little(self, lot: Lot, supplier_calls: Caller) -> None:
        body = {"tender": lot.tender.number, "lot": 1, "product": "P1", "offer_price": SUPPLIERS_PRICE}
        problem = problem_in(supplier_calls.send("/api/v1/bids/", body), 400, "validation-error")
        assert [part["pointer"] for part in problem["errors"]] == ["#/envelope"]


@pytest.mark.django_db
class TestSealedWithAnotherKey:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "not_sealed_with_the_tender_key"),
            (b"[1]", "not_a_bid"),
            (b"\xff", "not_a_bid"),
            (_in_clear(), "made_for_another_lot_or_supplier"),
        ],
    )
    def test_is_taken_and_spoiled_at_the_opening(
        self, cast: Cast, lot: Lot, supplier_calls: Caller, content: bytes | None, reason: str
    ) -> None:
        key = new_key_pair().public if content is None else bytes(lot.tender.keys.get().public_key)
        sealed = seal((content or _in_clear()).ljust(PLAIN_BYTES), key)
        answer = supplier_calls.send("/api/v1/bids/", body_of(lot, base64.b64encode(sealed).decode()))
        assert answer.status_code == 201
        factories.bid(lot, cast.rival, RIVALS_PRICE)
        now = timezone.now()
        Tender.objects.update(deadline_at=now)
        factories.release(lot.tender, cast.officer, cast.supervisor, at=now)
        open_tender(tender_id=lot.tender.pk, actor=cast.platform, at=now)
        mine = supplier_calls.get(f"/api/v1/bids/{answer.json()['id']}/").json()
        assert (mine["status"], mine["finding"], mine["offer_price"]) == (
            "spoiled",
            {
                "verdict": "spoiled",
                "reason": reason,
                "fault": "bidder",
                "outcome": "revoked",
                "rule": "CN.order-20.art-31",
            },
            None,
        )
        [other] = machine(cast.rival, "bids").get("/api/v1/bids/").json()["results"]
        assert (other["status"], other["offer_price"]) == ("opened", f"{RIVALS_PRICE}00")
