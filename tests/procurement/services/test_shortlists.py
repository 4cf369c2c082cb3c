"""From the sheets to the shortlist: computed, published by a second officer, open to objection, settled."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.rules.conduct_rules import Effect, Offence
from procurement.errors import (
    MemberInConflict,
    NoObjectionUpheld,
    NoReasonGiven,
    ObjectionsUnanswered,
    SheetsOutstanding,
    ShortlistContestable,
    UpheldObjections,
)
from procurement.models import Bid, CommitteeMember, ConductRecord, KeyShare, Objection, Tender
from procurement.rules.scoring import RULE_CONDUCT
from procurement.services.committees import replace_member
from procurement.services.experts import declare_interest
from procurement.services.openings import open_tender
from procurement.services.shortlists import (
    correct_shortlist,
    publish_shortlist,
    refuse_contestable,
    return_envelopes,
    shortlist_tender,
)
from procurement.states import BidStatus, ObjectionKind, ObjectionStatus, Stage, TenderStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("rule_sets")
PASS_MARK = {"method": "pass_mark", "pass_mark": "85"}


def statuses(tender: Tender) -> list[tuple[str, str]]:
    bids = Bid.objects.filter(lot__tender=tender).order_by("lot__number", "pk")
    return [(bid.supplier.code[:8], bid.status) for bid in bids.select_related("supplier")]


def shortlisted(tender: Tender) -> set[int]:
    return set(Bid.objects.filter(lot__tender=tender, status=BidStatus.SHORTLISTED).values_list("supplier", flat=True))


def bid_of(tender: Tender, firm: Any) -> Bid:
    return Bid.objects.get(lot__tender=tender, supplier=firm)


class TestShortlist:
    def test_lets_the_best_scores_go_on(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast)
        assert tender.status == TenderStatus.SHORTLISTED
        assert shortlisted(tender) == {cast.supplier_firm.pk, cast.rival_firm.pk}
        scores = Bid.objects.filter(lot__tender=tender).order_by("pk").values_list("technical_score", flat=True)
        assert list(scores) == [Decimal(100), Decimal(90), Decimal(80)]
        assert Event.objects.filter(action="bid.shortlist").count() == 2
        assert Event.objects.filter(action="bid.turn_away").count() == 1

    def test_is_the_mean_of_the_members_sums_with_every_step(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast, firms=1)
        shares = ["0.91", "0.87", "0.53", "0.77", "0.6"]
        for sheet, share in zip(factories.sheets(factories.committee(cast, tender)), shares, strict=True):
            factories.submitted_sheet(sheet, tender, {cast.supplier_firm.pk: share})
        shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        bid = bid_of(tender, cast.supplier_firm)
        assert bid.technical_score == Decimal("73.6000")
        assert bid.technical_finding["members"] == {
            "1": "91.00",
            "2": "87.00",
            "3": "53.00",
            "4": "77.00",
            "5": "60.00",
        }
        assert bid.technical_finding["steps"][0]["computation"] == "(91.00 + 87.00 + 53.00 + 77.00 + 60.00) ÷ 5"
        assert bid.technical_finding["steps"][0]["result"] == "73.6000"

    def scored(self, cast: Cast, **rules: Any) -> tuple[Bid, Bid]:
        """The supplier's and the rival's bid, with 91 and 90 points, while two records lower the supplier's score."""
        tender = factories.technical_opened_tender(cast, firms=2, shortlist=PASS_MARK, **rules)
        given = {cast.supplier_firm.pk: "0.91", cast.rival_firm.pk: "0.9"}
        for sheet in factories.sheets(factories.committee(cast, tender)):
            factories.submitted_sheet(sheet, tender, given)
        factories.conduct_record(cast, Offence.PRICE_ABUSE, firm=cast.rival_firm)
        records = [factories.conduct_record(cast, Offence.PRICE_ABUSE) for _ in range(2)]
        ConductRecord.objects.filter(pk__in=[item.pk for item in records]).update(effect=Effect.LOWERS_SCORE)
        shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        return bid_of(tender, cast.supplier_firm), bid_of(tender, cast.rival_firm)

    def test_lowers_the_score_of_a_firm_by_its_conduct_once_and_names_the_records(self, cast: Cast) -> None:
        lowered, other = self.scored(cast, conduct_deduction="6.5")
        assert (lowered.technical_score, other.technical_score) == (Decimal("84.5"), Decimal(90))
        assert (lowered.status, other.status) == (BidStatus.NOT_SHORTLISTED, BidStatus.SHORTLISTED)
        steps = lowered.technical_finding["steps"]
        source = ConductRecord.objects.filter(effect=Effect.LOWERS_SCORE)[0].source
        assert steps[0]["result"] == "91.0000"
        assert steps[1] == {
            "rule": RULE_CONDUCT,
            "computation": f"91.0000 − 6.5 ({source}; {source})",
            "result": "84.5000",
        }
        assert RULE_CONDUCT not in str(other.technical_finding)

    def test_takes_nothing_off_where_the_rules_do_not_say_so(self, cast: Cast) -> None:
        lowered, _other = self.scored(cast)
        assert lowered.technical_score == Decimal(91) and RULE_CONDUCT not in str(lowered.technical_finding)

    def test_lets_all_go_on_who_share_the_last_place(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast)
        firms = list(Bid.objects.filter(lot__tender=tender).order_by("pk").values_list("supplier", flat=True))
        given = dict(zip(firms, ("0.9", "0.8", "0.8"), strict=True))
        for sheet in factories.sheets(factories.committee(cast, tender)):
            factories.submitted_sheet(sheet, tender, given)
        shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert shortlisted(tender) == set(firms)

    def test_goes_by_the_pass_mark_where_the_rules_say_so(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast, shortlist=PASS_MARK | {"pass_mark": "90"})
        assert shortlisted(tender) == {cast.supplier_firm.pk, cast.rival_firm.pk}

    def test_judges_each_lot_by_itself(self, cast: Cast) -> None:
        medicines = [factories.presentation("阿莫西林"), factories.presentation("布洛芬")]
        tender = factories.technical_opened_tender(cast, medicines)
        lost = Bid.objects.filter(lot__tender=tender, lot__number=2, supplier=cast.supplier_firm)
        lost.update(status=BidStatus.SPOILED)
        for sheet in factories.sheets(factories.committee(cast, tender)):
            factories.submitted_sheet(sheet, tender)
        shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert [status for _firm, status in statuses(tender)] == [
            BidStatus.SHORTLISTED,
            BidStatus.SHORTLISTED,
            BidStatus.NOT_SHORTLISTED,
            BidStatus.SPOILED,
            BidStatus.SHORTLISTED,
            BidStatus.SHORTLISTED,
        ]

    def test_waits_for_every_sheet(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast)
        with pytest.raises(SheetsOutstanding) as caught:
            shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert caught.value.facts == {"missing": 5, "size": 5}
        for sheet in factories.sheets(factories.committee(cast, tender))[:4]:
            factories.submitted_sheet(sheet, tender)
        with pytest.raises(SheetsOutstanding) as caught:
            shortlist_tender(tender_id=tender.pk, actor=cast.officer, at=NOW)
        assert caught.value.facts == {"missing": 1, "size": 5}
        tender.refresh_from_db()
        assert tender.status == TenderStatus.TECHNICAL_OPENED

    def test_counts_no_member_whose_interest_came_to_light(self, cast: Cast) -> None:
        tender = factories.scored_tender(cast)
        member = CommitteeMember.objects.all()[0]
        declare_interest(
            expert_id=member.expert_id, organization=cast.rival_firm, description="顾问", actor=cast.officer, at=NOW
        )
        with pytest.raises(MemberInConflict):
            shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        came = replace_member(member_id=member.pk, reason="利益冲突", actor=cast.officer, at=NOW)
        factories.submitted_sheet(came.sheet, tender)
        shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        numbers = set(bid_of(tender, cast.supplier_firm).technical_finding["members"])
        assert numbers == {"2", "3", "4", "5", "6"}

    def test_happens_once(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast)
        with pytest.raises(AlreadyDone):
            shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)

    def test_is_not_another_agencys(self, cast: Cast) -> None:
        tender = factories.scored_tender(cast)
        for actor in (cast.foreign_officer, cast.supplier):
            with pytest.raises(NotAllowed):
                shortlist_tender(tender_id=tender.pk, actor=actor, at=NOW)

    def test_opens_no_commercial_envelope_and_keeps_all(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast)
        for bid in Bid.objects.filter(lot__tender=tender):
            assert hashlib.sha256(bytes(bid.envelope)).hexdigest() == bid.envelope_sha256
            assert bid.offer_price is None


class TestPublish:
    def test_begins_the_time_for_objections(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast, objection_days=4)
        published = publish_shortlist(tender_number=tender.number, actor=cast.second_officer, at=NOW)
        assert published.status == TenderStatus.SHORTLIST_PUBLISHED
        assert published.shortlist_published_at == NOW
        assert published.objections_until == NOW + timedelta(days=4)
        assert Event.objects.filter(action="tender.publish_shortlist", subject_id=tender.pk).count() == 1

    def test_is_done_by_a_second_officer(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast)
        for actor in (cast.officer, cast.foreign_officer, cast.supervisor, cast.platform):
            with pytest.raises(NotAllowed):
                publish_shortlist(tender_number=tender.number, actor=actor, at=NOW)

    def test_needs_a_shortlist(self, cast: Cast) -> None:
        tender = factories.scored_tender(cast)
        with pytest.raises(WrongState):
            publish_shortlist(tender_number=tender.number, actor=cast.second_officer, at=NOW)


@pytest.fixture
def published(cast: Cast) -> Tender:
    """The third firm is not on the list."""
    return factories.tender_with_published_shortlist(cast)


def third(tender: Tender) -> Bid:
    return Bid.objects.get(lot__tender=tender, status=BidStatus.NOT_SHORTLISTED)


def objection(cast: Cast, tender: Tender, status: str = ObjectionStatus.FILED, **values: Any) -> Objection:
    """Filed when the shortlist was published; what is decided was decided a day later."""
    if status != ObjectionStatus.FILED:
        values |= {"reply": "复核", "replied_at": NOW + timedelta(days=1), "replied_by_id": cast.officer.user_id}
    return Objection.objects.create(
        kind=ObjectionKind.RESULT,
        tender=tender,
        organization_id=third(tender).supplier_id,
        text="评分有误",
        filed_at=NOW,
        reply_due_at=NOW + timedelta(days=3),
        status=status,
        **values,
    )


class TestCorrect:
    def test_puts_a_bid_on_the_list_after_an_objection_was_upheld(self, cast: Cast, published: Tender) -> None:
        bid = third(published)
        objection(cast, published, ObjectionStatus.UPHELD, lot=bid.lot)
        correct_shortlist(bid_id=bid.pk, advances=True, reason="计分错误", actor=cast.second_officer, at=NOW)
        bid.refresh_from_db()
        assert bid.status == BidStatus.SHORTLISTED
        assert bid.technical_finding["correction"] == {"passes": True, "reason": "计分错误", "at": NOW.isoformat()}
        assert len(bid.technical_finding["steps"]) == 2
        assert Event.objects.filter(action="bid.readmit", subject_id=bid.pk).exists()

    def test_takes_a_bid_off_the_list(self, cast: Cast, published: Tender) -> None:
        objection(cast, published, ObjectionStatus.UPHELD)
        bid = bid_of(published, cast.rival_firm)
        correct_shortlist(bid_id=bid.pk, advances=False, reason="证书过期", actor=cast.second_officer, at=NOW)
        bid.refresh_from_db()
        assert bid.status == BidStatus.NOT_SHORTLISTED

    @pytest.mark.parametrize("status", [None, ObjectionStatus.FILED, ObjectionStatus.DISMISSED])
    def test_needs_an_objection_that_was_upheld(self, cast: Cast, published: Tender, status: str | None) -> None:
        if status:
            objection(cast, published, status)
        with pytest.raises(NoObjectionUpheld):
            correct_shortlist(bid_id=third(published).pk, advances=True, reason="x", actor=cast.second_officer, at=NOW)

    def test_needs_a_reason(self, cast: Cast, published: Tender) -> None:
        objection(cast, published, ObjectionStatus.UPHELD)
        with pytest.raises(NoReasonGiven):
            correct_shortlist(bid_id=third(published).pk, advances=True, reason=" ", actor=cast.second_officer, at=NOW)

    def test_is_done_by_a_second_officer_of_the_agency(self, cast: Cast, published: Tender) -> None:
        objection(cast, published, ObjectionStatus.UPHELD)
        for actor, error in (
            (cast.officer, NotAllowed),
            (cast.supervisor, NotAllowed),
            (cast.foreign_officer, NotVisible),
        ):
            with pytest.raises(error):
                correct_shortlist(bid_id=third(published).pk, advances=True, reason="x", actor=actor, at=NOW)

    def test_waits_for_the_publication(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast)
        objection(cast, tender, ObjectionStatus.UPHELD)
        with pytest.raises(WrongState):
            correct_shortlist(bid_id=third(tender).pk, advances=True, reason="x", actor=cast.second_officer, at=NOW)


class TestSettle:
    def test_waits_for_the_end_of_the_time_for_objections(self, published: Tender) -> None:
        assert published.objections_until is not None
        with pytest.raises(ShortlistContestable):
            refuse_contestable(published, published.objections_until - timedelta(seconds=1))
        refuse_contestable(published, published.objections_until)

    def test_waits_for_the_answer_to_every_objection(self, cast: Cast, published: Tender) -> None:
        filed = objection(cast, published)
        with pytest.raises(ObjectionsUnanswered):
            refuse_contestable(published, NOW + timedelta(days=9))
        filed.delete()
        objection(cast, published, ObjectionStatus.DISMISSED)
        # the clock stood still for the day on which it waited
        with pytest.raises(ShortlistContestable):
            refuse_contestable(published, NOW + timedelta(days=4, seconds=-1))
        refuse_contestable(published, NOW + timedelta(days=4))

    def test_waits_for_the_remedy_of_what_was_upheld(self, cast: Cast, published: Tender) -> None:
        objection(cast, published, ObjectionStatus.UPHELD)
        with pytest.raises(UpheldObjections):
            refuse_contestable(published, NOW + timedelta(days=9))
        correct_shortlist(
            bid_id=third(published).pk, advances=True, reason="计分错误", actor=cast.second_officer, at=NOW
        )
        refuse_contestable(published, NOW + timedelta(days=9))

    def test_asks_nothing_of_a_tender_with_one_envelope(self, published: Tender) -> None:
        published.status = TenderStatus.CLOSED
        refuse_contestable(published, NOW)

    def test_destroys_the_envelopes_of_those_who_are_not_on_the_list_and_keeps_their_hashes(
        self, cast: Cast, published: Tender
    ) -> None:
        bid = third(published)
        with transaction.atomic():
            assert return_envelopes(published, actor=cast.platform, at=NOW) == 1
            assert return_envelopes(published, actor=cast.platform, at=NOW) == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, envelope IS NULL FROM procurement_bid")
            assert {pk for pk, is_gone in cursor.fetchall() if is_gone} == {bid.pk}
        bid.refresh_from_db()
        assert bid.envelope_sha256
        [event] = Event.objects.filter(action="bid.return_envelope")
        assert (event.subject_id, event.changes) == (bid.pk, {"envelope_sha256": [bid.envelope_sha256, ""]})

    @pytest.mark.parametrize("status", [TenderStatus.OPENING, TenderStatus.OPENED])
    def test_comes_before_the_opening_in_the_database(self, cast: Cast, published: Tender, status: str) -> None:
        rows = Tender.objects.filter(pk=published.pk)
        with pytest.raises(IntegrityError, match="a_failed_envelope_is_returned_first"), transaction.atomic():
            rows.update(status=status)
        with transaction.atomic():
            return_envelopes(published, actor=cast.platform, at=NOW)
            rows.update(status=status)


class TestOpeningAfterIt:
    def test_waits_for_the_shortlist_to_stand(self, cast: Cast, published: Tender) -> None:
        with pytest.raises(ShortlistContestable):
            factories.release(published, cast.officer, at=NOW + timedelta(days=2))
        assert not KeyShare.objects.filter(key__stage=Stage.COMMERCIAL, released__isnull=False).exists()

    def test_never_opens_the_price_of_who_is_not_on_it(self, cast: Cast, published: Tender) -> None:
        at = NOW + timedelta(days=3)
        turned_away = third(published)
        assembled = factories.release(published, cast.officer, cast.supervisor, at=at)
        assert assembled.status == TenderStatus.OPENING
        turned_away.refresh_from_db()
        assert turned_away.envelope is None
        opening = open_tender(tender_id=published.pk, actor=cast.platform, at=at)
        assert (opening.opened_count, opening.returned_count) == (2, 1)
        turned_away.refresh_from_db()
        assert (turned_away.status, turned_away.offer_price) == (BidStatus.NOT_SHORTLISTED, None)
        assert bid_of(published, cast.rival_firm).offer_price == Decimal("6.00")

    def test_opens_the_price_of_who_was_put_on_it(self, cast: Cast, published: Tender) -> None:
        bid = third(published)
        objection(cast, published, ObjectionStatus.UPHELD)
        correct_shortlist(bid_id=bid.pk, advances=True, reason="计分错误", actor=cast.second_officer, at=NOW)
        at = NOW + timedelta(days=4)
        factories.release(published, cast.officer, cast.supervisor, at=at)
        opening = open_tender(tender_id=published.pk, actor=cast.platform, at=at)
        assert (opening.opened_count, opening.returned_count) == (3, 0)


class TestWhatBiddersAreTold:
    def test_of_the_shortlist_comes_with_its_publication(self, cast: Cast) -> None:
        shortlisted = factories.shortlisted_tender(cast)
        told = {bid.told_status for bid in Bid.objects.filter(lot__tender=shortlisted)}
        assert told == {BidStatus.TECHNICAL_OPENED}
        Tender.objects.filter(pk=shortlisted.pk).update(shortlist_published_at=NOW)
        told = {bid.told_status for bid in Bid.objects.filter(lot__tender=shortlisted)}
        assert told == {BidStatus.SHORTLISTED, BidStatus.NOT_SHORTLISTED}
