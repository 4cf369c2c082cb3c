"""The patient's part before and after the tender, and what tenders saved the province."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from catalog.models import Product, RuleSet
from catalog.services.adjustments import approve_adjustment
from catalog.states import Scheme
from distribution.models import UseFigure
from distribution.queries.patient_cost import TenderPrice, patient_cost, tender_price
from distribution.queries.savings import savings
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, user_of
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import client_of, get, page_of, post, text_of
from tests.worlds.usage import MONTH, make_patients_terms, make_use

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

YEAR = {"since": TODAY - timedelta(days=365), "until": TODAY + timedelta(days=1)}


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Ten packs of amoxicillin and five of ibuprofen were bought; last month's use is reckoned."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_use()
        amoxicillin, ibuprofen, _cefradine = lines_of(cast)
        make_patients_terms(cast, amoxicillin)
        factories.receipt(cast, {amoxicillin: 10, ibuprofen: 5})
        factories.placed_order(cast, {ibuprofen: 99})
        factories.use_figure(cast, amoxicillin.product)
        yield cast
        transaction.set_rollback(True)


def lines_of(cast: Cast) -> list[AgreementLine]:
    lines = AgreementLine.objects.filter(province=HENAN).order_by("lot__number")
    return list(lines.select_related("product__presentation__medicine"))


@pytest.fixture
def db(settled: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(settled: Cast, db: None) -> Cast:
    return settled


@pytest.fixture
def amoxicillin(cast: Cast) -> Product:
    return lines_of(cast)[0].product


@pytest.fixture
def ibuprofen(cast: Cast) -> Product:
    return lines_of(cast)[1].product


class TestTenderPrice:
    def test_finds_what_held_before(self, amoxicillin: Product, ibuprofen: Product) -> None:
        def prices(found: TenderPrice | None) -> object:
            return found and (found.former and found.former.price, found.award.price, found.price.price)

        assert prices(tender_price(amoxicillin, HENAN, TODAY)) == (Decimal(8), Decimal(6), Decimal(6))
        assert prices(tender_price(ibuprofen, HENAN, TODAY)) == (None, Decimal(6), Decimal(6))
        assert tender_price(ibuprofen, HENAN, TODAY - timedelta(days=400)) is None
        assert tender_price(Product.objects.get(presentation__medicine__name="萘普生"), HENAN, TODAY) is None

    def test_takes_an_adjustment_for_no_tender(self, cast: Cast, amoxicillin: Product) -> None:
        asked = factories.adjustment(cast, amoxicillin, "5.00", valid_from=TODAY + timedelta(days=1))
        approve_adjustment(adjustment_id=asked.pk, actor=cast.second_officer, at=NOW)
        found = tender_price(amoxicillin, HENAN, TODAY + timedelta(days=1))
        assert found is not None and found.former is not None
        assert (found.former.price, found.award.price, found.price.price) == (Decimal(8), Decimal(6), Decimal(5))


class TestPatientCost:
    def test_is_of_a_pack_and_of_a_course_that_can_be_reckoned(self, amoxicillin: Product) -> None:
        found = patient_cost(amoxicillin, province_id=HENAN, on=TODAY)
        assert found is not None
        [pack] = found.parts
        # 80 % of an essential medicine of list A comes back
        assert (pack.change.before.paid_by_patient, pack.change.after.paid_by_patient) == (
            Decimal("1.60"),
            Decimal("1.20"),
        )
        # two capsules three times a day for a week are two packs; what goes by weight is not guessed
        [course] = found.courses
        assert (course.dosage.indication, course.units, course.packs) == ("肺炎", 42, 2)
        assert course.parts[0].change.patient_saves == Decimal("0.80")

    def test_compares_with_the_ceiling_where_nothing_was_agreed(self, ibuprofen: Product) -> None:
        found = patient_cost(ibuprofen, province_id=HENAN, on=TODAY)
        assert found is not None
        [pack] = found.parts
        # it is on no list: the patient pays all of it
        assert (pack.retail.before_by, pack.change.patient_saves) == ("ceiling", Decimal("2.72"))
        assert pack.change.fund_saves == 0

    def test_is_unknown_without_a_tenders_price_or_rules(self, cast: Cast, amoxicillin: Product) -> None:
        other = Product.objects.get(presentation__medicine__name="萘普生")
        assert patient_cost(other, province_id=HENAN, on=TODAY) is None
        RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK).delete()
        assert patient_cost(amoxicillin, province_id=HENAN, on=TODAY) is None


class TestSavings:
    def test_come_from_what_was_accepted(self, cast: Cast) -> None:
        found = savings(HENAN, **YEAR)
        # 10 × (8.00 − 6.00) and 5 × (8.72 − 6.00); what is only ordered has saved nothing yet
        assert [(row.packs, row.before, row.after, row.by_ceiling) for row in found.products] == [
            (10, Decimal("80.00"), Decimal("60.00"), False),
            (5, Decimal("43.60"), Decimal("30.00"), True),
        ]
        assert (found.before, found.after, found.saving, found.paid) == (
            Decimal("123.60"),
            Decimal("90.00"),
            Decimal("33.60"),
            Decimal("90.00"),
        )

    def test_are_shared_by_patients_and_schemes(self, cast: Cast) -> None:
        [scheme] = savings(HENAN, **YEAR).schemes
        assert scheme.scheme == Scheme.EMPLOYEES
        assert (scheme.patients_before, scheme.patients_after) == (Decimal("59.60"), Decimal("42.00"))
        assert (scheme.patients_save, scheme.fund_saves, scheme.unsettled) == (
            Decimal("17.60"),
            Decimal("16.00"),
            Decimal("0.00"),
        )

    def test_are_those_of_the_period_the_province_and_the_markup(self, cast: Cast) -> None:
        assert savings(HUBEI, **YEAR).saving == 0
        assert savings(HENAN, since=TODAY - timedelta(days=9), until=TODAY - timedelta(days=5)).products == []
        RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK).update(parameters={"markup": "0.15"})
        # before: 8.00 × 1.15 is above the ceiling of 8.72
        assert savings(HENAN, **YEAR).saving == 15 * (Decimal("8.72") - Decimal("6.90"))


class TestPages:
    """What officers, supervisors, institutions and the public read of it."""

    def test_show_the_use_of_a_province(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        asked = {"province": HENAN}
        for by, words in (("county", "中原区"), ("tier", "primary institution")):
            assert words in text_of(client.get(reverse("admin:distribution_usefigure_shares"), {**asked, "by": by}))
        ranking = reverse("admin:distribution_usefigure_ranking")
        assert "-56.67 %" in text_of(client.get(ranking, asked))
        assert "郑州市中原区医院" in text_of(client.get(reverse("admin:distribution_usefigure_must_stock"), asked))
        rows = b"".join(client.get(ranking, {**asked, "format": "csv"}).streaming_content)  # type: ignore[attr-defined]
        assert "HOSP-HA,郑州市中原区医院,中原区,-0.5667" in rows.decode()

    def test_show_a_figure_with_its_rows_and_what_would_help(self, cast: Cast) -> None:
        page = get(client_of(cast.officer), page_of(UseFigure.objects.get(institution=cast.hospital)))
        for words in ("CN.2019-47.986.varieties", "too small", "萘普生", "布洛芬", "What would help most"):
            assert words in page
        assert "黄芪" not in page

    def test_let_officers_alone_have_a_month_reckoned(self, cast: Cast) -> None:
        address = reverse("admin:distribution_usefigure_reckon")
        client = client_of(cast.officer)
        assert "is judged when it is over" in post(client, address, month=TODAY)
        assert "The use of 3 institutions is reckoned." in post(client, address, month=MONTH)
        assert client_of(cast.supervisor).get(address).status_code == 403

    def test_are_of_the_officers_own_province(self, cast: Cast) -> None:
        foreign = client_of(cast.foreign_officer)
        assert foreign.get(reverse("admin:distribution_usefigure_shares"), {"province": HENAN}).status_code == 403

    def test_show_officers_what_tenders_saved(self, cast: Cast, amoxicillin: Product) -> None:
        client = client_of(cast.officer)
        costs = reverse("admin:distribution_usefigure_patient_cost")
        page = text_of(client.get(costs, {"product": amoxicillin.code}))
        for words in ("¥8.00", "¥1.60", "¥1.20", "42 units, 2 packs"):
            assert words in page
        assert "No product has the code" in text_of(client.get(costs, {"product": "nothing"}))
        assert "that a tender or negotiation brought" in text_of(
            client.get(costs, {"product": Product.objects.get(presentation__medicine__name="萘普生").code})
        )
        saved = reverse("admin:distribution_usefigure_savings")
        assert "¥33.60" in text_of(client.get(saved, {"since": YEAR["since"].isoformat()}))
        assert "The period has no day." in text_of(client.get(saved, {"until": "2000-01-01"}))

    def test_show_everybody_what_tenders_mean_to_patients(self, cast: Cast, amoxicillin: Product) -> None:
        client = Client(headers={"accept-language": "en"})
        address = reverse("product-patient-cost", args=[amoxicillin.code])
        page = text_of(client.get(address, {"province": HENAN}))
        for words in ("¥1.60", "¥1.20", "42 units, 2 packs", "谈判纪要"):
            assert words in page
        assert client.get(address, {"province": "990000"}).status_code == 404
        assert client.get(reverse("product-patient-cost", args=["nothing"])).status_code == 404
        assert address in text_of(client.get(reverse("product", args=[amoxicillin.code]), {"province": HENAN}))
        placed = str(NOW.year)
        page = text_of(client.get(reverse("province-savings"), {"province": HENAN, "year": placed}))
        for words in ("¥123.60", "¥33.60", "¥17.60", amoxicillin.presentation.medicine.name):
            assert words in page
        assert "Nothing that a tender" in text_of(
            client.get(reverse("province-savings"), {"province": HUBEI, "year": "x"})
        )

    def test_show_an_institution_its_own(self, cast: Cast) -> None:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user_of(cast.buyer))
        page = text_of(client.get(reverse("portal:use")))
        for words in (f"{MONTH:%Y-%m}", "share too small", "33.33", "萘普生", "2 of 2 medicines"):
            assert words in page
        outsider = Client(headers={"accept-language": "en"})
        outsider.force_login(user_of(cast.outsider))
        assert "No month is reckoned yet" in text_of(outsider.get(reverse("portal:use")))


class TestApi:
    def test_answers_the_public_what_a_patient_pays(self, cast: Cast, amoxicillin: Product) -> None:
        answer = Client().get("/api/v1/patient-cost/", {"product": amoxicillin.code, "province": HENAN})
        found = answer.json()["found"]
        assert (found["former_price"], found["price"], found["is_essential"]) == ("8.0000", "6.0000", True)
        assert [part["patient_saves"] for part in found["parts"]] == ["0.40"]
        assert (found["courses"][0]["units"], found["courses"][0]["parts"][0]["packs"]) == (42, 2)

    def test_tells_an_institution_of_its_own_use(self, cast: Cast) -> None:
        client = Client()
        client.force_login(user_of(cast.buyer))
        month, own = f"{MONTH:%Y-%m-%d}", UseFigure.objects.get(institution=cast.hospital)
        [row] = client.get("/api/v1/use-shares/", {"by": "institution", "since": month}).json()["rows"]
        assert (row["code"], row["varieties_share"], row["lagging"]) == ("HOSP-HA", "0.3333", 1)
        [row] = client.get("/api/v1/use-ranking/", {"month": month}).json()["rows"]
        assert (row["institution"], row["margin"], row["place"]) == ("HOSP-HA", "-0.5667", 1)
        [move] = client.get(f"/api/v1/use-figures/{own.pk}/moves/").json()["moves"]
        assert move["gain"] == "0.333333"
        products = client.get(f"/api/v1/use-figures/{own.pk}/products/").json()["products"]
        assert [product["units"] for product in products] == [240, 24, 48]
        answer = client.get("/api/v1/must-stock/").json()
        assert ([row["kept"] for row in answer["rows"]], answer["lacking"]) == ([2], [])
