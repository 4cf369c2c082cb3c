from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.foundation.imports import read_table
from distribution.models import RetailPrice, RetailReport
from distribution.portal import error_sheets
from distribution.portal.evidence import in_words
from distribution.rules.retail import RULE_GUIDE_PRICE, RULE_MARKUP
from distribution.services.retail_checks import check_retail_report
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login
from tests.factories import TODAY

HEADER = ["product", "price", "observed_on"]


@pytest.fixture
def browser(cast: Cast, login: Login) -> Client:
    return login(cast.pharmacist)


def report(browser: Client, product: str, price: str, observed_on: object = TODAY) -> Any:
    return browser.post("/portal/retail/report/", {"product": product, "price": price, "observed_on": str(observed_on)})


def upload(browser: Client, content: bytes, name: str = "prices.csv") -> Any:
    return browser.post("/portal/retail/upload/", {"file": SimpleUploadedFile(name, content)})


def csv(*rows: tuple[object, ...]) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in (HEADER, *rows)).encode()


def workbook(*rows: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEADER, *rows)):
            sheet.write_row(number, 0, [str(cell) for cell in row])
    return buffer.getvalue()


class TestReportOnePrice:
    def test_stores_it(self, browser: Client, line: AgreementLine) -> None:
        response = report(browser, line.product.code, "6.50")
        stored = RetailReport.objects.get()
        assert response["Location"] == f"/portal/retail/{stored.pk}/"
        assert str(stored.prices.get().price) == "6.5000"

    @pytest.mark.parametrize(
        ("product", "price", "day", "field", "status"),
        [
            ("NOSUCH", "6.50", TODAY, "product", 422),
            (None, "-1", TODAY, "price", 400),
            (None, "0", TODAY, "price", 400),
            (None, "six", TODAY, "price", 400),
            (None, "NaN", TODAY, "price", 400),
            (None, "6.50", "soon", "observed_on", 400),
            (None, "6.50", TODAY + timedelta(days=1), "observed_on", 422),
        ],
    )
    def test_shows_the_error_at_the_field(
        self,
        browser: Client,
        line: AgreementLine,
        product: str | None,
        price: str,
        day: object,
        field: str,
        status: int,
    ) -> None:
        response = report(browser, product or line.product.code, price, day)
        assert response.status_code == status
        assert list(response.context["price_form"].errors) == [field]
        assert f'value="{price}"' in response.content.decode()
        assert not RetailReport.objects.exists()

    def test_refuses_the_same_day_twice(self, browser: Client, line: AgreementLine) -> None:
        assert (
            "1 price was reported"
            in browser.get(report(browser, line.product.code, "6.50")["Location"]).content.decode()
        )
        response = report(browser, line.product.code, "6.60")
        assert response.status_code == 422
        assert "was already reported" in response.content.decode()
        assert RetailPrice.objects.count() == 1

    def test_names_the_field_as_the_form_does(self, browser: Client, line: AgreementLine) -> None:
        page = report(browser, "NOSUCH", "6.50").content.decode()
        assert page.count("Product code: nothing is registered as “NOSUCH”.") == 2

    def test_proposes_products(self, browser: Client, line: AgreementLine) -> None:
        for words in ("阿莫", "amxl", line.product.code[:3]):
            page = browser.get("/portal/retail/products/", {"product": words}).content.decode()
            assert f'value="{line.product.code}"' in page
        assert "option" not in browser.get("/portal/retail/products/", {"product": "nothing"}).content.decode()

    @pytest.mark.parametrize("name", ["buyer", "approver", "supplier"])
    def test_only_pharmacists_report(self, name: str, cast: Cast, login: Login, line: AgreementLine) -> None:
        other = login(getattr(cast, name))
        assert report(other, line.product.code, "6.50").status_code == 403
        assert upload(other, csv((line.product.code, "6.50", TODAY))).status_code == 403
        assert not RetailReport.objects.exists()


class TestUpload:
    @pytest.mark.parametrize(("write", "name"), [(csv, "prices.csv"), (workbook, "prices.xlsx")])
    def test_stores_every_row(self, browser: Client, line: AgreementLine, write: Any, name: str) -> None:
        yesterday = TODAY - timedelta(days=1)
        rows = [(line.product.code, "6.50", TODAY), (line.product.code, "6.40", yesterday)]
        response = upload(browser, write(*rows), name)
        assert response["Location"] == f"/portal/retail/{RetailReport.objects.get().pk}/"
        assert RetailPrice.objects.count() == 2

    def test_shows_every_bad_row_and_gives_the_sheet_back(self, browser: Client, line: AgreementLine) -> None:
        code = line.product.code
        content = csv(
            (code, "6.50", TODAY), (code, "6.60", TODAY), ("NOSUCH", "1.00", TODAY), (code, "-2", "2026-01-31")
        )
        response = upload(browser, content)
        assert response.status_code == 422
        assert [number for number, _error in response.context["row_errors"]] == [3, 4, 5]
        page = response.content.decode()
        assert "NOSUCH" in page and "“-2”" in page
        assert not RetailReport.objects.exists()

        where = f"/portal/retail/errors/{response.context['errors_token']}/"
        assert where in page
        sheet = read_table(browser.get(where).content, name="errors.xlsx")
        assert [bool(row[3]) for row in sheet.rows] == [False, True, True, True]

    def test_the_annotated_sheet_is_not_for_others(
        self, browser: Client, cast: Cast, login: Login, line: AgreementLine
    ) -> None:
        token = upload(browser, csv(("NOSUCH", "1.00", TODAY))).context["errors_token"]
        assert login(cast.outsider).get(f"/portal/retail/errors/{token}/").status_code == 404
        assert browser.get("/portal/retail/errors/unknown/").status_code == 404

    def test_keeps_one_annotated_sheet_per_person(self, browser: Client, line: AgreementLine) -> None:
        first, second = (upload(browser, csv(("NOSUCH", "1.00", TODAY))).context["errors_token"] for _ in range(2))
        assert browser.get(f"/portal/retail/errors/{first}/").status_code == 404
        assert browser.get(f"/portal/retail/errors/{second}/").status_code == 200

    def test_keeps_no_annotated_sheet_that_is_too_large(
        self, browser: Client, line: AgreementLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(error_sheets, "MAX_BYTES", 100)
        response = upload(browser, csv(("NOSUCH", "1.00", TODAY)))
        assert response.status_code == 422
        page = response.content.decode()
        assert "NOSUCH" in page and "too large to be given back" in page
        assert "/portal/retail/errors/" not in page

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"PK\x03\x04 and then nothing", "cannot be read as a spreadsheet"),
            (b"\x00\x01\x02", "cannot be read as a spreadsheet"),
            (b"\n\n", "cannot be read as a spreadsheet"),
            (b"product,price\nA,1", "The columns observed_on are missing"),
        ],
    )
    def test_refuses_a_file_that_is_no_such_sheet(
        self, browser: Client, line: AgreementLine, content: bytes, said: str
    ) -> None:
        response = upload(browser, content, "damaged.xlsx")
        assert response.status_code == 400
        assert said in response.content.decode()
        assert response.context["file_form"].errors["file"]
        assert not RetailReport.objects.exists()

    def test_asks_for_the_file(self, browser: Client, line: AgreementLine) -> None:
        assert browser.post("/portal/retail/upload/").status_code == 400
        assert upload(browser, b"").status_code == 400

    def test_leads_back_when_it_is_only_looked_at(self, browser: Client, line: AgreementLine) -> None:
        for where in ("/portal/retail/upload/", "/portal/retail/report/"):
            assert browser.get(where)["Location"] == "/portal/retail/"


class TestFindings:
    def test_shows_what_was_compared_with_what(self, browser: Client, cast: Cast, line: AgreementLine) -> None:
        reported = factories.retail_report(cast, {line.product: "9.00"})
        where = f"/portal/retail/{reported.pk}/"
        assert "waiting for the check" in browser.get(where).content.decode()
        check_retail_report(report_id=reported.pk, actor=cast.platform, at=factories.NOW)
        for page in (browser.get(where), browser.get("/portal/retail/violations/")):
            text = page.content.decode()
            assert "above the guide price" in text and "¥8.72" in text and "¥0.28" in text
            assert "above the purchase price" in text and "¥3.00" in text
        assert "<strong>2</strong>" in browser.get("/portal/").content.decode()

    def test_says_what_is_in_order(self, browser: Client, cast: Cast, line: AgreementLine) -> None:
        reported = factories.retail_report(cast, {line.product: "6.00"})
        check_retail_report(report_id=reported.pk, actor=cast.platform, at=factories.NOW)
        assert "in order" in browser.get(f"/portal/retail/{reported.pk}/").content.decode()

    def test_keeps_a_price_without_a_guide_price_apart(self, browser: Client, cast: Cast, line: AgreementLine) -> None:
        unknown = factories.product(cast.rival_firm, factories.presentation("布洛芬"))
        reported = factories.retail_report(cast, {unknown: "3.00"})
        check_retail_report(report_id=reported.pk, actor=cast.platform, at=factories.NOW)
        assert browser.get("/portal/").context["findings"] == {"violations": 0, "unknown": 1}
        assert browser.get("/portal/retail/").context["page"].object_list[0].finding_count == 0
        violations = "/portal/retail/violations/"
        assert browser.get(violations).context["rows"] == []
        assert "布洛芬" in browser.get(violations, {"verdict": "no_ceiling"}).content.decode()
        assert 'class="wrong"' not in browser.get(f"/portal/retail/{reported.pk}/").content.decode()

    def test_names_the_rule_and_for_the_mark_up_its_rule_set(self, line: AgreementLine) -> None:
        evidence = {"price": "9.00", "observed_on": "2026-03-01", "rule_set": "零差率"}
        above_guide = {fact.label: fact.text for fact in in_words({**evidence, "rule": RULE_GUIDE_PRICE})}
        above_purchase = {fact.label: fact.text for fact in in_words({**evidence, "rule": RULE_MARKUP})}
        assert above_guide["Rule"].startswith("the guide price is the highest retail price")
        assert above_guide["Day"] == "March 1, 2026"
        assert "Rules in force" not in above_guide
        assert above_purchase["Rules in force"] == "零差率"
