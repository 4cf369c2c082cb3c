"""The credit level of a firm, and what its records mean for tender and order, each on its day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from catalog.rules.conduct_rules import Effect, Level, Offence
from catalog.rules.months import months_after
from procurement.queries.credit import credit_standing, credit_standings
from procurement.queries.standing import barred_supplier_ids
from procurement.services.conduct import repair_conduct_record
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW, TODAY

DAY = timedelta(days=1)
TERM_ENDS = months_after(TODAY, 24)


def is_barred(cast: Cast, on: date, province: str) -> bool:
    return barred_supplier_ids(on, province).filter(organization=cast.supplier_firm).exists()


class TestOneBribe:
    @pytest.mark.parametrize(
        ("on", "holds"),
        [(TODAY - DAY, False), (TODAY, True), (TERM_ENDS - DAY, True), (TERM_ENDS, False)],
    )
    def test_bars_in_its_province_and_lowers_the_score_elsewhere_from_its_day_to_the_last(
        self, cast: Cast, on: date, holds: bool
    ) -> None:
        record = factories.conduct_record(cast)
        assert is_barred(cast, on, HENAN) is holds
        assert not is_barred(cast, on, HUBEI)
        assert record.effect_in(HUBEI) == Effect.LOWERS_SCORE
        standing = credit_standing(cast.supplier_firm.pk, on)
        assert (standing is not None) is holds
        if standing is not None:
            assert (standing.level, standing.until, standing.is_barred) == (Level.GENERAL, TERM_ENDS, True)
            assert standing.barred_in == [HENAN]

    def test_that_is_confirmed_as_the_second_in_five_years_bars_the_nation(self, cast: Cast) -> None:
        before = months_after(TODAY, -59)
        factories.conduct_record(cast, starts_on=before, province_id=HUBEI)
        assert not is_barred(cast, TODAY, HENAN)
        second = factories.conduct_record(cast)
        assert (second.province, second.effect) == (None, Effect.BARRED)
        for province in (HENAN, HUBEI):
            assert [is_barred(cast, on, province) for on in (TODAY - DAY, TODAY, TERM_ENDS - DAY, TERM_ENDS)] == [
                False,
                True,
                True,
                False,
            ]
        standing = credit_standing(cast.supplier_firm.pk, TODAY)
        assert standing is not None and standing.is_barred and standing.barred_in == []


class TestCreditStandings:
    def test_are_the_gravest_of_what_is_in_force_on_the_day(self, cast: Cast) -> None:
        mild = factories.conduct_record(cast, Offence.FAILED_SUPPLY, starts_on=TODAY - DAY)
        grave = factories.conduct_record(cast, Offence.PRICE_ABUSE, Level.VERY_SERIOUS)
        factories.conduct_record(cast, Offence.FALSE_PAPERS, Level.SERIOUS, firm=cast.rival_firm)
        factories.proposed_conduct(cast, firm=cast.distributor_firm)
        assert [(item.organization, item.level) for item in credit_standings(TODAY)] == [
            (cast.supplier_firm, Level.VERY_SERIOUS),
            (cast.rival_firm, Level.SERIOUS),
        ]
        [yesterday] = credit_standings(TODAY - DAY)
        assert (yesterday.level, yesterday.until, yesterday.records) == (Level.GENERAL, mild.validity.upper, (mild,))
        after = credit_standing(cast.supplier_firm.pk, grave.validity.upper)
        assert after is None

    def test_end_with_the_repair(self, cast: Cast) -> None:
        record = factories.conduct_record(cast, starts_on=TODAY - DAY)
        repair_conduct_record(record_id=record.pk, on=TODAY, note="降价", actor=cast.officer, at=NOW)
        assert credit_standing(cast.supplier_firm.pk, TODAY - DAY) is not None
        assert credit_standing(cast.supplier_firm.pk, TODAY) is None

    def test_are_public_for_every_day(self, cast: Cast) -> None:
        record = factories.conduct_record(cast)
        [row] = APIClient().get("/api/v1/credit-levels/").json()["firms"]
        assert (row["firm"], row["level"], row["barred_in"]) == ("SUPPLIER", "general", [HENAN])
        assert row["records"] == [record.pk]
        assert APIClient().get("/api/v1/credit-levels/", {"on": str(TODAY - DAY)}).json()["firms"] == []
        assert APIClient().get("/api/v1/credit-levels/", {"on": "x"}).status_code == 400
        client = Client(headers={"accept-language": "en"})
        assert "breach of trust" in client.get(reverse("conduct-records")).content.decode()
        shown = client.get(reverse("conduct-records", query={"on": str(TODAY - DAY)})).content.decode()
        assert "No firm has a credit level on this day." in shown
        assert client.get(reverse("conduct-records", query={"on": "2026-02-30"})).status_code == 200
