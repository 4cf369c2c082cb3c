"""Retail price violations: the list, the evidence, the files."""

from __future__ import annotations

import csv
import re
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from catalog.accounts.models import Organization
from catalog.models import GuidePrice
from distribution.models import RetailFinding
from distribution.services.retail_checks import check_retail_report
from distribution.states import RetailVerdict
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.admin.pages import client_of, get, list_of, page_of

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def findings(cast: Cast) -> dict[str, RetailFinding]:
    """A price of 9.99 above its guide price of 8.72 and its purchase price of 6.00, and one without a guide price."""
    [line] = factories.agreement_lines(cast)
    unknown = factories.product(cast.rival_firm, factories.presentation("布洛芬"))
    report = factories.retail_report(cast, {line.product: "9.99", unknown: "3.00"})
    check_retail_report(report_id=report.pk, actor=cast.platform, at=NOW)
    return {finding.verdict: finding for finding in RetailFinding.objects.all()}


class TestList:
    def test_shows_price_limit_and_excess(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        page = get(client_of(cast.officer), list_of(RetailFinding))
        for words in ("above the guide price", "郑州市中原区医院", "¥9.99", "¥8.72", "¥1.27", "¥3.99"):
            assert words in page

    def test_is_filtered_by_verdict(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        address = f"{list_of(RetailFinding)}?verdict__exact={RetailVerdict.NO_CEILING}"
        [shown] = client_of(cast.officer).get(address).context["cl"].result_list
        assert shown == findings[RetailVerdict.NO_CEILING]

    def test_another_provinces_officer_sees_none(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        assert not client_of(cast.foreign_officer).get(list_of(RetailFinding)).context["cl"].result_list


class TestEvidence:
    def test_is_a_table_with_the_rule_and_the_decision(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        finding = findings[RetailVerdict.ABOVE_GUIDE_PRICE]
        page = get(client_of(cast.supervisor), page_of(finding))
        assert "CN.2009-2498.ceiling" in page
        assert "Stated by the decision" in page
        assert not re.search(r">\s*Rule set\s*<", page)
        page = get(client_of(cast.supervisor), page_of(findings[RetailVerdict.ABOVE_PURCHASE_PRICE]))
        assert re.search(r">\s*Rule set\s*<", page)
        assert GuidePrice.objects.get().decision.number in page

    def test_says_that_a_guide_price_is_derived_and_how(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        GuidePrice.objects.update(derivation="0.3634 × 24")
        page = get(client_of(cast.supervisor), page_of(findings[RetailVerdict.ABOVE_GUIDE_PRICE]))
        assert "Derived, not stated by the decision itself: 0.3634 × 24" in page

    def test_says_that_there_is_no_guide_price(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        page = get(client_of(cast.supervisor), page_of(findings[RetailVerdict.NO_CEILING]))
        assert "No guide price is in force" in page


class TestExport:
    def test_holds_what_the_filters_leave_as_numbers(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        address = reverse("admin:distribution_retailfinding_export_workbook")
        answer = client_of(cast.officer).get(address, {"verdict__exact": RetailVerdict.ABOVE_GUIDE_PRICE})
        rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert len(rows) == 2
        assert rows[1][0] == "above the guide price"
        assert rows[1][6:9] == [9.99, 8.72, 1.27]

    def test_runs_no_formula(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        Organization.objects.filter(pk=cast.hospital.pk).update(name='=HYPERLINK("http://example.org")')
        client = client_of(cast.officer)
        workbook = client.get(reverse("admin:distribution_retailfinding_export_workbook")).content
        rows = CalamineWorkbook.from_filelike(BytesIO(workbook)).get_sheet_by_index(0).to_python()
        assert rows[1][2] == '=HYPERLINK("http://example.org")'
        answer = client.get(reverse("admin:distribution_retailfinding_export_csv"))
        lines = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
        assert lines[1][2] == '\'=HYPERLINK("http://example.org")'

    def test_is_visible_rows_only(self, cast: Cast, findings: dict[str, RetailFinding]) -> None:
        address = reverse("admin:distribution_retailfinding_export_workbook")
        content = client_of(cast.foreign_officer).get(address).content
        assert len(CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()) == 1
        assert client_of(cast.buyer).get(address).status_code == 403
