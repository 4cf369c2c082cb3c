"""Sealing in a real Chromium: what it seals PyNaCl opens, and a form tells the network nothing in clear."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nacl.public import PrivateKey, SealedBox

import procurement
from procurement.rules.sealing import ENVELOPE_BYTES, is_envelope_length

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Route

pytestmark = pytest.mark.browser

SCRIPTS = Path(procurement.__file__).parent / "static" / "procurement"
SITE = "https://platform.example"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
KEY, TECHNICAL_KEY = PrivateKey.generate(), PrivateKey.generate()


def in_base64(key: PrivateKey) -> str:
    return base64.b64encode(bytes(key.public_key)).decode()


FORM = """<!doctype html><meta charset="utf-8"><form method="post" data-seal-bid data-tender="T1" data-lot="7"
 data-supplier="M038" data-commercial-key="{commercial}" {technical} data-url="{url}">
<input type="hidden" name="csrfmiddlewaretoken" value="token-of-the-form">
<input data-field="product" value="P1"><input data-field="offer_price"><input data-field="output">
<input data-field="own_api"><input data-field="sales"><input data-field="approved_on">
<textarea data-answer="C1">是的</textarea><input type="file" multiple data-documents>
<button type="submit" disabled>Submit</button><a data-receipt hidden>Receipt</a>
<p role="status" data-status data-sealing="sealing" data-done="done" data-unsupported="unsupported" data-price="price"
 data-output="output" data-sales="sales" data-no-papers="no papers"
 data-too-large="too large" data-unreachable="unreachable" data-mismatch="mismatch"></p></form>
<script type="module" src="/static/procurement/bid_form.js"></script>"""


class Site:
    """A page under the portal's policy, whose API answers as it is told and remembers what it was sent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.html = "<!doctype html>"
        self.requests: list[Request] = []
        self.answers: list[Callable[[dict[str, Any]], tuple[int, Any]]] = []
        page.route(f"{SITE}/**", self._answer)

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("/static/procurement/"):
            body = (SCRIPTS / path.rpartition("/")[2]).read_text()
            return route.fulfill(content_type="text/javascript", body=body)
        if route.request.method == "GET":
            return route.fulfill(content_type="text/html", body=self.html, headers={"Content-Security-Policy": POLICY})
        self.requests.append(route.request)
        answer = self.answers.pop(0)
        status, said = answer(route.request.post_data_json)
        if status == 0:
            return route.abort()
        return route.fulfill(status=status, content_type="application/json", body=json.dumps(said))

    def open(self, *, technical: bool = False, url: str = "/api/v1/bids/") -> Page:
        key = f'data-technical-key="{in_base64(TECHNICAL_KEY)}"' if technical else ""
        self.html = FORM.format(commercial=in_base64(KEY), technical=key, url=url)
        self.page.goto(SITE)
        return self.page

    def submit(self, price: str, said: str, **fields: str) -> None:
        for name, value in {"offer_price": price, **fields}.items():
            self.page.fill(f"[data-field={name}]", value)
        self.page.click("[type=submit]")
        self.page.wait_for_function("text => document.querySelector('[data-status]').textContent === text", arg=said)


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Site(page)
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def module(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Evaluate an expression with the exports of the script as ``box`` and bytes in and out as lists."""
    context = browser.new_context()
    site = Site(context.new_page())
    site.page.goto(SITE)

    def evaluate(expression: str, **arguments: Any) -> Any:
        values = {name: list(value) if isinstance(value, bytes) else value for name, value in arguments.items()}
        return site.page.evaluate(
            f"""async (values) => {{
                const box = await import("{SITE}/static/procurement/sealed_box.js");
                const given = Object.entries(values);
                const bytes = Object.fromEntries(given.map(([k, v]) => [k, Array.isArray(v) ? Uint8Array.from(v) : v]));
                const {{{", ".join(arguments)}}} = bytes;
                const found = await ({expression});
                return found instanceof Uint8Array ? Array.from(found) : found;
            }}""",
            values,
        )

    yield evaluate
    context.close()


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


class TestVectors:
    def test_of_blake2b(self, module: Callable[..., Any]) -> None:
        """RFC 7693, appendix A."""
        expected = (
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
        )
        assert bytes(module("box.blake2b(message, 64)", message=b"abc")).hex() == expected

    @pytest.mark.parametrize("length", [0, 1, 64, 127, 128])
    def test_of_blake2b_with_the_length_of_a_nonce(self, module: Callable[..., Any], length: int) -> None:
        message = bytes(range(length))
        expected = hashlib.blake2b(message, digest_size=24).digest()
        assert bytes(module("box.blake2b(message, 24)", message=message)) == expected

    def test_of_hsalsa20(self, module: Callable[..., Any]) -> None:
        """Bernstein, "Cryptography in NaCl", sections 8 and 10: from the shared secret to the two keys."""
        shared = unhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        first = unhex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
        second = unhex("dc908dda0b9344a953629b733820778880f3ceb421bb61b91cbd4c3e66256ce4")
        prefix = unhex("69696ee955b62b73cd62bda875fc73d6")
        assert bytes(module("box.hsalsa20(key, input)", key=shared, input=bytes(16))) == first
        assert bytes(module("box.hsalsa20(key, input)", key=first, input=prefix)) == second

    def test_of_poly1305(self, module: Callable[..., Any]) -> None:
        """RFC 8439, section 2.5.2."""
        key = unhex("85d6be7857556d337f4452fe42d506a8 0103808afb0db2fd4abff6af4149f51b")
        tag = bytes(module("box.poly1305(message, key)", message=b"Cryptographic Forum Research Group", key=key))
        assert tag.hex() == "a8061dc1305136c6c22b8baf0c0127a9"

    def test_of_the_whole_box(self, module: Callable[..., Any]) -> None:
        """ "Cryptography in NaCl", sections 9 and 10; the vector of NaCl's tests of crypto_secretbox too."""
        key = unhex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
        nonce = unhex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37")
        message = unhex(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129"
            "6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
            "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705"
        )
        expected = (
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a"
            "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
            "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74"
            "e355a5"
        )
        sealed = module("box.secretBox(message, nonce, key)", message=message, nonce=nonce, key=key)
        assert bytes(sealed).hex() == expected


class TestSeal:
    @pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 1024, 300 * 1024, 2**20])
    def test_is_opened_by_libsodium(self, module: Callable[..., Any], length: int) -> None:
        expression = """box.seal(Uint8Array.from({length}, (_, i) => (i * 7 + (i >> 8)) % 256), key).then((sealed) => {
            let text = ""; sealed.forEach((byte) => { text += String.fromCharCode(byte); }); return btoa(text); })"""
        sealed = base64.b64decode(module(expression, key=bytes(KEY.public_key), length=length))
        assert len(sealed) == length + 48
        assert SealedBox(KEY).decrypt(sealed) == bytes((i * 7 + (i >> 8)) % 256 for i in range(length))

    def test_looks_different_each_time(self, module: Callable[..., Any]) -> None:
        key = bytes(KEY.public_key)
        assert module("box.seal(content, key)", content=b"bid", key=key) != module(
            "box.seal(content, key)", content=b"bid", key=key
        )

    @pytest.mark.parametrize("key", [b"", bytes(31), bytes(32)], ids=["none", "short", "of a small order"])
    def test_refuses_what_is_no_key(self, module: Callable[..., Any], key: bytes) -> None:
        expression = "box.seal(content, key).then(() => 'sealed', () => 'refused')"
        assert module(expression, content=b"bid", key=key) == "refused"


def confirmed(body: dict[str, Any], **changed: str) -> tuple[int, Any]:
    fields = {"commercial": "envelope", "technical": "technical_envelope"}
    hashes = {
        stage: hashlib.sha256(base64.b64decode(body[field])).hexdigest()
        for stage, field in fields.items()
        if field in body
    }
    return 201, {"id": "b1", "receipt": {"kind": "bid-receipt", "envelopes": hashes | changed}}


class TestForm:
    def test_sends_one_envelope_and_nothing_in_clear(self, site: Site) -> None:
        site.answers = [confirmed]
        page = site.open()
        site.submit("6.5", "done", output="5000000", own_api="true", approved_on="2019-03-01")
        [request] = site.requests
        body = request.post_data_json
        sealed = base64.b64decode(body["envelope"])
        assert (request.url, body.keys()) == (f"{SITE}/api/v1/bids/", {"tender", "lot", "envelope"})
        assert (body["tender"], body["lot"], len(sealed)) == ("T1", 7, ENVELOPE_BYTES)
        assert request.headers["x-csrftoken"] == "token-of-the-form"
        assert len(request.headers["idempotency-key"]) == 32
        content = json.loads(SealedBox(KEY).decrypt(sealed))
        assert (len(content.pop("nonce")), len(content.pop("machine"))) == (32, 64)
        assert content == {
            "tender": "T1",
            "lot": 7,
            "supplier": "M038",
            "product": "P1",
            "offer_price": "6.50",
            "output": 5000000,
            "declared": {"own_api": True, "approved_on": "2019-03-01"},
        }
        with page.expect_download() as download:
            page.click("[data-receipt]")
        kept = json.loads(Path(download.value.path()).read_text())
        assert (download.value.suggested_filename, kept["envelopes"]) == (
            "receipt-b1.json",
            {"commercial": body["envelope"]},
        )

    def test_sends_two_envelopes_with_documents(self, site: Site) -> None:
        site.answers = [confirmed]
        page = site.open(technical=True)
        paper = {"name": "许可证.pdf", "mimeType": "application/pdf", "buffer": b"%PDF" + bytes(20_000)}
        page.set_input_files("[data-documents]", [paper])  # type: ignore[list-item]
        site.submit("6", "done")
        body = site.requests[0].post_data_json
        sealed = base64.b64decode(body["technical_envelope"])
        assert is_envelope_length(len(sealed), "technical")
        content = json.loads(SealedBox(TECHNICAL_KEY).decrypt(sealed))
        assert (len(content.pop("nonce")), len(content.pop("machine"))) == (32, 64)
        assert content == {
            "tender": "T1",
            "lot": 7,
            "supplier": "M038",
            "product": "P1",
            "stage": "technical",
            "answers": {"C1": "是的"},
            "documents": [
                {
                    "name": "许可证.pdf",
                    "media_type": "application/pdf",
                    "sha256": hashlib.sha256(paper["buffer"]).hexdigest(),
                    "content": base64.b64encode(paper["buffer"]).decode(),
                }
            ],
        }

    def test_replaces_a_bid(self, site: Site) -> None:
        site.answers = [confirmed]
        site.open(url="/api/v1/bids/b0/replace/")
        site.submit("6", "done")
        assert site.requests[0].url == f"{SITE}/api/v1/bids/b0/replace/"
        assert site.requests[0].post_data_json.keys() == {"envelope"}

    def test_names_one_machine_for_all_bids_of_a_browser(self, site: Site) -> None:
        machines = set()
        for _ in range(2):
            site.answers = [confirmed]
            site.open()
            site.submit("6", "done")
            sealed = base64.b64decode(site.requests[-1].post_data_json["envelope"])
            machines.add(json.loads(SealedBox(KEY).decrypt(sealed))["machine"])
        assert len(machines) == 1

    @pytest.mark.parametrize("price", ["", "0", "0.00", "-1", "6.005", "1e3", "six", "12345678901"])
    def test_seals_no_price_that_could_not_be_read(self, site: Site, price: str) -> None:
        site.open()
        site.submit(price, "price")
        assert site.requests == []

    @pytest.mark.parametrize(
        ("field", "value"), [("output", value) for value in ("0", "1.5", "-3", "1e9", "many")] + [("sales", "much")]
    )
    def test_seals_no_declaration_that_could_not_be_read(self, site: Site, field: str, value: str) -> None:
        site.open()
        site.submit("6", field, **{field: value})
        assert site.requests == []

    def test_seals_no_empty_technical_envelope(self, site: Site) -> None:
        site.open(technical=True).fill("[data-answer]", " ")
        site.submit("6", "no papers")
        assert site.requests == []

    @pytest.mark.parametrize(
        ("price", "written"), [("6", "6.00"), ("06.5", "6.50"), ("6.500", "6.50"), ("0.01", "0.01")]
    )
    def test_writes_every_price_with_two_decimals(self, site: Site, price: str, written: str) -> None:
        site.answers = [confirmed]
        site.open()
        site.submit(price, "done")
        sealed = base64.b64decode(site.requests[0].post_data_json["envelope"])
        assert json.loads(SealedBox(KEY).decrypt(sealed))["offer_price"] == written

    def test_refuses_more_documents_than_fit(self, site: Site) -> None:
        page = site.open(technical=True)
        paper = {"name": "p", "mimeType": "", "buffer": bytes(800 * 1024)}
        page.set_input_files("[data-documents]", [paper])  # type: ignore[list-item]
        site.submit("6", "too large")
        assert site.requests == []

    def test_repeats_the_same_request_when_the_line_broke(self, site: Site) -> None:
        site.answers = [lambda _: (0, None), confirmed]
        site.open()
        site.submit("6", "unreachable")
        site.page.click("[type=submit]")
        site.page.wait_for_selector("[data-receipt]:not([hidden])")
        first, second = site.requests
        assert first.post_data == second.post_data
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]

    def test_seals_anew_what_was_changed_since(self, site: Site) -> None:
        site.answers = [lambda _: (0, None), confirmed]
        site.open()
        site.submit("6", "unreachable")
        site.submit("5", "done")
        first, second = site.requests
        assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
        sealed = base64.b64decode(second.post_data_json["envelope"])
        assert json.loads(SealedBox(KEY).decrypt(sealed))["offer_price"] == "5.00"

    def test_says_why_the_platform_refused(self, site: Site) -> None:
        site.answers = [lambda _: (409, {"detail": "Bids were accepted until noon."})]
        page = site.open()
        site.submit("6", "Bids were accepted until noon.")
        assert page.is_enabled("[type=submit]")

    def test_tells_of_a_receipt_for_another_envelope(self, site: Site) -> None:
        site.answers = [lambda body: confirmed(body, commercial="0" * 64)]
        site.open()
        site.submit("6", "mismatch")

    def test_sends_nothing_when_the_script_did_not_come(self, site: Site) -> None:
        """The fields have no names: the browser's own submission carries the token alone."""
        site.answers = [lambda _: (200, {})]
        page = site.open()
        page.fill("[data-field=offer_price]", "6.66")
        with page.expect_request(lambda request: request.method == "POST") as sent:
            page.evaluate("document.forms[0].submit()")
        assert sent.value.post_data == "csrfmiddlewaretoken=token-of-the-form"

    def test_offers_no_button_where_the_browser_cannot_seal(self, site: Site) -> None:
        site.page.add_init_script("delete SubtleCrypto.prototype.generateKey")
        page = site.open()
        page.wait_for_function("document.querySelector('[data-status]').textContent === 'unsupported'")
        assert page.is_disabled("[type=submit]")
