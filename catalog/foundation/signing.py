"""What the platform signs so that anybody can check it later: receipts, minutes of openings, seals (Ed25519).

A document is a JSON object whose ``kind`` says what it is, so that one kind cannot be shown for another. Signed is its
canonical form: keys in order, no spaces, UTF-8. The private key lies outside of the database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

LEAST_SECRET_LENGTH = 43  # 32 random bytes in base64


def signing_key() -> bytes:
    """The platform's private signing key, 32 bytes."""
    return signing_key_of(settings.SIGNING_KEY)


def current_public_key() -> bytes:
    """What anybody checks the platform's signatures with, 32 bytes."""
    return verifying_key_of(signing_key())


def signing_key_of(secret: str) -> bytes:
    """The private key (32 bytes) that a secret text stands for.

    Raises:
        ValueError: shorter than 32 random bytes in base64.
    """
    if len(secret) < LEAST_SECRET_LENGTH:
        raise ValueError(f"the secret of the signing key has at least {LEAST_SECRET_LENGTH} characters")
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"ed25519 signing").digest()


def verifying_key_of(private: bytes) -> bytes:
    """The public key (32 bytes) that signatures are checked with."""
    return bytes(SigningKey(private).verify_key)


def key_id(public: bytes) -> str:
    """The short name of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one form of a document that is signed.

    Raises:
        ValueError: without a kind, or with a number that programs write in more than one way: amounts are text.
    """
    if not isinstance(document.get("kind"), str):
        raise ValueError("a signed document says its kind")
    if not _has_one_form(document):
        raise ValueError("a signed document holds text, whole numbers, truth values, lists and objects only")
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _has_one_form(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _has_one_form(part) for name, part in value.items())
    if isinstance(value, list):
        return all(map(_has_one_form, value))
    return value is None or isinstance(value, str | int)


def sign(document: Mapping[str, Any], private: bytes) -> dict[str, str]:
    """What is written beside a document: which key signed it, and the signature in base64.

    Raises:
        ValueError: see ``canonical``.
    """
    key = SigningKey(private)
    signature = key.sign(canonical(document)).signature
    return {"key_id": key_id(bytes(key.verify_key)), "signature": base64.b64encode(signature).decode()}


def verify(document: Mapping[str, Any], signature: str, public: bytes) -> bool:
    """Whether the owner of the public key signed this very document."""
    try:
        VerifyKey(public).verify(canonical(document), base64.b64decode(signature, validate=True))
    # what is no signature is no signature of this document; PyNaCl calls a wrong length a ValueError
    except (CryptoError, binascii.Error, ValueError):
        return False
    return True
