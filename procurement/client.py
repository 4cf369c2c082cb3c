"""The reference client for suppliers: get a token, read a tender, seal a bid, check its receipt, answer an order.

It stands alone: nothing but Python's standard library and PyNaCl, so that a supplier can take this file as it is. What
a bid says is encrypted here, on the supplier's side, with the tender's public keys; the platform receives ciphertext.

    python3 client.py --base-url URL --client-id ID --supplier CODE bid TENDER LOT PRODUCT PRICE
    python3 client.py --base-url URL verify RECEIPT.json
    python3 client.py --base-url URL minutes TENDER

reads the client's secret from the environment variable ``CLIENT_SECRET``; ``--help`` tells of the other commands.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import mimetypes
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

try:
    from nacl.exceptions import CryptoError
    from nacl.public import PublicKey, SealedBox
    from nacl.signing import VerifyKey
except ImportError:
    sys.exit("The client seals bids with PyNaCl: python3 -m pip install PyNaCl")

PLAIN_BYTES = 1024
LEAST_TECHNICAL_BYTES = 16 * 1024
MOST_TECHNICAL_BYTES = 1024 * 1024
MACHINE_LABEL = "essential-medicines bidder machine"
# too many calls, busy: the same request succeeds a moment later
AGAIN = (429, 503)


class Refused(Exception):
    """The platform refused the request; ``problem`` is its RFC 9457 body."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        super().__init__(f"{status} {problem.get('title', 'refused')}: {problem.get('detail', '')}")


class Unreachable(Exception):
    """No answer came, nor to the repeats; whether the request arrived is not known, and its key makes a repeat safe."""


class ReceiptMismatch(Exception):
    """The platform did not confirm, under its signature, what was sent."""


def machine() -> str:
    """Which machine made an envelope: its node number, hashed with a fixed label. Read at the opening, not before."""
    return hashlib.sha256(f"{MACHINE_LABEL}\n{uuid.getnode():012x}".encode()).hexdigest()


def seal_bid(
    *,
    public_key: str,
    tender: str,
    lot: int,
    supplier: str,
    product: str,
    offer_price: Decimal,
    output: int | None = None,
    declared: Mapping[str, Any] | None = None,
) -> tuple[str, str]:
    """Encrypt the commercial envelope of a bid; return it in base64 and its SHA-256.

    ``offer_price`` is yuan per pack with at most two decimals; ``output`` units a year, where a production is
    designated; ``declared`` has ``own_api``, ``sales`` and ``approved_on`` (YYYY-MM-DD), where the tender asks for
    them. The content is padded to one size, so that the length of an envelope tells nothing, and has a random nonce.

    Raises:
        ValueError: what could not be read at the opening is not sealed.
    """
    if not offer_price.is_finite() or not 0 < offer_price < 10**10 or offer_price != round(offer_price, 2):
        raise ValueError(f"{offer_price} is not a price in yuan above zero with at most two decimals")
    content = {
        "tender": tender,
        "lot": lot,
        "supplier": supplier,
        "product": product,
        "offer_price": f"{offer_price:.2f}",
        **({} if output is None else {"output": output}),
        **({"declared": dict(declared)} if declared else {}),
    }
    return _seal(public_key, content, PLAIN_BYTES, PLAIN_BYTES)


def seal_technical(
    *,
    public_key: str,
    tender: str,
    lot: int,
    supplier: str,
    product: str,
    answers: Mapping[str, str],
    documents: Sequence[Path],
) -> tuple[str, str]:
    """Encrypt the technical envelope: answers by the code of the criterion, and documents, together at most 1 MiB.

    Raises:
        ValueError: more than fits.
        OSError: a document cannot be read.
    """
    content = {
        "tender": tender,
        "lot": lot,
        "supplier": supplier,
        "product": product,
        "stage": "technical",
        "answers": dict(answers),
        "documents": [_document(path) for path in documents],
    }
    return _seal(public_key, content, LEAST_TECHNICAL_BYTES, MOST_TECHNICAL_BYTES)


def _document(path: Path) -> dict[str, str]:
    content = path.read_bytes()
    return {
        "name": path.name,
        "media_type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


def _seal(public_key: str, content: dict[str, Any], least: int, most: int) -> tuple[str, str]:
    plain = json.dumps({**content, "machine": machine(), "nonce": secrets.token_hex(16)}).encode()
    size = least
    while size < len(plain):
        size *= 2
    if size > most:
        raise ValueError(f"an envelope holds at most {most} bytes; this one would have {len(plain)} bytes")
    sealed = SealedBox(PublicKey(base64.b64decode(public_key))).encrypt(plain.ljust(size))
    return base64.b64encode(sealed).decode(), hashlib.sha256(sealed).hexdigest()


def is_signed(
    signed: Mapping[str, Any], keys: Sequence[Mapping[str, str]], kinds: Sequence[str] = ("bid-receipt",)
) -> bool:
    """Whether one of the platform's public keys (``public_key`` in base64) signed a document of one of these kinds."""
    document = {name: value for name, value in signed.items() if name not in ("key_id", "signature")}
    said = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    for public in (base64.b64decode(key["public_key"]) for key in keys):
        if hashlib.sha256(public).hexdigest()[:16] == signed.get("key_id"):
            try:
                VerifyKey(public).verify(said, base64.b64decode(signed["signature"], validate=True))
            except (CryptoError, KeyError, TypeError, ValueError):
                return False
            return document.get("kind") in kinds
    return False


class Client:
    """A supplier's or distributor's connection to the platform.

    ``platform_key`` (base64) is the platform's public key as the supplier knows it; without it the client believes the
    keys that the platform publishes.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        scopes: str = "bids orders",
        platform_key: str = "",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._platform_key = platform_key
        self._credentials = (client_id, client_secret)
        self._scopes = scopes
        self._token = ""
        self._token_until = 0.0

    def tender(self, number: str) -> dict[str, Any]:
        """A tender with its lots and its public key."""
        return self._call("GET", f"/api/v1/tenders/{urllib.parse.quote(number)}/")

    def submit_bid(
        self,
        tender: dict[str, Any],
        *,
        lot: int,
        supplier: str,
        answers: Mapping[str, str] | None = None,
        documents: Sequence[Path] = (),
        replaces: str = "",
        **offer: Any,
    ) -> Any:
        """Seal and submit a bid; return the answer with its ``receipt``, and the ``envelopes`` that were sent.

        ``offer`` is what ``seal_bid`` takes: ``product`` and ``offer_price``, perhaps ``output`` and ``declared``. A
        tender with two envelopes wants answers or documents, another one takes none. ``replaces`` names the bid that
        this one takes the place of, in one step. The receipt has been checked: its signature, and that it names what
        was sent.

        Raises:
            Refused, Unreachable, ReceiptMismatch
            ValueError: not a price; the tender has no key to seal with; not the envelopes that it asks for.
        """
        if not tender["public_key"]:
            raise ValueError(f"the tender {tender['number']} has no public key: it is not published")
        technical_key = tender.get("technical_public_key")
        if bool(technical_key) != bool(answers or documents):
            asked = "asks for answers or documents in a" if technical_key else "has no"
            raise ValueError(f"the tender {tender['number']} {asked} technical envelope")
        named = {"tender": tender["number"], "lot": lot}
        bid = {**named, "supplier": supplier}
        sealed = {"commercial": seal_bid(public_key=tender["public_key"], **bid, **offer)}
        if technical_key:
            papers = {"product": offer["product"], "answers": answers or {}, "documents": documents}
            sealed["technical"] = seal_technical(public_key=technical_key, **bid, **papers)
        fields = {"commercial": "envelope", "technical": "technical_envelope"}
        body = {fields[stage]: envelope for stage, (envelope, _digest) in sealed.items()}
        path = f"/api/v1/bids/{urllib.parse.quote(replaces)}/replace/" if replaces else "/api/v1/bids/"
        answer = self._call("POST", path, body if replaces else named | body)
        self._check(answer, {**bid, "envelopes": {stage: digest for stage, (_envelope, digest) in sealed.items()}})
        return answer | {"envelopes": {stage: envelope for stage, (envelope, _digest) in sealed.items()}}

    def _check(self, answer: dict[str, Any], sent: dict[str, Any]) -> None:
        receipt = answer.get("receipt") or {}
        confirmed = {name: receipt.get(name) for name in sent}
        if confirmed != sent:
            raise ReceiptMismatch(f"sent {sent}, the platform confirms {confirmed}")
        if not is_signed(receipt, self.platform_keys()):
            raise ReceiptMismatch(f"the receipt of bid {answer.get('id')} is not signed with the platform's key")

    def platform_keys(self) -> list[dict[str, str]]:
        """The public keys that receipts are checked with: those given, or else those that the platform publishes."""
        if self._platform_key:
            return [{"public_key": self._platform_key}]
        address = f"{self.base_url}/api/v1/platform-key/"
        keys: list[dict[str, str]] = self._send(urllib.request.Request(address))["keys"]
        return keys

    def withdraw_bid(self, bid_id: str) -> Any:
        """Withdraw a sealed bid before the deadline."""
        return self._call("POST", f"/api/v1/bids/{bid_id}/withdraw/", {})

    def openings(self, tender: str) -> Iterator[dict[str, Any]]:
        """The openings of a tender, each with its signed minutes. Everybody may read them."""
        address = f"{self.base_url}/api/v1/tenders/{urllib.parse.quote(tender)}/openings/"
        yield from self._send(urllib.request.Request(address))["results"]

    def orders(self, status: str = "placed") -> Iterator[dict[str, Any]]:
        """The orders in a state, over all pages."""
        path: str | None = f"/api/v1/orders/?status={status}&page_size=200"
        while path:
            page = self._call("GET", path)
            yield from page["results"]
            path = page["next"] and urllib.parse.urlsplit(page["next"])._replace(scheme="", netloc="").geturl()

    def confirm_order(self, order: dict[str, Any], packs_of_line: dict[int, int], reason: str = "") -> Any:
        """Confirm an order; lines that are not named are confirmed in full."""
        lines = [
            {
                "line": line["id"],
                "packs": packs_of_line.get(line["id"], line["packs"]),
                "reason": reason if packs_of_line.get(line["id"], line["packs"]) < line["packs"] else "",
            }
            for line in order["lines"]
        ]
        return self._call("POST", f"/api/v1/orders/{order['id']}/confirm/", {"lines": lines})

    def advise_despatch(self, order_id: int, reference: str, lines: list[dict[str, Any]]) -> Any:
        """Advise a despatch: lines of ``line``, ``lot_number``, ``expires_on`` and ``packs``."""
        return self._call("POST", f"/api/v1/orders/{order_id}/despatches/", {"reference": reference, "lines": lines})

    def file_invoice(self, order_id: int, number: str, issued_on: str, lines: list[dict[str, Any]]) -> Any:
        """Invoice an order: lines of ``line``, ``lot_number``, ``packs``, ``price`` and ``amount`` (yuan as text)."""
        body = {"order": order_id, "number": number, "issued_on": issued_on, "lines": lines}
        return self._call("POST", "/api/v1/invoices/", body)

    def file_sale(self, number: str, parties: tuple[str, str], issued_on: str, lines: list[dict[str, Any]]) -> Any:
        """File the copy of a sale between firms (seller, buyer): lines with ``product`` in the place of ``line``."""
        seller, buyer = parties
        body = {"number": number, "seller": seller, "buyer": buyer, "issued_on": issued_on, "lines": lines}
        return self._call("POST", "/api/v1/invoices/sales/", body)

    def file_entrustment(self, *, distributor: str, region: str, valid_from: str, valid_until: str) -> Any:
        """Entrust a distributor with the deliveries in a region."""
        body = {"distributor": distributor, "region": region, "valid_from": valid_from, "valid_until": valid_until}
        return self._call("POST", "/api/v1/entrustments/", body)

    def _authorization(self) -> str:
        if time.monotonic() >= self._token_until:
            form = {"grant_type": "client_credentials", "scope": self._scopes}
            basic = base64.b64encode(":".join(self._credentials).encode()).decode()
            address, data = f"{self.base_url}/oauth/token/", urllib.parse.urlencode(form).encode()
            request = urllib.request.Request(address, data=data, headers={"Authorization": f"Basic {basic}"})
            try:
                answer = self._send(request)
            except Refused as error:
                if error.problem.get("error") == "invalid_client":
                    detail = "the platform does not know this client id with this secret"
                    raise Refused(error.status, {"title": "invalid-client", "detail": detail}) from None
                raise
            self._token = answer["access_token"]
            self._token_until = time.monotonic() + answer["expires_in"] - 60
        return f"Bearer {self._token}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": self._authorization(), "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            # the same key with every attempt: a repeat after a lost answer is answered, not carried out again
            headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        return self._send(urllib.request.Request(f"{self.base_url}{path}", data=data, headers=headers, method=method))

    def _send(self, request: urllib.request.Request, attempts: int = 4) -> Any:
        """Send, and again when the platform is busy or the line breaks.

        Raises:
            Refused, Unreachable
        """
        for attempt in range(1, attempts + 1):
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                if error.code not in AGAIN or attempt == attempts:
                    raise Refused(error.code, _problem(error)) from None
                pause = error.headers.get("Retry-After", "")
            except (OSError, http.client.HTTPException, ValueError) as error:
                if attempt == attempts:
                    raise Unreachable(f"{self.base_url} does not answer: {error}") from error
                pause = ""
            time.sleep(int(pause) if pause.isdecimal() else attempt)
        raise AssertionError("unreachable")


def _problem(error: urllib.error.HTTPError) -> dict[str, Any]:
    text = error.read().decode(errors="replace")
    try:
        problem = json.loads(text)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return {"title": error.reason, "detail": text[:500]}
    # the token endpoint speaks OAuth's own form
    return {"title": problem.get("error"), "detail": problem.get("error_description", ""), **problem}


def _price(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"“{text}” is not a price in yuan such as 12.50") from None


def _answer(text: str) -> tuple[str, str]:
    code, sign, answer = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"“{text}” is not a criterion and its answer, such as C1=yes")
    return code, answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Reference client for suppliers")
    parser.add_argument("--base-url", default="", help="the address of the platform")
    parser.add_argument("--client-id", default="")
    parser.add_argument("--supplier", default="", help="the supplier's code on the platform")
    parser.add_argument("--platform-key", default="", help="the platform's public key in base64, to trust no other")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="check the signature of a receipt or of minutes that were kept")
    verify.add_argument("receipt", type=Path, help="the file of the receipt or of the minutes")
    minutes = commands.add_parser("minutes", help="get the minutes of a tender's openings, and check and keep them")
    minutes.add_argument("tender")
    withdraw = commands.add_parser("withdraw", help="withdraw a bid before the deadline")
    withdraw.add_argument("bid", help="the id of the bid")
    for name, purpose in (("bid", "seal and submit a bid"), ("replace", "put a bid in the place of an earlier one")):
        command = commands.add_parser(name, help=purpose)
        if name == "replace":
            command.add_argument("replaces", help="the id of the earlier bid")
        command.add_argument("tender")
        command.add_argument("lot", type=int)
        command.add_argument("product")
        command.add_argument("price", type=_price, help="yuan per pack")
        command.add_argument("--output", type=int, help="units a year, where a production is designated")
        command.add_argument("--own-api", choices=["yes", "no"], help="is the active ingredient of your own making?")
        command.add_argument("--sales", help="the sales to declare")
        command.add_argument("--approved-on", help="the day of the approval, YYYY-MM-DD")
        command.add_argument("--answer", type=_answer, action="append", default=[], metavar="CRITERION=TEXT")
        command.add_argument(
            "--document", type=Path, action="append", default=[], help="a file for the technical envelope"
        )
        command.set_defaults(replaces="")
    return parser


def _submit(client: Client, options: argparse.Namespace) -> Any:
    """Submit the bid, and keep its receipt and envelopes in the current folder."""
    declared = {
        "own_api": options.own_api and options.own_api == "yes",
        "sales": options.sales,
        "approved_on": options.approved_on,
    }
    tender = client.tender(options.tender)
    answer = client.submit_bid(
        tender,
        lot=options.lot,
        supplier=options.supplier,
        product=options.product,
        offer_price=options.price,
        output=options.output,
        declared={name: value for name, value in declared.items() if value is not None},
        answers=dict(options.answer),
        documents=options.document,
        replaces=options.replaces,
    )
    kept = {"receipt": answer["receipt"], "envelopes": answer.pop("envelopes")}
    # named by what was sent, not by what the platform says
    name = Path(f"receipt-{answer['receipt']['envelopes']['commercial'][:16]}.json")
    name.write_text(json.dumps(kept, indent=2, ensure_ascii=False))
    return answer


def _verify(client: Client, path: Path) -> Any:
    """Check a receipt, and the envelopes where they were kept beside it; or the minutes of an opening."""
    kept = json.loads(path.read_text())
    if not isinstance(kept, dict):
        raise ReceiptMismatch(f"{path} holds nothing that the platform signs")
    signed = kept.get("receipt") or kept.get("minutes") or kept
    # what is kept as a receipt is one: minutes in its place would confirm no bid
    kinds = ("bid-receipt",) if "receipt" in kept else ("bid-receipt", "opening-minutes")
    if not is_signed(signed, client.platform_keys(), kinds):
        raise ReceiptMismatch(f"{path} is not a receipt or minutes that the platform signed")
    for stage, envelope in kept.get("envelopes", {}).items() if "receipt" in kept else ():
        if hashlib.sha256(base64.b64decode(envelope)).hexdigest() != signed["envelopes"].get(stage):
            raise ReceiptMismatch(f"{path}: the {stage} envelope is not the one that the receipt names")
    return signed


def _keep_minutes(client: Client, tender: str) -> list[dict[str, Any]]:
    """Keep the minutes of each opening of a tender in the current folder, checked; tell what was found in each."""
    found = []
    for opening in client.openings(tender):
        minutes = opening["minutes"]
        if not is_signed(minutes, client.platform_keys(), kinds=("opening-minutes",)):
            raise ReceiptMismatch(f"the minutes of {tender} are not signed with the platform's key")
        # named by what was signed, not by what the platform says of it
        name = Path(f"minutes-{hashlib.sha256(minutes['signature'].encode()).hexdigest()[:16]}.json")
        name.write_text(json.dumps(minutes, indent=2, ensure_ascii=False))
        found.append({**{part: opening[part] for part in opening if part != "minutes"}, "file": str(name)})
    return found


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and print what the platform confirmed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    secret = os.environ.get("CLIENT_SECRET", "")
    needed = {
        "verify": () if options.platform_key else ("base_url",),
        "minutes": ("base_url",),
        "withdraw": ("base_url", "client_id"),
    }
    for name in needed.get(options.command, ("base_url", "client_id", "supplier")):
        if not getattr(options, name):
            parser.error(f"{options.command} needs --{name.replace('_', '-')}")
    if options.command not in ("verify", "minutes") and not secret:
        print("Put the client's secret into the environment variable CLIENT_SECRET.", file=sys.stderr)
        return 2
    client = Client(options.base_url, options.client_id, secret, scopes="bids", platform_key=options.platform_key)
    try:
        if options.command == "verify":
            shown = _verify(client, options.receipt)
        elif options.command == "minutes":
            shown = _keep_minutes(client, options.tender)
        elif options.command == "withdraw":
            shown = client.withdraw_bid(options.bid)
        else:
            shown = _submit(client, options)
    except (Refused, Unreachable, ReceiptMismatch, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(shown, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
