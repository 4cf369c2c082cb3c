"""The public pages: open to everybody, and silent about bids until a lot is awarded."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import views
from tests import factories
from tests.cast import HENAN, HUBEI, Cast


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


class TestHome:
    def test_stands_without_a_login(self, client: Client, db: None) -> None:
        page = client.get("/").content.decode()
        for address in ("/portal/", "/admin/", "/api/docs/"):
            assert f'href="{address}"' in page
        assert "No tender has been published yet" in page

    def test_lists_what_is_published_and_no_drafts(self, client: Client, cast: Cast, rule_sets: object) -> None:
        draft = factories.drafted_tender(cast)
        published = factories.published_tender(cast)
        page = client.get("/").content.decode()
        assert published.number in page and draft.number not in page
        assert client.get(f"/tenders/{draft.number}/").status_code == 404

    def test_shows_the_awards(self, client: Client, cast: Cast, rule_sets: object) -> None:
        factories.awarded_tender(cast)
        page = client.get("/").content.decode()
        assert "华夏制药有限公司" in page and "¥6.00" in page
        assert "长江制药有限公司" not in page


class TestEssentialMedicines:
    WHERE = "/essential-medicines/"

    @pytest.fixture
    def editions(self, cast: Cast) -> None:
        """The list of 2018 after that of 2009, a draft, and an addition of Henan."""
        factories.edition({}, code="2009", valid_from=date(2009, 9, 21), valid_until=date(2018, 11, 1))
        others = ({"number": str(number), "name": f"药{number}", "category": "其他"} for number in range(10, 70))
        tcm = {
            "part": "tcm",
            "number": "1",
            "name": "银翘解毒丸",
            "specialist": "yes",
            "category": "内科",
            "subcategory": "",
        }
        factories.edition({}, *others, tcm)
        factories.drafted_edition(cast, {"name": "未公布"})
        factories.addition(cast, factories.presentation("复方丹参滴丸"))

    def test_are_none_without_an_edition(self, client: Client, db: None) -> None:
        assert "No edition of the list is in force" in client.get(self.WHERE).content.decode()

    @pytest.mark.usefixtures("editions")
    def test_are_those_in_force_page_by_page(self, client: Client) -> None:
        first = client.get(self.WHERE).content.decode()
        assert "国家基本药物目录(2018年版)" in first and "阿莫西林" in first and "胶囊 0.25g" in first
        assert "银翘解毒丸" not in first and "未公布" not in first and "2026年版" not in first
        assert 'href="/products/?q=%E9%98%BF%E8%8E%AB%E8%A5%BF%E6%9E%97"' in first
        second = client.get(self.WHERE, {"page": 2}).content.decode()
        assert "银翘解毒丸" in second and "△" in second

    @pytest.mark.usefixtures("editions")
    @pytest.mark.parametrize(
        ("question", "found"),
        [
            *(
                ({"edition": "2009"}, 1),
                ({"part": "tcm"}, 1),
                ({"section": "其他 › 青霉素类"}, 60),
                ({"section": "其他"}, 60),
            ),
            *(({"q": "银翘"}, 1), ({"q": "yq"}, 1), ({"q": "银翘", "part": "chemical"}, 0), ({"q": "%"}, 0)),
            *(
                ({name: value}, 62)
                for name in ("edition", "part", "section", "province", "page")
                for value in ("\x00", "x" * 5000)
            ),
            *(({"q": "\x00"}, 62), ({"q": "x" * 5000}, 0), ({"page": "-1"}, 62), ({"edition": "2026"}, 62)),
        ],
    )
    def test_are_those_asked_for(self, client: Client, question: dict[str, str], found: int) -> None:
        answer = client.get(self.WHERE, question)
        assert answer.status_code == 200
        assert answer.context["page"].paginator.count == found
        assert ("No entry of the list is like this" in answer.content.decode()) == (found == 0)

    @pytest.mark.usefixtures("editions")
    def test_stand_beside_what_a_province_adds(self, client: Client) -> None:
        assert "复方丹参滴丸" not in client.get(self.WHERE).content.decode()
        assert "复方丹参滴丸" in client.get(self.WHERE, {"province": HENAN}).content.decode()
        assert "The province has added nothing" in client.get(self.WHERE, {"province": HUBEI}).content.decode()

    @pytest.mark.usefixtures("editions")
    def test_cost_the_same_for_one_as_for_fifty(self, client: Client) -> None:
        counts = set()
        for question, rows in (({"q": "银翘"}, 1), ({"q": "药"}, 50)):
            with CaptureQueriesContext(connection) as queries:
                assert len(client.get(self.WHERE, question).context["page"]) == rows
            counts.add(len(queries))
        assert len(counts) == 1


class TestProducts:
    WHERE = "/products/"

    def test_ask_for_words_first(self, client: Client, db: None) -> None:
        assert "Say what you are looking for" in client.get(self.WHERE).content.decode()

    def test_are_found_with_their_place_on_the_list(self, client: Client, cast: Cast) -> None:
        factories.edition()
        product = factories.product(cast.supplier_firm)
        other = factories.product(cast.rival_firm, factories.presentation("阿司匹林"))
        page = client.get(self.WHERE, {"q": "阿 制药"}).content.decode()
        for one in (product, other):
            assert f'href="/products/{one.code}/"' in page
        assert page.count(">essential<") == page.count(">not essential<") == 1
        assert page.index("阿司匹林") < page.index(">not essential<")

    def test_come_page_by_page(self, client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(views, "PRODUCTS_PER_PAGE", 2)
        codes = [factories.product(cast.supplier_firm, pack_quantity=size, code=f"C{size}").code for size in (1, 2, 3)]
        first = client.get(self.WHERE, {"q": "阿莫"})
        assert [product.code for product, _ground in first.context["found"]] == codes[:2]
        link = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
        assert link is not None
        second = client.get(self.WHERE + unescape(link[1]))
        assert [product.code for product, _ground in second.context["found"]] == codes[2:]
        assert 'rel="next"' not in second.content.decode() and "First page" in second.content.decode()

    @pytest.mark.parametrize("words", ["没有", "\x00", "%", "'\"<script>", "x" * 5000, "💊", "\\"])
    def test_are_none_for_odd_words(self, client: Client, cast: Cast, words: str) -> None:
        factories.product(cast.supplier_firm)
        answer = client.get(self.WHERE, {"q": words})
        assert answer.status_code == 200 and answer.context["found"] == []
        assert "<script>" not in answer.content.decode()

    @pytest.mark.parametrize("after", ["x", "\x00", "é", "W10=", "A" * 10_000])
    def test_have_no_page_at_a_forged_place(self, client: Client, cast: Cast, after: str) -> None:
        assert client.get(self.WHERE, {"q": "阿莫", "after": after}).status_code == 404

    def test_cost_the_same_for_one_as_for_fifty(self, client: Client, cast: Cast) -> None:
        factories.edition()
        products = [factories.product(cast.supplier_firm, pack_quantity=size) for size in range(1, 51)]
        counts = set()
        for words, rows in ((products[0].code, 1), ("阿莫西林", 50)):
            with CaptureQueriesContext(connection) as queries:
                assert len(client.get(self.WHERE, {"q": words}).context["found"]) == rows
            counts.add(len(queries))
        assert len(counts) == 1


class TestPublicPages:
    @pytest.mark.parametrize("path", ["/essential-medicines/", "/products/?q=a"])
    def test_are_to_be_read(self, client: Client, db: None, path: str) -> None:
        assert client.post(path).status_code == 405
        page = client.get(path).content.decode()
        assert "<script" not in page and " style=" not in page

    @pytest.mark.parametrize("path", ["/essential-medicines/", "/products/"])
    def test_are_linked_from_the_first_one(self, client: Client, db: None, path: str) -> None:
        assert client.get("/").content.decode().count(f'href="{path}"') == 2


class TestErrorPages:
    def test_the_server_error_page_needs_no_request(self) -> None:
        assert "portal/site.css" in render_to_string("500.html")

    def test_an_expired_form_says_what_to_do(self, db: None) -> None:
        response = Client(enforce_csrf_checks=True).post("/portal/login/", headers={"accept-language": "en"})
        assert response.status_code == 403
        assert "The form has expired" in response.content.decode()
