"""The reference client for suppliers: get a token, read a tender, seal a bid, answer an order.

It stands alone: nothing but Python's standard library and PyNaCl, so that a supplier can take this file as it is. The
price is encrypted here, on the supplier's side, with the tender's public key; the platform receives ciphertext.

    python3 client.py --base-url URL --client-id ID --supplier CODE bid TENDER LOT PRODUCT PRICE

reads the client's secret from the environment variable ``CLIENT_SECRET``.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

try:
    from nacl.public import PublicKey, SealedBox
except ImportError:
    sys.exit("The client seals bids with PyNaCl: python3 -m pip install PyNaCl")

PLAIN_BYTES = 1024
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
    """The platform confirmed another envelope than the one that was sent."""


def seal_bid(
    *, public_key: str, tender: str, lot: int, supplier: str, product: str, offer_price: Decimal
) -> tuple[str, str]:
    """Encrypt a bid; return the envelope in base64 and its SHA-256.

    ``offer_price`` is yuan per pack with at most two decimals. The content is padded to one size, so that the length
    of an envelope tells nothing, and carries a random nonce.

    Raises:
        ValueError: what could not be read at the opening is not sealed.
    """
    if not offer_price.is_finite() or not 0 < offer_price < 10**10 or offer_price != round(offer_price, 2):
        raise ValueError(f"{offer_price} is not a price in yuan above zero with at most two decimals")
    content = json.dumps(
        {
            "tender": tender,
            "lot": lot,
            "supplier": supplier,
            "product": product,
            "offer_price": f"{offer_price:.2f}",
            "nonce": secrets.token_hex(16),
        }
    ).encode()
    if len(content) > PLAIN_BYTES:
        raise ValueError(f"a bid has at most {PLAIN_BYTES} bytes")
    sealed = SealedBox(PublicKey(base64.b64decode(public_key))).encrypt(content.ljust(PLAIN_BYTES))
    return base64.b64encode(sealed).decode(), hashlib.sha256(sealed).hexdigest()


class Client:
    """A supplier's or distributor's connection to the platform."""

    def __init__(self, base_url: str, client_id: str, client_secret: str, scopes: str = "bids orders") -> None:
        self.base_url = base_url.rstrip("/")
        self._credentials = (client_id, client_secret)
        self._scopes = scopes
        self._token = ""
        self._token_until = 0.0

    def tender(self, number: str) -> dict[str, Any]:
        """A tender with its lots and its public key."""
        return self._call("GET", f"/api/v1/tenders/{urllib.parse.quote(number)}/")

    def submit_bid(self, tender: dict[str, Any], *, lot: int, supplier: str, product: str, offer_price: Decimal) -> Any:
        """Seal and submit a bid; return the receipt, whose hash was compared with the envelope sent.

        Raises:
            Refused, Unreachable, ReceiptMismatch
            ValueError: not a price; or the tender has no key to seal with.
        """
        if not tender["public_key"]:
            raise ValueError(f"the tender {tender['number']} has no public key: it is not published")
        envelope, digest = seal_bid(
            public_key=tender["public_key"],
            tender=tender["number"],
            lot=lot,
            supplier=supplier,
            product=product,
            offer_price=offer_price,
        )
        receipt = self._call("POST", "/api/v1/bids/", {"tender": tender["number"], "lot": lot, "envelope": envelope})
        if receipt["envelope_sha256"] != digest:
            raise ReceiptMismatch(f"sent {digest}, the platform confirms {receipt['envelope_sha256']}")
        return receipt

    def withdraw_bid(self, bid_id: str) -> Any:
        """Withdraw a sealed bid before the deadline."""
        return self._call("POST", f"/api/v1/bids/{bid_id}/withdraw/", {})

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


def main(arguments: list[str] | None = None) -> int:
    """Submit one bid from the command line and print the receipt."""
    parser = argparse.ArgumentParser(description="Reference client for suppliers")
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--supplier", required=True, help="the supplier's code on the platform")
    commands = parser.add_subparsers(dest="command", required=True)
    bid = commands.add_parser("bid", help="seal and submit a bid")
    bid.add_argument("tender")
    bid.add_argument("lot", type=int)
    bid.add_argument("product")
    bid.add_argument("price", type=_price, help="yuan per pack")
    options = parser.parse_args(arguments)
    secret = os.environ.get("CLIENT_SECRET", "")
    if not secret:
        print("Put the client's secret into the environment variable CLIENT_SECRET.", file=sys.stderr)
        return 2
    client = Client(options.base_url, options.client_id, secret, scopes="bids")
    try:
        receipt = client.submit_bid(
            client.tender(options.tender),
            lot=options.lot,
            supplier=options.supplier,
            product=options.product,
            offer_price=options.price,
        )
    except (Refused, Unreachable, ReceiptMismatch, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(receipt, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
