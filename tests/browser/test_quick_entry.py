"""Ordering many lines at once in real Chromium: pasted from a sheet, rounded before the eyes, for a village clinic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from distribution.models import Requisition
from tests import factories
from tests.browser.conftest import Open
from tests.cast import ZHONGYUAN, Cast
from tests.config import products

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Picture = Callable[["Page", str], Path]


def fits(page: Page) -> bool:
    """Is nothing wider than the window?"""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


class TestQuickEntry:
    @pytest.mark.parametrize(("width", "language"), [(1280, "zh-CN"), (390, "en")])
    def test_goes_from_pasted_rows_to_a_submitted_requisition(
        self, width: int, language: str, cast: Cast, rule_sets: object, log_in: Open, picture: Picture
    ) -> None:
        cast.hospital.tier = "secondary"
        cast.hospital.save()
        Organization.objects.create(
            code="VILLAGE",
            kind=OrganizationKind.INSTITUTION,
            name="石佛村卫生室",
            region_id=ZHONGYUAN,
            ordering_centre=cast.hospital,
        )
        lines = factories.agreement_lines(cast, ["阿莫西林", "头孢拉定", "胰岛素"])
        products.guide(lines[0].product, {"呼吸道感染": "0.5g"})
        factories.used(cast.pharmacist, lines[0].product, 300, at=factories.NOW - timedelta(days=5))
        factories.stock_lot(cast.pharmacist, lines[0].product, 30)
        lines[2].product.storage = "cold"
        lines[2].product.save()
        page = log_in(cast.buyer, "/portal/requisitions/new/", language=language)
        page.set_viewport_size({"width": width, "height": 900})
        name = f"portal-quick-{width}-{language}"
        picture(page, f"{name}-1-basket")
        assert fits(page)

        page.locator("details.quick > summary").click()
        page.fill("#pasted", "名称\t数量\n阿莫西林\t100粒\n维生素C\t3\n头孢拉定\t7\n胰岛素\t20瓶")
        page.locator("button[value=paste]").click()
        page.locator("#readings table").wait_for()
        picture(page, f"{name}-2-read")
        assert fits(page)
        # by keyboard alone
        take = page.locator("button[value=take]")
        take.focus()
        take.press("Enter")
        page.locator("#readings .success").wait_for()
        assert page.locator(f"#packs-{lines[0].pk}").input_value() == "5"
        assert page.evaluate("document.activeElement.matches('#readings .success')")
        assert "¥72.00" in page.locator("#total").inner_text()
        page.locator("#recipient").select_option("VILLAGE")
        page.wait_for_function(
            "document.querySelector('.basket tbody tr td:nth-of-type(4)').textContent.trim() === '0'"
        )
        assert page.locator(f"#packs-{lines[0].pk}").input_value() == "5"

        # units become packs as they are typed, with how many more they are
        page.locator(f"[name=as-{lines[2].pk}]").select_option("units")
        page.locator(f"#packs-{lines[2].pk}").fill("30")
        page.wait_for_function(f"document.getElementById('note-{lines[2].pk}').textContent.includes('48')")
        page.locator("#urgency").select_option("emergency")
        page.fill("#urgency_reason", "蛇咬伤抢救")
        picture(page, f"{name}-3-units")
        assert fits(page)
        # not before the rounding was on the page
        page.locator("button[value=save]").click()
        page.locator(".notice.warning").wait_for()
        picture(page, f"{name}-4-look-again")
        page.locator("button[value=save]").click()
        page.wait_for_url("**/portal/requisitions/*/")
        page.locator("form[action$='/submit/'] button").click()
        page.locator(".notice.success").wait_for()
        picture(page, f"{name}-5-submitted")
        assert fits(page)
        requisition = Requisition.objects.get()
        assert (requisition.status, requisition.lines.count()) == ("submitted", 3)
        assert requisition.recipient is not None
