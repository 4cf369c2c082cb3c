"""The public pages of a tender as people see them: in both languages, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from procurement.models import Agreement
from tests import factories
from tests.cast import Cast

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rule_sets")]

SCREENS = {"desk": (1280, 900), "phone": (390, 844)}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("screen", SCREENS)
class TestTenderPages:
    def test_fit_the_screen_and_hide_nothing(
        self,
        browser: Browser,
        live_server,  # type: ignore[no-untyped-def]
        cast: Cast,
        picture: Callable[[Page, str], Path],
        screen: str,
        language: str,
    ) -> None:
        tender = factories.concluded_tender(cast)
        agreement = Agreement.objects.get(tender=tender)
        parts = ("", "lots/1/", "opening/", "candidates/", "awards/", "agreements/")
        places = {part.strip("/").replace("/", "-") or "tender": f"/tenders/{tender.number}/{part}" for part in parts}
        places |= {"tenders": "/tenders/", "agreement": f"/agreements/{agreement.number}/"}
        width, height = SCREENS[screen]
        context = browser.new_context(
            base_url=live_server.url, locale=language, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        for name, where in places.items():
            answer = page.goto(where)
            assert answer is not None and answer.ok, where
            picture(page, f"public-{name}-{screen}-{language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, where
        context.close()
        assert not complaints
