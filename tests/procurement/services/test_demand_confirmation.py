"""The county confirms, then the province; nobody skips the other, and nobody confirms what they reported."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.accounts.models import Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from procurement.errors import DemandRoundClosed, ReturnReasonMissing
from procurement.models import DemandReport, DemandRound
from procurement.services.demand import close_demand_round
from procurement.services.demand_confirmation import Confirmed, confirm_all_demand, confirm_demand, return_demand
from procurement.states import DemandReportStatus
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, ZHONGYUAN, Cast, machine_of, organization_of
from tests.factories import NOW
from tests.refusals import refused

SUBMITTED, COUNTY, CONFIRMED, RETURNED = (
    DemandReportStatus.SUBMITTED,
    DemandReportStatus.COUNTY_CONFIRMED,
    DemandReportStatus.CONFIRMED,
    DemandReportStatus.RETURNED,
)


@pytest.fixture
def asked(cast: Cast) -> DemandRound:
    return factories.demand_round(cast)


@pytest.fixture
def report(cast: Cast, asked: DemandRound) -> DemandReport:
    """Of the hospital, in a county of Henan."""
    return factories.demand_report(asked, {factories.presentation(): 100}, cast.buyer)


def confirm(report: DemandReport, actor: Actor, **changed: Any) -> str:
    return confirm_demand(report_id=report.pk, actor=actor, at=NOW, **changed).status


def give_back(report: DemandReport, actor: Actor, reason: str = "数量有误") -> DemandReport:
    return return_demand(report_id=report.pk, reason=reason, actor=actor, at=NOW)


class TestConfirm:
    def test_goes_from_the_county_to_the_province(self, cast: Cast, report: DemandReport) -> None:
        assert confirm(report, factories.health_officer()) == COUNTY
        assert confirm(report, cast.officer) == CONFIRMED
        actions = Event.objects.order_by("pk").values_list("action", flat=True)
        assert list(actions)[-2:] == ["demand.confirm_for_county", "demand.confirm"]

    @pytest.mark.parametrize("region", [ZHONGYUAN, ZHENGZHOU, HENAN])
    def test_is_not_the_provinces_before_the_county_or_what_lies_above(
        self, cast: Cast, report: DemandReport, region: str
    ) -> None:
        county = factories.health_officer(region)
        with refused(NotAllowed) as refusal:
            confirm(report, cast.officer)
        assert organization_of(county).name in str(refusal.facts["reason"])
        assert confirm(report, county) == COUNTY

    def test_names_the_nearest_authority(self, cast: Cast, report: DemandReport) -> None:
        for region in (HENAN, ZHONGYUAN, ZHENGZHOU):
            factories.health_officer(region)
        with refused(NotAllowed) as refusal:
            confirm(report, cast.officer)
        assert ZHONGYUAN in str(refusal.facts["reason"])

    def test_is_the_provinces_alone_where_no_authority_is_there(self, cast: Cast, report: DemandReport) -> None:
        factories.health_officer(HUBEI)
        assert confirm(report, cast.officer) == CONFIRMED

    @pytest.mark.parametrize("gone", ["nobody in it", "nobody active", "closed"])
    def test_does_not_wait_for_an_authority_that_cannot_answer(
        self, cast: Cast, report: DemandReport, gone: str
    ) -> None:
        county = factories.health_officer()
        match gone:
            case "nobody in it":
                Membership.objects.filter(user=county.user_id).delete()
            case "nobody active":
                User.objects.filter(pk=county.user_id).update(is_active=False)
            case _:
                Organization.objects.filter(pk=county.organization_id).update(is_active=False)
        assert confirm(report, cast.officer) == CONFIRMED

    def test_shows_an_authority_nothing_of_another_region(self, cast: Cast, asked: DemandRound) -> None:
        theirs = factories.demand_report(asked, {factories.presentation(): 100}, cast.outsider)
        with refused(NotVisible):
            confirm(theirs, factories.health_officer(HENAN))

    def test_shows_another_provinces_officers_nothing(self, cast: Cast, report: DemandReport) -> None:
        with refused(NotVisible):
            confirm(report, cast.foreign_officer)

    @pytest.mark.parametrize("name", ["buyer", "supervisor", "platform"])
    def test_is_nobody_elses(self, cast: Cast, report: DemandReport, name: str) -> None:
        with refused(NotAllowed):
            confirm(report, getattr(cast, name))

    def test_is_no_systems(self, cast: Cast, report: DemandReport) -> None:
        with refused(NotAllowed):
            confirm(report, machine_of(cast.officer))

    def test_of_an_agencys_sum_is_a_second_officers(self, cast: Cast, asked: DemandRound) -> None:
        factories.health_officer(HENAN)
        total = factories.demand_report(asked, {factories.presentation(): 100}, cast.officer)
        with refused(NotAllowed):
            confirm(total, cast.officer)
        assert confirm(total, cast.second_officer) == CONFIRMED

    def test_keeps_an_agencys_sum_from_the_health_authority(self, cast: Cast, asked: DemandRound) -> None:
        total = factories.demand_report(asked, {factories.presentation(): 100}, cast.officer)
        with refused(NotVisible):
            confirm(total, factories.health_officer(HENAN))

    def test_of_what_an_agencys_system_reported_is_any_officers(self, cast: Cast, asked: DemandRound) -> None:
        total = factories.demand_report(asked, {factories.presentation(): 100}, machine_of(cast.officer))
        assert confirm(total, cast.officer) == CONFIRMED

    def test_is_refused_the_second_time_and_on_another_version(self, cast: Cast, report: DemandReport) -> None:
        with refused(Stale):
            confirm(report, cast.officer, expected_version=7)
        confirm(report, cast.officer, expected_version=1)
        with refused(AlreadyDone):
            confirm(report, cast.second_officer)

    def test_is_refused_once_the_round_is_closed(self, cast: Cast, asked: DemandRound, report: DemandReport) -> None:
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW, leave_out=True)
        with refused(DemandRoundClosed):
            confirm(report, cast.officer)
        with refused(DemandRoundClosed):
            give_back(report, cast.officer)


class TestReturn:
    def test_tells_the_reporter_why(self, cast: Cast, report: DemandReport) -> None:
        returned = give_back(report, factories.health_officer())
        assert (returned.status, returned.return_reason) == (RETURNED, "数量有误")

    def test_needs_a_reason(self, cast: Cast, report: DemandReport) -> None:
        with refused(ReturnReasonMissing):
            give_back(report, cast.officer, " ")
        report.refresh_from_db()
        assert report.status == SUBMITTED

    def test_of_what_the_province_confirmed_is_the_provinces(self, cast: Cast, report: DemandReport) -> None:
        county = factories.health_officer()
        confirm(report, county)
        confirm(report, cast.officer)
        with refused(NotAllowed):
            give_back(report, county)
        assert give_back(report, cast.second_officer).status == RETURNED

    def test_is_not_the_reporters(self, cast: Cast, report: DemandReport) -> None:
        with refused(NotAllowed):
            give_back(report, cast.buyer)

    def test_is_refused_the_second_time(self, cast: Cast, report: DemandReport) -> None:
        give_back(report, cast.officer)
        with refused(AlreadyDone):
            give_back(report, cast.officer)
        with refused(WrongState):
            confirm(report, cast.officer)


class TestConfirmAll:
    def confirm_all(self, asked: DemandRound, actor: Actor) -> Confirmed:
        return confirm_all_demand(round_code=asked.code, actor=actor, at=NOW)

    def test_takes_the_county_first_and_then_the_province(
        self, cast: Cast, asked: DemandRound, report: DemandReport
    ) -> None:
        county = factories.health_officer()
        assert self.confirm_all(asked, cast.officer) == Confirmed(count=0, waiting=1)
        assert self.confirm_all(asked, county) == Confirmed(count=1, waiting=0)
        assert self.confirm_all(asked, cast.officer) == Confirmed(count=1, waiting=0)
        assert Event.objects.latest("pk").action == "demand.confirm"

    def test_leaves_other_provinces_other_rounds_and_what_was_returned(
        self, cast: Cast, asked: DemandRound, report: DemandReport
    ) -> None:
        item = factories.presentation()
        other_round = factories.demand_report(factories.demand_round(cast), {item: 1}, cast.buyer)
        other_province = factories.demand_report(asked, {item: 1}, cast.outsider)
        give_back(report, cast.officer)
        assert self.confirm_all(asked, cast.officer) == Confirmed(count=0, waiting=0)
        statuses = dict(DemandReport.objects.values_list("pk", "status"))
        assert statuses == {report.pk: RETURNED, other_round.pk: SUBMITTED, other_province.pk: SUBMITTED}

    def test_leaves_what_the_officer_reported(self, cast: Cast, asked: DemandRound) -> None:
        factories.demand_report(asked, {factories.presentation(): 1}, cast.officer)
        assert self.confirm_all(asked, cast.officer) == Confirmed(count=0, waiting=1)
        assert self.confirm_all(asked, cast.second_officer) == Confirmed(count=1, waiting=0)

    def test_costs_the_same_for_many_reports(
        self, cast: Cast, asked: DemandRound, django_assert_max_num_queries: Any
    ) -> None:
        hospitals = Organization.objects.bulk_create(
            Organization(code=f"H{number}", name=f"H{number}", kind="institution", region_id=ZHONGYUAN)
            for number in range(50)
        )
        DemandReport.objects.bulk_create(
            DemandReport(round=asked, organization=hospital, province_id=HENAN, reported_at=NOW)
            for hospital in hospitals
        )
        with django_assert_max_num_queries(12):
            assert self.confirm_all(asked, cast.officer).count == 50

    @pytest.mark.parametrize("name", ["buyer", "supervisor", "platform"])
    def test_is_refused_to_others(self, cast: Cast, asked: DemandRound, name: str) -> None:
        with refused(NotAllowed):
            self.confirm_all(asked, getattr(cast, name))

    def test_is_refused_once_the_round_is_closed(self, cast: Cast, asked: DemandRound) -> None:
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        with refused(DemandRoundClosed):
            self.confirm_all(asked, cast.officer)


class TestVisibility:
    def test_shows_an_authority_what_its_region_reported(
        self, cast: Cast, asked: DemandRound, report: DemandReport
    ) -> None:
        factories.demand_report(asked, {factories.presentation(): 1}, cast.outsider)
        seen = {
            region: DemandReport.objects.visible_to(factories.health_officer(region)).count()
            for region in (ZHONGYUAN, ZHENGZHOU, HENAN, HUBEI)
        }
        assert seen == {ZHONGYUAN: 1, ZHENGZHOU: 1, HENAN: 1, HUBEI: 1}

    def test_shows_a_county_nothing_of_its_neighbour(self, cast: Cast, report: DemandReport) -> None:
        Organization.objects.filter(pk=cast.hospital.pk).update(region=ZHENGZHOU)
        assert not DemandReport.objects.visible_to(factories.health_officer(ZHONGYUAN)).exists()
