"""Recalls: stopped at once, told to whoever received the lots, answered, reported on and closed with their figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Product, RuleSet
from distribution.errors import (
    LotHeld,
    LotsTwice,
    NotEnoughStock,
    NotEnoughToIssue,
    NotOrderable,
    ReasonMissing,
    RecallUnderWay,
    UnitsNotPositive,
    UnknownLot,
)
from distribution.models import LotHold, OrderNotice, Recall, RecallNotice, StockEntry, StockLot
from distribution.queries.lot_trace import holders_of
from distribution.queries.recalls import standing_of
from distribution.services.recall_answers import HandedBack, acknowledge_recall, hand_back
from distribution.services.recall_reports import file_recall_report, remind_of_recalls
from distribution.services.recalls import close_recall, drop_recall, notify_recall, open_recall, propose_recall
from distribution.services.returns import answer_return, hand_over_return
from distribution.states import HoldKind, NoticeKind, RecallClass, RecallReportKind, RecallStatus
from distribution.tasks import remind_of_recalls_task
from procurement.errors import TextMissing
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW, ahead
from tests.refusals import refused


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


def held(product: Product) -> set[tuple[str, str]]:
    """Lots and kinds of the holds in force."""
    return set(LotHold.objects.in_force().filter(product=product).values_list("lot_number", "kind"))


class TestProposeRecall:
    def test_stops_despatch_dispensing_and_redistribution_of_the_lot_at_once(
        self, cast: Cast, line: AgreementLine
    ) -> None:
        factories.receipt(cast, {line: 10})
        recall = factories.proposed_recall(cast, line.product, "l001")
        assert (recall.status, recall.opened_at) == (RecallStatus.PROPOSED, None)
        assert held(line.product) == {("l001", "quarantine")}
        with refused(LotHeld):
            factories.despatch(cast, {line: 1})
        with refused(NotEnoughToIssue):
            factories.issue(cast.pharmacist, line.product, 1)
        assert OrderNotice.objects.get(kind=NoticeKind.LOT_HELD).recipient == cast.hospital

    def test_of_the_whole_product_stops_its_orders_too(self, cast: Cast, line: AgreementLine) -> None:
        factories.proposed_recall(cast, line.product)
        with refused(NotOrderable):
            factories.submitted_requisition(cast, {line: 1})

    def test_is_refused_where_one_of_the_lots_is_recalled_already(self, cast: Cast, product: Product) -> None:
        factories.proposed_recall(cast, product, "A", "B")
        for lots in (["b", "C"], []):
            with refused(RecallUnderWay):
                factories.proposed_recall(cast, product, *lots)
        assert factories.proposed_recall(cast, product, "C")

    def test_names_each_lot_once_and_says_why(self, cast: Cast, product: Product) -> None:
        with refused(LotsTwice, ReasonMissing) as refusal:
            propose_recall(
                product_code=product.code,
                lots=["A", "a"],
                level=RecallClass.FIRST,
                reason=" ",
                actor=cast.supplier,
                at=NOW,
            )
        assert refusal.pointers == ["/lots/1", "/reason"]

    @pytest.mark.parametrize("who", ["rival", "pharmacist", "supervisor", "distributor"])
    def test_is_the_maker_s_and_the_officers(self, cast: Cast, product: Product, who: str) -> None:
        with refused(NotAllowed):
            factories.proposed_recall(cast, product, "A", actor=getattr(cast, who))
        assert factories.proposed_recall(cast, product, "A", actor=cast.foreign_officer)


class TestOpenRecall:
    def test_sets_the_limits_of_the_day_and_binds_the_supplier(self, cast: Cast, product: Product) -> None:
        recall = factories.opened_recall(cast, product, "A", "B")
        midnight = NOW.replace(hour=0, minute=0)
        assert recall.notify_by == recall.plan_by == midnight + timedelta(days=4)
        assert (recall.rule, recall.limits_source, recall.progress_days) == (
            "CN.2022-92.recall",
            "国办发〔2019〕47号",
            3,
        )
        assert recall.is_public
        assert held(product) == {("A", "recall"), ("B", "recall")}

    def test_under_the_measures_of_2007_counts_hours(self, cast: Cast, product: Product) -> None:
        hours = {"I": {"hours": 24}, "II": {"hours": 48}, "III": {"hours": 72}}
        RuleSet.objects.create(
            kind=RuleSet.Kind.RECALL,
            title="药品召回管理办法（2007）",
            source="国家食品药品监督管理局令第29号",
            validity=DateRange(date(2007, 12, 10), date(2009, 8, 18)),
            parameters={"rule": "CN.2007-29.recall", "notify": hours},
        )
        day = NOW.replace(year=2008, month=5, day=6)
        recall = factories.opened_recall(cast, product, "A", at=day)
        assert recall.notify_by == day + timedelta(hours=48)
        assert (recall.rule, recall.limits_source) == ("CN.2007-29.recall", "国家食品药品监督管理局令第29号")
        assert Recall.objects.overdue(day + timedelta(hours=48)).get() == recall
        assert not Recall.objects.overdue(day + timedelta(hours=47)).exists()

    def test_needs_a_second_person_who_is_an_officer(self, cast: Cast, product: Product) -> None:
        recall = factories.proposed_recall(cast, product, "A", actor=cast.officer)
        for actor in (cast.officer, cast.supplier, machine_of(cast.second_officer)):
            with refused(NotAllowed):
                open_recall(recall_id=recall.pk, actor=actor, at=NOW)
        with refused(Stale):
            open_recall(recall_id=recall.pk, actor=cast.second_officer, at=NOW, expected_version=9)
        assert open_recall(recall_id=recall.pk, actor=cast.second_officer, at=NOW).opened_by_id
        with refused(AlreadyDone):
            open_recall(recall_id=recall.pk, actor=cast.second_officer, at=NOW)

    def test_is_known_to_whoever_handles_medicines_and_the_grave_ones_to_the_public(
        self, cast: Cast, product: Product
    ) -> None:
        recall = factories.proposed_recall(cast, product, "A")
        with refused(NotVisible):
            open_recall(recall_id=recall.pk, actor=cast.rival, at=NOW)
        open_recall(recall_id=recall.pk, actor=cast.officer, at=NOW)
        assert Recall.objects.visible_to(cast.rival).get() == recall
        assert Recall.objects.visible_to(cast.visitor).get() == recall
        factories.opened_recall(cast, product, "B", level=RecallClass.THIRD)
        assert Recall.objects.visible_to(cast.visitor).get() == recall

    def test_dropped_frees_the_lots_that_the_proposal_held(self, cast: Cast, product: Product) -> None:
        factories.hold(cast.officer, product, "B", kind=HoldKind.QUARANTINE)
        recall = factories.proposed_recall(cast, product, "A", "B")
        with refused(ReasonMissing):
            drop_recall(recall_id=recall.pk, reason="", actor=cast.supplier, at=NOW)
        dropped = drop_recall(recall_id=recall.pk, reason="复检合格", actor=cast.supplier, at=NOW)
        assert (dropped.status, held(product)) == (RecallStatus.DROPPED, {("B", "quarantine")})
        of_officer = factories.proposed_recall(cast, product, "C", actor=cast.officer)
        with refused(NotAllowed):
            drop_recall(recall_id=of_officer.pk, reason="复检合格", actor=cast.supplier, at=NOW)


class TestNotifyRecall:
    def test_reaches_everybody_who_received_or_keeps_the_lots(self, cast: Cast, line: AgreementLine) -> None:
        factories.receipt(cast, {line: 10})
        factories.issue(cast.pharmacist, line.product, 40)
        factories.despatch(cast, {line: 2})
        neighbour = factories.pharmacist_of(factories.neighbour())
        factories.stock_lot(neighbour, line.product, 30, lot_number="L001")
        factories.stock_lot(cast.outsider, line.product, 70, lot_number="OTHER")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            holders = holders_of(line.product_id, ["l001"], since=NOW)
        assert len(queries) == 1
        assert [(item.received, item.under_way, item.on_hand, item.issued) for item in holders] == [
            (240, 48, 200, 40),
            (0, 0, 30, 0),
        ]
        recall = factories.notified_recall(cast, line.product, "L001")
        units = set(RecallNotice.objects.values_list("recipient", "units_received", "units_on_hand"))
        assert units == {(cast.hospital.pk, 240, 200), (neighbour.organization_id, 0, 30)}
        assert OrderNotice.objects.filter(kind=NoticeKind.RECALL_SENT).count() == 2
        assert recall.progress_by == NOW.replace(hour=0, minute=0) + timedelta(days=4)

    def test_says_what_is_to_be_done(self, cast: Cast, product: Product) -> None:
        recall = factories.opened_recall(cast, product, "A")
        with refused(TextMissing):
            notify_recall(recall_id=recall.pk, instructions=" ", actor=cast.supplier, at=NOW)
        with refused(NotAllowed):
            notify_recall(recall_id=recall.pk, instructions="x", actor=cast.rival, at=NOW)


class TestAnswers:
    def test_bring_back_what_is_left_and_tell_how_well_the_recall_works(self, cast: Cast, line: AgreementLine) -> None:
        receipt = factories.receipt(cast, {line: 10})
        factories.issue(cast.pharmacist, line.product, 40)
        neighbour = factories.pharmacist_of(factories.neighbour())
        factories.stock_lot(neighbour, line.product, 50, lot_number="L001")
        recall = factories.notified_recall(cast, line.product, "L001")
        notice = factories.recall_notice(recall, cast.pharmacist)
        later = ahead(hours=3)
        answer: dict[str, Any] = {"notice_id": notice.pk, "actor": cast.pharmacist, "at": later}
        with refused(UnitsNotPositive):
            acknowledge_recall(**answer, units_found=-1)
        with refused(NotVisible):
            acknowledge_recall(**answer | {"actor": cast.outsider}, units_found=0)
        with refused(NotAllowed):
            acknowledge_recall(**answer | {"actor": cast.buyer}, units_found=200)
        acknowledge_recall(**answer, units_found=200)
        with refused(AlreadyDone):
            acknowledge_recall(**answer, units_found=200)

        # five packs go back for credit, which the supplier may not refuse; the rest is fetched
        asked = factories.goods_return(cast, receipt.despatch.lines.get(), 5)
        answer_return(return_id=asked.pk, action="agree", actor=cast.supplier, at=later)
        hand_over_return(return_id=asked.pk, actor=cast.pharmacist, at=later)
        lot = StockLot.objects.get(holder=cast.hospital, lot_number="L001")
        foreign = StockLot.objects.get(holder=neighbour.organization_id)
        with refused(UnknownLot, UnitsNotPositive, NotEnoughStock):
            hand_back(**answer, lots=[HandedBack(foreign.pk, 1), HandedBack(lot.pk, 0), HandedBack(lot.pk, 81)])
        [entry] = hand_back(**answer, lots=[HandedBack(lot.pk, 60)])
        assert (entry.kind, entry.units, StockEntry.objects.filter(lot=lot).count()) == ("recall", -60, 4)
        lot.refresh_from_db()
        assert lot.units == 20

        standing = standing_of(recall)
        figures = standing.effectiveness
        # 120 and 60 came back of 200 and 50 that were left
        assert (figures.receivers, figures.acknowledged, figures.share_acknowledged) == (2, 1, Decimal("0.5000"))
        assert (figures.reachable, figures.recovered, figures.share_recovered) == (250, 180, Decimal("0.7200"))
        assert (figures.hours_to_stop, figures.hours_to_acknowledge) == (Decimal("0.00"), Decimal("3.00"))

        close: dict[str, Any] = {"recall_id": recall.pk, "at": later}
        with refused(TextMissing):
            close_recall(**close, conclusion="", actor=cast.officer)
        with refused(NotAllowed):
            close_recall(**close, conclusion="完成", actor=cast.supplier)
        closed = close_recall(**close, conclusion="召回有效", actor=cast.officer)
        assert closed.effectiveness["share_recovered"] == "0.7200"
        assert held(line.product) == {("L001", "recall")}


class TestRecallReports:
    def test_keep_the_figures_and_move_the_next_limit(self, cast: Cast, product: Product) -> None:
        recall = factories.opened_recall(cast, product, "A", level=RecallClass.FIRST)
        file: dict[str, Any] = {"recall_id": recall.pk, "text": "计划", "actor": cast.supplier}
        with refused(WrongState):
            file_recall_report(**file, kind=RecallReportKind.PROGRESS, at=NOW)
        with refused(TextMissing):
            file_recall_report(**file | {"text": ""}, kind=RecallReportKind.PLAN, at=NOW)
        with refused(NotAllowed):
            file_recall_report(**file | {"actor": cast.rival}, kind=RecallReportKind.PLAN, at=NOW)
        plan = file_recall_report(**file, kind=RecallReportKind.PLAN, at=NOW)
        assert (plan.due_by, plan.figures["receivers"]) == (recall.plan_by, 0)
        notify_recall(recall_id=recall.pk, instructions="封存", actor=cast.officer, at=NOW)
        file_recall_report(**file, kind=RecallReportKind.PROGRESS, at=ahead(days=1))
        recall.refresh_from_db()
        assert recall.planned_at == NOW
        assert recall.progress_by == NOW.replace(hour=0, minute=0) + timedelta(days=3)

    def test_that_are_missing_are_reminded_of_once_a_day(self, cast: Cast, line: AgreementLine) -> None:
        factories.receipt(cast, {line: 10})
        recall = factories.notified_recall(cast, line.product, "L001", level=RecallClass.FIRST)
        assert remind_of_recalls_task() == 0
        # somebody gets the lot after the notice was sent
        neighbour = factories.pharmacist_of(factories.neighbour())
        factories.stock_lot(neighbour, line.product, 30, lot_number="L001")
        later = ahead(days=2)
        assert remind_of_recalls(actor=cast.platform, at=later) == 1
        assert remind_of_recalls(actor=cast.platform, at=later) == 0
        reminded = OrderNotice.objects.filter(kind=NoticeKind.RECALL_OVERDUE)
        # the maker of plan and progress, the hospital of its acknowledgement; the new one has only just been told
        assert set(reminded.values_list("recipient__code", flat=True)) == {"SUPPLIER", "HOSP-HA"}
        assert recall.notices.count() == 2
        assert Event.objects.filter(action="recall.remind").count() == 1
