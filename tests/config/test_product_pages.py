"""The public page of a product, and its prices as a drawing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from catalog.services.product_life import suspend_product, withdraw_product
from catalog.states import Scheme, Storage
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.config.products import guide, hospitals, list_as_essential, pay, provinces, reimburse, sell, state

YEAR_2024 = "from=2024-01-01&to=2024-12-31"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def product(cast: Cast, rule_sets: object) -> Product:
    """24 capsules of the supplier, without any price."""
    return factories.product(cast.supplier_firm)


def drawn(client: Client, of: Product, query: str = YEAR_2024) -> Element:
    response = client.get(f"/products/{of.code}/prices.svg?{query}")
    assert response.status_code == 200, response.content
    return ElementTree.fromstring(response.content)


def lines(svg: Element, *classes: str) -> list[Element]:
    return [line for line in svg.iter(f"{SVG}line") if set(classes) <= set(line.attrib["class"].split())]


def steps(svg: Element, *classes: str) -> list[str]:
    """What the steps of the plot say, without those of the legend and the labels."""
    titles = (line.find(f"{SVG}title") for line in lines(svg, "step", *classes))
    return [title.text or "" for title in titles if title is not None]


def last_values(svg: Element) -> dict[str, str]:
    """The values at the end of the lines by their names."""
    spans = (list(text) for text in svg.iter(f"{SVG}text") if len(text) == 2)
    return {name.text or "": value.text or "" for value, name in spans}


class TestPrices:
    def test_draws_each_guide_price_as_a_step(self, client: Client, product: Product) -> None:
        state(product, "9.80", number="甲号", since=date(2023, 1, 1))
        state(product, "8.72", number="乙号", since=date(2024, 7, 1))
        svg = drawn(client, product)
        assert steps(svg, "guide") == [
            "甲号 零售指导价格 · 2024-01-01 – 2024-06-30: ¥9.80",
            "乙号 零售指导价格 · 2024-07-01 – 2024-12-31: ¥8.72",
        ]
        assert len(lines(svg, "guide", "riser")) == 1
        assert last_values(svg) == {"Guide price": "¥8.72"}

    def test_dashes_what_is_derived(self, client: Client, product: Product, cast: Cast) -> None:
        small = factories.product(cast.supplier_firm, product.presentation, pack_quantity=12)
        state(small, "5.20", number="甲号", since=date(2023, 1, 1), is_representative=True)
        state(product, "8.72", number="乙号", since=date(2024, 7, 1))
        svg = drawn(client, product)
        [derived] = steps(svg, "derived")
        assert derived.endswith("2024-06-30: ¥10.10") and len(steps(svg, "guide")) == 2

    def test_draws_every_province_in_its_own_colour(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        pay(product, "6.50", since=date(2023, 1, 1), until=date(2024, 3, 1))
        pay(product, "6.00", since=date(2024, 3, 1))
        pay(product, "5.55", since=date(2024, 2, 1), until=date(2024, 6, 1), province_id=HUBEI)
        svg = drawn(client, product, f"{YEAR_2024}&province={HENAN}")
        assert len(steps(svg, "p0", "chosen")) == 2 and len(steps(svg, "p1")) == 1
        assert not lines(svg, "crowd")
        assert last_values(svg) == {"Guide price": "¥8.72", "河南省": "¥6.00", "湖北省": "¥5.55"}

    def test_draws_many_provinces_as_a_crowd_around_the_chosen_one(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        codes = [HENAN, HUBEI, *(region.pk for region in provinces(6))]
        for position, code in enumerate(codes):
            pay(product, f"6.{position}0", since=date(2023, 1, 1), province_id=code)
        svg = drawn(client, product, f"{YEAR_2024}&province={HUBEI}")
        assert len(steps(svg, "crowd")) == 7 and len(steps(svg, "chosen")) == 1
        assert last_values(svg) == {"Guide price": "¥8.72", "湖北省": "¥6.10"}
        assert "from ¥6.00 to ¥6.70" in svg.findtext(f"{SVG}desc", "")
        # one in the plot, as nothing changes, and one in the legend
        assert len([rect for rect in svg.iter(f"{SVG}rect") if rect.attrib["class"] == "band"]) == 2
        everybody = drawn(client, product)
        assert len(steps(everybody, "crowd")) == 8 and last_values(everybody) == {"Guide price": "¥8.72"}

    def test_joins_the_medians_of_months_that_follow_each_other(
        self, client: Client, product: Product, cast: Cast
    ) -> None:
        sold = {date(2024, month, 5): f"6.{month}0" for month in (1, 2, 3, 6, 7)}
        sell(product, sold, at=cast.hospital)
        sell(product, {date(2024, 7, 9): "1.00"}, at=cast.other_hospital)
        svg = drawn(client, product, f"{YEAR_2024}&province={HENAN}")
        assert len([line for line in lines(svg, "retail") if "step" not in line.attrib["class"]]) == 3
        assert last_values(svg) == {"Retail median": "¥6.70"}
        assert last_values(drawn(client, product)) == {"Retail median": "¥3.85"}

    @pytest.mark.parametrize(("language", "said"), [("en", "No price is known"), ("zh-hans", "")])
    def test_says_so_where_no_price_is_known(self, language: str, said: str, client: Client, product: Product) -> None:
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        svg = drawn(client, product)
        texts = [text.text or "" for text in svg.iter(f"{SVG}text")]
        assert any(said in text for text in texts) and not last_values(svg)
        assert svg.attrib["lang"] == language and product.code not in texts

    def test_carries_no_script_and_may_be_kept_for_a_while(self, client: Client, product: Product) -> None:
        where = f"/products/{product.code}/prices.svg"
        response = client.get(where)
        assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
        assert response["Cache-Control"] == "public, max-age=600"
        assert {"Cookie", "Accept-Language"} <= {name.strip() for name in response["Vary"].split(",")}
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert b"<script" not in response.content
        assert client.get(where, headers={"if-none-match": response["ETag"]}).status_code == 304

    def test_escapes_names(self, client: Client, product: Product) -> None:
        product.manufacturer.short_name = "<script>alert(1)</script>"
        product.manufacturer.save()
        assert b"<script" not in client.get(f"/products/{product.code}/prices.svg").content

    @pytest.mark.parametrize(
        ("query", "status", "said"),
        [
            ("from=2024-05-01&to=2024-04-30", 400, "2024-05-01 is after 2024-04-30"),
            ("from=yesterday", 400, "“yesterday” is not a day"),
            ("to=2024-02-30", 400, "“2024-02-30” is not a day"),
            ("to=9999-12-31", 400, "is not a day from 1949-10-01 to 2099-12-31"),
            ("from=1949-10-01&to=2026-01-01", 400, "more than fifty years"),
            ("province=999999", 404, "“999999”"),
            ("province=410100", 404, "“410100”"),
            ("province=%00", 404, "There is no region"),
        ],
    )
    def test_refuses_in_words(self, query: str, status: int, said: str, client: Client, product: Product) -> None:
        response = client.get(f"/products/{product.code}/prices.svg?{query}")
        assert (response.status_code, response["Content-Type"]) == (status, "text/plain; charset=utf-8")
        assert said in response.content.decode()
        assert "Cache-Control" not in response

    def test_an_unknown_product_is_not_there(self, client: Client, product: Product) -> None:
        response = client.get("/products/NOSUCH/prices.svg")
        assert response.status_code == 404 and "“NOSUCH”" in response.content.decode()

    def test_a_single_day_can_be_drawn(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        svg = drawn(client, product, "from=2024-01-01&to=2024-01-01")
        assert steps(svg, "guide") == ["甲号 零售指导价格 · 2024-01-01 – 2024-01-01: ¥8.72"]

    def test_costs_the_same_for_many_provinces(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        pay(product, "6.00", since=date(2023, 1, 1))
        drawn(client, product)
        with CaptureQueriesContext(connection) as one:
            drawn(client, product)
        for region in provinces(24):
            pay(product, "6.00", since=date(2023, 1, 1), until=date(2024, 5, 1), province_id=region.pk)
            pay(product, "5.00", since=date(2024, 5, 1), province_id=region.pk)
        for hospital in hospitals(5):
            sell(product, {date(2024, month, 1): "6.00" for month in range(1, 13)}, at=hospital)
        with CaptureQueriesContext(connection) as many:
            drawn(client, product)
        assert len(many) == len(one)


class TestPage:
    def page(self, client: Client, of: Product, query: str = "") -> str:
        response = client.get(f"/products/{of.code}/?{query}")
        assert response.status_code == 200
        return str(response.content.decode())

    def test_says_what_it_is(self, client: Client, product: Product) -> None:
        product.presentation.medicine.inn, product.presentation.medicine.atc = "Amoxicillin", "J01CA04"
        product.presentation.medicine.save()
        product.approval_number, product.licence_valid_until = "国药准字H41020001", factories.TODAY - timedelta(days=1)
        product.storage, product.shelf_life_months, product.is_controlled = Storage.COLD, 24, True
        product.save()
        page = self.page(client, product)
        for text in ("阿莫西林", "Amoxicillin", "J01CA04", "胶囊", "0.25g", "华夏制药有限公司", "国药准字H41020001"):
            assert text in page
        assert "cold chain" in page and "keeps for 24 months" in page and "narcotic or psychotropic" in page
        assert "expired" in page and "trading" in page

    def test_says_what_it_costs_and_on_what_it_rests(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="发改价格〔2023〕1号", since=date(2023, 1, 1))
        pay(product, "6.00", since=date(2024, 1, 1))
        reimburse(product, [(Scheme.EMPLOYEES, "0.75"), (Scheme.RESIDENTS, "0.50")])
        page = self.page(client, product, f"province={HENAN}&on=2024-06-01&tier=primary")
        for text in (
            "¥8.72",
            "发改价格〔2023〕1号",
            "¥6.00",
            "direct listing · LS-1",
            "zero mark-up",
            "卫药政发〔2009〕78号",
        ):
            assert text in page
        # of 6.00 the schemes leave a quarter and a half; no edition of the list holds, so that there is no bonus
        for text in ("urban employees", "¥1.50", "urban and rural residents", "¥3.00", "豫医保〔2020〕1号"):
            assert text in page
        assert "no edition of the list holds on the day" in page

    def test_says_that_it_is_essential_and_by_which_entry(self, client: Client, product: Product) -> None:
        state(product, "6.00", number="甲号", since=date(2023, 1, 1))
        reimburse(product, [(Scheme.EMPLOYEES, "0.75")])
        list_as_essential(product)
        page = self.page(client, product)
        assert "listed in any form and strength (国家基本药物目录（2018年版）, no. 7)" in page
        # the scheme pays a tenth more of 6.00
        assert "¥0.90" in page and "not essential" not in page

    def test_explains_a_derived_price_step_by_step(self, client: Client, product: Product, cast: Cast) -> None:
        small = factories.product(cast.supplier_firm, product.presentation, pack_quantity=12)
        state(small, "5.20", number="甲号", since=date(2023, 1, 1), is_representative=True)
        page = self.page(client, product)
        for text in (
            "¥10.10",
            "derived",
            "pack quantity: X = 2, K = 1.95",
            "rounding → 10.1",
            "发改价格〔2011〕2452号",
        ):
            assert text in page

    def test_answers_for_the_level_and_province_asked_for(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        pay(product, "5.55", since=date(2024, 1, 1), province_id=HUBEI)
        reimburse(product, [(Scheme.EMPLOYEES, "0.75")], tier="tertiary")
        assert "Procurement price in 湖北省" in self.page(client, product)
        assert "Procurement price in 河南省" in self.page(client, product, f"province={HENAN}")
        assert "urban employees" in self.page(client, product, f"province={HENAN}&tier=tertiary")
        assert "no reimbursement terms" in self.page(client, product, f"province={HENAN}&tier=secondary")

    def test_shows_the_drawing_and_the_same_numbers_as_tables(
        self, client: Client, product: Product, cast: Cast
    ) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        pay(product, "6.00", since=date(2024, 3, 1))
        sell(product, {date(2024, 4, 5): "6.40"}, at=cast.hospital)
        page = self.page(client, product, f"province={HENAN}&{YEAR_2024}")
        assert f"prices.svg?province={HENAN}&amp;from=2024-01-01&amp;to=2024-12-31" in page
        for text in ("2024-03-01", "¥6.00", "2024-04", "¥6.40", "Median retail price ¥6.40 in 2024-04"):
            assert text in page

    def test_tells_in_the_tables_how_long_a_price_holds(self, client: Client, product: Product) -> None:
        state(product, "9.80", number="甲号", since=date(2023, 1, 1))
        state(product, "8.72", number="乙号", since=date(2024, 7, 1))
        pay(product, "6.50", since=date(2023, 2, 1), until=date(2025, 3, 1))
        pay(product, "6.00", since=date(2025, 3, 1))
        cells = r'(?:From|Until before)">([^<]+)<'
        shown = re.findall(cells, self.page(client, product, YEAR_2024))
        assert shown == ["2023-01-01", "2024-07-01", "2024-07-01", "–", "2023-02-01", "2025-03-01"]
        later = re.findall(cells, self.page(client, product, "from=2025-04-01&to=2025-04-30"))
        assert later == ["2024-07-01", "–", "2025-03-01", "–"]

    def test_speaks_of_rules_in_words(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        assert "the guide price is the highest retail price" in self.page(client, product)
        pay(product, "6.00", since=date(2024, 1, 1))
        page = self.page(client, product)
        assert "medicines are sold at the purchase price, zero mark-up" in page and "CN.2009" not in page

    def test_gives_the_bonus_in_percentage_points(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        reimburse(product, [(Scheme.EMPLOYEES, "0.75")])
        assert "pays 75%, and 10 percentage points more for essential medicines" in self.page(client, product)

    def test_shows_how_it_is_used(self, client: Client, product: Product) -> None:
        assert "No guideline and no prescription set in force on the day" in self.page(client, product)
        guide(product, {"社区获得性肺炎": "0.5g"})
        page = self.page(client, product)
        for text in ("社区获得性肺炎", "0.5g", "每6–8小时一次", "国家基本药物处方集", "2018年版", "since 2019-01-01"):
            assert text in page
        assert "社区获得性肺炎" not in self.page(client, product, "on=2018-12-31")

    def test_says_when_it_is_not_traded(self, client: Client, product: Product, cast: Cast) -> None:
        suspend_product(product_id=product.pk, reason="质量抽检不合格", actor=cast.officer, at=factories.NOW)
        page = self.page(client, product)
        assert "The trade in this product is suspended" in page and "质量抽检不合格" in page
        withdraw_product(product_id=product.pk, reason="注册证注销", actor=cast.officer, at=factories.NOW)
        page = self.page(client, product)
        assert "This product was withdrawn" in page and "注册证注销" in page

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_stands_without_any_price_and_without_inline_code(
        self, language: str, client: Client, product: Product
    ) -> None:
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        page = self.page(client, product)
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", page)

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("on=today", "“today” is not a day"),
            ("tier=village", "“village” is no level of institution; there are: tertiary, secondary, primary"),
            ("from=2024-05-01&to=2024-04-30", "2024-05-01 is after 2024-04-30"),
        ],
    )
    def test_says_what_is_asked_for_wrongly(self, query: str, said: str, client: Client, product: Product) -> None:
        response = client.get(f"/products/{product.code}/?{query}")
        assert response.status_code == 400 and said in response.content.decode()

    @pytest.mark.parametrize("where", ["/products/NOSUCH/", "/products/a%00b/", "/products/{code}/?province=999999"])
    def test_what_is_unknown_is_not_there(self, where: str, client: Client, product: Product) -> None:
        response = client.get(where.format(code=product.code))
        assert response.status_code == 404 and "There is no such page" in response.content.decode()

    def test_stands_before_any_region_is_entered(self, client: Client, db: None) -> None:
        maker = factories.Organization.objects.create(code="M", kind="supplier", name="药厂")
        assert "No province is entered yet" in self.page(client, factories.product(maker))

    def test_costs_the_same_for_a_long_history(self, client: Client, product: Product) -> None:
        state(product, "8.72", number="甲号", since=date(2023, 1, 1))
        pay(product, "6.00", since=date(2023, 1, 1))
        reimburse(product, [(Scheme.EMPLOYEES, "0.75")])
        guide(product, {"肺炎": "0.5g"})
        sell(product, {date(2024, 1, 1): "6.00"}, at=factories.Organization.objects.get(code="HOSP-HA"))
        self.page(client, product)
        with CaptureQueriesContext(connection) as one:
            self.page(client, product)
        for region in provinces(24):
            pay(product, "6.00", since=date(2023, 1, 1), province_id=region.pk)
        for number in range(24):
            guide(product, {f"适应证{number}": "0.5g"}, title=f"指南{number}")
        for hospital in hospitals(24):
            sell(product, {date(2024, month, 1): "6.00" for month in range(1, 13)}, at=hospital)
        with CaptureQueriesContext(connection) as many:
            self.page(client, product)
        assert len(many) == len(one)
