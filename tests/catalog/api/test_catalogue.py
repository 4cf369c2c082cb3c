"""The open part: the list in force, products, prices; and how lists are cut into pages."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.imports import Table
from catalog.foundation.web.pagination import Pages
from catalog.services.editions import load_edition
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.api.calls import Caller, person, problem_in
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db
HEADER = ["part", "number", "name", "inn", "category", "subcategory", "specialist", "form", "strength"]


def load_list(chemical: int, tcm: int = 0) -> None:
    """An edition in force with so many entries in each part."""
    rows = [
        [part, str(number), f"{part}药{number}", f"Inn{part}{number}", "类", "", "no", "片剂", "5mg"]
        for part, entries in (("chemical", chemical), ("tcm", tcm))
        for number in range(1, entries + 1)
    ]
    load_edition(
        code="2026",
        title="国家基本药物目录",
        source="",
        valid_from=date(2020, 1, 1),
        valid_until=None,
        table=Table(HEADER, rows),
        actor=Actor.platform(),
        at=NOW,
    )


def walk(path: str, *, caller: Caller | None = None, link: str = "next") -> list[list[dict[str, Any]]]:
    """All pages of a list."""
    pages = []
    while path:
        answer = (caller or Caller()).get(path)
        assert answer.status_code == 200, answer.content
        pages.append(answer.json()["results"])
        path = answer.json()[link]
        assert len(pages) < 100
    return pages


class TestEssentialMedicines:
    def test_are_those_of_the_list_in_force(self) -> None:
        assert Caller().get("/api/v1/essential-medicines/").json()["results"] == []
        load_list(2, 1)
        [page] = walk("/api/v1/essential-medicines/")
        assert [(entry["part"], entry["number"]) for entry in page] == [("chemical", 1), ("chemical", 2), ("tcm", 1)]
        assert page[0]["medicine"]["inn"] == "Innchemical1"
        assert page[0]["sections"] == [page[0]["section"]] == ["类"]
        [listed] = page[0]["presentations"]
        assert (listed["form"], listed["strength"], listed["family"]) == ("片剂", "5mg", "plain_tablet")
        assert listed["content"] == {
            "amount": "5.000000",
            "unit": "mg",
            "volume_ml": None,
            "basis": "content",
            "salt": "",
        }

    @pytest.mark.parametrize(
        ("words", "found"),
        [("chemical药2", 1), ("INNTCM1", 1), ("没有", 0), ("%", 0), ("chemical药2\x00", 1), ("'", 0), ("_", 0)],
    )
    def test_are_found_by_name(self, words: str, found: int) -> None:
        load_list(3, 1)
        answer = Caller().get("/api/v1/essential-medicines/", {"search": words})
        assert len(answer.json()["results"]) == found

    def test_come_in_pages_that_neither_repeat_nor_leave_out(self) -> None:
        load_list(7, 4)
        pages = walk("/api/v1/essential-medicines/?page_size=3")
        assert [len(page) for page in pages] == [3, 3, 3, 2]
        seen = [(entry["part"], entry["number"]) for page in pages for entry in page]
        assert seen == [("chemical", number) for number in range(1, 8)] + [("tcm", number) for number in range(1, 5)]


class TestPages:
    @pytest.fixture
    def products(self, cast: Cast) -> list[str]:
        """The codes of seven products."""
        return [factories.product(cast.supplier_firm, pack_quantity=size, code=f"C{size}").code for size in range(1, 8)]

    def test_lead_forward_and_back(self, products: list[str]) -> None:
        forward = walk("/api/v1/products/?page_size=3")
        assert [[row["code"] for row in page] for page in forward] == [products[:3], products[3:6], products[6:]]
        last = Caller().get("/api/v1/products/?page_size=3").json()["next"]
        last = Caller().get(last).json()["next"]
        back = walk(last, link="previous")
        assert [row["code"] for page in reversed(back) for row in page] == products

    def test_stay_the_same_while_rows_are_added_before_them(self, cast: Cast, products: list[str]) -> None:
        first = Caller().get("/api/v1/products/?page_size=3").json()
        factories.product(cast.rival_firm, pack_quantity=99, code="A0")
        second = Caller().get(first["next"]).json()
        assert [row["code"] for row in first["results"] + second["results"]] == products[:6]

    @pytest.mark.parametrize(
        ("asked", "given"),
        [("2", 2), ("0", 7), ("-1", 7), ("x", 7), ("1e9", 7), (str(10**30), 5), ("%00", 7), ("6", 5)],
    )
    def test_have_a_largest_size(
        self, products: list[str], asked: str, given: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Pages, "max_page_size", 5)
        assert len(Caller().get(f"/api/v1/products/?page_size={asked}").json()["results"]) == given

    def test_have_at_most_500_rows(self) -> None:
        assert (Pages.page_size, Pages.max_page_size) == (50, 500)

    @pytest.mark.parametrize("cursor", ["", "x", "é", "%00", "====", "A" * 10_000, "💊"])
    @pytest.mark.parametrize("path", ["products/", "tenders/", "orders/"])
    def test_are_not_found_by_a_cursor_that_is_none(self, cast: Cast, path: str, cursor: str) -> None:
        answer = person(cast.supervisor).get(f"/api/v1/{path}", {"cursor": cursor})
        # an empty one decodes to the first page
        assert answer.status_code == 200 if cursor == "" else problem_in(answer, 404, "not-found")

    @pytest.mark.parametrize(
        "tokens",
        [
            *({"p": "x"}, {"p": "\x00"}, {"p": "9" * 400}, {"p": "1e999"}, {"p": "NaN"}, {"p": "0000-00-00"}),
            *({"o": "-1"}, {"o": "x"}, {"r": "x"}, {"o": "9" * 5000}, {"p": "99999-01-01"}),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("path", ["tenders/", "orders/", "entrustments/"])
    def test_are_not_found_by_a_forged_cursor(self, cast: Cast, path: str, tokens: dict[str, str]) -> None:
        cursor = base64.b64encode(urlencode(tokens).encode()).decode()
        answer = person(cast.supervisor).get(f"/api/v1/{path}", {"cursor": cursor})
        # a number too large for a key lies after all keys
        if answer.status_code == 200:
            assert answer.json()["results"] == []
        else:
            problem_in(answer, 404, "not-found")

    def test_link_to_where_they_were_asked_for(self, products: list[str]) -> None:
        link = urlsplit(Caller().get("/api/v1/products/?page_size=3").json()["next"])
        assert (link.netloc, link.path) == ("testserver", "/api/v1/products/")
        assert set(parse_qs(link.query)) == {"page_size", "cursor"}


class TestPrice:
    def test_shows_what_holds_on_the_day(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        factories.guide_price(product.presentation, price="8.72")
        body = Caller().get(f"/api/v1/products/{product.code}/price/?province={HENAN}").json()
        assert (body["province"], body["on"]) == (HENAN, localdate().isoformat())
        assert body["guide_price"]["price"] == "8.7200"
        assert (body["procurement_price"], body["is_essential"]) == (None, False)
        before = Caller().get(f"/api/v1/products/{product.code}/price/?province={HENAN}&on=2001-01-01").json()
        assert before["guide_price"] is None

    @pytest.mark.usefixtures("rule_sets")
    def test_shows_what_was_agreed_in_the_province(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        prices = {
            province: Caller().get(f"/api/v1/products/{line.product.code}/price/?province={province}").json()
            for province in (HENAN, HUBEI)
        }
        assert prices[HENAN]["procurement_price"]["price"] == "6.0000"
        assert prices[HUBEI]["procurement_price"]["price"] == "6.0000"
        past = TODAY.replace(year=TODAY.year - 2, day=1)
        url = f"/api/v1/products/{line.product.code}/price/?province={HENAN}&on={past}"
        assert Caller().get(url).json()["procurement_price"] is None

    def test_is_not_found_for_what_is_no_province(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        for code in ("999999", "410102"):
            problem_in(Caller().get(f"/api/v1/products/{product.code}/price/?province={code}"), 404, "not-found")

    @pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31"])
    def test_answers_for_every_day_there_is(self, cast: Cast, on: str) -> None:
        product = factories.product(cast.supplier_firm)
        url = f"/api/v1/products/{product.code}/price/?province={HENAN}&on={on}"
        assert Caller().get(url).status_code == 200
