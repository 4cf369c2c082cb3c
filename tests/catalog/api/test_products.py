"""Products over the API: searching them, one with all that is known of it, and what it costs and why."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from catalog.queries import search
from catalog.services.product_life import suspend_product
from catalog.states import ListClass, Scheme
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.api.calls import Caller, problem_in
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PRODUCTS = "/api/v1/products/"


class TestSearch:
    @pytest.fixture
    def codes(self, cast: Cast) -> list[str]:
        """Seven products of amoxicillin and one of aspirin."""
        factories.product(cast.rival_firm, factories.presentation("阿司匹林"), code="ASP")
        return [factories.product(cast.supplier_firm, pack_quantity=size, code=f"C{size}").code for size in range(1, 8)]

    def walk(self, question: str, size: int) -> list[str]:
        path, codes = f"{PRODUCTS}?search={question}&page_size={size}", []
        while path:
            body = Caller().get(path).json()
            assert set(body) == {"next", "previous", "results"}
            codes += [row["code"] for row in body["results"]]
            path = body["next"]
        return codes

    @pytest.mark.parametrize("size", [1, 3, 7, 50])
    @pytest.mark.parametrize("sample", [5, 2000])
    def test_comes_in_pages(self, codes: list[str], size: int, sample: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(search, "SAMPLE", sample)
        monkeypatch.setattr(search, "OFTEN", 1)
        assert self.walk("阿莫 华夏", size) == codes
        assert sorted(self.walk("制药", size)) == sorted([*codes, "ASP"])

    def test_puts_the_code_first(self, codes: list[str]) -> None:
        assert self.walk("asp", 50) == ["ASP"]
        assert self.walk("没有", 50) == self.walk("%25", 50) == []

    @pytest.mark.parametrize("words", ["", "%20", "%00"])
    def test_of_nothing_is_the_whole_list_or_none(self, codes: list[str], words: str) -> None:
        assert self.walk(words, 3) == ([] if words == "%00" else sorted([*codes, "ASP"]))

    @pytest.mark.parametrize(
        "cursor",
        [
            *("x", "é", "%00", "====", "A" * 10_000, "💊"),
            *(
                base64.urlsafe_b64encode(text.encode()).decode()
                for text in (
                    *("[]", "{}", "1", '[9, "a", "b"]', '[-2, "a", "b"]', '["0", "a", "b"]', '[true, "a", "b"]'),
                    *(
                        "[0, 1, 2]",
                        "[0, [], []]",
                        '[0, "", {}]',
                        "[0, null, null]",
                        '[0, "\\u0000", ""]',
                        '[0, "\\ud800", ""]',
                        "[" * 5000,
                    ),
                )
            ),
        ],
    )
    def test_has_no_page_at_a_forged_cursor(self, codes: list[str], cursor: str) -> None:
        problem_in(Caller().get(PRODUCTS, {"search": "阿莫", "cursor": cursor}), 404, "not-found")

    def test_costs_the_same_for_one_row_as_for_fifty(self, cast: Cast) -> None:
        for size in range(1, 51):
            factories.product(cast.supplier_firm, pack_quantity=size)
        counts = set()
        for size in (1, 50):
            with CaptureQueriesContext(connection) as queries:
                assert len(Caller().get(PRODUCTS, {"search": "阿莫", "page_size": size}).json()["results"]) == size
            counts.add(len(queries))
        assert len(counts) == 1


class TestProduct:
    def test_is_shown_with_all_that_is_known(self, cast: Cast) -> None:
        factories.edition()
        product = factories.product(cast.supplier_firm)
        Product.objects.filter(pk=product.pk).update(
            approval_number="国药准字H20013021", licence_valid_until=date(2030, 1, 1)
        )
        suspend_product(product_id=product.pk, reason="recall", actor=cast.officer, at=NOW)
        body = Caller().get(f"{PRODUCTS}{product.code}/").json()
        assert body["presentation"]["medicine"] == "阿莫西林"
        assert body["identifiers"] == {
            "approval_number": "国药准字H20013021",
            "standard_code": "",
            "insurance_code": "",
            "gtin": "",
            "trace_prefix": "",
        }
        assert (body["status"], body["status_reason"], body["licence_valid_until"]) == (
            *("suspended", "recall"),
            "2030-01-01",
        )
        assert body["essential"]["is_essential"] is True
        assert (body["essential"]["ground"], "6" in body["essential"]["reason"]) == ("listed", True)

    def test_has_an_address_though_its_code_has_dots(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm, code="86.900.1")
        assert Caller().get(f"{PRODUCTS}{product.code}/").json()["code"] == product.code
        answer = Caller().get(f"{PRODUCTS}{product.code}/price/", {"province": HENAN})
        assert answer.status_code == 200, answer.content

    def test_is_not_found_by_what_no_code_is(self, cast: Cast) -> None:
        problem_in(Caller().get(f"{PRODUCTS}%00/"), 404)

    def test_says_why_it_is_not_essential(self, cast: Cast) -> None:
        factories.edition()
        product = factories.product(cast.supplier_firm, factories.presentation("阿司匹林"))
        essential = Caller().get(f"{PRODUCTS}{product.code}/").json()["essential"]
        assert (essential["is_essential"], essential["ground"]) == (False, "not_listed")


@pytest.mark.usefixtures("rule_sets")
class TestPrice:
    def price(self, product: Product, province: str = HENAN, **question: str) -> dict[str, Any]:
        answer = Caller().get(f"{PRODUCTS}{product.code}/price/", {"province": province} | question)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def test_of_a_stated_ceiling_names_the_decision(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        stated = factories.guide_price(product.presentation, price="8.72")
        ceiling = self.price(product)["guide_price"]
        assert (ceiling["price"], ceiling["is_derived"], ceiling["base"], ceiling["steps"]) == (
            *("8.7200", False),
            *(None, []),
        )
        assert (ceiling["decision"], ceiling["issuer"]) == (stated.decision.number, "国家发展和改革委员会")

    def test_of_a_derived_ceiling_shows_each_step(self, cast: Cast) -> None:
        factories.guide_price(factories.presentation(), price="8.72", is_representative=True)
        product = factories.product(cast.supplier_firm, factories.presentation(strength="0.5g"))
        ceiling = self.price(product)["guide_price"]
        assert (ceiling["price"], ceiling["is_derived"]) == ("14.8000", True)
        assert ceiling["base"] == {"presentation": "阿莫西林 胶囊 0.25g", "pack_quantity": 24, "price": "8.7200"}
        assert ceiling["rules"] == {"title": "药品差比价规则", "source": "发改价格〔2011〕2452号"}
        assert "strength" in [step["numbers"]["name"] for step in ceiling["steps"]]
        assert all(step["words"] and step["numbers"]["price_after"] for step in ceiling["steps"])

    def test_goes_down_to_what_a_patient_pays(self, cast: Cast) -> None:
        factories.edition()
        product = factories.product(cast.supplier_firm)
        factories.guide_price(product.presentation, price="8.72")
        factories.procurement_price(product, "6.00")
        factories.insurance_listing(product.presentation, ListClass.B, "0.10")
        factories.reimbursement_terms(Scheme.EMPLOYEES, rate="0.70", essential_bonus="0.10")
        body = self.price(product)
        assert (body["tier"], body["is_essential"], body["essential"]["ground"]) == ("primary", True, "listed")
        assert body["procurement_price"]["price"] == "6.0000"
        assert (body["procurement_price"]["source"], body["procurement_price"]["source_reference"]) == (
            *("negotiation",),
            "谈判纪要",
        )
        assert body["highest_retail_price"]["price"] == "6.0000"
        assert body["highest_retail_price"]["evidence"]["purchase_price"] == "6.0000"
        assert body["highest_retail_price"]["rules"]["title"] == "零差率"
        assert (body["insurance"]["list_class"], body["insurance"]["self_pay_share"]) == ("B", "0.1000")
        [scheme] = body["reimbursement"]
        # 6.00 × 0.9 × (0.7 + 0.1)
        assert (scheme["scheme"], scheme["scheme_pays"], scheme["patient_pays"]) == ("employees", "4.32", "1.68")

    def test_says_nothing_of_what_is_not_known(self, cast: Cast) -> None:
        body = self.price(factories.product(cast.supplier_firm), HUBEI, tier="tertiary", on="2001-01-01")
        assert (body["guide_price"], body["procurement_price"], body["insurance"]) == (None, None, None)
        assert (body["highest_retail_price"]["price"], body["reimbursement"]) == (None, [])
        assert body["tier"] == "tertiary"

    @pytest.mark.parametrize("question", [{"tier": "village"}, {"on": "soon"}, {"province": "x"}, {"province": "\x00"}])
    def test_is_not_told_where_the_question_cannot_be_read(self, cast: Cast, question: dict[str, str]) -> None:
        product = factories.product(cast.supplier_firm)
        problem_in(Caller().get(f"{PRODUCTS}{product.code}/price/", {"province": HENAN} | question), 400)
