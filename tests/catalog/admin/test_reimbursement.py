"""What the schemes pay back: judged, filtered, entered; the lists of the insurance; what a patient pays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.accounts.kinds import Tier
from catalog.models import InsuranceListing, ReimbursementTerms, RuleSet
from catalog.services.reimbursement import enter_reimbursement_terms
from catalog.states import Scheme
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.prices_paid import LONG_AGO, pays
from tests.factories import NOW
from tests.procurement.admin.pages import client_of, get, list_of, page_of, post

ENTER_TERMS = "admin:catalog_reimbursementterms_enter"
ENTER_LISTING = "admin:catalog_insurancelisting_enter"
PATIENT = "admin:catalog_reimbursementterms_patient_share"
CSV = "admin:catalog_reimbursementterms_export_csv"


@pytest.fixture
def clear_bonus(db: None) -> RuleSet:
    """Five percentage points are clearly higher."""
    return RuleSet.objects.create(
        kind=RuleSet.Kind.REIMBURSEMENT,
        title="明显高于",
        source="卫药政发〔2009〕78号",
        validity=DateRange(date(2010, 1, 1), None),
        parameters={"least_bonus": "0.05"},
    )


def terms(cast: Cast, bonus: str, *, rate: str = "0.7", valid_from: date = LONG_AGO, **changed: Any) -> Any:
    given = {
        "scheme": Scheme.EMPLOYEES,
        "province_id": HENAN,
        "tier": "primary",
        "deductible": Decimal(0),
        "annual_cap": None,
        "valid_until": None,
        "source": "通知",
        "actor": cast.officer,
        "at": NOW,
    }
    return enter_reimbursement_terms(
        rate=Decimal(rate), essential_bonus=Decimal(bonus), valid_from=valid_from, **given | changed
    )


def sent(**changed: str) -> dict[str, str]:
    return {
        "scheme": "residents",
        "tier": "primary",
        "rate": "60",
        "essential_bonus": "5.5",
        "deductible": "200",
        "annual_cap": "",
        "valid_from": "2026-07-01",
        "valid_until": "",
        "source": "豫医保",
    } | changed


class TestVerdict:
    @pytest.mark.parametrize(
        ("bonus", "rate", "words", "filters"),
        [
            ("0.05", "0.7", "clearly higher", {"clearly_higher"}),
            ("0.0499", "0.7", "barely higher", {"barely_higher", "broken"}),
            ("0", "0.7", "not higher", {"not_higher", "broken"}),
            # the bonus that the cap of 100% cuts off does not count
            ("0.10", "0.98", "barely higher", {"barely_higher", "broken"}),
        ],
    )
    @pytest.mark.usefixtures("clear_bonus")
    def test_is_shown_and_filtered_by(self, cast: Cast, bonus: str, rate: str, words: str, filters: set[str]) -> None:
        entered = terms(cast, bonus, rate=rate)
        client = client_of(cast.supervisor)
        page = get(client, page_of(entered))
        assert words in page
        found = {
            name
            for name in ("clearly_higher", "barely_higher", "not_higher", "broken")
            if client.get(list_of(ReimbursementTerms), {"verdict": name}).context["cl"].result_count
        }
        assert found == filters

    def test_is_not_spoken_without_a_rule(self, cast: Cast) -> None:
        terms(cast, "0")
        client = client_of(cast.supervisor)
        assert "not higher</span>" not in get(client, list_of(ReimbursementTerms))
        assert client.get(list_of(ReimbursementTerms), {"verdict": "broken"}).context["cl"].result_count == 0

    @pytest.mark.parametrize(
        ("bonus", "words"),
        [
            ("1", "is barely higher: 1 percentage point, at least 5 are required"),
            ("4.5", "is barely higher: 4.5 percentage points, at least 5 are required"),
            ("0", "is not higher: 0 percentage points, at least 5 are required"),
        ],
    )
    @pytest.mark.usefixtures("clear_bonus")
    def test_warns_who_enters_terms_that_break_the_rule(self, cast: Cast, bonus: str, words: str) -> None:
        client = client_of(cast.officer)
        answer = client.post(reverse(ENTER_TERMS), sent(essential_bonus=bonus), follow=True)
        [message] = answer.context["messages"]
        assert (message.level_tag, ReimbursementTerms.objects.count()) == ("warning", 1)
        assert words in str(message)

    @pytest.mark.usefixtures("clear_bonus")
    def test_says_nothing_of_terms_that_keep_the_rule(self, cast: Cast) -> None:
        answer = client_of(cast.officer).post(reverse(ENTER_TERMS), sent(essential_bonus="5"), follow=True)
        [message] = answer.context["messages"]
        assert (message.level_tag, "percentage point" in str(message)) == ("success", False)

    @pytest.mark.usefixtures("clear_bonus")
    def test_is_in_the_export(self, cast: Cast) -> None:
        terms(cast, "0")
        response: Any = client_of(cast.supervisor).get(f"{reverse(CSV)}?verdict=broken")
        assert "urban employees,河南省,primary institution,0.7000,0.0000,not higher" in response.getvalue().decode()

    @pytest.mark.usefixtures("clear_bonus")
    def test_takes_as_many_queries_for_fifty_rows_as_for_one(self, cast: Cast) -> None:
        terms(cast, "0.05")
        client = client_of(cast.officer)
        get(client, list_of(ReimbursementTerms))
        with CaptureQueriesContext(connection) as few:
            get(client, list_of(ReimbursementTerms))
        for year in range(1950, 2000):
            terms(cast, "0", valid_from=date(year, 1, 1), valid_until=date(year + 1, 1, 1))
        with CaptureQueriesContext(connection) as many:
            assert len(client.get(list_of(ReimbursementTerms)).context["cl"].result_list) == 50
        assert len(many) == len(few)


class TestEnterTerms:
    def test_enters_the_own_provinces_in_percent(self, cast: Cast) -> None:
        assert "are entered" in post(client_of(cast.officer), reverse(ENTER_TERMS), **sent())
        entered = ReimbursementTerms.objects.get()
        assert (entered.province_id, entered.rate, entered.essential_bonus) == (HENAN, Decimal("0.6"), Decimal("0.055"))
        assert (entered.deductible, entered.annual_cap) == (Decimal(200), None)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"rate": "101"}, "less than or equal to 100"),
            ({"rate": "60.123"}, "no more than 2 decimal places"),
            ({"annual_cap": "0"}, "greater than or equal to 0.01"),
            ({"valid_until": "2026-07-01"}, "not after its beginning"),
        ],
    )
    def test_tells_what_is_wrong(self, cast: Cast, changed: dict[str, str], words: str) -> None:
        assert words in post(client_of(cast.officer), reverse(ENTER_TERMS), **sent(**changed))
        assert not ReimbursementTerms.objects.exists()

    def test_tells_that_others_begin_on_the_same_day(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        post(client, reverse(ENTER_TERMS), **sent())
        assert "another one already holds" in post(client, reverse(ENTER_TERMS), **sent(rate="61"))

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        assert client_of(cast.supervisor).post(reverse(ENTER_TERMS), sent()).status_code == 403


def listed(**changed: str) -> dict[str, str]:
    return {
        "medicine": "阿莫西林",
        "form": "",
        "strength": "",
        "scope": "national",
        "list_class": "A",
        "self_pay_share": "0",
        "valid_from": "2026-01-01",
        "valid_until": "",
        "source": "药品目录",
    } | changed


class TestEnterListing:
    def test_lists_a_medicine_nationally(self, cast: Cast) -> None:
        factories.presentation()
        client = client_of(cast.officer)
        assert "is entered" in post(client, reverse(ENTER_LISTING), **listed())
        listing = InsuranceListing.objects.get()
        assert (listing.medicine.name, listing.presentation, listing.province) == ("阿莫西林", None, None)
        assert "nationally" in get(client, page_of(listing))

    def test_lists_one_presentation_in_the_own_province(self, cast: Cast) -> None:
        amoxicillin = factories.presentation()
        values = listed(form="胶囊", strength="0.25g", scope="own", list_class="B", self_pay_share="10")
        post(client_of(cast.officer), reverse(ENTER_LISTING), **values)
        listing = InsuranceListing.objects.get()
        assert (listing.presentation, listing.province_id) == (amoxicillin, HENAN)
        assert listing.self_pay_share == Decimal("0.1")

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"medicine": "阿司匹林"}, "No medicine is registered as “阿司匹林”."),
            ({"form": "片剂"}, "No presentation is registered as “阿莫西林 片剂"),
            ({"self_pay_share": "10"}, "is not a share"),
            ({"list_class": "B", "self_pay_share": "100"}, "is not a share"),
        ],
    )
    def test_tells_what_is_wrong(self, cast: Cast, changed: dict[str, str], words: str) -> None:
        factories.presentation()
        assert words in post(client_of(cast.officer), reverse(ENTER_LISTING), **listed(**changed))
        assert not InsuranceListing.objects.exists()

    def test_is_filtered_by_scope(self, cast: Cast) -> None:
        factories.presentation()
        client = client_of(cast.officer)
        post(client, reverse(ENTER_LISTING), **listed())
        for scope, count in (("national", 1), ("provincial", 0)):
            assert client.get(list_of(InsuranceListing), {"scope": scope}).context["cl"].result_count == count

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        assert client_of(cast.supervisor).post(reverse(ENTER_LISTING), listed()).status_code == 403


@pytest.mark.usefixtures("rule_sets")
class TestPatientShare:
    def test_is_reckoned_for_every_scheme_and_level(self, cast: Cast) -> None:
        factories.guide_price()
        product = factories.product(cast.supplier_firm)
        pays(product, "8.00")
        post(client_of(cast.officer), reverse(ENTER_LISTING), **listed())
        terms(cast, "0", rate="0.7")
        terms(cast, "0", rate="0.5", tier=Tier.TERTIARY)
        terms(cast, "0", rate="0.4", scheme=Scheme.RESIDENTS)
        page = get(client_of(cast.supervisor), f"{reverse(PATIENT)}?product={product.code}&province={HENAN}")
        for words in ("¥2.40 (70%)", "¥4.00 (50%)", "¥4.80 (40%)", "the mark-up decides"):
            assert words in page
        elsewhere = get(client_of(cast.supervisor), f"{reverse(PATIENT)}?product={product.code}&province={HUBEI}")
        assert "No scheme has terms in the province" in elsewhere

    def test_tells_of_an_unknown_product(self, cast: Cast) -> None:
        assert "No product has the code" in get(client_of(cast.officer), f"{reverse(PATIENT)}?product=none")

    def test_asks_for_a_product_first(self, cast: Cast) -> None:
        page = get(client_of(cast.officer), reverse(PATIENT))
        assert 'name="product"' in page
        assert 'id="prices"' not in page

    def test_is_closed_to_a_buyer(self, cast: Cast) -> None:
        assert client_of(cast.buyer).get(reverse(PATIENT)).status_code == 403
