"""What somebody may try: with the database in their hands, with a share, with the clock, and with the last second."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import json
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext
from nacl.signing import SigningKey

from catalog.foundation.clock import ClockNotTrusted, read_clocks
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal import clocks
from catalog.foundation.journal.models import DeniedAttempt
from catalog.foundation.signing import sign
from procurement.client import is_signed
from procurement.models import Bid, KeyShare, Lot, Objection, Opening, OpeningKey, PlatformKey, Tender, TenderKey
from procurement.rules import sealing
from procurement.rules.sealing import CannotOpen, LockedKey, combine, public_of, unlock_with_passphrase, unseal
from procurement.services import tender_keys
from procurement.services.bids import replace_bid
from procurement.services.openings import open_tender
from procurement.services.receipts import is_as_received
from procurement.states import BidStatus, LotStatus, TenderStatus
from tests import factories
from tests.cast import Cast, organization_of
from tests.catalog.api.calls import Caller, machine, problem_in
from tests.concurrency.threads import at_once
from tests.factories import NOW, PASSPHRASE, ago
from tests.procurement.admin.pages import action_of, client_of, list_of

PRICE, PRODUCT = "7391.26", "SECRET-PRODUCT"


def everything_stored() -> str:
    """Every row of every table as PostgreSQL writes it, bytes as hexadecimal digits."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def forms(secret: bytes) -> set[str]:
    """The ways in which bytes may stand in a dump: text, hexadecimal, base64 at each offset, compressed, as numbers."""
    shifted = {base64.b64encode(b"\0" * offset + secret).decode()[4:-4] for offset in range(3)}
    written = {secret.hex(), secret[::-1].hex(), str(int.from_bytes(secret, "big")), gzip.compress(secret)[10:-8].hex()}
    if secret.isascii() and secret.decode().isprintable():
        written.add(secret.decode())
    return {form for form in written | shifted if len(form) >= 7}


@pytest.fixture
def tender(cast: Cast, rule_sets: object) -> Tender:
    return factories.published_tender(cast, at=ago(days=31), deadline_at=ago(hours=1))


@pytest.fixture
def lot(tender: Tender) -> Lot:
    return Lot.objects.select_related("tender", "presentation").get(tender=tender)


def opened(tender: Tender, cast: Cast) -> Opening:
    factories.release(tender, cast.officer, cast.supervisor)
    return open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)


class TestFullAccessToTheDatabase:
    @pytest.fixture
    def secrets(
        self, cast: Cast, rule_sets: object, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Tender, dict[str, bytes]]:
        """A bid in two envelopes, and everything that must not be found of it: even what the test alone could note."""
        made: list[sealing.KeyPair] = []
        shares: list[bytes] = []

        def noted_pair() -> sealing.KeyPair:
            made.append(sealing.new_key_pair())
            return made[-1]

        def noted_split(private: bytes, **options: int) -> list[bytes]:
            shares.extend(sealing.split(private, **options))
            return shares[-options["holders"] :]

        monkeypatch.setattr(tender_keys, "new_key_pair", noted_pair)
        monkeypatch.setattr(tender_keys, "split", noted_split)
        item = factories.presentation()
        factories.guide_price(item, price="9999.00")
        plan = factories.lot_plan(item, ceiling="400.0000")
        tender = factories.two_envelope_tender(cast, [plan], at=ago(days=2), deadline_at=ago(hours=1))
        lot = tender.lots.select_related("tender", "presentation").get()
        answer = "年产一百二十三亿片"
        factories.two_envelope_bid(lot, cast.supplier, PRICE, said_in_papers={"answers": {"scale": answer}})
        assert len(made) == 2 and len(shares) == 6
        keys = {f"key {number}": pair.private for number, pair in enumerate(made)}
        parts = {f"share {number}": share for number, share in enumerate(shares)}
        return tender, {
            "price": PRICE.encode(),
            "answer": answer.encode(),
            "document": factories.LICENCE,
            "passphrase": PASSPHRASE.encode(),
            **keys,
            **parts,
        }

    def test_reads_no_price_no_answer_and_no_key(self, secrets: tuple[Tender, dict[str, bytes]]) -> None:
        stored = everything_stored()
        assert Bid.objects.get().envelope_sha256 in stored
        found = {name for name, secret in secrets[1].items() for form in forms(secret) if form in stored}
        assert found == set()

    def test_even_after_the_deadline_while_only_one_has_released(
        self, cast: Cast, secrets: tuple[Tender, dict[str, bytes]]
    ) -> None:
        tender, wanted = secrets
        factories.release(tender, cast.officer)
        stored = everything_stored()
        found = {name for name, secret in wanted.items() for form in forms(secret) if form in stored}
        # the one share that its holder gave away, and it tells nothing alone
        assert len(found) == 1 and found.pop().startswith("share")

    def test_would_have_been_found_by_this_search(self, cast: Cast, tender: Tender, lot: Lot) -> None:
        factories.bid(lot, cast.supplier, PRICE)
        opened(tender, cast)
        assert any(form in everything_stored() for form in forms(PRICE.encode()))

    def test_opens_nothing_with_all_keys_and_shares_of_the_database(self, cast: Cast, tender: Tender, lot: Lot) -> None:
        sealed = bytes(factories.bid(lot, cast.supplier, PRICE).envelope)
        stored = [
            bytes(value)
            for model in (OpeningKey, TenderKey, KeyShare, PlatformKey)
            for row in model.objects.values_list()
            for value in row
            if isinstance(value, bytes | memoryview)
        ]
        pieces = {value[start : start + 32] for value in stored for start in range(len(value) - 31)}
        assert len(pieces) > 100
        for piece in pieces:
            with pytest.raises(CannotOpen):
                unseal(sealed, piece)


class TestOneHolderAlone:
    def test_has_a_share_that_gives_no_key(self, cast: Cast, tender: Tender, lot: Lot) -> None:
        """The holder, with the database and their own passphrase, outside of the platform."""
        sealed = bytes(factories.bid(lot, cast.supplier, PRICE).envelope)
        row = OpeningKey.objects.get(user_id=cast.officer.user_id)
        own = LockedKey(bytes(row.public_key), bytes(row.locked_private_key), bytes(row.salt))
        private = unlock_with_passphrase(own, PASSPHRASE)
        shares = list(KeyShare.objects.filter(key__tender=tender).order_by("pk"))
        [mine] = [share for share in shares if share.holder_id == cast.officer.user_id]
        share = unseal(bytes(mine.sealed), private)
        for other in shares:
            if other != mine:
                with pytest.raises(CannotOpen):
                    unseal(bytes(other.sealed), private)
        public = bytes(TenderKey.objects.get(tender=tender).public_key)
        guesses = [[share], *([share, bytes([index]) + share[1:]] for index in range(1, 6) if index != share[0])]
        for guess in guesses:
            assert public_of(combine(guess)) != public
            with pytest.raises(CannotOpen):
                unseal(sealed, combine(guess))

    def test_releasing_twice_through_the_platform_opens_nothing(self, cast: Cast, tender: Tender) -> None:
        assert factories.release(tender, cast.officer, cast.officer, cast.officer).status == TenderStatus.CLOSED

    def test_cannot_use_the_share_of_another(self, cast: Cast, tender: Tender) -> None:
        """Nor by writing their own name beside it: the share is sealed to the other's key."""
        KeyShare.objects.filter(holder=cast.officer.user_id).delete()
        KeyShare.objects.filter(holder=cast.supervisor.user_id).update(holder=cast.officer.user_id)
        with pytest.raises(NotAllowed):
            factories.release(tender, cast.officer)
        assert not KeyShare.objects.filter(released__isnull=False).exists()


class TestTheClockIsMoved:
    @pytest.fixture(autouse=True)
    def readings(self, db: None) -> None:
        clocks.note_clock()

    @pytest.mark.parametrize("span", [timedelta(minutes=-10), timedelta(minutes=10), timedelta(days=-400)], ids=str)
    def test_and_no_bid_is_taken_and_nothing_opened(
        self, cast: Cast, rule_sets: object, monkeypatch: pytest.MonkeyPatch, span: timedelta
    ) -> None:
        """Database and platform share the moved clock; what the machine has counted since its start does not move."""
        tender = factories.published_tender(cast)
        lot = tender.lots.select_related("tender", "presentation").get()
        offered = factories.product(cast.supplier_firm, lot.presentation)
        body = {
            "tender": tender.number,
            "lot": 1,
            "envelope": factories.envelope(lot, cast.supplier_firm, offered, "6.00"),
        }
        caller = machine(cast.supplier, "bids")
        move_clock(monkeypatch, span)
        problem = problem_in(caller.send("/api/v1/bids/", body), 503, "clock-not-trusted")
        assert gettext("the time that has passed since the machine started") in problem["detail"]
        assert not Bid.objects.exists()
        Tender.objects.update(deadline_at=ago(hours=1))
        page = client_of(cast.officer).post(action_of(tender, "opening"), {"passphrase": PASSPHRASE})
        assert "The clock of the platform shows" in page.content.decode()
        assert not KeyShare.objects.filter(released__isnull=False).exists()

    def test_and_no_objection_is_heard_and_nothing_decided(
        self, cast: Cast, rule_sets: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        move_clock(monkeypatch, timedelta(days=30))
        body = {"tender": lot.tender.number, "lot": lot.number, "text": "评审有误"}
        problem_in(machine(cast.rival, "bids").send("/api/v1/objections/", body), 503, "clock-not-trusted")
        page = client_of(cast.second_officer).post(action_of(lot, "fail"), {"reason": "无"})
        assert "The clock of the platform shows" in page.content.decode()
        assert not Objection.objects.exists() and not Lot.objects.filter(status=LotStatus.FAILED).exists()

    def test_and_believed_again_once_the_operators_have_looked(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        move_clock(monkeypatch, timedelta(hours=1), database=True)
        with pytest.raises(ClockNotTrusted):
            clocks.trusted_now()
        clocks.confirm_clock(actor=cast.platform)
        assert clocks.trusted_now() > timezone.now() + timedelta(minutes=59)


def move_clock(monkeypatch: pytest.MonkeyPatch, span: timedelta, *, database: bool = True) -> None:
    """Somebody sets the clock of the machine, on which the database runs as well."""
    judge = clocks.judge_clock

    def moved() -> Any:
        now = read_clocks()
        return replace(now, wall=now.wall + span)

    def judged(now: Any, **witnesses: Any) -> Any:
        return judge(now, **witnesses | {"database": witnesses["database"] + (span if database else timedelta())})

    monkeypatch.setattr(clocks, "read_clocks", moved)
    monkeypatch.setattr(clocks, "judge_clock", judged)


class TestABidIsAlteredInTheDatabase:
    """Whatever is written over: it is found out at the opening, and it is not the bidder's fault."""

    @pytest.mark.parametrize("what", ["envelope", "envelope and hash", "and receipt", "and key", "time", "supplier"])
    def test_and_detected_at_the_opening(self, cast: Cast, tender: Tender, lot: Lot, what: str) -> None:
        victim = factories.bid(lot, cast.rival, "7.20")
        factories.bid(lot, cast.supplier, "6.00")
        offered = factories.product(cast.rival_firm, lot.presentation)
        forged = base64.b64decode(factories.envelope(lot, cast.rival_firm, offered, "9.99"))
        digest = hashlib.sha256(forged).hexdigest()
        changed: dict[str, Any] = {"envelope": forged}
        if what != "envelope":
            changed["envelope_sha256"] = digest
        if what in ("and receipt", "and key"):
            own = SigningKey.generate()
            said = {name: value for name, value in victim.receipt.items() if name not in ("key_id", "signature")}
            said["envelopes"] = {"commercial": digest}
            changed["receipt"] = {**said, **sign(said, bytes(own))}
            if what == "and key":
                PlatformKey.objects.update(
                    key_id=changed["receipt"]["key_id"], public_key=bytes(own.verify_key), valid_from=ago(days=99)
                )
        if what == "time":
            changed = {"received_at": victim.received_at - timedelta(days=1)}
        if what == "supplier":
            third = factories.firm("第三制药")
            changed = {"supplier_id": third.organization_id}
        Bid.objects.filter(pk=victim.pk).update(**changed)
        opening = opened(tender, cast)
        assert (opening.opened_count, opening.spoiled_count) == (1, 1)
        victim.refresh_from_db()
        assert victim.status == BidStatus.SPOILED
        assert victim.finding == {
            "verdict": "spoiled",
            "reason": "altered_after_receipt",
            "fault": "platform",
            "outcome": "withdrawn",
            "rule": "CN.order-20.art-31",
        }

    @pytest.mark.parametrize("has_copy", [False, True], ids=["as it lies there", "with a copy of its ciphertext"])
    def test_and_one_that_was_replaced_and_is_brought_back_is_not_opened(
        self, cast: Cast, tender: Tender, lot: Lot, has_copy: bool
    ) -> None:
        former = factories.bid(lot, cast.rival, "7.20", at=ago(days=3))
        copy = bytes(former.envelope)
        offered = factories.product(cast.rival_firm, lot.presentation)
        sealed = factories.envelope(lot, cast.rival_firm, offered, "5.00")
        standing = replace_bid(bid_id=former.pk, envelope=sealed, actor=cast.rival, at=ago(days=2))
        Bid.objects.filter(pk=standing.pk).update(status=BidStatus.WITHDRAWN, envelope=None)
        Bid.objects.filter(pk=former.pk).update(status=BidStatus.SEALED, envelope=copy if has_copy else None)
        opening = opened(tender, cast)
        assert (opening.opened_count, opening.spoiled_count, opening.returned_count) == (0, 1, 0)
        former.refresh_from_db()
        assert (former.status, former.offer_price) == (BidStatus.SPOILED, None)
        assert (former.finding["reason"], former.finding["fault"]) == ("altered_after_receipt", "platform")
        [line] = opening.minutes["bids"]
        assert line["bid"] == str(former.reference) and opening.minutes["returned"] == []


class TestAReceiptIsForged:
    @pytest.fixture
    def bid(self, cast: Cast, lot: Lot) -> Bid:
        return factories.bid(lot, cast.supplier)

    @pytest.fixture
    def published(self, bid: Bid) -> list[dict[str, str]]:
        keys: list[dict[str, str]] = Caller().get("/api/v1/platform-key/").json()["keys"]
        return keys

    def test_the_true_one_is_believed(self, bid: Bid, published: list[dict[str, str]]) -> None:
        assert is_signed(bid.receipt, published)
        assert is_as_received(bid)

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("received_at", "2020-01-01T00:00:00+08:00"),
            ("lot", 2),
            ("supplier", "RIVAL"),
            ("envelopes", {"commercial": "0" * 64}),
            ("bid", "another"),
            ("kind", "opening-minutes"),
            ("signature", base64.b64encode(bytes(64)).decode()),
        ],
    )
    def test_a_changed_one_is_not(self, bid: Bid, published: list[dict[str, str]], part: str, value: Any) -> None:
        bid.receipt = {**bid.receipt, part: value}
        assert not is_signed(bid.receipt, published)
        assert not is_as_received(bid)

    def test_nor_one_that_another_key_signed(self, bid: Bid, published: list[dict[str, str]]) -> None:
        said = {name: value for name, value in bid.receipt.items() if name not in ("key_id", "signature")}
        bid.receipt = {**said, **sign(said, bytes(SigningKey.generate()))}
        assert not is_signed(bid.receipt, published)
        bid.receipt["key_id"] = published[0]["key_id"]
        assert not is_signed(bid.receipt, published)
        assert not is_as_received(bid)

    def test_nor_minutes_that_were_changed(self, cast: Cast, tender: Tender, bid: Bid) -> None:
        opened(tender, cast)
        [opening] = Caller().get(f"/api/v1/tenders/{tender.number}/openings/").json()["results"]
        keys = Caller().get("/api/v1/platform-key/").json()["keys"]
        assert is_signed(opening["minutes"], keys, kinds=("opening-minutes",))
        opening["minutes"]["bids"][0]["offer_price"] = "0.01"
        assert not is_signed(opening["minutes"], keys, kinds=("opening-minutes",))

    def test_the_signing_key_stands_in_no_table(self, bid: Bid) -> None:
        stored = everything_stored()
        assert settings.SIGNING_KEY not in stored
        assert settings.SIGNING_KEY.encode().hex() not in stored


@pytest.mark.django_db(transaction=True)
class TestTheLastSecond:
    def test_ten_suppliers_are_stored_with_their_times_and_nobody_after_the_deadline(
        self, cast: Cast, live_server: Any, rule_sets: object
    ) -> None:
        tender = factories.published_tender(cast, at=timezone.now())
        lot = tender.lots.select_related("tender", "presentation").get()
        firms = [factories.firm(f"第{number}制药") for number in range(10)]
        bodies = []
        for firm in firms:
            own = organization_of(firm)
            offered = factories.product(own, lot.presentation)
            sealed = factories.envelope(lot, own, offered, "6.00")
            bodies.append({"tender": tender.number, "lot": 1, "envelope": sealed})
        headers = [machine(firm, "bids")._credentials for firm in firms]
        deadline = timezone.now() + timedelta(seconds=1.2)
        Tender.objects.update(deadline_at=deadline)

        def submit(index: int) -> tuple[int, Any]:
            # the first eight within the second, the last two at its end
            if index >= 8:
                time.sleep(max(0.0, (deadline - timezone.now()).total_seconds() + 0.01 * index))
            return post(live_server.url, bodies[index], headers[index]["HTTP_AUTHORIZATION"])

        answers = at_once(*(lambda index=index: submit(index) for index in range(10)))
        assert [type(answer) for answer in answers] == [tuple] * 10, answers
        in_time = [answer for status, answer in answers if status == 201]
        late = [answer for status, answer in answers if status == 409]
        assert len(in_time) + len(late) == 10 and len(late) >= 2
        assert [status for status, _answer in answers[8:]] == [409, 409]
        assert {answer["title"] for answer in late} == {"bidding-closed"}
        stored = {str(bid.reference): bid for bid in Bid.objects.select_related("lot__tender", "supplier")}
        assert set(stored) == {answer["id"] for answer in in_time} and len(in_time) >= 1
        for bid in stored.values():
            assert bid.received_at < deadline and is_as_received(bid)
        # and each of the refusals is on record
        assert DeniedAttempt.objects.filter(code="bidding-closed").count() == len(late)

    def test_an_upload_that_begins_in_time_and_ends_late_is_late(
        self, cast: Cast, live_server: Any, rule_sets: object
    ) -> None:
        tender = factories.published_tender(cast, at=timezone.now())
        lot = tender.lots.select_related("tender", "presentation").get()
        offered = factories.product(cast.supplier_firm, lot.presentation)
        sealed = factories.envelope(lot, cast.supplier_firm, offered, "6.00")
        token = machine(cast.supplier, "bids")._credentials["HTTP_AUTHORIZATION"]
        content = json.dumps({"tender": tender.number, "lot": 1, "envelope": sealed}).encode()
        address = urlsplit(live_server.url)
        line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        line.putrequest("POST", "/api/v1/bids/")
        for name, value in {
            "Authorization": token,
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "Idempotency-Key": "slow",
        }.items():
            line.putheader(name, value)
        line.endheaders(content[:200])
        # the platform has the beginning; the deadline passes while the rest is on its way
        time.sleep(0.3)
        Tender.objects.update(deadline_at=timezone.now())
        line.send(content[200:])
        answer = line.getresponse()
        assert (answer.status, json.load(answer)["title"]) == (409, "bidding-closed")
        line.close()
        assert not Bid.objects.exists()


def post(url: str, body: dict[str, Any], token: str) -> tuple[int, Any]:
    address = urlsplit(url)
    line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    headers = {
        "Authorization": token,
        "Content-Type": "application/json",
        "Idempotency-Key": f"{threading.get_ident()}",
    }
    line.request("POST", "/api/v1/bids/", json.dumps(body), headers)
    answer = line.getresponse()
    said = json.load(answer)
    line.close()
    return answer.status, said


class TestWhatWasTriedIsOnRecord:
    """Points (b) to (f) of the directive: an attempt against them can be seen afterwards."""

    def recorded(self, code: str) -> DeniedAttempt:
        return DeniedAttempt.objects.get(code=code)

    def test_an_early_opening(self, cast: Cast, rule_sets: object) -> None:
        tender = factories.published_tender(cast)
        client_of(cast.officer).post(action_of(tender, "opening"), {"passphrase": PASSPHRASE})
        attempt = self.recorded("too-early-to-open")
        assert (attempt.user_id, attempt.network_address) == (cast.officer.user_id, "127.0.0.1")
        assert "opening" in attempt.what

    def test_a_wrong_passphrase(self, cast: Cast, tender: Tender) -> None:
        client_of(cast.officer).post(action_of(tender, "opening"), {"passphrase": "something else"})
        attempt = self.recorded("wrong-passphrase")
        assert attempt.user_id == cast.officer.user_id
        assert "something else" not in attempt.detail + attempt.what

    def test_an_opening_by_somebody_who_holds_no_share(self, cast: Cast, tender: Tender) -> None:
        KeyShare.objects.filter(holder=cast.second_officer.user_id).delete()
        client_of(cast.second_officer).post(action_of(tender, "opening"), {"passphrase": PASSPHRASE})
        assert self.recorded("not-allowed").user_id == cast.second_officer.user_id

    def test_a_late_bid(self, cast: Cast, tender: Tender, lot: Lot) -> None:
        offered = factories.product(cast.supplier_firm, lot.presentation)
        sealed = factories.envelope(lot, cast.supplier_firm, offered, "6.00")
        body = {"tender": tender.number, "lot": 1, "envelope": sealed}
        problem_in(machine(cast.supplier, "bids").send("/api/v1/bids/", body), 409, "bidding-closed")
        attempt = self.recorded("bidding-closed")
        assert (attempt.organization_id, attempt.channel) == (cast.supplier_firm.pk, "api")

    @pytest.mark.parametrize("way", ["", "withdraw/", "replace/"])
    def test_a_rivals_bid_that_is_asked_for(self, cast: Cast, tender: Tender, lot: Lot, way: str) -> None:
        bid = factories.bid(lot, cast.supplier)
        caller, path = machine(cast.rival, "bids"), f"/api/v1/bids/{bid.reference}/{way}"
        body = {"envelope": factories.envelope(lot, cast.rival_firm, factories.product(cast.rival_firm), "6.00")}
        answer = caller.send(path, body) if way else caller.get(path)
        problem_in(answer, 404)
        assert self.recorded("not-found").organization_id == cast.rival_firm.pk

    @pytest.mark.parametrize(
        "address",
        [
            "/api/v1/bids/{reference}/withdraw/",
            "/api/v1/bids/{reference.hex}/withdraw/",
            "/tenders/{tender}/lots/1/bid/{reference}/withdraw/",
        ],
    )
    def test_and_tells_supervisors_of_no_bid_before_it_is_open(
        self, cast: Cast, tender: Tender, lot: Lot, address: str
    ) -> None:
        bid = factories.bid(lot, cast.supplier)
        path = address.format(reference=bid.reference, tender=tender.number)
        if path.startswith("/api"):
            problem_in(machine(cast.supplier, "bids").send(path), 409, "bidding-closed")
        else:
            client_of(cast.supplier, is_staff=False).post(path)
        assert path in self.recorded("bidding-closed").what
        # beside it one that names no bid
        client_of(cast.officer).post(action_of(tender, "opening"), {"passphrase": "something else"})
        assert self.seen(cast) == {"wrong-passphrase"}
        opened(tender, cast)
        assert self.seen(cast) == {"wrong-passphrase", "bidding-closed"}

    def seen(self, cast: Cast) -> set[str]:
        """The codes of what a supervisor reads."""
        page = client_of(cast.supervisor).get(list_of(DeniedAttempt))
        return {attempt.code for attempt in page.context["cl"].result_list}

    def test_and_nobody_takes_it_off_the_record(self, cast: Cast, tender: Tender) -> None:
        client_of(cast.officer).post(action_of(tender, "opening"), {"passphrase": "something else"})
        for statement in ("DELETE FROM journal_deniedattempt", "UPDATE journal_deniedattempt SET code = ''"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert DeniedAttempt.objects.exists()
