"""Products in the admin: found and filtered, read with their prices, identified, suspended and withdrawn."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from catalog.models import IdentifierOverride, Product
from catalog.services.product_life import renew_licence
from catalog.services.reimbursement import enter_reimbursement_terms, list_for_insurance
from catalog.states import ListClass, ProductStatus, Scheme
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.prices_paid import pays
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

GOOD_GTIN, BAD_GTIN = "6901028000017", "6901028000011"


@pytest.fixture
def product(cast: Cast) -> Product:
    """Amoxicillin, 24 capsules."""
    return factories.product(cast.supplier_firm)


def section(page: str, name: str) -> str:
    """The text of a part of the page, without its tags."""
    found = re.search(rf'id="{name}">(.*?)</table>', page, re.DOTALL)
    assert found, name
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))


class TestList:
    @pytest.mark.parametrize("words", ["阿莫西林", "amxl", "华夏制药"])
    def test_finds_by_any_of_its_names(self, cast: Cast, product: Product, words: str) -> None:
        client = client_of(cast.officer)
        assert list(client.get(list_of(Product), {"q": words}).context["cl"].result_list) == [product]
        assert not client.get(list_of(Product), {"q": f"{words} 布洛芬"}).context["cl"].result_list

    @pytest.mark.parametrize(
        ("days", "filters"),
        [
            (-1, {"expired"}),
            (0, {"expiring"}),
            (180, {"expiring"}),
            (181, set()),
            (None, {"unknown"}),
        ],
    )
    def test_filters_by_the_end_of_the_licence(
        self, cast: Cast, product: Product, days: int | None, filters: set[str]
    ) -> None:
        product.licence_valid_until = None if days is None else localdate() + timedelta(days=days)
        product.save()
        client = client_of(cast.officer)
        found = {
            name
            for name in ("expired", "expiring", "unknown")
            if client.get(list_of(Product), {"licence": name}).context["cl"].result_count
        }
        assert found == filters

    def test_filters_by_what_is_essential_today(self, cast: Cast, product: Product) -> None:
        client = client_of(cast.officer)
        assert client.get(list_of(Product), {"essential": "yes"}).context["cl"].result_count == 0
        assert client.get(list_of(Product), {"essential": "no"}).context["cl"].result_count == 1
        assert "not essential" in get(client, list_of(Product))

    def test_is_exported_as_it_is_filtered(self, cast: Cast, product: Product) -> None:
        other = factories.product(cast.rival_firm)
        address = f"{reverse('admin:catalog_product_export_csv')}?q=华夏"
        response: Any = client_of(cast.supervisor).get(address)
        lines = response.getvalue().decode()
        assert product.code in lines
        assert "no edition of the list holds on the day" in lines
        assert other.code not in lines

    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast, product: Product) -> None:
        client = client_of(cast.officer)
        get(client, list_of(Product))
        with CaptureQueriesContext(connection) as few:
            get(client, list_of(Product))
        for packs in range(2, 52):
            factories.product(cast.supplier_firm, pack_quantity=packs)
        with CaptureQueriesContext(connection) as many:
            assert len(client.get(list_of(Product)).context["cl"].result_list) == 50
        assert len(many) == len(few)


@pytest.mark.usefixtures("rule_sets")
class TestPricePanel:
    def test_shows_the_stated_ceiling_the_price_and_the_highest_retail_price(
        self, cast: Cast, product: Product
    ) -> None:
        factories.guide_price()
        pays(product, "6.00")
        facts = section(get(client_of(cast.officer), page_of(product)), "price-facts")
        assert "¥8.72 stated by 发改价格" in facts
        assert "¥6.00 award T0001" in facts
        assert "purchase price ¥6.00 with a mark-up of 0% makes ¥6.00" in facts
        assert "the mark-up decides (零差率)" in facts
        assert "the patient pays all of it" in facts

    def test_shows_a_derivation_step_by_step(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        product = factories.product(cast.supplier_firm, pack_quantity=48)
        page = get(client_of(cast.officer), page_of(product))
        assert "¥19.50 derived" in section(page, "price-facts")
        assert "Pack quantity 2 K = 1.95^log₂X 1.95 ¥19.50" in section(page, "derivation")

    def test_shows_what_the_patient_pays_and_the_other_provinces(self, cast: Cast, product: Product) -> None:
        factories.guide_price()
        pays(product, "8.00")
        pays(product, "6.00", HUBEI)
        reimburse(cast, product)
        page = get(client_of(cast.officer), page_of(product))
        assert "Urban employees 70% 10 percentage points ¥7.20 ¥5.04 ¥2.96" in section(page, "reimbursement")
        assert "湖北省 ¥6.00 -25.0% award T0001" in section(page, "elsewhere")

    def test_answers_for_the_province_the_day_and_the_level_that_are_asked_for(
        self, cast: Cast, product: Product
    ) -> None:
        factories.guide_price()
        pays(product, "8.00")
        pays(product, "6.00", HUBEI)
        client = client_of(cast.officer)
        asked = f"{page_of(product)}?province={HUBEI}&tier=tertiary"
        assert "¥6.00 award" in section(get(client, asked), "price-facts")
        before = f"{page_of(product)}?on=2025-12-31"
        assert "the province pays no price that is fixed" in section(get(client, before), "price-facts")
        assert "¥8.00 award" in section(get(client, f"{page_of(product)}?on=x&tier=x&province=x"), "price-facts")

    def test_is_read_by_a_supervisor_who_belongs_to_no_province(self, cast: Cast, product: Product) -> None:
        assert "no decision states it" in section(get(client_of(cast.supervisor), page_of(product)), "price-facts")


def reimburse(cast: Cast, product: Product) -> None:
    """List B with 10% first; the employees' scheme pays 70% and 10 more for essential medicines."""
    list_for_insurance(
        medicine=product.presentation.medicine,
        presentation=None,
        province_id="",
        list_class=ListClass.B,
        self_pay_share=Decimal("0.1"),
        valid_from=date(2026, 1, 1),
        valid_until=None,
        source="目录",
        actor=cast.officer,
        at=NOW,
    )
    enter_reimbursement_terms(
        scheme=Scheme.EMPLOYEES,
        province_id=HENAN,
        tier="primary",
        rate=Decimal("0.7"),
        essential_bonus=Decimal("0.1"),
        deductible=Decimal(0),
        annual_cap=None,
        valid_from=date(2026, 1, 1),
        valid_until=None,
        source="通知",
        actor=cast.officer,
        at=NOW,
    )


class TestIdentify:
    def send(self, cast: Cast, product: Product, **values: str) -> str:
        product.refresh_from_db()
        given = {"version": product.version, **product.identifiers(), **values}
        return post(client_of(cast.officer), action_of(product, "identify"), **given)

    def test_keeps_what_is_right(self, cast: Cast, product: Product) -> None:
        page = self.send(cast, product, gtin=" 6901028 000017 ", approval_number="国药准字H10920096")
        assert "are kept" in page
        product.refresh_from_db()
        assert (product.gtin, product.approval_number) == (GOOD_GTIN, "国药准字H10920096")
        assert len(re.findall(r">right<", page)) == 2

    def test_asks_for_a_reason_only_where_the_check_fails(self, cast: Cast, product: Product) -> None:
        assert 'name="reason_' not in get(client_of(cast.officer), action_of(product, "identify"))
        page = self.send(cast, product, gtin=BAD_GTIN, trace_prefix="1234567")
        assert "reckoned it would be 7" in page
        assert 'name="reason_gtin"' in page
        assert 'name="reason_trace_prefix"' not in page
        product.refresh_from_db()
        assert (product.gtin, product.trace_prefix) == ("", "")

    def test_keeps_a_wrong_one_with_the_reason_and_the_name(self, cast: Cast, product: Product) -> None:
        page = self.send(cast, product, gtin=BAD_GTIN, reason_gtin="printed so on the pack")
        assert "kept all the same" in page
        assert "Kept by officer on" in page
        assert "printed so on the pack" in page
        assert IdentifierOverride.objects.get().overridden_by_id == cast.officer.user_id

    def test_tells_beside_the_field_that_another_product_has_it(self, cast: Cast, product: Product) -> None:
        other = factories.product(cast.rival_firm)
        self.send(cast, product, gtin=GOOD_GTIN)
        page = self.send(cast, other, gtin=GOOD_GTIN)
        assert f"already names the product {product.code}" in page
        other.refresh_from_db()
        assert other.gtin == ""

    def test_refuses_what_was_decided_on_an_old_version(self, cast: Cast, product: Product) -> None:
        assert "changed meanwhile" in self.send(cast, product, gtin=GOOD_GTIN, version="7")

    def test_is_not_for_supervisors(self, cast: Cast, product: Product) -> None:
        address = action_of(product, "identify")
        assert client_of(cast.supervisor).post(address, {"gtin": GOOD_GTIN}).status_code == 403
        assert address not in get(client_of(cast.supervisor), page_of(product))


class TestLife:
    def test_is_suspended_and_resumed_with_the_reason_on_the_page(self, cast: Cast, product: Product) -> None:
        client = client_of(cast.officer)
        page = post(client, action_of(product, "suspend"), reason="quality complaint")
        assert "quality complaint" in page
        assert action_of(product, "resume") in page
        assert action_of(product, "suspend") not in page
        post(client, action_of(product, "resume"), reason="tested")
        product.refresh_from_db()
        assert (product.status, product.status_reason) == (ProductStatus.TRADING, "tested")

    def test_wants_a_reason(self, cast: Cast, product: Product) -> None:
        assert "Say why" in post(client_of(cast.officer), action_of(product, "suspend"), reason=" ")
        product.refresh_from_db()
        assert product.status == ProductStatus.TRADING

    def test_offers_nothing_about_what_is_withdrawn(self, cast: Cast, product: Product) -> None:
        page = post(client_of(cast.officer), action_of(product, "withdraw"), reason="licence given back")
        assert "licence given back" in page
        assert not any(
            action_of(product, name) in page for name in ("identify", "renew", "suspend", "resume", "withdraw")
        )

    @pytest.mark.parametrize("name", ["suspend", "resume", "withdraw"])
    def test_is_not_decided_by_supervisors(self, cast: Cast, product: Product, name: str) -> None:
        assert client_of(cast.supervisor).post(action_of(product, name), {"reason": "x"}).status_code == 403


class TestRenew:
    @pytest.mark.parametrize(("days", "badge"), [(400, "until"), (-1, "expired on")])
    def test_keeps_the_day_and_shows_what_is_left(self, cast: Cast, product: Product, days: int, badge: str) -> None:
        last = localdate() + timedelta(days=days)
        page = post(
            client_of(cast.officer), action_of(product, "renew"), version=product.version, valid_until=last.isoformat()
        )
        assert f"{badge} {last}" in page
        product.refresh_from_db()
        assert product.licence_valid_until == last

    def test_begins_with_the_day_that_stands(self, cast: Cast, product: Product) -> None:
        renew_licence(product_id=product.pk, valid_until=date(2031, 5, 31), actor=cast.officer, at=NOW)
        assert 'value="2031-05-31"' in get(client_of(cast.officer), action_of(product, "renew"))

    def test_wants_a_day_and_the_version_that_was_seen(self, cast: Cast, product: Product) -> None:
        address = action_of(product, "renew")
        assert "required" in post(client_of(cast.officer), address, version=product.version, valid_until="")
        page = post(client_of(cast.officer), address, version="7", valid_until="2031-05-31")
        assert "changed meanwhile" in page
        product.refresh_from_db()
        assert product.licence_valid_until is None

    def test_is_not_for_supervisors(self, cast: Cast, product: Product) -> None:
        address = action_of(product, "renew")
        assert client_of(cast.supervisor).post(address, {"valid_until": "2031-05-31"}).status_code == 403
        assert address not in get(client_of(cast.supervisor), page_of(product))
