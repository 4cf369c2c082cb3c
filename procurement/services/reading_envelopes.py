"""Decrypting the envelopes of one stage and holding what they say against the registers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from typing import Any

from catalog.models import Presentation, Product
from catalog.rules.price_ratio import ratio
from catalog.rules.strengths import Strength
from procurement.models import Bid
from procurement.rules.envelopes import (
    ALTERED,
    NOT_OF_THE_LOT,
    NOT_SEALED,
    NOT_THE_SHORTLISTED,
    NOT_THE_SUPPLIERS,
    Offer,
    Papers,
    UnreadableBid,
    read_offer,
    read_papers,
)
from procurement.rules.sealing import CannotOpen, unseal
from procurement.services.receipts import is_as_received
from procurement.states import Stage

# As many decimals as a bid keeps of its price ratio.
KEPT_RATIO = Decimal("1E-30")
WORKING = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Readable:
    """A bid whose envelope holds an offer or papers, with the product that they are about."""

    bid: Bid
    said: Offer | Papers
    product: Product
    price_ratio: Decimal | None


@dataclass(slots=True)
class Outcome:
    """What came of the envelopes: those that could be read, and for the others the code of the reason."""

    readable: list[Readable] = field(default_factory=list)
    spoiled: list[tuple[Bid, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """Reads the envelopes of a stage with the tender's private key; ``strength_base`` is of its price-ratio rules.

    ``withdrawn`` are the ids of bids that their suppliers took back, whatever their rows say now.
    """

    stage: Stage
    private: bytes
    strength_base: Decimal
    withdrawn: frozenset[int] = frozenset()
    # what stands on a package, read once for all its bids
    contents: dict[int, Strength | None] = field(default_factory=dict)

    def read(self, bids: Sequence[Bid]) -> Outcome:
        """Decrypt, check and read; the products of all bids are looked up in one query."""
        outcome = Outcome()
        said = list(self._said(bids, outcome))
        products = {
            product.code: product
            for product in Product.objects.filter(code__in={item.product for _bid, item in said}).select_related(
                "presentation"
            )
        }
        for bid, item in said:
            try:
                outcome.readable.append(self._judge(bid, item, products))
            except UnreadableBid as error:
                outcome.spoiled.append((bid, str(error)))
        return outcome

    def _said(self, bids: Iterable[Bid], outcome: Outcome) -> Iterator[tuple[Bid, Offer | Papers]]:
        for bid in bids:
            try:
                yield bid, self._decrypt(bid)
            except UnreadableBid as error:
                outcome.spoiled.append((bid, str(error)))

    def _decrypt(self, bid: Bid) -> Offer | Papers:
        is_technical = self.stage == Stage.TECHNICAL
        stored, digest = (
            (bid.technical_envelope, bid.technical_sha256) if is_technical else (bid.envelope, bid.envelope_sha256)
        )
        ciphertext = bytes(stored or b"")
        if bid.pk in self.withdrawn:
            raise UnreadableBid(ALTERED)
        if hashlib.sha256(ciphertext).hexdigest() != digest or not is_as_received(bid):
            raise UnreadableBid(ALTERED)
        try:
            plain = unseal(ciphertext, self.private)
        except CannotOpen:
            raise UnreadableBid(NOT_SEALED) from None
        expected: dict[str, Any] = {
            "tender": bid.lot.tender.number,
            "lot": bid.lot.number,
            "supplier": bid.supplier.code,
        }
        return read_papers(plain, expected) if is_technical else read_offer(plain, expected)

    def _judge(self, bid: Bid, said: Offer | Papers, products: Mapping[str, Product]) -> Readable:
        """Hold the product against the supplier, the lot, and the papers that were shortlisted.

        Raises:
            UnreadableBid
        """
        product = products.get(said.product)
        if product is None or product.manufacturer_id != bid.supplier_id:
            raise UnreadableBid(NOT_THE_SUPPLIERS)
        asked, offered = bid.lot.presentation, product.presentation
        if (offered.medicine_id, offered.form) != (asked.medicine_id, asked.form):
            raise UnreadableBid(NOT_OF_THE_LOT)
        if bid.product_id is not None and bid.product_id != product.pk:
            raise UnreadableBid(NOT_THE_SHORTLISTED)
        return Readable(bid, said, product, self._price_ratio(offered, asked))

    def _price_ratio(self, offered: Presentation, asked: Presentation) -> Decimal | None:
        """What a unit of the offered strength costs against one of the lot's; none where they cannot be compared."""
        own, reference = self._content(offered), self._content(asked)
        if own == reference:
            return Decimal(1)
        if own is None or reference is None:
            return None
        try:
            quantity_ratio = own.ratio_to(reference)
        except ValueError:
            return None
        with localcontext(WORKING):
            return ratio(quantity_ratio, self.strength_base).quantize(KEPT_RATIO)

    def _content(self, presentation: Presentation) -> Strength | None:
        if presentation.pk not in self.contents:
            self.contents[presentation.pk] = presentation.content
        return self.contents[presentation.pk]
