from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.errors import NoRuleSet, UnknownCode
from catalog.foundation.errors import AlreadyDone, NotAllowed, NothingGiven, NotVisible
from catalog.foundation.imports import BadCell, DuplicateRow, MissingColumns, Table
from catalog.foundation.journal.models import Delivery
from catalog.models import GuidePrice, Product, RuleSet
from distribution.errors import ObservedInFuture, PriceAlreadyReported
from distribution.models import RetailFinding, RetailPrice, RetailReport
from distribution.services.retail import (
    ReportedPrice,
    check_retail_table,
    report_retail_prices,
    report_retail_table,
)
from distribution.services.retail_checks import check_retail_report
from distribution.states import RetailReportStatus, RetailVerdict
from procurement.models import AgreementLine
from tests import factories
from tests.cast import PEOPLE, Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

HEADER = ["product", "price", "observed_on"]
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def product(cast: Cast) -> Product:
    """Under a guide price of 8.72; no province procures it."""
    ibuprofen = factories.presentation("布洛芬")
    factories.guide_price(ibuprofen)
    return factories.product(cast.supplier_firm, ibuprofen)


def reported(product: Product, price: str = "8.72", on: date = TODAY, row: str = "/prices/0") -> ReportedPrice:
    return ReportedPrice(product.code, Decimal(price), on, row)


def report(cast: Cast, *prices: ReportedPrice, **changed: Any) -> RetailReport:
    options = {"actor": cast.pharmacist, "at": NOW} | changed
    return report_retail_prices(prices=prices, **options)


def findings(cast: Cast, *prices: ReportedPrice) -> list[RetailFinding]:
    check_retail_report(report_id=report(cast, *prices).pk, actor=cast.platform, at=NOW)
    return list(RetailFinding.objects.order_by("pk"))


class TestReportRetailPrices:
    def test_keeps_them_and_hands_them_to_the_worker(self, cast: Cast, product: Product) -> None:
        stored = report(cast, reported(product))
        assert (stored.status, stored.institution, stored.reported_by_id) == (
            RetailReportStatus.RECEIVED,
            cast.hospital,
            cast.pharmacist.user_id,
        )
        assert stored.prices.get().price == Decimal("8.72")
        [message] = Delivery.objects.filter(event__action="retail_report.submit")
        assert message.subscriber == "distribution.check_retail_report"

    def test_takes_one_price_per_product_and_day(self, cast: Cast, product: Product) -> None:
        report(cast, reported(product), reported(product, "8.00", YESTERDAY))
        report(cast, reported(product), actor=cast.outsider)
        assert RetailPrice.objects.count() == 3

    def test_refuses_a_code_that_no_product_can_have(self, cast: Cast) -> None:
        with refused(BadCell) as refusal:
            table = Table(HEADER, [["P" * 33, "8.72", str(TODAY)]])
            report_retail_table(table=table, actor=cast.pharmacist, at=NOW)
        assert refusal.pointers == ["/rows/2/product"]

    def test_refuses_a_price_that_was_reported(self, cast: Cast, product: Product) -> None:
        report(cast, reported(product))
        with refused(PriceAlreadyReported):
            report(cast, reported(product, "8.00"))
        assert RetailPrice.objects.get().price == Decimal("8.72")
        assert RetailReport.objects.count() == 1

    def test_refuses_a_price_twice_in_one_report(self, cast: Cast, product: Product) -> None:
        with refused(PriceAlreadyReported) as refusal:
            report(cast, reported(product), reported(product, "8.00", row="/prices/1"))
        assert refusal.pointers == ["/prices/1"]
        assert not RetailReport.objects.exists()

    def test_refuses_every_bad_price_at_once(self, cast: Cast, product: Product) -> None:
        unknown = ReportedPrice("none", Decimal(1), TODAY, "/prices/0")
        with refused(UnknownCode, ObservedInFuture) as refusal:
            report(cast, unknown, reported(product, on=TOMORROW, row="/prices/1"))
        assert refusal.pointers == ["/prices/0/product", "/prices/1/observed_on"]

    def test_refuses_a_day_without_a_rule(self, cast: Cast, product: Product) -> None:
        with refused(NoRuleSet):
            report(cast, reported(product, on=date(2000, 1, 1)))
        assert not RetailReport.objects.exists()

    def test_refuses_nothing_at_all(self, cast: Cast) -> None:
        with refused(NothingGiven):
            report(cast)

    @pytest.mark.parametrize("role", ["buyer", "approver", "supplier", "officer", "platform", "visitor"])
    def test_refuses_who_is_no_pharmacist(self, cast: Cast, product: Product, role: str) -> None:
        with refused(NotAllowed):
            report(cast, reported(product), actor=getattr(cast, role))


class TestReportRetailTable:
    def test_reports_a_sheet(self, cast: Cast, product: Product) -> None:
        table = Table(HEADER, [[product.code, "8.72", str(TODAY)]])
        stored = report_retail_table(table=table, actor=cast.pharmacist, at=NOW)
        assert stored.prices.get().observed_on == TODAY

    def test_refuses_everything_for_bad_rows_and_names_each(self, cast: Cast, product: Product) -> None:
        report(cast, reported(product, on=YESTERDAY))
        rows = [
            [product.code, "8.72", str(TODAY)],
            [product.code, "8,720", str(TODAY)],
            [product.code, "9.00", str(TODAY)],
            ["none", "1", str(TODAY)],
            [product.code, "8.72", str(TOMORROW)],
            [product.code, "8.72", str(YESTERDAY)],
        ]
        with refused(BadCell, DuplicateRow, UnknownCode, ObservedInFuture, PriceAlreadyReported) as refusal:
            report_retail_table(table=Table(HEADER, rows), actor=cast.pharmacist, at=NOW)
        assert [pointer.split("/")[2] for pointer in refusal.pointers] == ["3", "4", "5", "6", "7"]
        assert RetailPrice.objects.count() == 1

    def test_refuses_a_sheet_without_its_columns(self, cast: Cast) -> None:
        with refused(MissingColumns):
            report_retail_table(table=Table(["product"], []), actor=cast.pharmacist, at=NOW)

    def test_can_be_checked_without_storing_anything(self, cast: Cast, product: Product) -> None:
        table = Table(HEADER, [[product.code, "8.72", str(TODAY)], ["none", "1", str(TODAY)]])
        checked = check_retail_table(table, actor=cast.pharmacist, at=NOW)
        assert [number for number, _error in checked.errors] == [3]
        assert not RetailReport.objects.exists()


class TestCheckRetailReport:
    def test_finds_nothing_at_the_guide_price(self, cast: Cast, product: Product) -> None:
        assert findings(cast, reported(product)) == []
        checked = RetailReport.objects.get()
        assert (checked.status, checked.checked_at) == (RetailReportStatus.CHECKED, NOW)

    def test_finds_one_fen_above_it_and_says_by_which_decision(self, cast: Cast, product: Product) -> None:
        [finding] = findings(cast, reported(product, "8.73"))
        assert (finding.verdict, finding.limit) == (RetailVerdict.ABOVE_GUIDE_PRICE, Decimal("8.72"))
        assert (finding.institution, finding.province_id) == (cast.hospital, "410000")
        assert (
            finding.evidence["guide_price_source"]
            == GuidePrice.objects.get(presentation=product.presentation).decision.number
        )
        assert finding.evidence["observed_on"] == str(TODAY)
        assert Decimal(finding.evidence["excess"]) == Decimal("0.01")

    def test_says_where_the_guide_price_was_derived(self, cast: Cast) -> None:
        half = factories.presentation(strength="0.5g")
        price = factories.guide_price(half, price="14.82", derivation="8.72 × 1.7")
        [finding] = findings(cast, reported(factories.product(cast.supplier_firm, half), "14.83"))
        assert finding.evidence["guide_price_source"] == price.decision.number
        assert finding.evidence["guide_price_derivation"] == "8.72 × 1.7"

    def test_says_where_no_guide_price_is_known(self, cast: Cast) -> None:
        [finding] = findings(cast, reported(factories.product(cast.supplier_firm, pack_quantity=7)))
        assert (finding.verdict, finding.limit) == (RetailVerdict.NO_CEILING, None)

    def test_takes_the_guide_price_of_the_day(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm, pack_quantity=7)
        factories.guide_price(pack_quantity=7, price="8.72", valid_until=TODAY)
        factories.guide_price(pack_quantity=7, price="9.72", valid_from=TODAY)
        [finding] = findings(cast, reported(product, "9.00"), reported(product, "9.00", YESTERDAY))
        assert (finding.retail_price.observed_on, finding.limit) == (YESTERDAY, Decimal("8.72"))

    def test_finds_a_mark_up_on_the_purchase_price(self, cast: Cast, line: AgreementLine) -> None:
        [finding] = findings(cast, reported(line.product, "6.01"))
        assert (finding.verdict, finding.limit) == (RetailVerdict.ABOVE_PURCHASE_PRICE, Decimal("6.00"))
        assert finding.evidence["rule_set"] == "零差率"

    def test_finds_both_at_once(self, cast: Cast, line: AgreementLine) -> None:
        assert [finding.verdict for finding in findings(cast, reported(line.product, "8.73"))] == [
            RetailVerdict.ABOVE_GUIDE_PRICE,
            RetailVerdict.ABOVE_PURCHASE_PRICE,
        ]

    def test_finds_nothing_at_the_purchase_price(self, cast: Cast, line: AgreementLine) -> None:
        assert findings(cast, reported(line.product, "6.00")) == []

    def test_needs_the_rule_of_the_day(self, cast: Cast, product: Product) -> None:
        stored = report(cast, reported(product))
        RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK).delete()
        with refused(NoRuleSet):
            check_retail_report(report_id=stored.pk, actor=cast.platform, at=NOW)
        stored.refresh_from_db()
        assert stored.status == RetailReportStatus.RECEIVED

    def test_happens_once(self, cast: Cast, product: Product) -> None:
        findings(cast, reported(product, "9.00"))
        with refused(AlreadyDone):
            check_retail_report(report_id=RetailReport.objects.get().pk, actor=cast.platform, at=NOW)
        assert RetailFinding.objects.count() == 1

    def test_is_refused_for_a_report_that_is_not_there(self, cast: Cast) -> None:
        with refused(NotVisible):
            check_retail_report(report_id=10**6, actor=cast.platform, at=NOW)

    def test_costs_the_same_for_many_prices(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        products = [
            factories.product(cast.supplier_firm, factories.presentation(f"药品{number}")) for number in range(30)
        ]
        first, stored = (report(cast, *(reported(item, on=day) for item in products)) for day in (YESTERDAY, TODAY))
        with django_assert_max_num_queries(60):
            check_retail_report(report_id=first.pk, actor=cast.platform, at=NOW)
        # the limits are known now
        with django_assert_max_num_queries(15):
            check_retail_report(report_id=stored.pk, actor=cast.platform, at=NOW)
        assert RetailFinding.objects.count() == 60

    def test_shows_its_findings_to_the_hospital_the_province_and_the_supervisors(
        self, cast: Cast, product: Product
    ) -> None:
        findings(cast, reported(product, "9.00"))
        seers = {
            name
            for name in [*PEOPLE, "platform", "visitor"]
            if RetailFinding.objects.visible_to(getattr(cast, name)).exists()
        }
        assert seers == {"officer", "second_officer", "supervisor", "buyer", "approver", "pharmacist", "platform"}
