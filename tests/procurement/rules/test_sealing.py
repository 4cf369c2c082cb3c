from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.rules.sealing import (
    ENVELOPE_BYTES,
    MOST_TECHNICAL_BYTES,
    PLAIN_BYTES,
    PLAIN_SIZES,
    SEAL_BYTES,
    SHARE_BYTES,
    CannotOpen,
    KeyPair,
    LockedKey,
    combine,
    is_envelope_length,
    lock_with_passphrase,
    new_key_pair,
    pad,
    public_of,
    seal,
    split,
    unlock_with_passphrase,
    unseal,
)


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return new_key_pair()


@pytest.fixture(scope="module")
def shares(pair: KeyPair) -> list[bytes]:
    return split(pair.private, threshold=2, holders=3)


@pytest.fixture(scope="module")
def locked(pair: KeyPair) -> LockedKey:
    return lock_with_passphrase(pair, "correct horse battery")


class TestSeal:
    def test_is_opened_by_the_private_key(self, pair: KeyPair) -> None:
        assert unseal(seal("报价".encode(), pair.public), pair.private).decode() == "报价"

    def test_is_opened_by_no_other_key(self, pair: KeyPair) -> None:
        with pytest.raises(CannotOpen):
            unseal(seal(b"bid", pair.public), new_key_pair().private)

    @pytest.mark.parametrize("position", [0, 40, -1])
    def test_is_not_opened_once_altered(self, pair: KeyPair, position: int) -> None:
        ciphertext = bytearray(seal(pad(b"bid"), pair.public))
        ciphertext[position] ^= 1
        with pytest.raises(CannotOpen):
            unseal(bytes(ciphertext), pair.private)

    @pytest.mark.parametrize("length", [0, 31, 47])
    def test_is_not_opened_when_cut_off(self, pair: KeyPair, length: int) -> None:
        with pytest.raises((CannotOpen, ValueError)):
            unseal(seal(b"", pair.public)[:length], pair.private)

    def test_looks_different_each_time(self, pair: KeyPair) -> None:
        assert seal(b"bid", pair.public) != seal(b"bid", pair.public)


class TestPad:
    @pytest.mark.parametrize("length", [0, 1, PLAIN_BYTES])
    def test_gives_every_bid_the_same_length(self, pair: KeyPair, length: int) -> None:
        assert len(seal(pad(b"x" * length), pair.public)) == ENVELOPE_BYTES

    def test_refuses_what_does_not_fit(self) -> None:
        with pytest.raises(ValueError, match=str(PLAIN_BYTES)):
            pad(b"x" * (PLAIN_BYTES + 1))

    @pytest.mark.parametrize(
        ("length", "kibibytes"),
        [(0, 16), (16 * 1024, 16), (16 * 1024 + 1, 32), (300 * 1024, 512), (512 * 1024 + 1, 1024)],
    )
    def test_doubles_a_technical_envelope_until_the_content_fits(self, length: int, kibibytes: int) -> None:
        padded = pad(b"x" * length, "technical")
        assert (len(padded), padded.rstrip(b" ")) == (kibibytes * 1024, b"x" * length)

    def test_refuses_more_documents_than_the_largest_envelope_holds(self) -> None:
        assert len(pad(b"x" * MOST_TECHNICAL_BYTES, "technical")) == MOST_TECHNICAL_BYTES
        with pytest.raises(ValueError, match=str(MOST_TECHNICAL_BYTES)):
            pad(b"x" * (MOST_TECHNICAL_BYTES + 1), "technical")


class TestEnvelopeLength:
    @given(st.sampled_from(sorted(PLAIN_SIZES)), st.integers(0, PLAIN_BYTES))
    def test_is_what_a_sealed_content_has(self, stage: str, length: int) -> None:
        assert is_envelope_length(len(pad(b"x" * length, stage)) + SEAL_BYTES, stage)

    @given(st.sampled_from(sorted(PLAIN_SIZES)), st.integers(0, 2 * MOST_TECHNICAL_BYTES))
    def test_is_one_of_few(self, stage: str, length: int) -> None:
        assert is_envelope_length(length, stage) == (length in {size + 48 for size in PLAIN_SIZES[stage]})

    def test_of_one_stage_is_none_of_the_other(self) -> None:
        assert len(PLAIN_SIZES["technical"]) == 7
        assert not set(PLAIN_SIZES["technical"]) & set(PLAIN_SIZES["commercial"])


class TestShares:
    def test_any_two_give_the_key_back_in_any_order(self, pair: KeyPair, shares: list[bytes]) -> None:
        for one, other in combinations(shares, 2):
            assert combine([one, other]) == combine([other, one]) == pair.private

    def test_one_alone_gives_another_key(self, pair: KeyPair, shares: list[bytes]) -> None:
        for share in shares:
            assert combine([share]) != pair.private
            assert pair.private[:16] not in share and pair.private[16:] not in share

    def test_a_wrong_one_gives_a_key_that_does_not_fit(self, pair: KeyPair, shares: list[bytes]) -> None:
        altered = shares[1][:-1] + bytes([shares[1][-1] ^ 1])
        assert public_of(combine([shares[0], altered])) != pair.public

    def test_each_is_of_its_own_number_and_of_one_length(self, shares: list[bytes]) -> None:
        assert [share[0] for share in shares] == [1, 2, 3]
        assert {len(share) for share in shares} == {SHARE_BYTES}


class TestPassphrase:
    def test_opens_the_key(self, pair: KeyPair, locked: LockedKey) -> None:
        assert unlock_with_passphrase(locked, "correct horse battery") == pair.private

    @pytest.mark.parametrize("passphrase", ["", "correct horse batterz", "Correct horse battery"])
    def test_another_one_does_not(self, locked: LockedKey, passphrase: str) -> None:
        with pytest.raises(CannotOpen):
            unlock_with_passphrase(locked, passphrase)

    def test_is_not_in_what_is_stored(self, pair: KeyPair, locked: LockedKey) -> None:
        assert pair.private not in locked.locked_private
        assert lock_with_passphrase(pair, "correct horse battery").locked_private != locked.locked_private
