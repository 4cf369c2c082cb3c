from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from catalog.accounts.models import Licence
from catalog.errors import PeriodReversed
from catalog.foundation.errors import NotAllowed, NothingGiven, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import Township
from distribution.errors import DistributorBarred, DistributorNotLicensed, DutyExists, TermNotShortened
from distribution.models import ServiceDuty
from distribution.services.duties import end_duty, give_duties
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def townships(cast: Cast) -> list[Township]:
    return [factories.township(f"410102{number}", f"{number}镇") for number in (100, 101)]


def give(cast: Cast, townships: list[Township], **changed: Any) -> list[ServiceDuty]:
    options: dict[str, Any] = {
        "township_codes": [township.code for township in townships],
        "distributor_code": cast.distributor_firm.code,
        "valid_from": TODAY,
        "valid_until": None,
        "actor": cast.officer,
        "at": NOW,
    }
    return give_duties(**options | changed)


class TestGiveDuties:
    def test_binds_a_distributor_to_townships(self, cast: Cast, townships: list[Township]) -> None:
        given = give(cast, townships)
        assert [(duty.township, duty.distributor) for duty in given] == [
            (township, cast.distributor_firm) for township in townships
        ]
        assert Event.objects.filter(action="duty.give").count() == 2

    def test_refuses_each_township_that_somebody_serves_already(self, cast: Cast, townships: list[Township]) -> None:
        factories.duty(cast, townships[1])
        with refused(DutyExists) as refusal:
            give(cast, townships)
        assert refusal.facts["township"] == townships[1]
        assert ServiceDuty.objects.count() == 1

    @pytest.mark.parametrize("who", ["foreign_officer", "supervisor", "distributor", "buyer"])
    def test_is_for_officers_of_the_province(self, cast: Cast, townships: list[Township], who: str) -> None:
        with refused(NotAllowed):
            give(cast, townships, actor=getattr(cast, who))

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"township_codes": []}, NothingGiven),
            ({"township_codes": ["410102100", "410102999"]}, NotVisible),
            ({"distributor_code": "SUPPLIER"}, NotVisible),
            ({"valid_until": TODAY}, PeriodReversed),
        ],
    )
    def test_refuses_what_binds_nobody(
        self, cast: Cast, townships: list[Township], changed: dict[str, Any], refusal: Any
    ) -> None:
        with refused(refusal):
            give(cast, townships, **changed)

    def test_refuses_who_may_not_deliver(self, cast: Cast, townships: list[Township]) -> None:
        factories.licence(cast.distributor_firm, kind=Licence.Kind.DISTRIBUTION, valid_until=TODAY)
        with refused(DistributorNotLicensed):
            give(cast, townships)
        factories.conduct_record(cast, firm=cast.distributor_firm, province_id=HENAN)
        with refused(DistributorBarred):
            give(cast, townships)


class TestEndDuty:
    def test_ends_it_from_the_day_on(self, cast: Cast, townships: list[Township]) -> None:
        duty = factories.duty(cast, townships[0])
        ended = end_duty(duty_id=duty.pk, on=TOMORROW, actor=cast.officer, at=NOW)
        ended.refresh_from_db()
        assert ended.validity.upper == TOMORROW
        assert Event.objects.filter(action="duty.end").count() == 1
        give(cast, [townships[0]], valid_from=TOMORROW)

    @pytest.mark.parametrize("on", [TODAY - timedelta(days=1), TODAY - timedelta(days=9)])
    def test_refuses_a_day_that_is_past(self, cast: Cast, townships: list[Township], on: date) -> None:
        duty = factories.duty(cast, townships[0])
        with refused(TermNotShortened):
            end_duty(duty_id=duty.pk, on=on, actor=cast.officer, at=NOW)

    def test_is_for_officers_of_the_province(self, cast: Cast, townships: list[Township]) -> None:
        duty = factories.duty(cast, townships[0])
        with refused(NotAllowed):
            end_duty(duty_id=duty.pk, on=TOMORROW, actor=cast.foreign_officer, at=NOW)
