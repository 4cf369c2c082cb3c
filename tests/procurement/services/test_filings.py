"""Filing purchases with the supervision afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils.timezone import localdate
from django.utils.translation import gettext

from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.models import Event
from procurement.errors import AlreadyFiled, NothingToFile, TenderIncomplete, TextMissing
from procurement.models import Filing, Tender
from procurement.rules.working_days import working_days_after
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import fail_lot
from procurement.services.candidates import publish_candidates
from procurement.services.filings import file_purchase
from procurement.services.tenders import publish_tender
from procurement.states import Procedure
from tests import factories
from tests.cast import Cast, machine_of, user_of
from tests.factories import NOW
from tests.factories.procedures import evaluated_lot
from tests.factories.procurement_rules import enter_rules
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def tender(cast: Cast) -> Tender:
    """Bought and concluded now."""
    lot = evaluated_lot(cast, Procedure.SMALL_QUANTITY, {cast.supplier: "6.00"})
    publish_candidates(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
    factories.award(lot, cast)
    conclude_agreements(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
    return Tender.objects.get()


def due(days: int = 0) -> datetime:
    """So many days after the last one for filing."""
    last = working_days_after(localdate(NOW), 3)
    return NOW + (last - localdate(NOW)) + timedelta(days=days)


class TestDue:
    def test_is_three_working_days_after_the_award(self, tender: Tender) -> None:
        assert tender.filing_due_on == localdate(due())

    def test_is_not_asked_of_other_procedures(self, cast: Cast) -> None:
        assert factories.concluded_tender(cast).filing_due_on is None

    def test_is_not_asked_where_nothing_was_bought(self, cast: Cast) -> None:
        lot = evaluated_lot(cast, Procedure.SMALL_QUANTITY, {cast.supplier: "6.00"})
        publish_candidates(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
        fail_lot(lot_id=lot.pk, reason="不再需要", actor=cast.second_officer, at=NOW)
        conclude_agreements(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
        assert Tender.objects.get().filing_due_on is None


class TestFile:
    @pytest.mark.parametrize(("days", "is_late"), [(0, False), (1, True), (400, True)])
    def test_is_recorded_as_late_and_never_refused(self, cast: Cast, tender: Tender, days: int, is_late: bool) -> None:
        filed = file_purchase(tender_number=tender.number, note="疫情急需", actor=cast.officer, at=due(days))
        assert (filed.filed_at, filed.filing_note) == (due(days), "疫情急需")
        assert Filing.objects.get().is_late is is_late
        assert Event.objects.get(action="tender.file").changes["is_late"] == [None, is_late]

    def test_is_done_once(self, cast: Cast, tender: Tender) -> None:
        file_purchase(tender_number=tender.number, note="疫情急需", actor=cast.officer, at=NOW)
        with refused(AlreadyFiled):
            file_purchase(tender_number=tender.number, note="疫情急需", actor=cast.officer, at=NOW)

    def test_says_what_was_bought_and_why(self, cast: Cast, tender: Tender) -> None:
        with refused(TextMissing):
            file_purchase(tender_number=tender.number, note=" ", actor=cast.officer, at=NOW)

    def test_is_of_a_purchase_that_has_to_be_filed(self, cast: Cast) -> None:
        with refused(NothingToFile):
            file_purchase(tender_number=factories.concluded_tender(cast).number, note="x", actor=cast.officer, at=NOW)

    def test_is_for_officers_of_the_agency(self, cast: Cast, tender: Tender) -> None:
        for actor in (cast.foreign_officer, cast.supervisor, machine_of(cast.officer)):
            with refused(NotAllowed):
                file_purchase(tender_number=tender.number, note="x", actor=actor, at=NOW)


class TestOverdue:
    def test_is_what_was_not_filed_by_the_day_after(self, cast: Cast, tender: Tender) -> None:
        assert not Tender.objects.filing_overdue(localdate(due())).exists()
        assert Tender.objects.filing_overdue(localdate(due(1))).get() == tender
        file_purchase(tender_number=tender.number, note="疫情急需", actor=cast.officer, at=due(1))
        assert not Tender.objects.filing_overdue(localdate(due(1))).exists()


class TestPublication:
    def test_says_why_it_is_urgent(self, cast: Cast) -> None:
        enter_rules(Procedure.SMALL_QUANTITY)
        tender = factories.drafted_tender(cast, procedure=Procedure.SMALL_QUANTITY)
        for holder in (cast.officer, cast.supervisor):
            factories.opening_key(holder)
        with refused(TenderIncomplete) as refusal:
            holders = [user_of(cast.officer), user_of(cast.supervisor)]
            publish_tender(number=tender.number, holders=holders, actor=cast.officer, at=NOW)
        assert str(refusal.facts["problem"]) == gettext("it does not say why the purchase is urgent")
