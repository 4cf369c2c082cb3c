"""A list costs the same whether it has one row or thirty."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from distribution.services.retail_checks import check_retail_report
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login

MANY = 30


def queries_of(browser: Client, where: str, rows: int) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = browser.get(where)
    assert response.status_code == 200
    page = response.context["results"] if "results" in response.context else response.context["page"]
    assert page.paginator.count == rows
    return len(queries)


def drafts(cast: Cast, line: AgreementLine, number: int) -> None:
    for _ in range(number):
        factories.submitted_requisition(cast, {line: 1})


def despatches(cast: Cast, line: AgreementLine, number: int) -> None:
    for _ in range(number):
        factories.despatch(cast, {line: 1})


def retail_reports(cast: Cast, line: AgreementLine, number: int) -> None:
    for _ in range(number):
        product = factories.product(
            cast.supplier_firm, line.lot.presentation, pack_quantity=next(factories._numbers) + 100
        )
        reported = factories.retail_report(cast, {product: "6.50"})
        check_retail_report(report_id=reported.pk, actor=cast.platform, at=factories.NOW)


def transfers(cast: Cast, line: AgreementLine, number: int) -> None:
    taker = factories.neighbour()
    for _ in range(number):
        factories.proposed_transfer(factories.stock_lot(cast.pharmacist, line.product), taker, actor=cast.pharmacist)


def invoices(cast: Cast, line: AgreementLine, number: int) -> None:
    for _ in range(number):
        factories.invoice(cast, factories.receipt(cast, {line: 1}).despatch.order)


def settlements(cast: Cast, line: AgreementLine, number: int) -> None:
    for _ in range(number):
        invoices(cast, line, 1)
        factories.settlement(cast)


def complaints(cast: Cast, line: AgreementLine, number: int) -> None:
    for _ in range(number):
        factories.complaint(cast)


def stocked_products(cast: Cast, line: AgreementLine, number: int) -> None:
    for _ in range(number):
        pack_quantity = next(factories._numbers) + 100
        product = factories.product(cast.supplier_firm, line.lot.presentation, pack_quantity=pack_quantity)
        factories.stock_lot(cast.pharmacist, product)


class TestLists:
    @pytest.mark.parametrize(
        ("where", "make"),
        [
            ("/portal/requisitions/", drafts),
            ("/portal/orders/", despatches),
            ("/portal/despatches/", despatches),
            ("/portal/stock/", stocked_products),
            ("/portal/transfers/", transfers),
            ("/portal/complaints/", complaints),
            ("/portal/retail/", retail_reports),
            ("/portal/retail/violations/?verdict=no_ceiling", retail_reports),
        ],
    )
    def test_cost_the_same_at_one_and_at_thirty_rows(
        self,
        where: str,
        make: Callable[[Cast, AgreementLine, int], None],
        cast: Cast,
        login: Login,
        line: AgreementLine,
    ) -> None:
        browser = login(cast.pharmacist)
        make(cast, line, 1)
        browser.get(where)
        one = queries_of(browser, where, 1)
        make(cast, line, MANY - 1)
        assert queries_of(browser, where, MANY) == one

    @pytest.mark.parametrize(
        ("where", "make"), [("/portal/invoices/", invoices), ("/portal/settlements/", settlements)]
    )
    def test_cost_the_same_at_one_and_at_five_rows(
        self,
        where: str,
        make: Callable[[Cast, AgreementLine, int], None],
        cast: Cast,
        login: Login,
        line: AgreementLine,
    ) -> None:
        browser = login(cast.pharmacist)
        make(cast, line, 1)
        browser.get(where)
        one = queries_of(browser, where, 1)
        make(cast, line, 4)
        assert queries_of(browser, where, 5) == one

    def test_the_basket_does_too(self, cast: Cast, login: Login, rule_sets: object) -> None:
        browser = login(cast.buyer)
        factories.agreement_lines(cast, ["阿莫西林"])
        browser.get("/portal/requisitions/new/")
        one = queries_of(browser, "/portal/requisitions/new/", 1)
        factories.agreement_lines(cast, [f"药品{number:02d}" for number in range(MANY - 1)])
        assert queries_of(browser, "/portal/requisitions/new/", MANY) == one
