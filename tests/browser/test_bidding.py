"""A supplier's person bids on the page of a lot in a real Chromium, replaces the bid, and the opening reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from catalog.foundation.clock import spoken
from procurement.models import Bid, BidDocument, Tender
from procurement.services.openings import open_technical, open_tender
from tests import factories
from tests.cast import Cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def hand_in(page: Page, price: str) -> None:
    page.fill("#bid-price", price)
    page.click("form[data-seal-bid] [type=submit]:enabled")
    page.wait_for_selector("[data-again]:not([hidden])")


class TestBidding:
    def test_seals_and_replaces_what_the_opening_reads(
        self, cast: Cast, rule_sets: object, log_in: Open, picture: Callable[[Page, str], Path]
    ) -> None:
        tender = factories.published_tender(cast)
        factories.product(cast.supplier_firm, tender.lots.get().presentation)
        page = log_in(cast.supplier, f"/tenders/{tender.number}/lots/1/bid/", language="en-GB")
        hand_in(page, "6.50")
        assert page.inner_text("[data-status]") == "The bid is in. Keep its receipt."
        with page.expect_download() as download:
            page.click("[data-receipt]")
        kept = json.loads(Path(download.value.path()).read_text())
        first = Bid.objects.get()
        assert kept["receipt"] == first.receipt
        page.click("#bids summary")
        assert page.is_visible("#bids button.danger")
        page.click("[data-again]")
        page.wait_for_selector("[data-url*='/replace/'] [type=submit]:enabled")
        assert spoken(first.received_at) in page.inner_text("#bids")
        hand_in(page, "5.75")
        assert page.locator("#bids .state").all_inner_texts() == ["sealed", "replaced"]
        picture(page, "bid-page")
        now = timezone.now()
        Tender.objects.update(deadline_at=now)
        factories.release(tender, cast.officer, cast.supervisor, at=now)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=now)
        assert Bid.objects.count() == 2
        assert Bid.objects.standing().get().offer_price == Decimal("5.75")

    def test_says_what_an_offer_is_per_unit_and_warns_above_the_ceiling(
        self, cast: Cast, rule_sets: object, log_in: Open
    ) -> None:
        tender = factories.published_tender(cast)
        lot = tender.lots.select_related("presentation").get()
        factories.product(cast.supplier_firm, lot.presentation)
        page = log_in(cast.supplier, f"/tenders/{tender.number}/lots/1/bid/", language="en-GB")
        ceiling = f"{lot.ceiling_price.normalize():f}"
        page.fill("#bid-price", "2.40")
        assert page.inner_text("#bid-unit-price") == f"= 0.1 yuan per unit; ceiling {ceiling}"
        page.fill("#bid-price", "2400")
        assert page.inner_text("#bid-unit-price").startswith(f"= 100 yuan per unit, above the ceiling of {ceiling}")
        page.fill("#bid-price", "much")
        assert page.inner_text("#bid-unit-price") == ""

    def test_seals_answers_and_documents_in_an_envelope_of_their_own(
        self, cast: Cast, rule_sets: object, log_in: Open, tmp_path: Path
    ) -> None:
        tender = factories.two_envelope_tender(cast)
        factories.product(cast.supplier_firm, tender.lots.get().presentation)
        licence = tmp_path / "licence.pdf"
        licence.write_bytes(factories.LICENCE)
        page = log_in(cast.supplier, f"/tenders/{tender.number}/lots/1/bid/", language="en-GB")
        page.fill("#bid-price", "6.50")
        page.fill("#bid-answer-scale", " ")
        page.click("form[data-seal-bid] [type=submit]:enabled")
        page.wait_for_function("document.querySelector('[data-status]').textContent.includes('envelope is empty')")
        assert not Bid.objects.exists()
        page.fill("#bid-answer-scale", "年产 10 亿片")
        page.set_input_files("#bid-documents", str(licence))
        hand_in(page, "6.50")
        now = timezone.now()
        Tender.objects.update(deadline_at=now)
        factories.release(tender, cast.officer, cast.supervisor, at=now)
        open_technical(tender_id=tender.pk, actor=cast.platform, at=now)
        read = Bid.objects.get()
        assert (read.answers["scale"], read.offer_price) == ("年产 10 亿片", None)
        assert bytes(BidDocument.objects.get().content) == factories.LICENCE
