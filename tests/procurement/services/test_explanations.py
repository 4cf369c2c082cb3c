from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from procurement.errors import ExplanationAwaited, ExplanationJudged, ExplanationsOpen, ExplanationTooLate, TextMissing
from procurement.models import Explanation, Lot
from procurement.queries import rules_of
from procurement.services.candidates import publish_candidates
from procurement.services.explanations import answer_explanation, ask_explanations, judge_explanation
from procurement.states import TenderStatus
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

HOUR = timedelta(hours=1)
DUE = NOW + timedelta(days=2)


@pytest.fixture
def third(cast: Cast) -> Actor:
    return factories.firm("黄河制药有限公司")


@pytest.fixture
def lot(cast: Cast, third: Actor) -> Lot:
    """The supplier's 0.1000 is under half of the mean of 0.1000, 0.3000 and 0.3200, which is 0.2400."""
    factories.procedure_rules(abnormally_low="0.5", explanation_days=2)
    offers = {third: "7.68", cast.supplier: "2.40", cast.rival: "7.20"}
    return factories.contested_lot(cast, offers, is_published=False)


@pytest.fixture
def asked(lot: Lot) -> Explanation:
    return Explanation.objects.get(bid__lot=lot)


def answer(asked: Explanation, actor: Actor, **changed: Any) -> Explanation:
    values = {"text": "自产原料药，附成本构成", "at": NOW + HOUR} | changed
    return answer_explanation(explanation_id=asked.pk, actor=actor, **values)


def judge(asked: Explanation, actor: Actor, **changed: Any) -> Explanation:
    values = {"is_accepted": True, "judgement": "成本构成合理", "at": NOW + 2 * HOUR} | changed
    return judge_explanation(explanation_id=asked.pk, actor=actor, **values)


class TestAskExplanations:
    def test_asks_whose_proposed_price_is_abnormally_low(self, cast: Cast, asked: Explanation) -> None:
        assert (asked.bid.supplier, asked.asked_at, asked.due_at) == (cast.supplier_firm, NOW, DUE)
        assert asked.figures == {
            "comparable_price": "0.1000",
            "mean": "0.2400",
            "share": "0.5",
            "share_of_mean": "0.4167",
        }
        event = Event.objects.get(action="explanation.ask")
        assert (event.subject_id, event.changes["figures"]) == (asked.pk, [None, asked.figures])

    def test_asks_nobody_whose_price_is_as_low_as_half_of_the_mean(self, cast: Cast) -> None:
        factories.procedure_rules(abnormally_low="0.5")
        # 0.1000 beside 0.3000: the mean is 0.2000
        lot = factories.contested_lot(cast, {cast.supplier: "2.40", cast.rival: "7.20"}, is_published=False)
        assert Decimal(lot.proposal["mean"]) == Decimal("0.2")
        assert not Explanation.objects.exists()

    def test_asks_nobody_where_the_rules_have_no_such_share(self, cast: Cast, third: Actor) -> None:
        offers = {third: "7.68", cast.supplier: "2.40", cast.rival: "7.20"}
        factories.contested_lot(cast, offers, is_published=False)
        assert not Explanation.objects.exists()

    def test_asks_whoever_is_proposed_later_and_nobody_twice(self, cast: Cast, lot: Lot) -> None:
        lots = Lot.objects.filter(pk=lot.pk)
        rules = rules_of(lot.tender)
        assert ask_explanations(lots, rules=rules, actor=cast.platform, at=NOW) == []
        Explanation.objects.all().delete()
        [again] = ask_explanations(lots, rules=rules, actor=cast.platform, at=NOW + HOUR)
        assert again.due_at == DUE + HOUR


class TestAnswerExplanation:
    def test_keeps_the_last_answer_until_it_is_due(self, cast: Cast, asked: Explanation) -> None:
        answer(asked, cast.supplier)
        told = answer(asked, machine_of(cast.supplier), text="补充成本表", at=DUE - HOUR)
        assert (told.answer, told.answered_at) == ("补充成本表", DUE - HOUR)
        changes = Event.objects.filter(action="explanation.answer").order_by("pk").values_list("changes", flat=True)
        assert [change["answer"] for change in changes] == [
            ["", "自产原料药，附成本构成"],
            ["自产原料药，附成本构成", "补充成本表"],
        ]

    def test_is_refused_from_the_moment_it_is_due(self, cast: Cast, asked: Explanation) -> None:
        with refused(ExplanationTooLate):
            answer(asked, cast.supplier, at=DUE)
        asked.refresh_from_db()
        assert asked.answered_at is None

    def test_is_refused_once_it_is_judged(self, cast: Cast, asked: Explanation) -> None:
        answer(asked, cast.supplier)
        judge(asked, cast.officer)
        with refused(ExplanationJudged):
            answer(asked, cast.supplier, at=NOW + 3 * HOUR)

    def test_needs_a_text(self, cast: Cast, asked: Explanation) -> None:
        with refused(TextMissing):
            answer(asked, cast.supplier, text=" ")

    @pytest.mark.parametrize("who", ["rival", "foreign_officer", "buyer", "visitor"])
    def test_shows_others_nothing(self, cast: Cast, asked: Explanation, who: str) -> None:
        with refused(NotVisible):
            answer(asked, getattr(cast, who))

    @pytest.mark.parametrize("who", ["officer", "supervisor"])
    def test_is_the_suppliers_alone(self, cast: Cast, asked: Explanation, who: str) -> None:
        with refused(NotAllowed):
            answer(asked, getattr(cast, who))


class TestJudgeExplanation:
    @pytest.mark.parametrize("is_accepted", [True, False])
    def test_keeps_the_judgement_with_its_reason(self, cast: Cast, asked: Explanation, is_accepted: bool) -> None:
        answer(asked, cast.supplier)
        judged = judge(asked, cast.officer, is_accepted=is_accepted)
        assert (judged.is_accepted, judged.judgement, judged.judged_by_id) == (
            is_accepted,
            "成本构成合理",
            cast.officer.user_id,
        )
        assert Event.objects.get(action="explanation.judge").changes["is_accepted"] == [None, is_accepted]

    def test_opens_the_way_to_the_candidates(self, cast: Cast, lot: Lot, asked: Explanation) -> None:
        number = lot.tender.number
        with refused(ExplanationsOpen):
            publish_candidates(tender_number=number, actor=cast.officer, at=NOW + HOUR)
        answer(asked, cast.supplier)
        judge(asked, cast.officer)
        published = publish_candidates(tender_number=number, actor=cast.officer, at=NOW + 3 * HOUR)
        assert published.status == TenderStatus.CANDIDATES_PUBLISHED

    def test_waits_for_the_answer_until_it_is_due(self, cast: Cast, asked: Explanation) -> None:
        with refused(ExplanationAwaited):
            judge(asked, cast.officer, at=DUE - HOUR)
        assert judge(asked, cast.officer, is_accepted=False, judgement="逾期未说明", at=DUE).is_accepted is False

    def test_happens_once(self, cast: Cast, asked: Explanation) -> None:
        answer(asked, cast.supplier)
        judge(asked, cast.officer)
        with refused(ExplanationJudged):
            judge(asked, cast.second_officer, is_accepted=False)

    def test_needs_a_reason(self, cast: Cast, asked: Explanation) -> None:
        answer(asked, cast.supplier)
        with refused(TextMissing):
            judge(asked, cast.officer, judgement="")

    @pytest.mark.parametrize("who", ["supplier", "supervisor", "platform"])
    def test_is_decided_by_an_officer_of_the_agency(self, cast: Cast, asked: Explanation, who: str) -> None:
        answer(asked, cast.supplier)
        with refused(NotAllowed):
            judge(asked, getattr(cast, who))

    def test_shows_another_agencys_officer_nothing(self, cast: Cast, asked: Explanation) -> None:
        with refused(NotVisible):
            judge(asked, cast.foreign_officer)
