"""Adverse reactions, signals and lots that are warned of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import Product
from distribution.errors import DaysImpossible, EventMissing, LotHeld, PersonTold, PlaceUnclear, ReasonMissing
from distribution.models import AdverseReaction, LotAlert, OrderNotice, SafetySignal
from distribution.queries.holds import holds_on
from distribution.services.lot_alerts import dismiss_alert, quarantine_alert, watch_lot
from distribution.services.reactions import (
    Observed,
    conclude_reaction,
    report_reaction,
    review_reaction,
    set_aside_reaction,
)
from distribution.services.signals import judge_signal, refresh_signals
from distribution.states import Causality, LotAlertStatus, NoticeKind, ReactionStatus, Seriousness, SignalStatus
from distribution.tasks import refresh_signals_task, watch_lot_task
from procurement.models import AgreementLine
from procurement.rules.working_days import working_days_after
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import NOW, TODAY, ago
from tests.refusals import refused

SERIOUS, DEATH = Seriousness.SERIOUS, Seriousness.DEATH


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


def told(kind: NoticeKind) -> dict[str, Any]:
    """What each recipient was told."""
    return {notice.recipient.code: notice.facts for notice in OrderNotice.objects.filter(kind=kind)}


class TestReportReaction:
    def test_stores_the_limits_with_the_rule_that_they_come_from(self, cast: Cast, product: Product) -> None:
        known = TODAY - timedelta(days=16)
        late = factories.reaction(cast.pharmacist, product, seriousness=SERIOUS, onset_on=known)
        assert (late.due_on, late.rule) == (known + timedelta(days=15), "CN.2011-81.21")
        assert (late.review_by, late.source) == (working_days_after(TODAY, 3), "国办发〔2019〕47号")
        in_time = factories.reaction(cast.pharmacist, product, onset_on=known)
        assert in_time.province_id == HENAN
        assert list(AdverseReaction.objects.late()) == [late]

    def test_tells_of_a_death_at_once(self, cast: Cast, product: Product) -> None:
        death = factories.reaction(cast.pharmacist, product, "猝死", seriousness=DEATH)
        assert death.due_on == TODAY
        assert set(told(NoticeKind.DEATH_REPORTED)) == {"SUPPLIER", "AGENCY-HA"}

    def test_keeps_no_number_of_a_person_and_asks_for_no_name(self, cast: Cast, product: Product) -> None:
        with refused(PersonTold):
            factories.reaction(cast.pharmacist, product, "张某 410102198001011234 皮疹")
        fields = {field.name for field in AdverseReaction._meta.fields}
        assert not {name for name in fields if "patient" in name or "name" in name}
        reaction = factories.reaction(cast.pharmacist, product)
        with refused(PersonTold):
            review_reaction(
                reaction_id=reaction.pk,
                causality=Causality.CERTAIN,
                remark="电话13800138000",
                actor=cast.officer,
                at=NOW,
            )

    def test_writes_one_event_one_way(self, cast: Cast, product: Product) -> None:
        factories.reaction(cast.pharmacist, product, "QT间期延长")
        assert factories.reaction(cast.pharmacist, product, " ｑｔ间期延长 ").event == "QT间期延长"

    def test_says_everything_that_is_wrong(self, cast: Cast, product: Product) -> None:
        observed = Observed(" ", SERIOUS, TODAY, TODAY - timedelta(days=1))
        with refused(EventMissing, DaysImpossible):
            report_reaction(product_code=product.code, lot_number="", observed=observed, actor=cast.buyer, at=NOW)

    def test_of_a_firm_names_the_province(self, cast: Cast, product: Product) -> None:
        observed = Observed("皮疹", SERIOUS, TODAY, TODAY)
        ask: dict[str, Any] = {"product_code": product.code, "lot_number": "", "observed": observed, "at": NOW}
        with refused(PlaceUnclear):
            report_reaction(**ask, actor=cast.distributor)
        assert report_reaction(**ask, province_code=HENAN, actor=cast.distributor).province_id == HENAN
        with refused(NotAllowed):
            report_reaction(**ask, actor=cast.officer)

    def test_is_seen_by_the_reporter_the_maker_and_the_province(self, cast: Cast, product: Product) -> None:
        factories.reaction(cast.pharmacist, product)
        sees = {
            name
            for name in Cast.__slots__
            if hasattr(actor := getattr(cast, name), "roles") and AdverseReaction.objects.visible_to(actor).exists()
        }
        assert sees == {
            *("officer", "second_officer", "supervisor", "buyer", "approver", "pharmacist", "supplier", "platform"),
        }


class TestReview:
    def test_ends_with_the_province_where_it_is_serious(self, cast: Cast, product: Product) -> None:
        serious = factories.reaction(cast.pharmacist, product, seriousness=SERIOUS)
        judged: dict[str, Any] = {"causality": Causality.PROBABLE, "actor": cast.officer, "at": NOW}
        reviewed = review_reaction(reaction_id=serious.pk, **judged)
        assert (reviewed.status, reviewed.conclude_by) == (ReactionStatus.REVIEWED, working_days_after(TODAY, 7))
        assert not AdverseReaction.objects.overdue(reviewed.conclude_by).exists()
        assert AdverseReaction.objects.overdue(reviewed.conclude_by + timedelta(days=1)).get() == serious
        concluded = conclude_reaction(reaction_id=serious.pk, remark="已调查", **judged)
        assert (concluded.status, concluded.concluded_at) == (ReactionStatus.CONCLUDED, NOW)
        with refused(AlreadyDone):
            conclude_reaction(reaction_id=serious.pk, **judged)
        usual = factories.reaction(cast.pharmacist, product)
        assert review_reaction(reaction_id=usual.pk, **judged).conclude_by is None

    @pytest.mark.parametrize(("who", "error"), [("pharmacist", NotAllowed), ("foreign_officer", NotVisible)])
    def test_is_the_officers_of_the_province(self, cast: Cast, product: Product, who: str, error: Any) -> None:
        reaction = factories.reaction(cast.pharmacist, product)
        with refused(error):
            review_reaction(reaction_id=reaction.pk, causality=Causality.CERTAIN, actor=getattr(cast, who), at=NOW)


class TestRefreshSignals:
    def test_finds_what_is_reported_more_often_after_one_product(self, cast: Cast, lines: list[AgreementLine]) -> None:
        one, other = lines[0].product, lines[1].product
        for _number in range(4):
            factories.reaction(cast.pharmacist, one, "肝损害", at=ago(days=2))
        for number in range(20):
            factories.reaction(cast.pharmacist, other, f"反应{number}" if number else "肝损害", at=ago(days=2))
        twice = factories.reaction(cast.pharmacist, one, "反应1", at=ago(days=2))
        assert refresh_signals(actor=cast.platform, at=ago(days=1)) == 1
        signal = SafetySignal.objects.get()
        assert (signal.product, signal.event) == (one, "肝损害")
        assert [signal.figures[name] for name in "abcd"] == [4, 1, 1, 19]
        assert signal.methods == ["prr", "ror"]
        assert Event.objects.filter(action="safety_signal.find").count() == 1
        # what is set aside counts no more
        set_aside_reaction(reaction_id=twice.pk, reason="重复报告", actor=cast.officer, at=ago(hours=20))
        assert refresh_signals(actor=cast.platform, at=ago(hours=19)) == 1
        signal.refresh_from_db()
        assert [signal.figures[name] for name in "abcd"] == [4, 0, 1, 19]
        confirmed = judge_signal(
            signal_id=signal.pk, action="confirm", remark="说明书已载", actor=cast.officer, at=ago(hours=18)
        )
        for reaction in AdverseReaction.objects.filter(product=one).exclude(status=ReactionStatus.SET_ASIDE)[:2]:
            set_aside_reaction(reaction_id=reaction.pk, reason="重复报告", actor=cast.officer, at=ago(hours=17))
        assert refresh_signals_task() == 0
        faded = SafetySignal.objects.get()
        assert (faded.status, faded.found_at) == (SignalStatus.CONFIRMED, signal.found_at)
        assert faded.faded_at is not None and confirmed.status == faded.status

    def test_is_judged_with_a_reason_by_an_officer(self, cast: Cast, product: Product) -> None:
        signal = SafetySignal.objects.create(
            product=product, event="皮疹", figures={}, methods=["ic"], found_at=NOW, refreshed_at=NOW
        )
        ask: dict[str, Any] = {"signal_id": signal.pk, "action": "refute", "at": NOW}
        with refused(ReasonMissing):
            judge_signal(**ask, remark=" ", actor=cast.officer)
        with refused(NotAllowed):
            judge_signal(**ask, remark="x", actor=cast.supplier)


class TestWatchLot:
    def test_warns_everybody_who_received_the_lot_with_what_is_left(self, cast: Cast, line: AgreementLine) -> None:
        factories.receipt(cast, {line: 10})
        factories.issue(cast.pharmacist, line.product, 40)
        neighbour = factories.pharmacist_of(factories.neighbour())
        factories.stock_lot(neighbour, line.product, 30, lot_number="l001")
        factories.stock_lot(cast.outsider, line.product, 70, lot_number="OTHER")
        alert = factories.lot_alert(cast, line.product)
        assert [ground["rule"] for ground in alert.grounds] == ["PLATFORM.lot-cluster.serious"]
        assert alert.grounds[0]["values"] == {"reports": 2, "least": 2}
        assert alert.investigate_by == TODAY + timedelta(days=7)
        warned = told(NoticeKind.LOT_WARNED)
        remaining = {code: facts["remaining"] for code, facts in warned.items()}
        code = OrderNotice.objects.get(recipient=neighbour.organization_id).recipient.code
        assert remaining == {"HOSP-HA": 200, code: 30, "SUPPLIER": 230, "AGENCY-HA": 230}
        assert LotAlert.objects.visible_to(cast.pharmacist).get() == alert
        assert not LotAlert.objects.visible_to(cast.outsider).exists()

    def test_done_twice_changes_nothing_and_a_new_ground_warns_again(self, cast: Cast, product: Product) -> None:
        alert = factories.lot_alert(cast, product)
        last = AdverseReaction.objects.latest("pk")
        assert watch_lot(reaction_id=last.pk, actor=cast.platform, at=NOW) == alert
        assert Event.objects.filter(action="lot_alert.raise").count() == 1
        death = factories.reaction(cast.pharmacist, product, "猝死", lot_number="L001", seriousness=DEATH)
        watch_lot(reaction_id=death.pk, actor=cast.platform, at=NOW)
        assert len(LotAlert.objects.get().grounds) == 2
        assert Event.objects.filter(action="lot_alert.raise").count() == 2

    def test_quarantine_stops_the_lot(self, cast: Cast, line: AgreementLine) -> None:
        alert = factories.lot_alert(cast, line.product)
        decided = quarantine_alert(alert_id=alert.pk, reason="聚集性反应", actor=cast.officer, at=NOW)
        assert decided.hold == holds_on([line.product_id]).of(line.product_id, "L001")
        with refused(LotHeld):
            factories.despatch(cast, {line: 1})
        more = factories.reaction(cast.pharmacist, line.product, lot_number="L001", seriousness=DEATH)
        assert watch_lot(reaction_id=more.pk, actor=cast.platform, at=NOW) is None
        with refused(WrongState):
            dismiss_alert(alert_id=alert.pk, reason="x", actor=cast.officer, at=NOW)

    def test_dismissed_is_raised_anew_by_a_later_report_alone(self, cast: Cast, product: Product) -> None:
        alert = factories.lot_alert(cast, product)
        with refused(ReasonMissing):
            dismiss_alert(alert_id=alert.pk, reason="", actor=cast.officer, at=NOW)
        with refused(NotAllowed):
            dismiss_alert(alert_id=alert.pk, reason="x", actor=cast.supplier, at=NOW)
        dismiss_alert(alert_id=alert.pk, reason="与批次无关", actor=cast.officer, at=NOW)
        last = AdverseReaction.objects.latest("pk")
        assert watch_lot(reaction_id=last.pk, actor=cast.platform, at=NOW) is None
        later = NOW + timedelta(days=1)
        more = factories.reaction(cast.pharmacist, product, lot_number="L001", seriousness=SERIOUS, at=later)
        raised = watch_lot(reaction_id=more.pk, actor=cast.platform, at=later)
        assert raised is not None and raised.pk != alert.pk
        assert LotAlert.objects.filter(status=LotAlertStatus.RAISED).count() == 1

    def test_needs_a_lot(self, cast: Cast, product: Product) -> None:
        death = factories.reaction(cast.pharmacist, product, seriousness=DEATH)
        assert watch_lot(reaction_id=death.pk, actor=cast.platform, at=NOW) is None

    def test_is_the_worker_s_as_soon_as_something_is_reported(self, cast: Cast, product: Product) -> None:
        factories.reaction(cast.pharmacist, product, lot_number="L001", seriousness=DEATH)
        [message] = Delivery.objects.filter(subscriber="distribution.watch_lot")
        watch_lot_task(message.event_id)
        assert LotAlert.objects.get().grounds[0]["rule"] == "PLATFORM.lot-cluster.death"
        message.refresh_from_db()
        assert message.delivered_at is not None
