"""Guide prices, what provinces pay, and where others pay less: read, filtered, exported, entered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from catalog.models import GuidePrice, PriceDecision, ProcurementPrice, Product
from catalog.states import PriceSource
from config.navigation import navigation
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.prices_paid import pays
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

ENTER_DECISION = "admin:catalog_pricedecision_enter"
ENTER_PRICE = "admin:catalog_procurementprice_enter"
LINKAGE = "admin:catalog_procurementprice_cheaper_elsewhere"


def lines(*filled: dict[str, Any]) -> dict[str, Any]:
    """The lines of the form, the rest of them empty."""
    values: dict[str, Any] = {"lines-TOTAL_FORMS": "5", "lines-INITIAL_FORMS": "0"}
    for number, line in enumerate(filled):
        values |= {f"lines-{number}-{name}": value for name, value in line.items()}
    return values


AMOXICILLIN = {"medicine": "阿莫西林", "form": "胶囊", "strength": "0.25g", "pack_quantity": "24", "price": "8.72"}
DECISION = {
    "number": "发改价格〔2026〕1号",
    "title": "零售指导价格",
    "issuer": "国家发展和改革委员会",
    "decided_on": "2026-06-01",
    "source": "",
    "valid_from": "2026-07-01",
    "valid_until": "",
}


class TestEnterPriceDecision:
    def test_enters_the_lines_that_are_filled_with_their_marks(self, cast: Cast) -> None:
        factories.presentation()
        marked = AMOXICILLIN | {"pack_quantity": "12", "price": "4.50", "manufacturer": "华夏制药"}
        marked |= {"is_representative": "on", "is_temporary": "on", "temporary_until": "2027-07-01"}
        client = client_of(cast.officer)
        page = post(client, reverse(ENTER_DECISION), **DECISION, **lines(AMOXICILLIN, marked))
        assert "is entered" in page
        stated, only = PriceDecision.objects.get().guide_prices.order_by("-pack_quantity")
        assert (stated.price, stated.manufacturer, stated.is_representative) == (Decimal("8.72"), None, False)
        assert (only.manufacturer, only.is_representative) == (cast.supplier_firm, True)
        assert only.temporary_until == date(2027, 7, 1)
        assert "representative</span>" in get(client, page_of(only))

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ({"medicine": "阿司匹林"}, "No presentation is registered as “阿司匹林 胶囊 0.25g”."),
            ({"price": "0"}, "A price is above zero."),
            ({"temporary_until": "2027-01-01"}, "tick “temporary” as well"),
            ({"manufacturer": "无名"}, "No one maker is called “无名”"),
            ({"pack_quantity": "0"}, "greater than or equal to 1"),
        ],
    )
    def test_tells_beside_the_line_what_is_wrong(self, cast: Cast, line: dict[str, str], words: str) -> None:
        factories.presentation()
        values = DECISION | lines(AMOXICILLIN, AMOXICILLIN | line)
        assert words in post(client_of(cast.officer), reverse(ENTER_DECISION), **values)
        assert not PriceDecision.objects.exists()

    def test_wants_a_line(self, cast: Cast) -> None:
        assert "at least one line" in post(client_of(cast.officer), reverse(ENTER_DECISION), **DECISION, **lines())

    def test_tells_that_one_begins_on_the_same_day(self, cast: Cast) -> None:
        factories.guide_price(valid_from=date(2026, 7, 1))
        values = DECISION | lines(AMOXICILLIN)
        assert "already has a price" in post(client_of(cast.officer), reverse(ENTER_DECISION), **values)

    def test_tells_of_a_reversed_period_beside_its_end(self, cast: Cast) -> None:
        factories.presentation()
        values = DECISION | {"valid_until": "2026-06-30"} | lines(AMOXICILLIN)
        page = post(client_of(cast.officer), reverse(ENTER_DECISION), **values)
        assert "not after its beginning" in page

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        assert client_of(cast.supervisor).post(reverse(ENTER_DECISION), DECISION).status_code == 403
        assert reverse(ENTER_DECISION) not in get(client_of(cast.supervisor), list_of(PriceDecision))


class TestGuidePriceList:
    def test_filters_by_the_marks(self, cast: Cast) -> None:
        factories.guide_price(is_representative=True)
        factories.guide_price(pack_quantity=12)
        client = client_of(cast.officer)
        found = client.get(list_of(GuidePrice), {"is_representative__exact": "1"}).context["cl"].result_list
        assert [price.pack_quantity for price in found] == [24]
        assert client.get(list_of(GuidePrice), {"is_temporary__exact": "1"}).context["cl"].result_count == 0


@pytest.fixture
def product(cast: Cast) -> Product:
    """Amoxicillin under a guide price of 8.72."""
    factories.guide_price()
    return factories.product(cast.supplier_firm)


def negotiated(of: Product, **changed: str) -> dict[str, str]:
    return {
        "product": of.code,
        "price": "7.00",
        "source": "negotiation",
        "reference": "谈判纪要",
        "valid_from": str(localdate()),
        "valid_until": "",
    } | changed


class TestEnterProcurementPrice:
    def test_enters_the_own_provinces_price_and_ends_the_former(self, cast: Cast, product: Product) -> None:
        former = pays(product, "8.00")
        page = post(client_of(cast.officer), reverse(ENTER_PRICE), **negotiated(product))
        assert "is entered" in page
        former.refresh_from_db()
        assert former.validity.upper == localdate()
        entered = ProcurementPrice.objects.exclude(pk=former.pk).get()
        assert (entered.province_id, entered.price) == (HENAN, Decimal(7))
        assert entered.source == PriceSource.NEGOTIATION

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"price": "8.73"}, "is above its guide price 8.72"),
            ({"price": "0"}, "A price is above zero."),
            ({"product": "none"}, "No product has the code “none”."),
            ({"source": "award"}, "not one of the available choices"),
            ({"valid_from": "2009-01-01"}, "No guide price is in force"),
        ],
    )
    def test_tells_what_cannot_stand(self, cast: Cast, product: Product, changed: dict[str, str], words: str) -> None:
        assert words in post(client_of(cast.officer), reverse(ENTER_PRICE), **negotiated(product, **changed))
        assert not ProcurementPrice.objects.exists()

    def test_is_not_for_supervisors(self, cast: Cast, product: Product) -> None:
        assert client_of(cast.supervisor).post(reverse(ENTER_PRICE), negotiated(product)).status_code == 403


class TestProcurementPriceList:
    def test_finds_what_a_later_decision_left_above_the_ceiling(self, cast: Cast, product: Product) -> None:
        price = pays(product, "8.00")
        pays(product, "5.00", HUBEI)
        client = client_of(cast.supervisor)
        address = f"{list_of(ProcurementPrice)}?ceiling=above"
        assert client.get(address).context["cl"].result_count == 0
        factories.guide_price(price="6.00", valid_from=localdate())
        assert client.get(f"{address}&province={HUBEI}").context["cl"].result_count == 0
        answer = client.get(address)
        assert list(answer.context["cl"].result_list) == [price]
        assert "¥6.00" in answer.content.decode()

    def test_filters_by_source_and_origin_of_the_ceiling(self, cast: Cast, product: Product) -> None:
        pays(product, "8.00")
        pays(product, "5.00", HUBEI, source=PriceSource.DIRECT_LISTING)
        client = client_of(cast.officer)
        for query, count in (("source__exact=direct_listing", 1), ("origin=derived", 0), ("origin=stated", 2)):
            assert client.get(f"{list_of(ProcurementPrice)}?{query}").context["cl"].result_count == count, query

    @pytest.mark.usefixtures("rule_sets")
    def test_shows_how_a_ceiling_was_derived(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        price = pays(factories.product(cast.supplier_firm, pack_quantity=48), "19.00")
        page = get(client_of(cast.officer), page_of(price))
        assert "K = 1.95^log₂X" in page
        assert "¥19.50" in page

    def test_is_exported_with_the_ceiling_of_today(self, cast: Cast, product: Product) -> None:
        pays(product, "8.00")
        response: Any = client_of(cast.supervisor).get(reverse("admin:catalog_procurementprice_export_csv"))
        assert f"{product.code},{product},河南省,8.0000,8.7200,8.7200" in response.getvalue().decode()

    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast, product: Product) -> None:
        pays(product, "8.00")
        client = client_of(cast.officer)
        get(client, list_of(ProcurementPrice))
        with CaptureQueriesContext(connection) as few:
            get(client, list_of(ProcurementPrice))
        for pack in range(30, 80):
            factories.guide_price(pack_quantity=pack)
            pays(factories.product(cast.supplier_firm, pack_quantity=pack), "8.00")
        with CaptureQueriesContext(connection) as many:
            assert len(client.get(list_of(ProcurementPrice)).context["cl"].result_list) == 50
        assert len(many) == len(few)


class TestPriceLinkage:
    def test_lists_what_is_lower_elsewhere_with_the_way_to_adjust_it(self, cast: Cast, product: Product) -> None:
        own = pays(product, "8.00")
        pays(product, "6.00", HUBEI)
        page = get(client_of(cast.officer), reverse(LINKAGE))
        for words in ("¥8.00", "¥6.00", "湖北省", "¥2.00", "25.0%"):
            assert words in page
        assert action_of(own, "adjust") in page

    @pytest.mark.parametrize(("percent", "is_shown"), [("25", True), ("25.01", False), ("x", True), ("NaN", True)])
    def test_is_filtered_by_percent(self, cast: Cast, product: Product, percent: str, is_shown: bool) -> None:
        pays(product, "8.00")
        pays(product, "6.00", HUBEI)
        page = get(client_of(cast.officer), f"{reverse(LINKAGE)}?percent={percent}")
        assert (product.code in page) == is_shown

    def test_is_in_order_of_yuan_or_of_percent(self, cast: Cast, product: Product) -> None:
        factories.guide_price(pack_quantity=12, price="1.00")
        cheap = factories.product(cast.supplier_firm, pack_quantity=12)
        for item, own, other in ((product, "8.00", "7.00"), (cheap, "1.00", "0.50")):
            pays(item, own)
            pays(item, other, HUBEI)
        client = client_of(cast.officer)
        by_yuan, by_percent = (get(client, f"{reverse(LINKAGE)}?order={order}") for order in ("", "percent"))
        assert by_yuan.index(product.code) < by_yuan.index(cheap.code)
        assert by_percent.index(product.code) > by_percent.index(cheap.code)

    def test_is_read_for_every_province_and_acted_on_in_the_own_one(self, cast: Cast, product: Product) -> None:
        own = pays(product, "6.00")
        other = pays(product, "8.00", HUBEI)
        page = get(client_of(cast.officer), f"{reverse(LINKAGE)}?province={HUBEI}")
        assert product.code in page
        assert action_of(other, "adjust") not in page
        assert action_of(own, "adjust") not in page
        assert product.code in get(client_of(cast.supervisor), f"{reverse(LINKAGE)}?province={HUBEI}")

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_is_taken_along_as_it_is_filtered(self, cast: Cast, product: Product, form: str) -> None:
        pays(product, "8.00")
        pays(product, "6.00", HUBEI)
        client = client_of(cast.supervisor)
        answers: list[Any] = [
            client.get(f"{reverse(LINKAGE)}?province={HENAN}&format={form}&percent={percent}") for percent in (25, 26)
        ]
        assert answers[0].headers["Content-Disposition"].endswith(f'.{form}"')
        full, empty = (answer.getvalue() for answer in answers)
        assert len(full) > len(empty)
        if form == "csv":
            assert f"{product.code},{product},8.0000,6.0000,湖北省,2.0000,25.00,1" in full.decode()

    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast, product: Product) -> None:
        client = client_of(cast.officer)
        pays(product, "8.00")
        pays(product, "6.00", HUBEI)
        get(client, reverse(LINKAGE))
        with CaptureQueriesContext(connection) as few:
            get(client, reverse(LINKAGE))
        for pack in range(30, 80):
            factories.guide_price(pack_quantity=pack)
            other = factories.product(cast.supplier_firm, pack_quantity=pack)
            pays(other, "8.00")
            pays(other, "6.00", HUBEI)
        with CaptureQueriesContext(connection) as many:
            assert "page 1 of 2, 51 products" in get(client, reverse(LINKAGE))
        assert len(many) == len(few)

    def test_is_the_one_link_of_the_sidebar_that_is_marked(self, cast: Cast) -> None:
        answer = client_of(cast.officer).get(reverse(LINKAGE))
        items = [item for group in navigation(answer.wsgi_request)[1:] for item in group["items"]]
        assert [item["title"] for item in items if item["active"]] == ["Price linkage"]

    def test_is_closed_to_a_buyer(self, cast: Cast) -> None:
        assert client_of(cast.buyer).get(reverse(LINKAGE)).status_code == 403

    def test_has_nothing_to_say_before_anybody_pays(self, cast: Cast) -> None:
        assert "No other province pays less" in get(client_of(cast.officer), reverse(LINKAGE))
