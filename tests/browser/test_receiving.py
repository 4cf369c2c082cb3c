"""The receiving page with a scanner, which is a keyboard that ends each code with Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from distribution.models import DespatchLine, Receipt
from tests import factories
from tests.browser.conftest import Open
from tests.cast import Cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CODES = [f"8123456000000000000{number}" for number in range(3)]


def scan(page: Page, code: str) -> None:
    """A scanner types without looking where the focus is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


class TestReceivingWithAScanner:
    def test_goes_from_the_first_pack_to_the_receipt_by_keys_alone(
        self, cast: Cast, rule_sets: object, log_in: Open
    ) -> None:
        [agreed] = factories.agreement_lines(cast, at=timezone.now())
        agreed.product.trace_prefix = "8123456"
        agreed.product.save()
        despatch = factories.despatch(cast, {agreed: 3}, at=timezone.now())
        page = log_in(cast.pharmacist, f"/portal/despatches/{despatch.pk}/receive/?by=scanner", language="en-GB")
        # faster than the answers come
        for code in CODES:
            scan(page, code)
        page.wait_for_function("document.querySelector('#scanned').textContent.includes('3 of 3')")
        scan(page, CODES[0])
        page.wait_for_function("document.querySelector('#scanned.bad')?.textContent.includes('scanned before')")
        assert page.evaluate("document.activeElement.id") == "scan"
        [line] = despatch.lines.all()
        assert page.input_value(f"[name=line-{line.pk}-accepted]") == "3"
        button = page.get_by_role("button", name="Record the receipt")
        for _tab in range(20):
            page.keyboard.press("Tab")
            if button.evaluate("element => element === document.activeElement"):
                break
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/portal/despatches/{despatch.pk}/")
        assert Receipt.objects.count() == 1
        assert DespatchLine.objects.get().trace_codes.filter(is_active=True).count() == 3
