from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from procurement.errors import (
    DocumentsNotAmended,
    ObjectionDecided,
    ObjectionsNotHeard,
    ObjectionsUnanswered,
    OnlyBiddersObject,
    TextMissing,
    UpheldObjections,
)
from procurement.models import KeyShare, Lot, Objection, Tender
from procurement.services.amendments import propose_amendment, publish_amendment
from procurement.services.awards import fail_lot
from procurement.services.objections import answer_objection, file_objection, note_remedy
from procurement.services.tenders import cancel_tender
from procurement.states import LotStatus, ObjectionKind, ObjectionStatus, TenderStatus
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW, ago, ahead
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """Its candidates are published for three days: the supplier before the rival."""
    factories.procedure_rules(objection_days=3)
    return factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})


@pytest.fixture
def stranger() -> Actor:
    """A supplier that did not bid."""
    return factories.firm("黄河制药有限公司")


def answer(filed: Objection, cast: Cast, **changed: Any) -> Objection:
    options = {"is_upheld": False, "reply": "复核无误", "actor": cast.officer, "at": NOW + HOUR} | changed
    return answer_objection(objection_id=filed.pk, **options)


def window_of(lot: Lot) -> Any:
    return Tender.objects.get(pk=lot.tender_id).objections_until


class TestFileObjection:
    def test_is_about_the_result_in_the_window(self, cast: Cast, lot: Lot) -> None:
        filed = factories.objection(lot, cast.rival, at=NOW + HOUR)
        assert (filed.kind, filed.status, filed.lot) == (ObjectionKind.RESULT, ObjectionStatus.FILED, lot)
        assert filed.reply_due_at == NOW + HOUR + 3 * DAY
        assert Event.objects.get(action="objection.file").organization_id == cast.rival_firm.pk

    def test_is_about_the_documents_while_bids_are_accepted(self, cast: Cast, stranger: Actor) -> None:
        factories.procedure_rules(objection_to_documents_days=10)
        lot = factories.published_tender(cast).lots.get()
        assert factories.objection(lot, stranger, at=ahead(days=20) - MINUTE).kind == ObjectionKind.DOCUMENTS
        with refused(ObjectionsNotHeard):
            factories.objection(lot, stranger, at=ahead(days=20))

    def test_is_about_the_opening_on_its_day(self, cast: Cast) -> None:
        lot = factories.evaluated_tender(cast).lots.get()
        assert factories.objection(lot, cast.rival).kind == ObjectionKind.OPENING
        with refused(ObjectionsNotHeard):
            factories.objection(lot, cast.rival, at=NOW + DAY)

    def test_may_be_about_the_whole_tender(self, cast: Cast, lot: Lot) -> None:
        assert factories.objection(lot, cast.rival, of_lot=False).lot is None

    @pytest.mark.parametrize("span", [3 * DAY, 4 * DAY])
    def test_is_not_heard_after_the_window(self, cast: Cast, lot: Lot, span: timedelta) -> None:
        factories.objection(lot, cast.rival, at=NOW + 3 * DAY - MINUTE)
        Objection.objects.all().delete()
        with refused(ObjectionsNotHeard):
            factories.objection(lot, cast.rival, at=NOW + span)

    def test_is_heard_longer_while_another_one_waits(self, cast: Cast, lot: Lot) -> None:
        factories.objection(lot, cast.rival, at=NOW + DAY)
        assert factories.objection(lot, cast.supplier, at=NOW + 5 * DAY).kind == ObjectionKind.RESULT

    def test_is_for_those_who_bid(self, cast: Cast, lot: Lot, stranger: Actor) -> None:
        with refused(OnlyBiddersObject):
            factories.objection(lot, stranger)

    @pytest.mark.parametrize("who", ["officer", "supervisor", "buyer", "visitor"])
    def test_is_for_suppliers(self, cast: Cast, lot: Lot, who: str) -> None:
        with refused(NotAllowed):
            factories.objection(lot, getattr(cast, who))

    def test_refuses_a_tender_or_a_lot_that_is_not_there(self, cast: Cast, lot: Lot) -> None:
        draft = factories.drafted_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"), ceiling="0.1")])
        for number, lot_number in ((draft.number, 1), ("none", 1), (lot.tender.number, 2)):
            with refused(NotVisible):
                file_objection(tender_number=number, lot_number=lot_number, text="x", actor=cast.rival, at=NOW)

    def test_says_something(self, cast: Cast, lot: Lot) -> None:
        with refused(TextMissing):
            factories.objection(lot, cast.rival, text=" \n")

    def test_comes_too_late_for_a_lot_that_is_awarded(self, cast: Cast) -> None:
        """An award that was decided by a clock that runs ahead."""
        factories.procedure_rules(objection_days=3)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        factories.award(lot, cast, at=NOW + 3 * DAY)
        for of_lot in (True, False):
            with refused(ObjectionDecided):
                factories.objection(lot, cast.rival, at=NOW + 3 * DAY - MINUTE, of_lot=of_lot)


class TestAnswerObjection:
    def test_dismisses_with_the_reasons(self, cast: Cast, lot: Lot) -> None:
        replied = answer(factories.objection(lot, cast.rival), cast)
        assert (replied.status, replied.reply, replied.replied_at, replied.replied_by_id) == (
            ObjectionStatus.DISMISSED,
            "复核无误",
            NOW + HOUR,
            cast.officer.user_id,
        )

    def test_gives_the_window_back_the_time_it_stood_still(self, cast: Cast, lot: Lot) -> None:
        filed = factories.objection(lot, cast.rival, at=NOW + DAY)
        answer(filed, cast, at=NOW + 3 * DAY)
        assert window_of(lot) == NOW + 5 * DAY
        [event] = Event.objects.filter(action="tender.extend_objections")
        assert event.changes["objections_until"][0] != event.changes["objections_until"][1]

    def test_counts_overlapping_objections_once(self, cast: Cast, lot: Lot) -> None:
        first = factories.objection(lot, cast.rival, at=NOW + DAY)
        second = factories.objection(lot, cast.supplier, at=NOW + 2 * DAY)
        answer(first, cast, at=NOW + 3 * DAY)
        answer(second, cast, at=NOW + 4 * DAY)
        assert window_of(lot) == NOW + 6 * DAY

    def test_leaves_the_window_alone_where_it_was_about_the_documents(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        answer(factories.objection(tender.lots.get(), cast.rival), cast)
        assert Tender.objects.get().objections_until is None

    @pytest.mark.parametrize("is_upheld", [True, False])
    def test_needs_a_reply(self, cast: Cast, lot: Lot, is_upheld: bool) -> None:
        with refused(TextMissing):
            answer(factories.objection(lot, cast.rival), cast, is_upheld=is_upheld, reply=" ")
        assert Objection.objects.get().status == ObjectionStatus.FILED

    def test_happens_once(self, cast: Cast, lot: Lot) -> None:
        filed = factories.objection(lot, cast.rival)
        answer(filed, cast)
        with refused(AlreadyDone):
            answer(filed, cast)

    @pytest.mark.parametrize("who", ["foreign_officer", "supervisor", "rival", "platform", "machine"])
    def test_is_for_a_named_officer_of_the_agency(self, cast: Cast, lot: Lot, who: str) -> None:
        actor = machine_of(cast.officer) if who == "machine" else getattr(cast, who)
        with refused(NotAllowed):
            answer(factories.objection(lot, cast.rival), cast, actor=actor)

    def test_is_overdue_after_the_days_for_a_reply(self, cast: Cast, lot: Lot) -> None:
        filed = factories.objection(lot, cast.rival)
        assert not Objection.objects.overdue(NOW + 3 * DAY - MINUTE).exists()
        assert Objection.objects.overdue(NOW + 3 * DAY).get() == filed
        answer(filed, cast, at=NOW + 4 * DAY)
        assert not Objection.objects.overdue(NOW + 5 * DAY).exists()


class TestClock:
    """What an objection does to the award."""

    def test_stands_still_while_an_objection_waits(self, cast: Cast, lot: Lot) -> None:
        factories.objection(lot, cast.rival)
        with refused(ObjectionsUnanswered):
            factories.award(lot, cast, at=NOW + 9 * DAY)

    def test_goes_on_after_the_reply(self, cast: Cast, lot: Lot) -> None:
        answer(factories.objection(lot, cast.rival, at=NOW + DAY), cast, at=NOW + 2 * DAY)
        assert factories.award(lot, cast, at=NOW + 4 * DAY).status == LotStatus.AWARDED

    @pytest.mark.parametrize("of_lot", [True, False])
    def test_waits_for_what_follows_an_objection_that_was_upheld(self, cast: Cast, lot: Lot, of_lot: bool) -> None:
        answer(factories.objection(lot, cast.rival, of_lot=of_lot), cast, is_upheld=True)
        with refused(UpheldObjections):
            factories.award(lot, cast, at=NOW + 9 * DAY)
        fail_lot(lot_id=lot.pk, reason="异议成立", actor=cast.second_officer, at=NOW + 9 * DAY)
        assert Objection.objects.get().remedied_at == NOW + 9 * DAY


class TestReleaseAfterAnObjectionToTheDocuments:
    """No share is taken while one waits for a reply, or one that was upheld for an amendment."""

    FILED, REPLIED = ago(days=39), ago(days=38)

    @pytest.fixture(params=["one envelope", "two envelopes"])
    def tender(self, request: pytest.FixtureRequest, cast: Cast) -> Tender:
        make = factories.published_tender if request.param == "one envelope" else factories.two_envelope_tender
        return make(cast, at=ago(days=40), deadline_at=ago(hours=1))

    @pytest.fixture
    def filed(self, cast: Cast, tender: Tender) -> Objection:
        objection = factories.objection(tender.lots.get(), cast.rival, at=self.FILED)
        assert objection.kind == ObjectionKind.DOCUMENTS
        return objection

    def amend(self, tender: Tender, cast: Cast, at: datetime) -> None:
        amendment = propose_amendment(
            tender_number=tender.number,
            text="更正",
            deadline_at=tender.deadline_at,
            affects_preparation=False,
            actor=cast.officer,
            at=at,
        )
        publish_amendment(amendment_id=amendment.pk, actor=cast.second_officer, at=at)

    def released(self) -> int:
        return KeyShare.objects.filter(released__isnull=False).count()

    def test_waits_for_the_reply(self, cast: Cast, tender: Tender, filed: Objection) -> None:
        with refused(ObjectionsUnanswered):
            factories.release(tender, cast.officer)
        assert self.released() == 0
        answer(filed, cast, at=self.REPLIED)
        factories.release(tender, cast.officer)
        assert self.released() == 1

    def test_is_possible_once_an_amendment_followed(self, cast: Cast, tender: Tender, filed: Objection) -> None:
        answer(filed, cast, is_upheld=True, at=self.REPLIED)
        self.amend(tender, cast, self.REPLIED + HOUR)
        factories.release(tender, cast.officer)
        assert self.released() == 1

    def test_waits_where_the_amendment_was_before_the_reply(self, cast: Cast, tender: Tender, filed: Objection) -> None:
        self.amend(tender, cast, self.REPLIED)
        answer(filed, cast, is_upheld=True, at=self.REPLIED)
        with refused(DocumentsNotAmended) as refusal:
            factories.release(tender, cast.officer)
        assert refusal.facts == {"count": 1} and self.released() == 0

    def test_is_never_possible_where_it_is_upheld_after_the_deadline(
        self, cast: Cast, tender: Tender, filed: Objection
    ) -> None:
        answer(filed, cast, is_upheld=True, at=NOW)
        with refused(DocumentsNotAmended):
            factories.release(tender, cast.officer, at=NOW + 90 * DAY)
        cancel_tender(number=tender.number, reason="更正", actor=cast.officer, at=NOW)
        assert Tender.objects.get().status == TenderStatus.CANCELLED

    def test_is_not_bought_by_failing_a_lot(self, cast: Cast, tender: Tender, filed: Objection) -> None:
        answer(filed, cast, is_upheld=True, at=NOW)
        note_remedy(filed.lot, "x", at=NOW)
        with refused(DocumentsNotAmended):
            factories.release(tender, cast.officer)


class TestVisibility:
    @pytest.mark.parametrize(
        ("who", "is_named"),
        [
            ("rival", True),
            ("officer", True),
            ("supervisor", True),
            ("supplier", False),
            ("foreign_officer", False),
            ("buyer", False),
            ("visitor", False),
        ],
    )
    def test_names_the_objector_to_the_agency_and_itself(self, cast: Cast, lot: Lot, who: str, is_named: bool) -> None:
        factories.objection(lot, cast.rival)
        actor = getattr(cast, who)
        assert Objection.objects.visible_to(actor).exists()
        assert Objection.objects.named_to(actor).exists() == is_named
