from __future__ import annotations

from datetime import date

import pytest

from catalog.accounts.kinds import Role
from catalog.errors import UnknownCode
from catalog.foundation.errors import AlreadyDone, NotAllowed, NothingGiven, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Presentation, RuleSet
from procurement.errors import (
    DemandRoundClosed,
    NumberTaken,
    PresentationTwice,
    QuantityNotPositive,
    ReportsNotConfirmed,
)
from procurement.models import DemandLine, DemandReport, DemandRound
from procurement.queries import demand_by_province
from procurement.services.demand import (
    Need,
    close_demand_round,
    demand_round_of,
    open_demand_round,
    report_demand,
)
from procurement.services.demand_confirmation import confirm_demand, return_demand
from procurement.states import DemandReportStatus, DemandStatus, Procedure
from tests import factories
from tests.cast import HENAN, HUBEI, PEOPLE, Cast, machine_of
from tests.factories import NOW, ahead
from tests.refusals import refused


@pytest.fixture
def asked(cast: Cast) -> DemandRound:
    return factories.demand_round(cast)


@pytest.fixture
def capsules(db: None) -> Presentation:
    return factories.presentation()


class TestOpenDemandRound:
    def test_is_bound_to_the_rules_of_its_day(self, cast: Cast) -> None:
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, {}, valid_until=date(2020, 1, 1))
        current = factories.rule_set(RuleSet.Kind.VOLUME_BASED, {}, valid_from=date(2020, 1, 1))
        opened = open_demand_round(code="2026", title="2026 年", year=2026, actor=cast.officer, at=NOW)
        assert opened.rules == current

    def test_may_follow_another_procedure_and_may_have_no_rules(self, cast: Cast) -> None:
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, {})
        listing = open_demand_round(
            code="2026", title="", year=2026, actor=cast.officer, at=NOW, procedure=Procedure.DIRECT_LISTING
        )
        assert listing.rules is None

    def test_begins_to_collect(self, cast: Cast) -> None:
        opened = open_demand_round(code="2026", title="2026 年", year=2026, actor=cast.officer, at=NOW)
        assert opened.status == DemandStatus.COLLECTING
        assert Event.objects.get().action == "demand_round.open"

    @pytest.mark.parametrize("role", ["buyer", "supervisor", "supplier", "visitor"])
    def test_refuses_others_than_officers(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            open_demand_round(code="2026", title="", year=2026, actor=getattr(cast, role), at=NOW)
        assert not DemandRound.objects.exists()

    def test_refuses_a_code_that_is_taken(self, cast: Cast, asked: DemandRound) -> None:
        with refused(NumberTaken):
            open_demand_round(code=asked.code, title="", year=2026, actor=cast.officer, at=NOW)


class TestReportDemand:
    def test_keeps_what_the_hospital_needs(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        report = factories.demand_report(asked, {capsules: 5000}, cast.buyer)
        assert (report.organization, report.province_id, report.reported_at) == (cast.hospital, HENAN, NOW)
        assert report.lines.get().quantity == 5000
        assert Event.objects.filter(action="demand.report").get().changes == {"lines": [None, 1]}

    def test_takes_a_provinces_sum_from_its_agency(
        self, cast: Cast, asked: DemandRound, capsules: Presentation
    ) -> None:
        report = factories.demand_report(asked, {capsules: 5000}, cast.foreign_officer)
        assert (report.organization, report.province_id) == (cast.other_agency, HUBEI)

    def test_takes_it_from_the_hospitals_own_system(
        self, cast: Cast, asked: DemandRound, capsules: Presentation
    ) -> None:
        machine = machine_of(cast.buyer)
        assert factories.demand_report(asked, {capsules: 1}, machine).organization == cast.hospital

    def test_replaces_the_report_of_before(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        tablets = factories.presentation(form="片剂")
        first = factories.demand_report(asked, {capsules: 5000, tablets: 1}, cast.buyer)
        second = factories.demand_report(asked, {tablets: 7}, cast.buyer, at=ahead(days=1))
        assert first.pk == second.pk
        assert list(DemandLine.objects.values_list("presentation", "quantity")) == [(tablets.pk, 7)]
        assert DemandReport.objects.get().reported_at == ahead(days=1)

    def test_leaves_the_reports_of_others(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        for actor, quantity in ((cast.buyer, 10), (cast.outsider, 20), (cast.buyer, 30)):
            factories.demand_report(asked, {capsules: quantity}, actor)
        factories.confirm_all(asked, cast.officer, cast.foreign_officer)
        assert demand_by_province(asked, [capsules.pk], [HENAN, HUBEI]) == {HENAN: 30, HUBEI: 20}
        assert demand_by_province(asked, [capsules.pk], [HUBEI]) == {HUBEI: 20}

    def test_refuses_every_bad_line_at_once(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        needs = [Need(capsules.pk, 0), Need(10**6, 5), Need(capsules.pk, -1), Need(capsules.pk, 5)]
        with refused(
            QuantityNotPositive, UnknownCode, PresentationTwice, QuantityNotPositive, PresentationTwice
        ) as refusal:
            report_demand(round_code=asked.code, needs=needs, actor=cast.buyer, at=NOW)
        assert refusal.pointers == [
            "/lines/0/quantity",
            "/lines/1/presentation",
            "/lines/2",
            "/lines/2/quantity",
            "/lines/3",
        ]
        assert not DemandReport.objects.exists()

    def test_keeps_the_report_of_before_when_the_next_one_is_refused(
        self, cast: Cast, asked: DemandRound, capsules: Presentation
    ) -> None:
        factories.demand_report(asked, {capsules: 5000}, cast.buyer)
        with refused(QuantityNotPositive):
            factories.demand_report(asked, {capsules: 0}, cast.buyer)
        assert DemandLine.objects.get().quantity == 5000

    def test_refuses_nothing_at_all(self, cast: Cast, asked: DemandRound) -> None:
        with refused(NothingGiven):
            report_demand(round_code=asked.code, needs=[], actor=cast.buyer, at=NOW)

    def test_refuses_a_closed_round(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        with refused(DemandRoundClosed):
            factories.demand_report(asked, {capsules: 5000}, cast.buyer)
        assert not DemandReport.objects.exists()

    def test_refuses_a_round_that_nobody_opened(self, cast: Cast, capsules: Presentation) -> None:
        with refused(NotVisible):
            report_demand(round_code="none", needs=[Need(capsules.pk, 1)], actor=cast.buyer, at=NOW)

    @pytest.mark.parametrize("role", ["approver", "pharmacist", "supplier", "distributor", "supervisor", "visitor"])
    def test_refuses_who_has_no_demand(self, cast: Cast, asked: DemandRound, capsules: Presentation, role: str) -> None:
        with refused(NotAllowed):
            factories.demand_report(asked, {capsules: 5000}, getattr(cast, role))

    def test_is_seen_by_those_whom_it_concerns(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        factories.demand_report(asked, {capsules: 1}, cast.buyer)
        seers = {
            name
            for name in [*PEOPLE, "platform", "visitor"]
            if DemandReport.objects.visible_to(getattr(cast, name)).exists()
        }
        assert seers == {"officer", "second_officer", "supervisor", "buyer", "approver", "pharmacist", "platform"}


class TestReportAgain:
    def test_puts_what_was_returned_back_to_submitted(
        self, cast: Cast, asked: DemandRound, capsules: Presentation
    ) -> None:
        report = factories.demand_report(asked, {capsules: 5000}, cast.buyer)
        return_demand(report_id=report.pk, reason="少报", actor=cast.officer, at=NOW)
        again = factories.demand_report(asked, {capsules: 6000}, cast.buyer, at=ahead(days=1))
        assert (again.pk, again.status, again.return_reason) == (report.pk, DemandReportStatus.SUBMITTED, "")
        assert Event.objects.latest("pk").action == "demand.revise"

    @pytest.mark.parametrize("county", [True, False], ids=["by the county", "by the province"])
    def test_is_refused_once_it_is_confirmed(
        self, cast: Cast, asked: DemandRound, capsules: Presentation, county: bool
    ) -> None:
        report = factories.demand_report(asked, {capsules: 5000}, cast.buyer)
        confirmer = factories.health_officer() if county else cast.officer
        confirm_demand(report_id=report.pk, actor=confirmer, at=NOW)
        with refused(WrongState):
            factories.demand_report(asked, {capsules: 1}, cast.buyer)
        assert DemandLine.objects.get().quantity == 5000


class TestCloseDemandRound:
    def test_refuses_another_agency(self, cast: Cast, asked: DemandRound) -> None:
        with refused(NotAllowed):
            close_demand_round(code=asked.code, actor=cast.foreign_officer, at=NOW)
        assert demand_round_of(asked.code).status == DemandStatus.COLLECTING

    def test_refuses_to_leave_reports_out_unsaid(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        for reporter in (cast.buyer, cast.outsider):
            factories.demand_report(asked, {capsules: 5000}, reporter)
        factories.confirm_all(asked, cast.officer)
        with refused(ReportsNotConfirmed) as refusal:
            close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        assert refusal.facts["reports"] == "湖北省 1"
        assert demand_round_of(asked.code).status == DemandStatus.COLLECTING

    def test_leaves_them_out_of_the_sums(self, cast: Cast, asked: DemandRound, capsules: Presentation) -> None:
        for reporter in (cast.buyer, cast.outsider):
            factories.demand_report(asked, {capsules: 5000}, reporter)
        factories.confirm_all(asked, cast.officer)
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW, leave_out=True)
        assert demand_by_province(asked, [capsules.pk], [HENAN, HUBEI]) == {HENAN: 5000}

    def test_ends_the_collection(self, cast: Cast, asked: DemandRound) -> None:
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        assert demand_round_of(asked.code).status == DemandStatus.CLOSED

    def test_is_refused_the_second_time(self, cast: Cast, asked: DemandRound) -> None:
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        with refused(AlreadyDone):
            close_demand_round(code=asked.code, actor=cast.officer, at=NOW)

    def test_refuses_others_than_officers(self, cast: Cast, asked: DemandRound) -> None:
        with refused(NotAllowed) as refusal:
            close_demand_round(code=asked.code, actor=cast.buyer, at=NOW)
        assert str(Role.PROCUREMENT_OFFICER.label) in str(refusal.facts["reason"])
        assert demand_round_of(asked.code).status == DemandStatus.COLLECTING

    def test_refuses_a_round_that_nobody_opened(self, cast: Cast) -> None:
        with refused(NotVisible):
            close_demand_round(code="none", actor=cast.officer, at=NOW)
