from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.signing import (
    canonical,
    key_id,
    sign,
    signing_key_of,
    verify,
    verifying_key_of,
)

PRIVATE = signing_key_of("s" * 43)
PUBLIC = verifying_key_of(PRIVATE)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text("abä", max_size=2), parts, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abcde"), values).map(lambda content: {**content, "kind": "minutes"})


RECEIPT: dict[str, Any] = {"kind": "bid-receipt", "lot": 1, "supplier": "M038", "envelopes": {"commercial": "0" * 64}}


class TestKeys:
    def test_of_one_secret_are_always_the_same(self) -> None:
        assert signing_key_of("s" * 43) == PRIVATE != signing_key_of("t" * 43)
        assert len(PRIVATE) == len(PUBLIC) == 32

    def test_are_not_made_of_a_short_secret(self) -> None:
        with pytest.raises(ValueError, match="43"):
            signing_key_of("s" * 42)

    def test_have_a_short_name(self) -> None:
        # SHA-256 of 32 zero bytes, as published
        assert key_id(bytes(32)) == "66687aadf862bd77"


class TestCanonical:
    def test_has_its_keys_in_order_no_spaces_and_utf_8(self) -> None:
        assert (
            canonical({"lot": 1, "kind": "药", "a": [True, None]}) == '{"a":[true,null],"kind":"药","lot":1}'.encode()
        )

    @given(documents)
    def test_is_the_same_in_whatever_order_it_was_written(self, document: dict[str, Any]) -> None:
        assert canonical(dict(reversed(document.items()))) == canonical(document)

    @pytest.mark.parametrize("value", [1.5, float("nan"), [{"price": 2.0}], {1: "one"}, b"bytes", ("a",)])
    def test_refuses_what_has_several_forms(self, value: Any) -> None:
        with pytest.raises(ValueError, match="text, whole numbers"):
            canonical({"kind": "minutes", "value": value})

    @pytest.mark.parametrize("document", [{}, {"kind": 1}])
    def test_refuses_a_document_of_no_kind(self, document: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="kind"):
            canonical(document)


class TestSign:
    @given(documents)
    def test_is_verified_with_the_public_key_alone(self, document: dict[str, Any]) -> None:
        signed = sign(document, PRIVATE)
        assert signed["key_id"] == key_id(PUBLIC)
        assert verify(document, signed["signature"], PUBLIC)

    def test_fits_no_other_key(self) -> None:
        other = verifying_key_of(signing_key_of("t" * 43))
        assert not verify(RECEIPT, sign(RECEIPT, PRIVATE)["signature"], other)

    @pytest.mark.parametrize(
        "changed",
        [
            {"supplier": "M039"},
            {"lot": 2},
            {"envelopes": {"commercial": "1" * 64}},
            {"envelopes": {"commercial": "0" * 64, "technical": "0" * 64}},
        ],
    )
    def test_fits_no_forged_receipt(self, changed: dict[str, Any]) -> None:
        assert not verify({**RECEIPT, **changed}, sign(RECEIPT, PRIVATE)["signature"], PUBLIC)

    @pytest.mark.parametrize("signature", ["", "!", "AA==", base64.b64encode(bytes(64)).decode(), "é"])
    def test_is_not_taken_for_what_is_none(self, signature: str) -> None:
        assert not verify(RECEIPT, signature, PUBLIC)

    def test_of_one_kind_is_none_of_another(self) -> None:
        signature = sign(RECEIPT, PRIVATE)["signature"]
        assert not verify({**RECEIPT, "kind": "minutes"}, signature, PUBLIC)
