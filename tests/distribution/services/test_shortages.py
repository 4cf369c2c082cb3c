"""The one list of what is short: what is told, what the watch finds, what is done about it and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from catalog.errors import UnknownCode
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import Product, RuleSet
from catalog.rules.shortage_rules import ShortageRules
from distribution.errors import (
    FollowUpOutOfRange,
    MeasureUnfit,
    NotProducer,
    ReasonMissing,
    ShortageReported,
    ShortageReportEnded,
    StopAnnounced,
    StopTermEmpty,
    StopWithdrawn,
    UnitsNotPositive,
)
from distribution.models import (
    NationalShortage,
    OrderNotice,
    ReserveRelease,
    ShortageAnswer,
    ShortageItem,
    ShortageReport,
    StockTransfer,
    StopNotice,
)
from distribution.queries import supply_rules
from distribution.queries.shortage_signals import signals
from distribution.rules.shortage import Figures
from distribution.services.national_shortages import watch_national_shortages
from distribution.services.orders import refuse_order
from distribution.services.shortage_reports import (
    announce_stop,
    end_shortage_report,
    report_shortage,
    withdraw_stop,
)
from distribution.services.shortage_watch import remind_of_follow_ups, watch_shortages
from distribution.services.shortages import (
    Backup,
    DesignatedProduction,
    Redistribution,
    Reserve,
    close_shortage,
    dismiss_shortage,
    follow_up_shortage,
)
from distribution.states import AnswerKind, AnswerOutcome, NationalListing, NoticeKind, ShortageGrade, ShortageReason
from distribution.tasks import gather_reported, gather_stopped, watch_shortages_task
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine
from procurement.rules.working_days import working_days_after
from procurement.states import Procedure
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, actor_in, machine_of, make_cast, make_rule_sets
from tests.factories import NOW, TODAY
from tests.factories.procurement_rules import enter_rules
from tests.refusals import refused

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

IN_TEN_DAYS = TODAY + timedelta(days=10)


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, with a main and a backup supplier of amoxicillin."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        factories.main_and_backup(cast)
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def main(cast: Cast) -> AgreementLine:
    return AgreementLine.objects.select_related("product__presentation").get(province=HENAN, role="main")


@pytest.fixture
def product(main: AgreementLine) -> Product:
    return main.product


def watch(cast: Cast, province_id: str = HENAN, *, days: int = 0) -> int:
    return watch_shortages(province_id=province_id, actor=cast.platform, at=NOW + timedelta(days=days))


def listed(province_id: str = HENAN) -> ShortageItem:
    return ShortageItem.objects.listed().get(province=province_id)


def found(cast: Cast, product: Product, province_id: str = HENAN) -> Figures:
    known = signals(province_id, at=NOW, rules=ShortageRules(), supply=supply_rules(TODAY))
    return known.get(product.presentation_id, Figures())


def told(kind: NoticeKind) -> list[str]:
    return sorted(OrderNotice.objects.filter(kind=kind).values_list("recipient__code", flat=True))


def main_tender(product: Product) -> str:
    return AgreementLine.objects.get(product=product, province=HENAN).agreement.tender.number


class TestReport:
    def test_is_filed_once_and_taken_back_when_supplied_again(self, cast: Cast, product: Product) -> None:
        report = factories.shortage_report(cast.pharmacist, product)
        assert (report.institution, report.province_id, report.filed_by_id) == (
            cast.hospital,
            HENAN,
            cast.pharmacist.user_id,
        )
        with refused(ShortageReported):
            factories.shortage_report(cast.buyer, product)
        for stranger in (cast.outsider, cast.foreign_officer, cast.supplier):
            assert not ShortageReport.objects.visible_to(stranger).exists()
        for reader in (cast.approver, cast.officer, cast.supervisor):
            assert ShortageReport.objects.visible_to(reader).get() == report
        with refused(NotVisible):
            end_shortage_report(report_id=report.pk, actor=cast.outsider, at=NOW)
        end_shortage_report(report_id=report.pk, actor=cast.buyer, at=NOW)
        with refused(ShortageReportEnded):
            end_shortage_report(report_id=report.pk, actor=cast.buyer, at=NOW)
        factories.shortage_report(cast.pharmacist, product)
        filed = Event.objects.filter(action__startswith="shortage_report.").order_by("pk")
        assert [event.action.partition(".")[2] for event in filed] == ["file", "end", "file"]

    def test_refuses_what_says_nothing(self, cast: Cast, product: Product) -> None:
        empty = {"reason": ShortageReason.OTHER, "units": 0, "at": NOW}
        with refused(UnknownCode, UnitsNotPositive, ReasonMissing) as refusal:
            report_shortage(product_code="NONE", actor=cast.pharmacist, **empty)  # type: ignore[arg-type]
        assert refusal.pointers == ["/product", "/units", "/note"]
        with refused(NotAllowed):
            report_shortage(product_code=product.code, actor=cast.officer, **empty)  # type: ignore[arg-type]


class TestStopNotice:
    def test_in_time_or_late_is_told_to_the_provinces_that_count_on_it(self, cast: Cast, product: Product) -> None:
        in_time = factories.stop_notice(cast.supplier, product)
        assert (in_time.is_late, in_time.producer) == (False, cast.supplier_firm)
        assert told(NoticeKind.STOP_ANNOUNCED) == ["AGENCY-HA", "AGENCY-HB"]
        with refused(StopAnnounced):
            factories.stop_notice(cast.supplier, product)
        late = factories.stop_notice(cast.supplier, product, days=20)
        assert late.is_late
        assert late.due_on < TODAY
        assert set(StopNotice.objects.visible_to(cast.foreign_officer)) == {in_time, late}
        assert not StopNotice.objects.visible_to(cast.rival).exists()
        with refused(NotVisible):
            withdraw_stop(notice_id=late.pk, actor=cast.rival, at=NOW)
        withdraw_stop(notice_id=late.pk, actor=cast.supplier, at=NOW)
        with refused(StopWithdrawn):
            withdraw_stop(notice_id=late.pk, actor=cast.supplier, at=NOW)
        assert list(StopNotice.objects.standing(TODAY)) == [in_time]

    def test_refuses_anothers_product_and_an_empty_term(self, cast: Cast, product: Product) -> None:
        stop = {"product_code": product.code, "stops_on": TODAY, "reason": "停产", "at": NOW}
        with refused(StopTermEmpty, NotProducer):
            announce_stop(actor=cast.rival, resumes_on=TODAY, **stop)  # type: ignore[arg-type]
        with refused(NotAllowed):
            announce_stop(actor=cast.buyer, **stop)  # type: ignore[arg-type]


class TestSignals:
    def test_are_gathered_of_a_province_from_reports_orders_stock_and_stops(
        self, cast: Cast, main: AgreementLine, product: Product
    ) -> None:
        assert found(cast, product) == Figures()
        factories.shortage_report(cast.pharmacist, product, units=200)
        other = factories.pharmacist_of(factories.neighbour())
        factories.shortage_report(other, product, units=100)
        factories.used(other, product, 300)
        factories.stock_lot(other, product, 60)
        # quarantined stock helps nobody
        factories.stock_lot(cast.pharmacist, product, 500, lot_number="HELD")
        factories.hold(cast.officer, product, "HELD")
        factories.stop_notice(cast.supplier, product, days=40)
        late = NOW - timedelta(days=9)
        factories.placed_order(cast, {main: 10}, at=late)
        figures = found(cast, product)
        assert (figures.institutions, figures.lacking) == (2, 300)
        # ten packs of 24, whose answer is overdue
        assert (figures.lines, figures.ordered, figures.unsupplied, figures.silent) == (1, 240, 240, 240)
        assert (figures.usable, figures.monthly, figures.users, figures.users_out) == (60, 100, 1, 0)
        assert figures.moved == 560
        # the backup supplier stands by for the province
        assert (figures.stops_in, figures.others) == (40, 1)
        elsewhere = found(cast, product, HUBEI)
        assert (elsewhere.institutions, elsewhere.lines, elsewhere.monthly, elsewhere.stops_in) == (0, 0, 0, 40)

    def test_do_not_count_what_the_backup_supplier_took_over(
        self, cast: Cast, main: AgreementLine, product: Product
    ) -> None:
        order = factories.placed_order(cast, {main: 10})
        assert found(cast, product).lines == 0
        refuse_order(order_id=order.pk, reason="停产", code="out_of_stock", actor=cast.supplier, at=NOW)
        figures = found(cast, product)
        assert (figures.lines, figures.ordered, figures.unsupplied) == (1, 240, 0)
        [replacement] = order.replacements.all()
        refuse_order(order_id=replacement.pk, reason="停产", code="out_of_stock", actor=cast.rival, at=NOW)
        assert found(cast, product).unsupplied == 240


class TestWatch:
    def test_lists_grades_anew_and_clears_each_once(self, cast: Cast, product: Product) -> None:
        report = factories.shortage_report(cast.pharmacist, product)
        assert [watch(cast), watch(cast)] == [1, 0]
        item = listed()
        assert (item.grade, item.answer_by, item.status) == (ShortageGrade.WATCH, None, "open")
        assert [check["rule"] for check in item.checks] == ["CN.2019-47.institution-report"]
        # what is only watched asks nobody for an answer
        assert told(NoticeKind.SHORTAGE_LISTED) == []
        second = factories.shortage_report(factories.pharmacist_of(factories.neighbour()), product)
        assert watch(cast) == 1
        item = listed()
        assert (item.grade, item.answer_by) == (ShortageGrade.SHORT, working_days_after(TODAY, 5))
        assert told(NoticeKind.SHORTAGE_LISTED) == ["AGENCY-HA"]
        late = item.answer_by + timedelta(days=1)
        assert list(ShortageItem.objects.overdue(late)) == [item]
        assert not ShortageItem.objects.overdue(item.answer_by).exists()
        for closed in (report, second):
            end_shortage_report(report_id=closed.pk, actor=actor_in(closed.institution, "pharmacist"), at=NOW)
        assert [watch(cast), watch(cast)] == [1, 0]
        item.refresh_from_db()
        assert (item.status, item.closed_at, item.cleared_at) == ("closed", NOW, NOW)
        actions = Event.objects.filter(action__startswith="shortage.").order_by("pk")
        assert [event.action for event in actions] == ["shortage.list", "shortage.grade", "shortage.clear"]
        # what comes back is listed anew
        factories.shortage_report(cast.pharmacist, product)
        assert watch(cast) == 1
        assert listed() != item

    def test_shows_the_list_to_the_province_and_supervisors(self, cast: Cast, product: Product) -> None:
        item = factories.shortage(cast, product)
        for reader in (cast.officer, cast.buyer, cast.supervisor, cast.platform):
            assert ShortageItem.objects.visible_to(reader).get() == item
        for stranger in (cast.foreign_officer, cast.outsider, cast.supplier, cast.visitor):
            assert not ShortageItem.objects.visible_to(stranger).exists()

    def test_looks_at_once_at_what_is_told(self, cast: Cast, product: Product) -> None:
        factories.shortage_report(cast.pharmacist, product)
        factories.stop_notice(cast.supplier, product, days=20)
        heard = {"distribution.gather_reported": gather_reported, "distribution.gather_stopped": gather_stopped}
        messages = {name: Delivery.objects.get(subscriber=name) for name in heard}
        heard["distribution.gather_reported"](messages["distribution.gather_reported"].event_id)
        assert {item.province_id for item in ShortageItem.objects.all()} == {HENAN}
        heard["distribution.gather_stopped"](messages["distribution.gather_stopped"].event_id)
        assert {item.province_id for item in ShortageItem.objects.all()} == {HENAN, HUBEI}
        assert watch_shortages_task() == 0
        factories.shortage_report(factories.pharmacist_of(factories.neighbour()), product)
        assert [watch_shortages_task(), watch_shortages_task()] == [1, 0]


class TestNationalShortages:
    def test_come_move_and_leave_with_the_provinces(self, cast: Cast, product: Product) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.SHORTAGE).update(
            parameters={
                "national_provinces": 2,
                "easily_short_provinces": 1,
                "easily_short_times": 9,
                "reports": {"watch": "1", "short": "1", "severe": "5"},
            }
        )
        ours = factories.shortage_report(cast.pharmacist, product)
        watch(cast)
        assert [watch_national_shortages(actor=cast.platform, at=NOW) for _round in range(2)] == [1, 0]
        row = NationalShortage.objects.get()
        assert (row.listing, row.provinces) == (NationalListing.EASILY_SHORT, {HENAN: "short"})
        assert told(NoticeKind.NATIONAL_SHORTAGE) == []
        factories.shortage_report(cast.outsider, product)
        watch(cast, HUBEI)
        assert watch_national_shortages(actor=cast.platform, at=NOW) == 1
        row.refresh_from_db()
        assert (row.listing, row.provinces) == (NationalListing.SHORT, {HENAN: "short", HUBEI: "short"})
        assert row.checks[0]["rule"] == "CN.2020-draft.national-shortage"
        assert told(NoticeKind.NATIONAL_SHORTAGE) == ["AGENCY-HA", "AGENCY-HB"]
        assert NationalShortage.objects.visible_to(cast.supplier).listed().get() == row
        assert not NationalShortage.objects.visible_to(cast.visitor).exists()
        end_shortage_report(report_id=ours.pk, actor=cast.pharmacist, at=NOW)
        theirs = ShortageReport.objects.get(institution=cast.other_hospital)
        end_shortage_report(report_id=theirs.pk, actor=cast.outsider, at=NOW)
        watch(cast)
        watch(cast, HUBEI)
        assert watch_national_shortages(actor=cast.platform, at=NOW) == 1
        row.refresh_from_db()
        assert (row.ended_at, row.provinces) == (NOW, {})


class TestAnswer:
    def test_by_the_backup_supplier_hands_volume_over(self, cast: Cast, main: AgreementLine, product: Product) -> None:
        item = factories.shortage(cast, product)
        chosen = factories.answered_shortage(cast, item, Backup(main.pk, 24_000), expected_version=item.version)
        assert (chosen.kind, chosen.units, chosen.chosen_by_id) == (
            AnswerKind.BACKUP_SUPPLIER,
            24_000,
            cast.officer.user_id,
        )
        assert chosen.backup_line is not None
        assert (chosen.backup_line.role, chosen.backup_line.agreed_quantity) == ("backup", 24_000)
        item.refresh_from_db()
        assert item.status == "answered"
        assert told(NoticeKind.SHORTAGE_ANSWERED) == ["HOSP-HA"]
        with refused(AlreadyDone):
            factories.answered_shortage(cast, item, Backup(main.pk, 24))
        with refused(Stale):
            follow_up_shortage(
                item_id=item.pk,
                outcome=AnswerOutcome.RESOLVED,
                note="已到货",
                actor=cast.officer,
                at=NOW,
                expected_version=1,
            )

    def test_by_redistribution_proposes_a_transfer(self, cast: Cast, product: Product) -> None:
        item = factories.shortage(cast, product)
        lot = factories.stock_lot(factories.pharmacist_of(factories.neighbour()), product)
        chosen = factories.answered_shortage(cast, item, Redistribution(lot.pk, cast.hospital.code, 40))
        transfer = StockTransfer.objects.get()
        assert (chosen.transfer, transfer.units, transfer.taker) == (transfer, 40, cast.hospital)

    def test_from_the_reserve_orders_a_release_that_another_officer_approves(
        self, cast: Cast, product: Product
    ) -> None:
        item = factories.shortage(cast, product)
        plan = factories.filled_reserve(cast, product)
        chosen = factories.answered_shortage(cast, item, Reserve(plan.pk, cast.hospital.code, 100, "省卫生健康委"))
        release = ReserveRelease.objects.get()
        assert (chosen.release, release.status, release.units) == (release, "ordered", 100)

    def test_by_designated_production_points_at_its_tender(self, cast: Cast, product: Product) -> None:
        item = factories.shortage(cast, product)
        enter_rules(Procedure.DESIGNATED_PRODUCTION)
        plan = factories.lot_plan(product.presentation)
        made = factories.drafted_tender(
            cast, [plan], procedure=Procedure.DESIGNATED_PRODUCTION, invited=[cast.supplier_firm]
        )
        bought = main_tender(product)
        with refused(MeasureUnfit):
            factories.answered_shortage(cast, item, DesignatedProduction(bought))
        assert factories.answered_shortage(cast, item, DesignatedProduction(made.number)).tender == made

    def test_refuses_another_medicine_day_reason_and_person(
        self, cast: Cast, main: AgreementLine, product: Product
    ) -> None:
        [other] = factories.agreement_lines(cast, ["头孢拉定"])
        item = factories.shortage(cast, product)
        lot = factories.stock_lot(cast.pharmacist, other.product)
        plan = factories.filled_reserve(cast, other.product)
        for measure in (
            Backup(other.pk),
            Redistribution(lot.pk, cast.hospital.code, 1),
            Reserve(plan.pk, cast.hospital.code, 1, "省卫生健康委"),
        ):
            with refused(MeasureUnfit):
                factories.answered_shortage(cast, item, measure)
        fit = Backup(main.pk, 24)
        for day in (TODAY, TODAY + timedelta(days=31)):
            with refused(FollowUpOutOfRange):
                factories.answered_shortage(cast, item, fit, follow_up_on=day)
        with refused(ReasonMissing):
            factories.answered_shortage(cast, item, fit, reason=" ")
        for actor in (cast.buyer, cast.supervisor, machine_of(cast.officer)):
            with refused(NotAllowed):
                factories.answered_shortage(cast, item, fit, actor=actor)
        with refused(NotVisible):
            factories.answered_shortage(cast, item, fit, actor=cast.foreign_officer)
        # a measure that the services refuse leaves nothing behind
        with refused(AgreedVolumeExceeded):
            factories.answered_shortage(cast, item, Backup(main.pk, 10**9))
        item.refresh_from_db()
        assert (item.status, ShortageAnswer.objects.count()) == ("open", 0)


class TestFollowUp:
    def test_that_helped_is_closed_by_an_officer_and_not_listed_again_at_once(
        self, cast: Cast, main: AgreementLine, product: Product
    ) -> None:
        item = factories.shortage(cast, product)
        factories.answered_shortage(cast, item, Backup(main.pk, 24))
        assert [remind_of_follow_ups(at=NOW + timedelta(days=days)) for days in (9, 10, 11)] == [0, 1, 0]
        assert told(NoticeKind.SHORTAGE_OVERDUE) == ["AGENCY-HA"]
        assert list(ShortageItem.objects.overdue(IN_TEN_DAYS + timedelta(days=1))) == [item]
        step = {"item_id": item.pk, "actor": cast.second_officer, "at": NOW + timedelta(days=10)}
        with refused(WrongState):
            close_shortage(reason="到货", **step)  # type: ignore[arg-type]
        with refused(ReasonMissing):
            follow_up_shortage(outcome=AnswerOutcome.RESOLVED, note="", **step)  # type: ignore[arg-type]
        follow_up_shortage(outcome=AnswerOutcome.RESOLVED, note="已到货", **step)  # type: ignore[arg-type]
        chosen = item.answers.get()
        assert (chosen.outcome, chosen.followed_up_by_id) == ("resolved", cast.second_officer.user_id)
        assert not ShortageItem.objects.overdue(TODAY + timedelta(days=99)).exists()
        close_shortage(reason="供应恢复", **step)  # type: ignore[arg-type]
        assert told(NoticeKind.SHORTAGE_CLOSED) == ["HOSP-HA"]
        assert watch(cast, days=11) == 0
        # graver than it was, it is
        factories.shortage_report(factories.pharmacist_of(factories.neighbour()), product)
        assert watch(cast, days=11) == 1

    def test_that_did_not_help_opens_it_again(self, cast: Cast, main: AgreementLine, product: Product) -> None:
        item = factories.shortage(cast, product)
        factories.answered_shortage(cast, item, Backup(main.pk, 24))
        # no signals any more: what was answered waits for its follow-up
        end_shortage_report(report_id=ShortageReport.objects.get().pk, actor=cast.buyer, at=NOW)
        watch(cast)
        item.refresh_from_db()
        assert (item.status, item.cleared_at) == ("answered", NOW)
        factories.shortage_report(cast.buyer, product)
        for outcome, note in ((AnswerOutcome.PARTLY, "到货一半"), (AnswerOutcome.FAILED, "仍未到货")):
            after = follow_up_shortage(item_id=item.pk, outcome=outcome, note=note, actor=cast.officer, at=NOW)
            assert (after.status, after.status_reason) == ("open", note)
            factories.answered_shortage(cast, item, Backup(main.pk, 24))
        assert list(item.answers.order_by("pk").values_list("outcome", flat=True)) == ["partly", "failed", ""]

    def test_is_not_needed_of_what_is_none(self, cast: Cast, product: Product) -> None:
        item = factories.shortage(cast, product)
        dismissed = dismiss_shortage(item_id=item.pk, reason="误报", actor=cast.officer, at=NOW)
        assert (dismissed.status, dismissed.closed_at, dismissed.status_reason) == ("closed", NOW, "误报")
        assert [watch(cast), watch(cast, days=29)] == [0, 0]
