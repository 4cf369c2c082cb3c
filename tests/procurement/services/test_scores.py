"""Each member scores every bid by every criterion, alone; what is submitted stays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, RulesBroken
from catalog.foundation.journal.models import Event
from procurement.errors import MemberInConflict, NotScorable, PointsOutOfRange, ScoresMissing
from procurement.models import Bid, Committee, Score, ScoreSheet, Tender
from procurement.services.committees import replace_member
from procurement.services.experts import declare_interest
from procurement.services.scores import save_scores, submit_scores
from procurement.states import BidStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def tender(cast: Cast) -> Tender:
    return factories.technical_opened_tender(cast)


@pytest.fixture
def committee(cast: Cast, tender: Tender) -> Committee:
    return factories.committee(cast, tender)


@pytest.fixture
def sheet(committee: Committee) -> ScoreSheet:
    return factories.sheets(committee)[0]


def save(sheet: ScoreSheet, points: Any, actor: Any = None) -> ScoreSheet:
    actor = actor or factories.actor_of(sheet.member.expert)
    return save_scores(sheet_id=sheet.pk, points=points, actor=actor, at=NOW)


def submit(sheet: ScoreSheet) -> ScoreSheet:
    return submit_scores(sheet_id=sheet.pk, actor=factories.actor_of(sheet.member.expert), at=NOW)


class TestSave:
    def test_keeps_what_is_named_and_leaves_the_rest(self, tender: Tender, sheet: ScoreSheet) -> None:
        first, second, _third = Bid.objects.filter(lot__tender=tender).order_by("pk")
        save(sheet, {(first.pk, "scale"): Decimal("38.5"), (second.pk, "quality"): Decimal(25)})
        save(
            sheet, {(first.pk, "scale"): Decimal("39"), (second.pk, "quality"): None, (first.pk, "quality"): Decimal(0)}
        )
        assert set(sheet.scores.values_list("bid", "criterion", "points")) == {
            (first.pk, "scale", Decimal(39)),
            (first.pk, "quality", Decimal(0)),
        }
        sheet.refresh_from_db()
        assert sheet.version == 3

    def test_writes_the_journal_without_the_points(self, tender: Tender, sheet: ScoreSheet) -> None:
        save(sheet, factories.full_scores(tender))
        [event] = Event.objects.filter(action="score_sheet.save", subject_id=sheet.pk)
        assert event.changes == {"scores": [None, 9]}
        assert event.user_id == sheet.member.expert.user_id

    def test_refuses_all_that_is_out_of_range_together(self, tender: Tender, sheet: ScoreSheet) -> None:
        bid = Bid.objects.filter(lot__tender=tender).first()
        assert bid is not None
        points = {
            (bid.pk, "scale"): Decimal("40.01"),
            (bid.pk, "delivery"): Decimal("-1"),
            (bid.pk, "quality"): Decimal("1.005"),
            (bid.pk, "price"): Decimal(1),
            (0, "scale"): Decimal(1),
        }
        with pytest.raises(RulesBroken) as caught:
            save(sheet, points)
        assert [type(error) for error in caught.value.errors] == [PointsOutOfRange] * 3 + [NotScorable] * 2
        assert caught.value.errors[0].pointer == f"/scores/{bid.pk}/scale"
        assert not sheet.scores.exists()

    def test_scores_no_bid_of_another_tender_and_none_that_could_not_be_read(
        self, cast: Cast, tender: Tender, sheet: ScoreSheet
    ) -> None:
        foreign = Bid.objects.filter(lot__tender=factories.technical_opened_tender(cast)).first()
        spoiled = Bid.objects.filter(lot__tender=tender).first()
        assert foreign is not None and spoiled is not None
        Bid.objects.filter(pk=spoiled.pk).update(status=BidStatus.SPOILED)
        with pytest.raises(RulesBroken) as caught:
            save(sheet, {(foreign.pk, "scale"): Decimal(1), (spoiled.pk, "scale"): Decimal(1)})
        assert [type(error) for error in caught.value.errors] == [NotScorable, NotScorable]

    def test_is_the_members_own(self, cast: Cast, committee: Committee, sheet: ScoreSheet) -> None:
        other = factories.actor_of(factories.sheets(committee)[1].member.expert)
        for actor in (other, cast.officer, cast.supervisor, cast.supplier):
            with pytest.raises(NotVisible):
                save(sheet, {}, actor)
        with pytest.raises(NotAllowed):
            save(sheet, {}, cast.platform)

    def test_is_over_for_who_was_replaced(self, cast: Cast, sheet: ScoreSheet) -> None:
        replace_member(member_id=sheet.member_id, reason="生病", actor=cast.officer, at=NOW)
        with pytest.raises(NotVisible):
            save(sheet, {})

    def test_is_refused_to_who_has_come_into_a_conflict(self, cast: Cast, sheet: ScoreSheet) -> None:
        expert = sheet.member.expert
        declare_interest(
            expert_id=expert.pk,
            organization=cast.rival_firm,
            description="亲属",
            actor=factories.actor_of(expert),
            at=NOW,
        )
        with pytest.raises(MemberInConflict):
            save(sheet, {})
        with pytest.raises(MemberInConflict):
            submit(sheet)


class TestSubmit:
    def test_needs_every_score(self, tender: Tender, sheet: ScoreSheet) -> None:
        points = factories.full_scores(tender)
        points.popitem()
        save(sheet, points)
        with pytest.raises(ScoresMissing) as caught:
            submit(sheet)
        assert caught.value.facts == {"missing": 1, "count": 9}

    def test_locks_the_sheet(self, tender: Tender, sheet: ScoreSheet) -> None:
        submitted = factories.submitted_sheet(sheet, tender)
        assert (submitted.status, submitted.submitted_at) == ("submitted", NOW)
        assert Event.objects.filter(action="score_sheet.submit", subject_id=sheet.pk).count() == 1
        with pytest.raises(AlreadyDone):
            save(sheet, factories.full_scores(tender))
        with pytest.raises(AlreadyDone):
            submit(sheet)

    @pytest.mark.parametrize("act", ["update", "delete", "insert", "reopen", "drop"])
    def test_locks_the_sheet_in_the_database(self, tender: Tender, sheet: ScoreSheet, act: str) -> None:
        factories.submitted_sheet(sheet, tender)
        scores, score = Score.objects.filter(sheet=sheet), Score.objects.filter(sheet=sheet)[0]
        acts = {
            "update": lambda: scores.update(points=0),
            "delete": scores.delete,
            "insert": lambda: Score.objects.create(sheet=sheet, bid=score.bid, criterion="more", points=1),
            "reopen": lambda: ScoreSheet.objects.filter(pk=sheet.pk).update(status="draft"),
            "drop": lambda: ScoreSheet.objects.filter(pk=sheet.pk)._raw_delete("default"),
        }
        with pytest.raises(IntegrityError, match="locked"), transaction.atomic():
            acts[act]()
        assert scores.count() == 9

    def test_moves_no_score_into_a_submitted_sheet(self, tender: Tender, committee: Committee) -> None:
        first, second = factories.sheets(committee)[:2]
        factories.submitted_sheet(first, tender)
        save(second, factories.full_scores(tender))
        with pytest.raises(IntegrityError, match="submitted_scores_are_locked"), transaction.atomic():
            second.scores.update(sheet=first)


class TestSecrecy:
    def test_nobody_sees_anothers_scores_before_all_are_submitted(
        self, cast: Cast, tender: Tender, committee: Committee
    ) -> None:
        first, *others = factories.sheets(committee)
        factories.submitted_sheet(first, tender)
        for sheet in others[:-1]:
            factories.submitted_sheet(sheet, tender)
        everybody = [factories.actor_of(sheet.member.expert) for sheet in others]
        for actor in everybody:
            assert [item.member.expert.user_id for item in ScoreSheet.objects.visible_to(actor)] == [actor.user_id]
        for actor in (cast.officer, cast.second_officer, cast.supervisor, cast.supplier, cast.visitor):
            assert not ScoreSheet.objects.visible_to(actor).exists()
            assert not ScoreSheet.objects.of_agency(actor).exists()
        factories.submitted_sheet(others[-1], tender)
        for actor in (*everybody, cast.officer, cast.supervisor):
            assert ScoreSheet.objects.visible_to(actor).count() == 5
        for actor in (cast.foreign_officer, cast.supplier, cast.rival, cast.visitor):
            assert not ScoreSheet.objects.visible_to(actor).exists()

    def test_the_sheet_of_a_replaced_member_holds_the_others_back_until_the_new_one_is_in(
        self, cast: Cast, tender: Tender, committee: Committee
    ) -> None:
        for sheet in factories.sheets(committee)[1:]:
            factories.submitted_sheet(sheet, tender)
        leaving = factories.sheets(committee)[0]
        came = replace_member(member_id=leaving.member_id, reason="生病", actor=cast.officer, at=NOW)
        assert not ScoreSheet.objects.visible_to(cast.officer).exists()
        factories.submitted_sheet(factories.sheets(committee)[-1], tender)
        visible = ScoreSheet.objects.visible_to(cast.officer)
        assert came.pk in set(visible.values_list("member", flat=True))
        assert leaving.member_id not in set(visible.values_list("member", flat=True))
