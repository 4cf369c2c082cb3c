"""Where a hospital orders: how a product is used, whether it is essential, and what its patients pay."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import Organization
from catalog.states import Scheme
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.config.products import guide, list_as_essential, reimburse
from tests.distribution.portal.conftest import Login

NEW = "/portal/requisitions/new/"


@pytest.fixture
def browser(cast: Cast, login: Login) -> Client:
    Organization.objects.filter(pk=cast.hospital.pk).update(tier="secondary")
    return login(cast.buyer)


class TestEachLine:
    def test_says_how_the_product_is_used(self, browser: Client, line: AgreementLine) -> None:
        assert "No guideline and no prescription set" in browser.get(NEW).content.decode()
        guide(line.product, {"社区获得性肺炎": "0.5g"})
        page = browser.get(NEW).content.decode()
        for text in ("社区获得性肺炎", "0.5g", "国家基本药物处方集", "2018年版", "since 2019-01-01"):
            assert text in page

    def test_says_whether_it_is_essential_and_why(self, browser: Client, line: AgreementLine) -> None:
        page = browser.get(NEW).content.decode()
        assert "Not essential: no edition of the list holds on the day" in page
        list_as_essential(line.product)
        page = browser.get(NEW).content.decode()
        assert "Essential: listed in any form and strength (国家基本药物目录（2018年版）, no. 7)" in page
        assert f'href="/products/{line.product.code}/?province=410000&amp;tier=secondary"' in page

    def test_says_what_patients_of_the_hospitals_level_pay(self, browser: Client, line: AgreementLine) -> None:
        reimburse(line.product, [(Scheme.EMPLOYEES, "0.75"), (Scheme.RESIDENTS, "0.50")], tier="secondary")
        page = browser.get(NEW).content.decode()
        for text in ("urban employees", "¥1.50", "urban and rural residents", "¥3.00"):
            assert text in page

    def test_leaves_out_the_terms_of_other_levels(self, browser: Client, line: AgreementLine) -> None:
        reimburse(line.product, [(Scheme.EMPLOYEES, "0.75")], tier="tertiary")
        page = browser.get(NEW).content.decode()
        assert "no reimbursement terms are entered for this level" in page and "urban employees" not in page

    def test_says_so_where_the_level_is_not_known(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        reimburse(line.product, [(Scheme.EMPLOYEES, "0.75")])
        page = login(cast.buyer).get(NEW).content.decode()
        assert "depends on the level of the institution" in page and "urban employees" not in page

    def test_says_it_in_the_results_of_a_search_and_in_the_basket(self, browser: Client, cast: Cast, rule_sets) -> None:  # type: ignore[no-untyped-def]
        one, other = factories.agreement_lines(cast, ["阿莫西林", "头孢拉定"])
        guide(one.product, {"肺炎": "0.5g"})
        guide(other.product, {"咽炎": "0.25g"}, title="临床应用指南")
        found = browser.post(NEW, {"q": "阿莫", f"packs-{other.pk}": "7"}, headers={"HX-Request": "true"})
        page = found.content.decode()
        assert "肺炎" in page and "咽炎" in page and "<script" not in page and "style=" not in page

    def test_costs_the_same_at_one_and_at_twenty_five_rows(self, browser: Client, cast: Cast, rule_sets) -> None:  # type: ignore[no-untyped-def]
        [line] = factories.agreement_lines(cast, ["药品"])
        reimburse(line.product, [(Scheme.EMPLOYEES, "0.75")], tier="secondary")
        guide(line.product, {"肺炎": "0.5g"})
        browser.get(NEW)
        with CaptureQueriesContext(connection) as one:
            assert len(browser.get(NEW).context["rows"]) == 1
        more = factories.agreement_lines(cast, [f"药品{number:02d}" for number in range(24)])
        for number, item in enumerate(more):
            guide(item.product, {"肺炎": "0.5g", "咽炎": "1g"}, title=f"指南{number}")
        with CaptureQueriesContext(connection) as many:
            assert len(browser.get(NEW).context["rows"]) == 25
        assert len(many) == len(one)
