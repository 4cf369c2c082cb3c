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
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from nacl.public import PrivateKey, SealedBox

from procurement import client as module
from procurement.client import Client, ReceiptMismatch, Refused, Unreachable, seal_bid
from procurement.models import Bid, Tender
from procurement.rules.sealing import ENVELOPE_BYTES
from procurement.services.openings import open_tender
from tests import factories
from tests.cast import Cast, make_rule_sets
from tests.catalog.api.calls import credentials

KEY = PrivateKey.generate()
PUBLIC_KEY = base64.b64encode(bytes(KEY.public_key)).decode()
TENDER = {"number": "T1", "public_key": PUBLIC_KEY}
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
        assert content == {"tender": "T1", "lot": 1, "supplier": "SUPPLIER", "product": "P1", "offer_price": "6.00"}
        assert b"6.00" not in sealed

    def test_tells_nothing_by_its_length_nor_by_a_repeat(self) -> None:
        envelopes = {self.seal(offer_price=Decimal(price))[0] for price in ("1", "1", "9999999.99")}
        assert len(envelopes) == 3
        assert len({len(envelope) for envelope in envelopes}) == 1

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


class Platform:
    """A stand-in that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answers: list[Callable[[bytes], tuple[int, dict[str, str], Any]]] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path == "/oauth/token/":
                    return self.answer(200, {}, {"access_token": "t", "expires_in": 3600})
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


def honest(body: bytes) -> tuple[int, dict[str, str], Any]:
    sealed = base64.b64decode(json.loads(body)["envelope"])
    return 201, {}, {"id": 1, "envelope_sha256": hashlib.sha256(sealed).hexdigest()}


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

    def test_notices_a_receipt_for_another_envelope(self, platform: Platform) -> None:
        platform.answers = [lambda _: (201, {}, {"id": 1, "envelope_sha256": "0" * 64})]
        with pytest.raises(ReceiptMismatch, match="000000"):
            self.submit(platform)

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
        platform.answers = [lambda _: (200, {}, TENDER), lambda _: (201, {}, {"envelope_sha256": "0" * 64})]
        done = run(alone, *options(platform.url))
        assert (done.returncode, done.stdout) == (1, "")
        assert "the platform confirms 000000" in done.stderr
        assert "Traceback" not in done.stderr


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
