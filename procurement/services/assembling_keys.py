"""Putting a tender's private key together from the shares that its holders released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from procurement.errors import SharesDoNotFit
from procurement.models import KeyShare, TenderKey
from procurement.rules.sealing import combine, public_of


@dataclass(frozen=True, slots=True)
class Assembled:
    """The private key, and the released shares that are no part of it."""

    private: bytes
    misfits: list[KeyShare]


def assemble_key(key: TenderKey, shares: Sequence[KeyShare]) -> Assembled:
    """The private key from any of the shares that give it: one that was altered stops nobody while enough others fit.

    Raises:
        SharesDoNotFit: no choice of them gives the key.
    """
    for chosen in combinations(shares, key.threshold):
        private = _private_key(key, chosen)
        if private is not None:
            others = [share for share in shares if share not in chosen]
            return Assembled(private, [share for share in others if _private_key(key, (*chosen[1:], share)) is None])
    raise SharesDoNotFit(tender=key.tender.number, count=len(shares))


def _private_key(key: TenderKey, shares: Sequence[KeyShare]) -> bytes | None:
    try:
        private = combine([bytes(share.released or b"") for share in shares])
        return private if public_of(private) == bytes(key.public_key) else None
    # cut short, or with the index of another
    except (ValueError, IndexError):
        return None
