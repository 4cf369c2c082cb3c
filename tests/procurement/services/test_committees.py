"""A committee is drawn by lot without conflicts of interest; who cannot come is replaced by the next of the draw."""

from __future__ import annotations

import re
from typing import Any

import pytest

from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership
from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from procurement.errors import CommitteeDrawn, NoCommitteeForeseen, NoReasonGiven, ScoresSubmitted, TooFewExperts
from procurement.models import Committee, CommitteeMember, Expert, Tender
from procurement.queries.rules import rules_of
from procurement.rules.draw import Candidate, draw
from procurement.services.committees import draw_committee, replace_member
from procurement.services.experts import admit_expert, declare_interest
from procurement.states import TenderStatus
from tests import factories
from tests.cast import Cast, user_of
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def tender(cast: Cast) -> Tender:
    return factories.technical_opened_tender(cast)


def repeated(committee: Committee, *, without: set[int] = frozenset()) -> set[int]:  # type: ignore[assignment]
    """The draw as anybody can repeat it from what is kept."""
    pool = [Candidate(entry["expert"], entry["outside"], entry["primary"]) for entry in committee.pool]
    rule = rules_of(committee.tender).committee
    assert rule is not None
    return {item.expert for item in draw(pool, committee.seed, rule, without=without)}


def sitting(committee: Committee) -> set[int]:
    return set(committee.members.sitting().values_list("expert", flat=True))


class TestDraw:
    def test_seats_the_experts_whom_seed_and_pool_give(self, cast: Cast, tender: Tender) -> None:
        committee = factories.committee(cast, tender)
        members = list(committee.members.all())
        assert [member.number for member in members] == [1, 2, 3, 4, 5]
        assert sum(member.is_outside for member in members) >= 4
        assert sum(member.is_primary for member in members) >= 2
        assert re.fullmatch("[0-9a-f]{64}", committee.seed)
        assert repeated(committee) == sitting(committee)
        assert all(member.sheet.status == "draft" for member in members)
        [event] = Event.objects.filter(action="committee.draw", subject_id=committee.pk)
        assert event.changes["seed"] == [None, committee.seed]

    def test_leaves_out_who_is_in_conflict_and_keeps_the_reason(self, cast: Cast, tender: Tender) -> None:
        experts = factories.experts(cast, outside=6)
        tied, agent, off = experts[2], experts[3], experts[4]
        values: Any = {"organization": cast.rival_firm, "description": "顾问", "actor": cast.officer, "at": NOW}
        declare_interest(expert_id=tied.pk, **values)
        Membership.objects.create(user=agent.user, organization=cast.supplier_firm, role=Role.SUPPLIER_AGENT)
        admit_expert(expert_id=off.pk, is_active=False, actor=cast.officer, at=NOW)
        committee = factories.committee(cast, tender)
        assert committee.excluded == {
            str(tied.pk): {"name": str(tied), "reason": "interest", "firm": cast.rival_firm.name},
            str(agent.pk): {"name": str(agent), "reason": "works_for", "firm": cast.supplier_firm.name},
        }
        pool = {entry["expert"] for entry in committee.pool}
        assert pool == {item.pk for item in experts} - {tied.pk, agent.pk, off.pk}

    def test_leaves_out_who_published_the_tender_and_who_draws(self, cast: Cast, tender: Tender) -> None:
        experts = factories.experts(cast)
        for person, actor in zip(experts, (cast.officer, cast.second_officer), strict=False):
            user = user_of(actor)
            Membership.objects.create(user=user, organization=cast.agency, role=Role.EXPERT)
            Expert.objects.filter(pk=person.pk).update(user=user)
        committee = factories.committee(cast, tender)
        assert {entry["reason"] for entry in committee.excluded.values()} == {"runs_tender"}
        assert {int(pk) for pk in committee.excluded} == {experts[0].pk, experts[1].pk}

    def test_leaves_out_who_can_no_longer_enter_as_an_expert(self, cast: Cast, tender: Tender) -> None:
        experts = factories.experts(cast)
        Membership.objects.filter(user=experts[0].user).delete()
        assert experts[0].pk not in {entry["expert"] for entry in factories.committee(cast, tender).pool}

    def test_is_refused_with_the_numbers_where_there_are_too_few(self, cast: Cast, tender: Tender) -> None:
        factories.experts(cast, inside=4, outside=3, primary=1)
        with pytest.raises(TooFewExperts) as caught:
            factories.committee(cast, tender)
        assert caught.value.facts == {
            "size": 5,
            "outside": 4,
            "primary": 2,
            "there": 8,
            "there_outside": 4,
            "there_primary": 1,
        }
        assert not Committee.objects.exists()

    def test_happens_once(self, cast: Cast, tender: Tender) -> None:
        committee = factories.committee(cast, tender)
        with pytest.raises(CommitteeDrawn):
            factories.committee(cast, tender)
        assert Committee.objects.get() == committee

    @pytest.mark.parametrize("status", [TenderStatus.CLOSED, TenderStatus.SHORTLISTED, TenderStatus.OPENED])
    def test_happens_while_the_bidders_are_known_and_nothing_is_decided(
        self, cast: Cast, tender: Tender, status: str
    ) -> None:
        Tender.objects.filter(pk=tender.pk).update(status=status)
        with pytest.raises(WrongState):
            factories.committee(cast, tender)

    def test_needs_a_committee_in_the_rules(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast, committee=None)
        with pytest.raises(NoCommitteeForeseen):
            factories.committee(cast, tender)

    def test_is_done_by_a_named_officer_of_the_agency(self, cast: Cast, tender: Tender) -> None:
        factories.experts(cast)
        for actor in (cast.foreign_officer, cast.supervisor, cast.supplier, cast.platform):
            with pytest.raises(NotAllowed):
                draw_committee(tender_number=tender.number, actor=actor, at=NOW)


class TestSecrecy:
    def test_hides_the_members_until_the_shortlist_is_published(self, cast: Cast) -> None:
        tender = factories.shortlisted_tender(cast)
        member = CommitteeMember.objects.select_related("expert__user", "expert__employer").first()
        assert member is not None
        everybody = [cast.foreign_officer, cast.supplier, cast.rival, cast.buyer, cast.visitor]
        for actor in everybody:
            assert not CommitteeMember.objects.visible_to(actor).exists()
            assert not Committee.objects.visible_to(actor).exists()
        for actor in (cast.officer, cast.supervisor):
            assert CommitteeMember.objects.visible_to(actor).count() == 5
            assert Committee.objects.visible_to(actor).exists()
        own = CommitteeMember.objects.visible_to(factories.actor_of(member.expert))
        assert list(own) == [member]
        factories.publish_shortlist(tender_number=tender.number, actor=cast.second_officer, at=NOW)
        for actor in everybody:
            assert CommitteeMember.objects.visible_to(actor).count() == 5


class TestReplace:
    @pytest.fixture
    def committee(self, cast: Cast, tender: Tender) -> Committee:
        factories.experts(cast, outside=6, primary=6)
        return factories.committee(cast, tender)

    def test_seats_the_next_of_the_draw(self, cast: Cast, committee: Committee) -> None:
        before = sitting(committee)
        leaving = committee.members.all()[2]
        came = replace_member(member_id=leaving.pk, reason="生病", actor=cast.officer, at=NOW)
        leaving.refresh_from_db()
        assert (leaving.left_at, leaving.left_reason, came.number) == (NOW, "生病", 6)
        assert sitting(committee) == before - {leaving.expert_id} | {came.expert_id}
        assert repeated(committee, without={leaving.expert_id}) == sitting(committee)
        [event] = Event.objects.filter(action="committee.replace_member")
        assert event.changes["reason"] == [None, "生病"]

    def test_passes_over_who_meanwhile_may_not_come(self, cast: Cast, committee: Committee) -> None:
        leaving = committee.members.all()[0]
        waiting = {entry["expert"] for entry in committee.pool} - sitting(committee)
        [next_id] = repeated(committee, without={leaving.expert_id}) - sitting(committee)
        declare_interest(
            expert_id=next_id, organization=cast.rival_firm, description="股东", actor=cast.officer, at=NOW
        )
        off = min(waiting - {next_id})
        admit_expert(expert_id=off, is_active=False, actor=cast.officer, at=NOW)
        came = replace_member(member_id=leaving.pk, reason="出差", actor=cast.officer, at=NOW)
        committee.refresh_from_db()
        assert came.expert_id in waiting - {next_id, off}
        assert {pk: entry["reason"] for pk, entry in committee.excluded.items()} == {
            str(next_id): "interest",
            str(off): "not_admitted",
        }
        without = {leaving.expert_id} | {int(pk) for pk in committee.excluded}
        assert repeated(committee, without=without) == sitting(committee)

    def test_is_refused_with_the_numbers_where_nobody_is_left(self, cast: Cast, committee: Committee) -> None:
        Expert.objects.exclude(pk__in=sitting(committee)).update(is_active=False)
        with pytest.raises(TooFewExperts):
            replace_member(member_id=committee.members.all()[0].pk, reason="生病", actor=cast.officer, at=NOW)
        assert committee.members.sitting().count() == 5

    def test_needs_a_reason(self, cast: Cast, committee: Committee) -> None:
        with pytest.raises(NoReasonGiven):
            replace_member(member_id=committee.members.all()[0].pk, reason=" ", actor=cast.officer, at=NOW)

    def test_is_done_by_the_agency_to_who_sits(self, cast: Cast, committee: Committee) -> None:
        member = committee.members.all()[0]
        for actor, error in ((cast.foreign_officer, NotVisible), (cast.supervisor, NotAllowed)):
            with pytest.raises(error):
                replace_member(member_id=member.pk, reason="生病", actor=actor, at=NOW)
        replace_member(member_id=member.pk, reason="生病", actor=cast.officer, at=NOW)
        with pytest.raises(NotVisible):
            replace_member(member_id=member.pk, reason="生病", actor=cast.officer, at=NOW)

    def test_takes_no_submitted_scores_out_unless_there_is_a_conflict(
        self, cast: Cast, tender: Tender, committee: Committee
    ) -> None:
        sheet = factories.sheets(committee)[0]
        factories.submitted_sheet(sheet, tender)
        with pytest.raises(ScoresSubmitted):
            replace_member(member_id=sheet.member_id, reason="生病", actor=cast.officer, at=NOW)
        declare_interest(
            expert_id=sheet.member.expert_id,
            organization=cast.rival_firm,
            description="顾问",
            actor=cast.officer,
            at=NOW,
        )
        came = replace_member(member_id=sheet.member_id, reason="利益冲突", actor=cast.officer, at=NOW)
        assert came.number == 6

    def test_is_over_once_the_tender_is_shortlisted(self, cast: Cast) -> None:
        factories.shortlisted_tender(cast)
        member = CommitteeMember.objects.all()[0]
        with pytest.raises(WrongState):
            replace_member(member_id=member.pk, reason="生病", actor=cast.officer, at=NOW)
