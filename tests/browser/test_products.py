"""The product's page with its drawing, and the portal's basket with what it says of use and price, in real Chromium."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.models import Product
from catalog.states import Scheme
from tests import factories
from tests.browser.conftest import Open
from tests.cast import HENAN, HUBEI, Cast
from tests.config import products

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Picture = Callable[["Page", str], Path]
YEAR = factories.TODAY.year


def with_a_past(cast: Cast, *, more_provinces: int) -> Product:
    """Derived at first, then stated twice; prices of some provinces, and four years of retail prices."""
    known = factories.presentation()
    small, large = (factories.product(cast.supplier_firm, known, pack_quantity=pack) for pack in (12, 24))
    products.state(small, "5.20", number="发改价格〔2019〕1号", since=date(2019, 1, 1), is_representative=True)
    products.state(large, "9.80", number="发改价格〔2023〕7号", since=date(YEAR - 3, 3, 1), until=date(YEAR - 1, 5, 1))
    products.state(large, "8.72", number="发改价格〔2025〕3号", since=date(YEAR - 1, 5, 1))
    chance = random.Random(7)
    crowd = [region.pk for region in products.provinces(more_provinces)]
    for position, province in enumerate([HENAN, HUBEI, *crowd]):
        price, begin = Decimal("7.90") - Decimal(position % 7) / 10, date(YEAR - 3, 4 + position % 5, 1)
        for year in (YEAR - 2, YEAR - 1, YEAR):
            end = date(year, 1 + position % 9, 1)
            products.pay(large, f"{price:.2f}", since=begin, until=end, province_id=province)
            begin, price = end, price * Decimal(chance.choice(["0.80", "0.86", "0.93", "0.97"]))
        products.pay(large, f"{price:.2f}", since=begin, province_id=province)
    for position, hospital in enumerate(products.hospitals(5)):
        sold = {
            date(year, month, 3 + position): f"{Decimal('8.4') - Decimal((year - YEAR + 3) * 12 + month) / 15:.2f}"
            for year in range(YEAR - 3, YEAR + 1)
            for month in range(1, 13)
            if date(year, month, 3 + position) < factories.TODAY and (year, month) != (YEAR - 1, 6)
        }
        products.sell(large, sold, at=hospital)
    products.reimburse(large, [(Scheme.EMPLOYEES, "0.75"), (Scheme.RESIDENTS, "0.55")])
    products.guide(large, {"呼吸道感染": "0.5g", "幽门螺杆菌": "1g"})
    return large


class TestProductPage:
    @pytest.mark.parametrize(("more", "language"), [(1, "en"), (24, "zh-CN")])
    def test_shows_its_drawing(
        self,
        more: int,
        language: str,
        cast: Cast,
        rule_sets: object,
        browser: Browser,
        live_server,  # type: ignore[no-untyped-def]
        picture: Picture,
    ) -> None:
        product = with_a_past(cast, more_provinces=more)
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 390)):
            context = browser.new_context(
                base_url=live_server.url,
                locale=language,
                color_scheme=scheme,  # type: ignore[arg-type]
                viewport={"width": width, "height": 900},
            )
            page = context.new_page()
            page.goto(f"/products/{product.code}/")
            assert page.evaluate("document.querySelector('.plot img').naturalWidth") == 960
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            picture(page, f"product-{more}-{language}-{scheme}-{width}")
            page.goto(f"/products/{product.code}/prices.svg?province={HENAN}")
            assert page.locator("svg .guide.step").count() > 0
            context.close()


class TestBasket:
    @pytest.mark.parametrize("width", [1280, 390])
    def test_unfolds_how_a_product_is_used(
        self, width: int, cast: Cast, rule_sets: object, log_in: Open, picture: Picture
    ) -> None:
        cast.hospital.tier = "primary"
        cast.hospital.save()
        line, _other = factories.agreement_lines(cast, ["阿莫西林", "头孢拉定"])
        # primary institutions order essential medicines alone
        products.list_as_essential(line.product)
        products.reimburse(line.product, [(Scheme.EMPLOYEES, "0.75"), (Scheme.RESIDENTS, "0.55")])
        products.guide(line.product, {"呼吸道感染": "0.5g", "幽门螺杆菌": "1g"})
        page = log_in(cast.buyer, "/portal/requisitions/new/")
        page.set_viewport_size({"width": width, "height": 900})
        unfolded = page.locator("details.use").first
        unfolded.locator("summary").click()
        assert unfolded.get_by_text("幽门螺杆菌").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        picture(page, f"portal-basket-use-{width}")
