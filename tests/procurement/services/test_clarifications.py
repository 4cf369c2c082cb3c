from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.models import RuleSet
from procurement.errors import AlreadyAnswered, AnswerTooLate, BiddingNotOpen, QuestionTooLate, TextMissing
from procurement.models import Clarification, Tender
from procurement.services.clarifications import answer, ask, questions_until
from procurement.services.tenders import cancel_tender
from tests import factories
from tests.cast import PLAIN, Cast
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def tender(cast: Cast) -> Tender:
    RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
    factories.rule_set(RuleSet.Kind.VOLUME_BASED, PLAIN | {"objection_to_documents_days": 10})
    return factories.published_tender(cast)


class TestAsk:
    def test_waits_for_the_agency_and_is_seen_by_it_and_the_asker_alone(self, cast: Cast, tender: Tender) -> None:
        asked = ask(tender_number=tender.number, question=" 规格如何折算？ ", actor=cast.supplier, at=NOW)
        assert asked.question == "规格如何折算？"
        readers = [cast.supplier, cast.officer, cast.supervisor, cast.rival, cast.visitor, cast.foreign_officer]
        seen = [Clarification.objects.visible_to(actor).exists() for actor in readers]
        assert seen == [True, True, True, False, False, False]

    def test_is_possible_until_ten_days_before_the_deadline(self, cast: Cast, tender: Tender) -> None:
        until = tender.deadline_at - timedelta(days=10)
        assert questions_until(tender) == until
        ask(tender_number=tender.number, question="?", actor=cast.supplier, at=until - timedelta(seconds=1))
        with refused(QuestionTooLate):
            ask(tender_number=tender.number, question="?", actor=cast.supplier, at=until)

    def test_is_refused_of_others_of_nothing_and_of_a_draft(self, cast: Cast, tender: Tender) -> None:
        with refused(NotAllowed):
            ask(tender_number=tender.number, question="?", actor=cast.buyer, at=NOW)
        with refused(TextMissing):
            ask(tender_number=tender.number, question="  ", actor=cast.supplier, at=NOW)
        with refused(NotVisible):
            ask(tender_number=factories.drafted_tender(cast).number, question="?", actor=cast.supplier, at=NOW)
        Tender.objects.filter(pk=tender.pk).update(status="closed")
        with refused(BiddingNotOpen):
            ask(tender_number=tender.number, question="?", actor=cast.supplier, at=NOW)


class TestAnswer:
    @pytest.fixture
    def asked(self, cast: Cast, tender: Tender) -> Clarification:
        return ask(tender_number=tender.number, question="?", actor=cast.supplier, at=NOW)

    def test_goes_to_all_and_once(self, cast: Cast, asked: Clarification) -> None:
        answer(clarification_id=asked.pk, text="按差比价规则。", actor=cast.officer, at=NOW)
        everybody = [cast.supplier, cast.rival, cast.visitor, cast.buyer]
        assert all(Clarification.objects.visible_to(actor).get().answer == "按差比价规则。" for actor in everybody)
        with refused(AlreadyAnswered):
            answer(clarification_id=asked.pk, text="另一答复", actor=cast.second_officer, at=NOW)

    def test_comes_before_the_deadline(self, cast: Cast, tender: Tender, asked: Clarification) -> None:
        with refused(AnswerTooLate):
            answer(clarification_id=asked.pk, text="!", actor=cast.officer, at=tender.deadline_at)
        last = tender.deadline_at - timedelta(seconds=1)
        assert answer(clarification_id=asked.pk, text="!", actor=cast.officer, at=last).answered_at == last

    def test_is_refused_of_a_cancelled_tender(self, cast: Cast, tender: Tender, asked: Clarification) -> None:
        cancel_tender(number=tender.number, reason="需求有变", actor=cast.officer, at=NOW)
        with refused(AnswerTooLate):
            answer(clarification_id=asked.pk, text="!", actor=cast.officer, at=NOW)

    def test_is_the_agencys(self, cast: Cast, asked: Clarification) -> None:
        with refused(NotVisible):
            answer(clarification_id=asked.pk, text="!", actor=cast.foreign_officer, at=NOW)
        with refused(NotAllowed):
            answer(clarification_id=asked.pk, text="!", actor=cast.supplier, at=NOW)
        with refused(TextMissing):
            answer(clarification_id=asked.pk, text=" ", actor=cast.officer, at=NOW)
