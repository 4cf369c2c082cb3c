"""Sealing bids so that nobody reads them before the opening: libsodium sealed boxes and shares of the private key.

Pure functions on bytes. The tender's private key lives in memory twice: while it is split and while bids are opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from Crypto.Protocol.SecretSharing import Shamir
from nacl import pwhash, secret, utils
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

# What a sealed box adds: the ephemeral public key and the tag.
SEAL_BYTES = 48
# Every commercial envelope is padded to one size, so that its length tells nothing.
PLAIN_BYTES = 1024
ENVELOPE_BYTES = PLAIN_BYTES + SEAL_BYTES
# Technical envelopes carry documents: 16 KiB, doubled until the content fits, so that their length tells little.
LEAST_TECHNICAL_BYTES = 16 * 1024
MOST_TECHNICAL_BYTES = 1024 * 1024
# By the stage of a tender, the sizes that the content of an envelope may be padded to.
PLAIN_SIZES: Mapping[str, tuple[int, ...]] = {
    "commercial": (PLAIN_BYTES,),
    "technical": tuple(
        LEAST_TECHNICAL_BYTES << doublings
        for doublings in range((MOST_TECHNICAL_BYTES // LEAST_TECHNICAL_BYTES).bit_length())
    ),
}
# Shamir's scheme of the library shares 16 bytes at a time; a 32-byte key is two independent halves.
HALF = 16
SHARE_BYTES = 1 + 2 * HALF


class CannotOpen(ValueError):
    """The ciphertext was not made with this key, or was altered."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A libsodium key pair, 32 bytes each."""

    private: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class LockedKey:
    """A key pair whose private half only a passphrase opens."""

    public: bytes
    locked_private: bytes
    salt: bytes


def new_key_pair() -> KeyPair:
    """A fresh key pair."""
    private = PrivateKey.generate()
    return KeyPair(private=bytes(private), public=bytes(private.public_key))


def public_of(private: bytes) -> bytes:
    """The public half of a private key."""
    return bytes(PrivateKey(private).public_key)


def seal(content: bytes, public: bytes) -> bytes:
    """Encrypt so that only the holder of the private key can read it."""
    return SealedBox(PublicKey(public)).encrypt(content)


def unseal(ciphertext: bytes, private: bytes) -> bytes:
    """Decrypt what was sealed.

    Raises:
        CannotOpen
    """
    try:
        return SealedBox(PrivateKey(private)).decrypt(ciphertext)
    except CryptoError as error:
        raise CannotOpen from error


def pad(content: bytes, stage: str = "commercial") -> bytes:
    """Fill up with spaces to the least size of an envelope of this stage that holds the content.

    Raises:
        ValueError: longer than the largest.
    """
    for size in PLAIN_SIZES[stage]:
        if len(content) <= size:
            return content.ljust(size)
    raise ValueError(f"the content of a {stage} envelope has at most {PLAIN_SIZES[stage][-1]} bytes")


def is_envelope_length(length: int, stage: str = "commercial") -> bool:
    """Whether a ciphertext of so many bytes can be an envelope of this stage."""
    return length - SEAL_BYTES in PLAIN_SIZES[stage]


def split(private: bytes, *, threshold: int, holders: int) -> list[bytes]:
    """Split a private key into shares of which any ``threshold`` give it back and fewer tell nothing."""
    halves = [Shamir.split(threshold, holders, private[start : start + HALF], False) for start in (0, HALF)]
    return [
        bytes([index]) + first + second for (index, first), (_same, second) in zip(halves[0], halves[1], strict=True)
    ]


def combine(shares: Sequence[bytes]) -> bytes:
    """Give back the private key of ``threshold`` shares; from wrong shares comes a wrong key, which never fits."""
    return b"".join(
        Shamir.combine([(share[0], share[start : start + HALF]) for share in shares], False) for start in (1, 1 + HALF)
    )


def _passphrase_box(passphrase: str, salt: bytes) -> secret.SecretBox:
    key = pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE,
        passphrase.encode(),
        salt,
        opslimit=pwhash.argon2id.OPSLIMIT_INTERACTIVE,
        memlimit=pwhash.argon2id.MEMLIMIT_INTERACTIVE,
    )
    return secret.SecretBox(key)


def lock_with_passphrase(pair: KeyPair, passphrase: str) -> LockedKey:
    """Lock a private key with a passphrase (Argon2id, 64 MiB)."""
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    return LockedKey(
        public=pair.public,
        locked_private=bytes(_passphrase_box(passphrase, salt).encrypt(pair.private)),
        salt=salt,
    )


def unlock_with_passphrase(locked: LockedKey, passphrase: str) -> bytes:
    """Give back the private key.

    Raises:
        CannotOpen: the passphrase is another one.
    """
    try:
        return _passphrase_box(passphrase, locked.salt).decrypt(locked.locked_private)
    except CryptoError as error:
        raise CannotOpen from error
