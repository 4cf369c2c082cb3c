from __future__ import annotations

import base64
import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.rules.envelopes import ALTERED, UnreadableBid, finding_of, read_offer, read_papers

FOR = {"tender": "T1", "lot": 1, "supplier": "M038"}
FILE = b"%PDF-1.7"
DOCUMENT = {
    "name": "licence.pdf",
    "sha256": hashlib.sha256(FILE).hexdigest(),
    "content": base64.b64encode(FILE).decode(),
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def written(**said: Any) -> bytes:
    return json.dumps({**FOR, "product": "P1", "offer_price": "6.00", **said}).encode()


class TestReadOffer:
    def test_reads_what_the_reference_client_writes(self) -> None:
        declared = {"own_api": True, "sales": "1200.50", "approved_on": "2019-03-02"}
        offer = read_offer(written(output=7, declared=declared, machine="0f" * 32).ljust(1024), FOR)
        assert (offer.product, offer.offer_price, offer.output) == ("P1", Decimal("6.00"), 7)
        assert (offer.own_api, offer.sales, offer.approved_on) == (True, Decimal("1200.50"), date(2019, 3, 2))
        assert offer.machine == "0f" * 32

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ({"output": 0}, "output_not_readable"),
            ({"output": 2**63}, "output_not_readable"),
            ({"output": True}, "output_not_readable"),
            ({"output": "7"}, "output_not_readable"),
            ({"declared": []}, "declaration_not_readable"),
            ({"declared": {"own_api": "yes"}}, "declaration_not_readable"),
            ({"declared": {"sales": 12.5}}, "declaration_not_readable"),
            ({"declared": {"sales": "-1"}}, "declaration_not_readable"),
            ({"declared": {"approved_on": "2019-02-30"}}, "declaration_not_readable"),
            ({"declared": {"approved_on": "20190302"}}, "declaration_not_readable"),
            ({"offer_price": "0.001"}, "price_not_readable"),
            ({"supplier": "M039"}, "made_for_another_lot_or_supplier"),
        ],
        ids=str,
    )
    def test_says_why_it_cannot(self, said: dict[str, Any], reason: str) -> None:
        with pytest.raises(UnreadableBid, match=f"^{reason}$"):
            read_offer(written(**said), FOR)

    @given(st.dictionaries(st.sampled_from(["product", "offer_price", "output", "declared", "machine"]), anything))
    def test_fails_in_no_other_way(self, said: dict[str, Any]) -> None:
        try:
            offer = read_offer(json.dumps({**FOR, **said}).encode(), FOR)
        except UnreadableBid:
            return
        assert offer.offer_price > 0

    @given(st.binary(max_size=200))
    def test_nor_of_anything_else(self, content: bytes) -> None:
        with pytest.raises(UnreadableBid):
            read_offer(content, FOR)


class TestReadPapers:
    def papers(self, **said: Any) -> Any:
        return read_papers(written(**{"stage": "technical", **said}), FOR)

    def test_reads_what_the_reference_client_writes(self) -> None:
        papers = self.papers(answers={"C1": "是的"}, documents=[DOCUMENT])
        assert papers.answers == {"C1": "是的"}
        [document] = papers.documents
        assert (document.name, document.content) == ("licence.pdf", FILE)

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ({"stage": None}, "made_for_another_lot_or_supplier"),
            ({"answers": {"C1": 1}}, "answers_not_readable"),
            ({"answers": {"C1": "\ud800"}}, "answers_not_readable"),
            ({"documents": {}}, "document_not_readable"),
            ({"documents": ["licence.pdf"]}, "document_not_readable"),
            ({"documents": [DOCUMENT | {"content": "no base64!"}]}, "document_not_readable"),
            ({"documents": [DOCUMENT | {"name": " "}]}, "document_not_readable"),
            ({"documents": [DOCUMENT | {"name": "x" * 201}]}, "document_not_readable"),
            ({"documents": [DOCUMENT | {"sha256": "0" * 64}]}, "document_not_readable"),
        ],
        ids=str,
    )
    def test_says_why_it_cannot(self, said: dict[str, Any], reason: str) -> None:
        with pytest.raises(UnreadableBid, match=f"^{reason}$"):
            self.papers(**said)

    @given(answers=anything, documents=anything)
    def test_fails_in_no_other_way(self, answers: Any, documents: Any) -> None:
        try:
            papers = self.papers(answers=answers, documents=documents)
        except UnreadableBid:
            return
        assert all("\x00" not in text for text in papers.answers.values())


class TestFindingOf:
    def test_what_was_altered_after_receipt_is_the_platforms_fault_and_counts_as_withdrawn(self) -> None:
        assert {finding_of(ALTERED)[name] for name in ("fault", "outcome")} == {"platform", "withdrawn"}

    @pytest.mark.parametrize("reason", ["not_sealed_with_the_tender_key", "not_a_bid", "price_not_readable"])
    def test_anything_else_is_the_bidders_and_revokes_the_bid(self, reason: str) -> None:
        assert {finding_of(reason)[name] for name in ("fault", "outcome")} == {"bidder", "revoked"}
