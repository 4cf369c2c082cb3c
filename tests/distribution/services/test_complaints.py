from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.accounts.models import Organization
from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from distribution.errors import ComplaintAboutWhom, ComplaintEmpty, NotPartyToOrder, ProvinceUnclear
from distribution.models import Complaint
from distribution.services.complaints import (
    accept_complaint,
    answer_complaint,
    decide_complaint,
    file_complaint,
    reject_complaint,
    withdraw_complaint,
)
from distribution.states import ComplaintStatus, ComplaintSubject
from procurement.models import AgreementLine
from procurement.rules.working_days import working_days_after
from tests import factories
from tests.cast import HENAN, Cast, machine_of
from tests.distribution.measured import DELIVERED, measured_order
from tests.factories import NOW, TODAY
from tests.refusals import refused


def decide(cast: Cast, complaint: Complaint, **changed: Any) -> Complaint:
    options: dict[str, Any] = {"is_upheld": True, "decision": "属实", "actor": cast.officer, "at": NOW}
    return decide_complaint(complaint_id=complaint.pk, **options | changed)


class TestFileComplaint:
    def test_has_its_days_from_the_rules(self, cast: Cast) -> None:
        filed = factories.complaint(cast)
        accept_by = working_days_after(TODAY, 3)
        assert (filed.province_id, filed.complainant, filed.about) == (HENAN, cast.hospital, cast.supplier_firm)
        assert (filed.accept_by, filed.decide_by) == (accept_by, working_days_after(accept_by, 30))
        assert Event.objects.filter(action="complaint.file").count() == 1

    def test_lies_in_the_province_of_the_institution_or_of_the_order(self, cast: Cast, line: AgreementLine) -> None:
        about_hospital = factories.complaint(cast, actor=cast.supplier, about=cast.other_hospital)
        assert about_hospital.province_id == cast.other_hospital.province_id
        order = measured_order(cast.hospital, [(line, DELIVERED)], placed_at=NOW, distributor=cast.distributor_firm)
        about_firm = factories.complaint(cast, actor=cast.supplier, about=cast.distributor_firm, order_id=order.pk)
        assert (about_firm.province_id, about_firm.order) == (HENAN, order)
        with refused(ProvinceUnclear):
            factories.complaint(cast, actor=cast.supplier, about=cast.distributor_firm)

    def test_refuses_an_order_in_which_they_have_no_part(self, cast: Cast, line: AgreementLine) -> None:
        order = measured_order(cast.hospital, [(line, DELIVERED)], placed_at=NOW)
        with refused(NotPartyToOrder):
            factories.complaint(cast, about=cast.rival_firm, order_id=order.pk)
        with refused(NotVisible):
            factories.complaint(cast, actor=cast.outsider, order_id=order.pk)

    @pytest.mark.parametrize("about", ["agency", "hospital"])
    def test_is_about_another_party(self, cast: Cast, about: str) -> None:
        with refused(ComplaintAboutWhom):
            factories.complaint(cast, about=getattr(cast, about))

    def test_says_something(self, cast: Cast) -> None:
        with refused(ComplaintEmpty):
            file_complaint(about_code="SUPPLIER", subject=ComplaintSubject.OTHER, text=" ", actor=cast.buyer, at=NOW)

    @pytest.mark.parametrize("who", ["officer", "supervisor", "platform", "visitor"])
    def test_is_between_institutions_and_firms(self, cast: Cast, who: str) -> None:
        with refused(NotAllowed):
            factories.complaint(cast, actor=getattr(cast, who))


class TestHandleComplaint:
    def test_goes_from_the_answer_to_the_decision(self, cast: Cast) -> None:
        filed = factories.complaint(cast, at=NOW - timedelta(days=7))
        assert not Complaint.objects.visible_to(cast.supplier).exists()
        accepted = accept_complaint(complaint_id=filed.pk, actor=cast.officer, at=NOW)
        assert accepted.decide_by == working_days_after(TODAY, 30)
        answered = answer_complaint(complaint_id=filed.pk, answer="已发货", actor=cast.supplier, at=NOW)
        assert answered.status == ComplaintStatus.ANSWERED
        decided = decide(cast, filed)
        assert (decided.status, decided.is_upheld, decided.decision) == (ComplaintStatus.DECIDED, True, "属实")

    def test_may_be_decided_without_an_answer(self, cast: Cast) -> None:
        assert decide(cast, factories.accepted_complaint(cast), is_upheld=False).is_upheld is False

    def test_may_be_turned_away_with_the_reason(self, cast: Cast) -> None:
        filed = factories.complaint(cast)
        with refused(ComplaintEmpty):
            reject_complaint(complaint_id=filed.pk, reason=" ", actor=cast.officer, at=NOW)
        rejected = reject_complaint(complaint_id=filed.pk, reason="不属受理范围", actor=cast.officer, at=NOW)
        assert (rejected.status, rejected.decision) == (ComplaintStatus.REJECTED, "不属受理范围")
        with refused(WrongState):
            accept_complaint(complaint_id=filed.pk, actor=cast.officer, at=NOW)

    def test_may_be_withdrawn_until_it_is_decided(self, cast: Cast) -> None:
        filed = factories.accepted_complaint(cast)
        assert withdraw_complaint(complaint_id=filed.pk, actor=cast.buyer, at=NOW).status == "withdrawn"
        decided = factories.accepted_complaint(cast)
        decide(cast, decided)
        with refused(WrongState):
            withdraw_complaint(complaint_id=decided.pk, actor=cast.buyer, at=NOW)

    def test_is_decided_by_a_named_officer_of_the_province(self, cast: Cast) -> None:
        accepted = factories.accepted_complaint(cast)
        for actor in (cast.supervisor, cast.buyer, cast.supplier, machine_of(cast.officer)):
            with refused(NotAllowed):
                decide(cast, accepted, actor=actor)
        with refused(NotVisible):
            decide(cast, accepted, actor=cast.foreign_officer)

    def test_is_answered_and_withdrawn_by_nobody_else(self, cast: Cast) -> None:
        accepted = factories.accepted_complaint(cast)
        with refused(NotAllowed):
            answer_complaint(complaint_id=accepted.pk, answer="x", actor=cast.buyer, at=NOW)
        with refused(NotAllowed):
            withdraw_complaint(complaint_id=accepted.pk, actor=cast.supplier, at=NOW)


class TestOverdue:
    def test_are_those_not_accepted_or_decided_in_time(self, cast: Cast) -> None:
        long_ago = NOW - timedelta(days=60)
        late = {
            factories.complaint(cast, at=NOW - timedelta(days=14)),
            factories.accepted_complaint(cast, at=long_ago),
        }
        factories.complaint(cast)
        factories.accepted_complaint(cast, at=NOW - timedelta(days=14))
        decide(cast, factories.accepted_complaint(cast, at=long_ago))
        assert set(Complaint.objects.overdue(TODAY)) == late

    def test_are_not_those_whose_last_day_is_today(self, cast: Cast) -> None:
        filed = factories.complaint(cast)
        assert not Complaint.objects.overdue(filed.accept_by).exists()
        assert Complaint.objects.overdue(filed.accept_by + timedelta(days=1)).get() == filed
        assert Organization.objects.filter(complaints_made=filed).get() == cast.hospital
