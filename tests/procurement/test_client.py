"""The reference client, as a supplier takes it: one file, outside of the repository, over HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from catalog.foundation.signing import key_id, sign, signing_key_of, verifying_key_of
from procurement import client as module
from procurement.client import Client, ReceiptMismatch, Refused, Unreachable, seal_bid, seal_technical
from procurement.models import Bid, Tender
from procurement.rules.bid_receipts import bid_receipt
from procurement.rules.sealing import ENVELOPE_BYTES, MOST_TECHNICAL_BYTES, is_envelope_length
from procurement.services.openings import open_tender
from tests import factories
from tests.cast import Cast, make_rule_sets
from tests.catalog.api.calls import credentials

KEY = PrivateKey.generate()
PUBLIC_KEY = base64.b64encode(bytes(KEY.public_key)).decode()
TENDER = {"number": "T1", "public_key": PUBLIC_KEY}
TECHNICAL_KEY = PrivateKey.generate()
TWO_ENVELOPES = {**TENDER, "technical_public_key": base64.b64encode(bytes(TECHNICAL_KEY.public_key)).decode()}
SIGNING_KEY = signing_key_of("s" * 43)
PLATFORM_KEY = base64.b64encode(verifying_key_of(SIGNING_KEY)).decode()
BID: dict[str, Any] = {"lot": 1, "supplier": "SUPPLIER", "product": "P1", "offer_price": Decimal("6.00")}


class TestSealBid:
    def seal(self, **changed: Any) -> tuple[str, str]:
        values = {"public_key": PUBLIC_KEY, "tender": "T1", **BID} | changed
        return seal_bid(**values)

    def test_seals_what_only_the_tender_key_opens(self) -> None:
        envelope, digest = self.seal()
        sealed = base64.b64decode(envelope)
        assert (len(sealed), hashlib.sha256(sealed).hexdigest()) == (ENVELOPE_BYTES, digest)
        content = json.loads(SealedBox(KEY).decrypt(sealed))
        assert len(content.pop("nonce")) == 32
        assert content.pop("machine") == module.machine()
        assert content == {"tender": "T1", "lot": 1, "supplier": "SUPPLIER", "product": "P1", "offer_price": "6.00"}
        assert b"6.00" not in sealed

    def test_tells_nothing_by_its_length_nor_by_a_repeat(self) -> None:
        envelopes = {self.seal(offer_price=Decimal(price))[0] for price in ("1", "1", "9999999.99")}
        assert len(envelopes) == 3
        assert len({len(envelope) for envelope in envelopes}) == 1

    def test_carries_an_output_and_what_is_declared(self) -> None:
        declared = {"own_api": False, "sales": "120000.00", "approved_on": "2019-03-01"}
        sealed = base64.b64decode(self.seal(output=5_000_000, declared=declared)[0])
        content = json.loads(SealedBox(KEY).decrypt(sealed))
        assert (content["output"], content["declared"]) == (5_000_000, declared)

    @pytest.mark.parametrize("price", ["0", "-1", "6.005", "NaN", "Infinity", "1e10", "0.001"])
    def test_seals_no_price_that_could_not_be_read(self, price: str) -> None:
        """Rounding in silence would change the offer; a spoiled bid would show only at the opening."""
        with pytest.raises(ValueError, match="not a price"):
            self.seal(offer_price=Decimal(price))

    @pytest.mark.parametrize(
        ("price", "written"), [("6", "6.00"), ("6.5", "6.50"), ("6.500", "6.50"), ("6e1", "60.00")]
    )
    def test_writes_every_price_with_two_decimals(self, price: str, written: str) -> None:
        sealed = base64.b64decode(self.seal(offer_price=Decimal(price))[0])
        assert json.loads(SealedBox(KEY).decrypt(sealed))["offer_price"] == written

    def test_refuses_what_does_not_fit(self) -> None:
        with pytest.raises(ValueError, match="1024 bytes"):
            self.seal(product="P" * 1024)


class TestSealTechnical:
    def seal(self, documents: list[Path], **answers: str) -> tuple[str, str]:
        bid = {"tender": "T1", "lot": 1, "supplier": "SUPPLIER", "product": "P1"}
        return seal_technical(
            public_key=TWO_ENVELOPES["technical_public_key"], **bid, answers=answers, documents=documents
        )

    def test_holds_answers_and_documents_for_its_own_key_only(self, tmp_path: Path) -> None:
        paper = tmp_path / "许可证.pdf"
        paper.write_bytes(b"%PDF-1.7")
        envelope, digest = self.seal([paper], C1="是")
        sealed = base64.b64decode(envelope)
        assert hashlib.sha256(sealed).hexdigest() == digest
        content = json.loads(SealedBox(TECHNICAL_KEY).decrypt(sealed))
        assert (len(content.pop("nonce")), content.pop("machine")) == (32, module.machine())
        assert content == {
            "tender": "T1",
            "lot": 1,
            "supplier": "SUPPLIER",
            "product": "P1",
            "stage": "technical",
            "answers": {"C1": "是"},
            "documents": [
                {
                    "name": "许可证.pdf",
                    "media_type": "application/pdf",
                    "sha256": hashlib.sha256(b"%PDF-1.7").hexdigest(),
                    "content": base64.b64encode(b"%PDF-1.7").decode(),
                }
            ],
        }
        with pytest.raises(CryptoError):
            SealedBox(KEY).decrypt(sealed)

    @pytest.mark.parametrize("length", [0, 16_384, 300_000, 700_000])
    def test_has_a_length_that_the_platform_takes(self, tmp_path: Path, length: int) -> None:
        paper = tmp_path / "paper"
        paper.write_bytes(bytes(length))
        assert is_envelope_length(len(base64.b64decode(self.seal([paper])[0])), "technical")

    def test_refuses_more_than_fits(self, tmp_path: Path) -> None:
        paper = tmp_path / "paper"
        paper.write_bytes(bytes(MOST_TECHNICAL_BYTES))
        with pytest.raises(ValueError, match=str(MOST_TECHNICAL_BYTES)):
            self.seal([paper])


class Platform:
    """A stand-in that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answers: list[Callable[[bytes], tuple[int, dict[str, str], Any]]] = []
        self.keys = [{"key_id": key_id(bytes(32)), "public_key": base64.b64encode(bytes(32)).decode()}]
        self.keys.append({"key_id": key_id(verifying_key_of(SIGNING_KEY)), "public_key": PLATFORM_KEY})
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path == "/oauth/token/":
                    return self.answer(200, {}, {"access_token": "t", "expires_in": 3600})
                if self.path == "/api/v1/platform-key/":
                    return self.answer(200, {}, {"keys": platform.keys})
                platform.requests.append((self.command, self.path, dict(self.headers), body))
                return self.answer(*platform.answers.pop(0)(body))

            do_GET = do_POST

            def answer(self, status: int, headers: dict[str, str], body: Any) -> None:
                content = json.dumps(body).encode() if not isinstance(body, bytes) else body
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    yield platform
    platform.close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Instead of sleeping."""
    seconds: list[float] = []
    monkeypatch.setattr(module.time, "sleep", seconds.append)
    return seconds


def receipt_for(body: bytes, **changed: Any) -> dict[str, Any]:
    """The receipt of what was sent for lot 1 of the tender T1, by default."""
    sent = json.loads(body)
    fields = {"commercial": "envelope", "technical": "technical_envelope"}
    hashes = {
        stage: hashlib.sha256(base64.b64decode(sent[field])).hexdigest()
        for stage, field in fields.items()
        if field in sent
    }
    values: dict[str, Any] = {"tender": "T1", "lot": 1, "bid": "1", "supplier": "SUPPLIER", "envelopes": hashes}
    return bid_receipt(**{**values, "received_at": factories.NOW, **changed})


def honest(body: bytes) -> tuple[int, dict[str, str], Any]:
    document = receipt_for(body)
    return 201, {}, {"id": 1, "receipt": {**document, **sign(document, SIGNING_KEY)}}


def busy(_body: bytes) -> tuple[int, dict[str, str], Any]:
    return 503, {"Retry-After": "7"}, {"title": "busy", "detail": "try again"}


class TestClient:
    def submit(self, platform: Platform) -> Any:
        return Client(platform.url, "id", "secret").submit_bid(TENDER, **BID)

    def test_repeats_with_the_same_key_when_the_platform_is_busy(self, platform: Platform, pauses: list[float]) -> None:
        platform.answers = [busy, lambda _: (429, {}, {}), honest]
        assert self.submit(platform)["id"] == 1
        keys = [headers["Idempotency-Key"] for _method, _path, headers, _body in platform.requests]
        bodies = {body for _method, _path, _headers, body in platform.requests}
        assert len(keys) == 3 and len(set(keys)) == 1 and len(keys[0]) == 32
        assert len(bodies) == 1
        assert pauses == [7, 2]

    def test_repeats_with_the_same_key_when_the_line_broke(self, platform: Platform, pauses: list[float]) -> None:
        # promises more than it sends, and sends what is no JSON: whether the bid arrived is not known
        platform.answers = [
            lambda _: (201, {"Content-Length": "1000"}, b'{"id"'),
            lambda _: (201, {}, b"<html>"),
            honest,
        ]
        assert self.submit(platform)["id"] == 1
        assert len({headers["Idempotency-Key"] for _m, _p, headers, _b in platform.requests}) == 1
        assert len(platform.requests) == 3

    def test_gives_up_after_four_attempts(self, platform: Platform, pauses: list[float]) -> None:
        platform.answers = [busy] * 4
        with pytest.raises(Refused) as caught:
            self.submit(platform)
        assert (caught.value.status, len(platform.requests), len(pauses)) == (503, 4, 3)

    def test_takes_a_new_key_for_a_new_request(self, platform: Platform) -> None:
        platform.answers = [honest, honest]
        for _ in range(2):
            self.submit(platform)
        assert len({headers["Idempotency-Key"] for _m, _p, headers, _b in platform.requests}) == 2

    def test_does_not_repeat_what_was_refused(self, platform: Platform, pauses: list[float]) -> None:
        platform.answers = [lambda _: (409, {}, {"title": "second-bid", "detail": "withdraw first"})]
        with pytest.raises(Refused, match="409 second-bid: withdraw first"):
            self.submit(platform)
        assert pauses == []

    @pytest.mark.parametrize(
        "changed",
        [{"envelopes": {"commercial": "0" * 64}}, {"lot": 2}, {"tender": "T2"}, {"supplier": "RIVAL"}],
        ids=["envelope", "lot", "tender", "supplier"],
    )
    def test_notices_a_receipt_for_something_else(self, platform: Platform, changed: dict[str, Any]) -> None:
        def other(body: bytes) -> tuple[int, dict[str, str], Any]:
            document = receipt_for(body, **changed)
            return 201, {}, {"id": 1, "receipt": {**document, **sign(document, SIGNING_KEY)}}

        platform.answers = [other]
        with pytest.raises(ReceiptMismatch, match="the platform confirms"):
            self.submit(platform)

    def test_takes_no_answer_without_a_receipt(self, platform: Platform) -> None:
        platform.answers = [lambda _: (201, {}, {"id": 1})]
        with pytest.raises(ReceiptMismatch, match="the platform confirms"):
            self.submit(platform)

    @pytest.mark.parametrize("signed_with", ["another key", "a key that is not published", "nothing"])
    def test_notices_a_forged_receipt(self, platform: Platform, signed_with: str) -> None:
        other = signing_key_of("t" * 43)
        key = SIGNING_KEY if signed_with == "a key that is not published" else other
        if key == SIGNING_KEY:
            platform.keys.pop()

        def forged(body: bytes) -> tuple[int, dict[str, str], Any]:
            document = receipt_for(body)
            signature = sign(document, key)
            if signed_with == "another key":
                signature["key_id"] = key_id(verifying_key_of(SIGNING_KEY))
            return 201, {}, {"id": 1, "receipt": document | (signature if signed_with != "nothing" else {})}

        platform.answers = [forged]
        with pytest.raises(ReceiptMismatch, match="not signed"):
            self.submit(platform)

    def test_believes_only_the_key_that_the_supplier_knows(self, platform: Platform) -> None:
        platform.answers = [honest, honest]
        Client(platform.url, "id", "secret", platform_key=PLATFORM_KEY).submit_bid(TENDER, **BID)
        other = base64.b64encode(verifying_key_of(signing_key_of("t" * 43))).decode()
        with pytest.raises(ReceiptMismatch, match="not signed"):
            Client(platform.url, "id", "secret", platform_key=other).submit_bid(TENDER, **BID)

    def test_files_two_envelopes_at_once(self, platform: Platform) -> None:
        platform.answers = [honest]
        answer = Client(platform.url, "id", "secret").submit_bid(TWO_ENVELOPES, **BID, answers={"C1": "yes"})
        [(_method, path, _headers, body)] = platform.requests
        sent = json.loads(body)
        assert path == "/api/v1/bids/"
        assert sent.keys() == {"tender", "lot", "envelope", "technical_envelope"}
        assert answer["envelopes"] == {"commercial": sent["envelope"], "technical": sent["technical_envelope"]}
        technical = SealedBox(TECHNICAL_KEY).decrypt(base64.b64decode(sent["technical_envelope"]))
        assert json.loads(technical)["answers"] == {"C1": "yes"}

    @pytest.mark.parametrize(
        ("tender", "answers", "said"),
        [(TENDER, {"C1": "yes"}, "has no technical envelope"), (TWO_ENVELOPES, {}, "asks for answers")],
    )
    def test_files_the_envelopes_that_the_tender_asks_for(
        self, platform: Platform, tender: dict[str, Any], answers: dict[str, str], said: str
    ) -> None:
        with pytest.raises(ValueError, match=said):
            Client(platform.url, "id", "secret").submit_bid(tender, **BID, answers=answers)
        assert platform.requests == []

    def test_replaces_a_bid_in_one_step(self, platform: Platform) -> None:
        platform.answers = [honest]
        Client(platform.url, "id", "secret").submit_bid(TENDER, **BID, replaces="b1")
        [(method, path, _headers, body)] = platform.requests
        assert (method, path, json.loads(body).keys()) == ("POST", "/api/v1/bids/b1/replace/", {"envelope"})

    def test_says_that_nobody_answers(self, platform: Platform, pauses: list[float]) -> None:
        platform.close()
        with pytest.raises(Unreachable, match="does not answer"):
            self.submit(platform)
        assert len(pauses) == 3

    def test_needs_a_published_key(self, platform: Platform) -> None:
        with pytest.raises(ValueError, match="not published"):
            Client(platform.url, "id", "secret").submit_bid({"number": "T1", "public_key": None}, **BID)

    def test_follows_the_pages_of_its_orders_behind_another_name(self, platform: Platform) -> None:
        platform.answers = [
            lambda _: (
                200,
                {},
                {"results": [{"id": 1}], "next": "https://inner:8000/api/v1/orders/?cursor=x&status=placed"},
            ),
            lambda _: (200, {}, {"results": [{"id": 2}], "next": None}),
        ]
        assert [order["id"] for order in Client(platform.url, "id", "secret").orders()] == [1, 2]
        paths = [path for _method, path, _headers, _body in platform.requests]
        assert paths == ["/api/v1/orders/?status=placed&page_size=200", "/api/v1/orders/?cursor=x&status=placed"]

    def test_asks_for_one_token_only(self, platform: Platform) -> None:
        platform.answers = [lambda _: (200, {}, {"number": "T1"})] * 3
        client = Client(platform.url, "id", "secret")
        tokens = []
        original = client._send
        client._send = lambda request, attempts=4: (
            (  # type: ignore[method-assign]
                tokens.append(request.full_url) if "token" in request.full_url else None
            )
            or original(request, attempts)
        )
        for _ in range(3):
            client.tender("T1")
        assert len(tokens) == 1


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The file, copied to where nothing else of the repository is."""
    return Path(shutil.copy(module.__file__, tmp_path / "supplier.py"))


def run(file: Path, *arguments: str, secret: str | None = "s") -> subprocess.CompletedProcess[str]:
    """In a Python that sees neither the repository nor its settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PYTHON"))}
    environment.pop("CLIENT_SECRET", None)
    if secret is not None:
        environment["CLIENT_SECRET"] = secret
    command = [sys.executable, "-I", str(file), *arguments]
    return subprocess.run(command, cwd=file.parent, env=environment, capture_output=True, text=True, timeout=60)


def options(
    url: str = "http://127.0.0.1:9", client_id: str = "id", *, price: str = "6.00", tender: str = "T1"
) -> list[str]:
    return ["--base-url", url, "--client-id", client_id, "--supplier", "SUPPLIER", "bid", tender, "1", "P1", price]


class TestCommandLine:
    def test_asks_for_the_secret(self, alone: Path) -> None:
        for secret in (None, ""):
            done = run(alone, *options(), secret=secret)
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr == "Put the client's secret into the environment variable CLIENT_SECRET.\n"

    def test_explains_a_price_that_is_none(self, alone: Path) -> None:
        done = run(alone, *options(price="cheap"))
        assert done.returncode == 2
        assert "“cheap” is not a price in yuan such as 12.50" in done.stderr

    def test_tells_of_a_receipt_for_another_envelope(self, alone: Path, platform: Platform) -> None:
        platform.answers = [lambda _: (200, {}, TENDER), lambda _: (201, {}, {"receipt": {"lot": 2}})]
        done = run(alone, *options(platform.url))
        assert (done.returncode, done.stdout) == (1, "")
        assert "the platform confirms" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "missing"),
        [
            (["bid", "T1", "1", "P1", "6.00"], "bid needs --base-url"),
            (["--base-url", "http://x", "withdraw", "b"], "withdraw needs --client-id"),
            (["--base-url", "http://x", "--client-id", "i", "bid", "T1", "1", "P1", "6"], "bid needs --supplier"),
            (["verify", "receipt.json"], "verify needs --base-url"),
        ],
    )
    def test_says_what_a_command_needs(self, alone: Path, arguments: list[str], missing: str) -> None:
        done = run(alone, *arguments)
        assert done.returncode == 2
        assert missing in done.stderr


class TestVerify:
    @pytest.fixture
    def kept(self, alone: Path, platform: Platform) -> Path:
        """What the command line kept of a bid in two envelopes."""
        platform.answers = [lambda _: (200, {}, TWO_ENVELOPES), honest]
        (alone.parent / "licence.pdf").write_bytes(b"%PDF")
        done = run(alone, *options(platform.url), "--answer", "C1=yes", "--document", "licence.pdf")
        assert (done.returncode, done.stderr) == (0, "")
        [path] = alone.parent.glob("receipt-*.json")
        assert json.loads(path.read_text())["receipt"] == json.loads(done.stdout)["receipt"]
        return path

    def test_needs_the_platforms_key_alone(self, alone: Path, kept: Path) -> None:
        """No log-in and no connection."""
        done = run(alone, "--platform-key", PLATFORM_KEY, "verify", str(kept), secret=None)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["kind"] == "bid-receipt"

    def test_takes_the_key_that_the_platform_publishes(self, alone: Path, kept: Path, platform: Platform) -> None:
        assert run(alone, "--base-url", platform.url, "verify", str(kept), secret=None).returncode == 0

    @pytest.mark.parametrize("what", ["time", "envelope", "key", "kind", "nothing in it"])
    def test_finds_out_a_forgery(self, alone: Path, kept: Path, what: str) -> None:
        content = json.loads(kept.read_text())
        if what == "time":
            content["receipt"]["received_at"] = "2026-01-01T00:00:00+08:00"
        elif what == "envelope":
            content["envelopes"]["technical"] = base64.b64encode(b"another").decode()
        elif what == "key":
            content["receipt"]["key_id"] = "0" * 16
        elif what == "kind":
            document = {"kind": "opening-minutes", "tender": "T1"}
            content["receipt"] = {**document, **sign(document, SIGNING_KEY)}
        else:
            content = []
        kept.write_text(json.dumps(content))
        done = run(alone, "--platform-key", PLATFORM_KEY, "verify", str(kept))
        assert (done.returncode, done.stdout) == (1, "")
        assert kept.name in done.stderr and "Traceback" not in done.stderr


@pytest.mark.django_db(transaction=True)
class TestAgainstThePlatform:
    def test_submits_a_bid_and_prints_the_receipt(self, cast: Cast, live_server: Any, alone: Path) -> None:
        make_rule_sets()
        tender = factories.published_tender(cast)
        lot = tender.lots.select_related("presentation").get()
        product = factories.product(cast.supplier_firm, lot.presentation, code="P1")
        known = credentials(cast.supplier)
        arguments = options(live_server.url, known.client_id, tender=tender.number)

        wrong = run(alone, *arguments, secret="wrong")
        assert (wrong.returncode, wrong.stdout) == (1, "")
        assert wrong.stderr == "401 invalid-client: the platform does not know this client id with this secret\n"
        assert not Bid.objects.exists()

        done = run(alone, *arguments, secret=known.client_secret)
        assert (done.returncode, done.stderr) == (0, "")
        receipt, bid = json.loads(done.stdout), Bid.objects.get()
        assert receipt["envelope_sha256"] == bid.envelope_sha256
        assert (receipt["id"], receipt["status"], receipt["lot"]) == (str(bid.reference), "sealed", 1)
        assert receipt["receipt"]["bid"] == str(bid.reference)
        assert datetime.fromisoformat(receipt["receipt"]["received_at"]) == bid.received_at
        [kept] = alone.parent.glob("receipt-*.json")
        checked = run(alone, "--base-url", live_server.url, "verify", str(kept), secret=None)
        assert (checked.returncode, json.loads(checked.stdout)) == (0, receipt["receipt"])

        again = run(alone, *arguments, secret=known.client_secret)
        assert (again.returncode, again.stdout) == (1, "")
        assert again.stderr.startswith("409 second-bid: ")
        unknown = run(alone, *options(live_server.url, known.client_id, tender="none"), secret=known.client_secret)
        assert unknown.stderr.startswith("404 not-found: ")
        for done in (wrong, again, unknown):
            assert "Traceback" not in done.stderr and known.client_secret not in done.stderr

        # and what it sealed the platform can open
        client = Client(live_server.url, known.client_id, known.client_secret)
        assert client.withdraw_bid(str(bid.reference))["status"] == "withdrawn"
        client.submit_bid(
            client.tender(tender.number), lot=1, supplier="SUPPLIER", product=product.code, offer_price=Decimal("5.5")
        )
        Tender.objects.update(deadline_at=factories.NOW)
        factories.release(tender, cast.officer, cast.second_officer)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=factories.NOW)
        assert Bid.objects.standing().get().offer_price == Decimal("5.5")

        # what it opened stands in minutes that anybody checks
        told = run(alone, "--base-url", live_server.url, "minutes", tender.number, secret=None)
        assert (told.returncode, told.stderr) == (0, "")
        [opening] = json.loads(told.stdout)
        assert (opening["stage"], opening["opened_count"]) == ("commercial", 1)
        minutes = alone.parent / opening["file"]
        checked = run(alone, "--base-url", live_server.url, "verify", str(minutes), secret=None)
        assert checked.returncode == 0
        [line] = json.loads(checked.stdout)["bids"]
        assert (line["supplier"], line["offer_price"]) == ("SUPPLIER", "5.50")
        minutes.write_text(minutes.read_text().replace("5.50", "5.40"))
        forged = run(alone, "--base-url", live_server.url, "verify", str(minutes), secret=None)
        assert (forged.returncode, forged.stdout) == (1, "")
