"""Handing in takes the volume; limits, villages and urgency."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind, Role, Tier
from catalog.accounts.models import Licence, Organization, User
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.models import Event
from catalog.models import Product, RuleSet
from distribution.errors import AboveLimit, NotOrderable, NotYourVillage, UrgencyReasonMissing
from distribution.models import LotHold, Requisition
from distribution.queries import orderable_lines
from distribution.queries.ordering import Hindrance, judge_lines
from distribution.services.requisitions import (
    Terms,
    Wanted,
    approve_requisition,
    change_requisition,
    draft_requisition,
    submit_requisition,
)
from distribution.states import HoldKind, RequisitionStatus, Urgency
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine
from procurement.services.volumes import take_volume
from procurement.states import SupplyRole
from tests import factories
from tests.cast import HENAN, ZHONGYUAN, Cast
from tests.factories import NOW, TODAY
from tests.procurement.ledger import assert_ledger_equals_balance
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


def hand_in(cast: Cast, packs: dict[AgreementLine, int], **options: Any) -> Requisition:
    lines = [Wanted(line.pk, number) for line, number in packs.items()]
    return draft_requisition(lines=lines, **{"actor": cast.buyer, "at": NOW, "submit": True} | options)


def called_off(*lines: AgreementLine) -> list[int]:
    found = AgreementLine.objects.in_bulk([line.pk for line in lines])
    return [found[line.pk].called_off_quantity for line in lines]


class TestHandingIn:
    def test_takes_the_volume_of_every_line_into_the_ledger(self, cast: Cast, lines: list[AgreementLine]) -> None:
        handed_in = hand_in(cast, {lines[0]: 10, lines[1]: 5})
        assert (handed_in.status, handed_in.submitted_at, handed_in.submitter_id) == (
            RequisitionStatus.SUBMITTED,
            NOW,
            cast.buyer.user_id,
        )
        assert called_off(*lines) == [240, 120]
        assert_ledger_equals_balance()
        assert Event.objects.get(action="requisition.submit").changes["lines"] == [None, 2]

    def test_of_a_draft_takes_it_too(self, cast: Cast, line: AgreementLine) -> None:
        draft = factories.requisition(cast, {line: 10})
        assert called_off(line) == [0]
        submit_requisition(requisition_id=draft.pk, actor=cast.buyer, at=NOW)
        assert called_off(line) == [240]
        assert_ledger_equals_balance()

    def test_takes_nothing_where_lines_are_short_and_names_each(
        self, cast: Cast, lines: list[AgreementLine], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        third = factories.agreement_lines(cast, ["布洛芬"])[0]
        take_volume({lines[0].pk: 240_000 - 24, lines[1].pk: 240_000 - 48}, reference="x", at=NOW)
        # as if the volume went between the check and the lock
        monkeypatch.setattr("distribution.services.requisitions.check_lines", _unchecked)
        with refused(AgreedVolumeExceeded, AgreedVolumeExceeded) as refusal:
            hand_in(cast, {lines[0]: 2, third: 1, lines[1]: 3})
        assert refusal.pointers == ["/lines/0/packs", "/lines/2/packs"]
        assert called_off(third) == [0]
        assert not Requisition.objects.filter(lines__agreement_line=third).exists()
        assert_ledger_equals_balance()

    @pytest.mark.parametrize(("action", "role"), [("return", "approver"), ("cancel", "buyer")])
    def test_is_undone_by_sending_back_and_giving_up(
        self, cast: Cast, lines: list[AgreementLine], action: str, role: str
    ) -> None:
        handed_in = hand_in(cast, {lines[0]: 10, lines[1]: 5})
        changed = change_requisition(requisition_id=handed_in.pk, action=action, actor=getattr(cast, role), at=NOW)
        assert called_off(*lines) == [0, 0]
        assert_ledger_equals_balance()
        if action == "return":
            assert (changed.submitted_at, changed.submitter_id) == (None, None)
            submit_requisition(requisition_id=handed_in.pk, actor=cast.buyer, at=NOW)
            assert called_off(*lines) == [240, 120]
            assert_ledger_equals_balance()

    def test_of_an_approved_one_is_undone_by_giving_up_and_of_a_draft_gives_nothing_back(
        self, cast: Cast, line: AgreementLine
    ) -> None:
        approved, draft = factories.approved_requisition(cast, {line: 10}), factories.requisition(cast, {line: 3})
        for requisition in (approved, draft):
            change_requisition(requisition_id=requisition.pk, action="cancel", actor=cast.buyer, at=NOW)
        assert called_off(line) == [0]
        assert_ledger_equals_balance()


def _unchecked(wanted: Any, orderer: Any, at: Any) -> Any:
    return judge_lines([item.agreement_line_id for item in wanted], orderer, TODAY)


def hold(line: AgreementLine) -> None:
    LotHold.objects.create(product=line.product, kind=HoldKind.RECALL, reason="召回", source="1号", held_at=NOW)


def end_approval(line: AgreementLine) -> None:
    Product.objects.filter(pk=line.product_id).update(licence_valid_until=TODAY - timedelta(days=1))


def let_licence_lapse(line: AgreementLine) -> None:
    Licence.objects.create(
        organization=line.agreement.supplier,
        kind=Licence.Kind.PRODUCTION,
        number="P1",
        scopes=[Licence.Scope.CHEMICAL],
        validity=DateRange(TODAY - timedelta(days=900), TODAY),
    )


def make_idle_backup(line: AgreementLine) -> None:
    AgreementLine.objects.filter(pk=line.pk).update(role=SupplyRole.BACKUP, agreed_quantity=0)


def end_line(line: AgreementLine) -> None:
    AgreementLine.objects.filter(pk=line.pk).update(ended_at=NOW)


def become_primary(line: AgreementLine) -> None:
    Organization.objects.filter(code="HOSP-HA").update(tier=Tier.PRIMARY)


HINDRANCES = {
    Hindrance.HELD: hold,
    Hindrance.APPROVAL_ENDED: end_approval,
    Hindrance.NO_LICENCE: let_licence_lapse,
    Hindrance.BACKUP: make_idle_backup,
    Hindrance.NOT_IN_FORCE: end_line,
    Hindrance.NOT_ESSENTIAL: become_primary,
}


class TestWhatMayBeOrdered:
    @pytest.mark.parametrize("hindrance", HINDRANCES)
    def test_is_neither_listed_nor_accepted_with_something_in_the_way(
        self, cast: Cast, line: AgreementLine, hindrance: Hindrance
    ) -> None:
        assert orderable_lines(cast.buyer, NOW).filter(pk=line.pk).exists()
        HINDRANCES[hindrance](line)
        assert not orderable_lines(cast.buyer, NOW).filter(pk=line.pk).exists()
        with refused(NotOrderable) as refusal:
            hand_in(cast, {line: 1})
        assert refusal.facts["hindrances"] == [hindrance]

    def test_may_be_essential_for_a_primary_institution(self, cast: Cast, line: AgreementLine) -> None:
        become_primary(line)
        factories.edition()
        assert orderable_lines(cast.buyer, NOW).filter(pk=line.pk).exists()
        assert hand_in(cast, {line: 1}).pk


class TestLimits:
    @pytest.fixture(autouse=True)
    def _limits(self, cast: Cast) -> None:
        Organization.objects.filter(pk=cast.hospital.pk).update(tier=Tier.SECONDARY)
        limits = {"buyer": {"secondary": "600"}, "approver": {"secondary": "300"}}
        RuleSet.objects.filter(kind=RuleSet.Kind.SUPPLY).update(parameters={"limits": limits})

    def approve(self, requisition: Requisition, actor: Actor) -> Requisition:
        return approve_requisition(requisition_id=requisition.pk, actor=actor, at=NOW)

    def second_approver(self, cast: Cast) -> Actor:
        return replace(cast.approver, user_id=User.objects.create_user("second-approver").pk)

    def test_let_a_buyer_submit_up_to_theirs(self, cast: Cast, line: AgreementLine) -> None:
        assert hand_in(cast, {line: 100}).amount == 600
        draft = factories.requisition(cast, {line: 101})
        with refused(AboveLimit) as refusal:
            submit_requisition(requisition_id=draft.pk, actor=cast.buyer, at=NOW)
        assert (refusal.facts["amount"], refusal.facts["limit"]) == (Decimal(606), Decimal(600))
        with refused(AboveLimit):
            hand_in(cast, {line: 101})

    def test_let_one_approver_approve_up_to_theirs(self, cast: Cast, line: AgreementLine) -> None:
        assert self.approve(hand_in(cast, {line: 50}), cast.approver).status == RequisitionStatus.APPROVED

    def test_ask_for_two_approvers_above(self, cast: Cast, line: AgreementLine) -> None:
        large = hand_in(cast, {line: 51})
        signed = self.approve(large, cast.approver)
        assert (signed.status, signed.countersigner_id) == (RequisitionStatus.SUBMITTED, cast.approver.user_id)
        assert Event.objects.filter(action="requisition.countersign").exists()
        with refused(NotAllowed):
            self.approve(large, cast.approver)
        approved = self.approve(large, self.second_approver(cast))
        assert approved.status == RequisitionStatus.APPROVED
        assert approved.countersigner_id != approved.approver_id

    def test_are_not_decided_on_by_author_and_submitter(self, cast: Cast, line: AgreementLine) -> None:
        author = replace(cast.buyer, roles=frozenset({Role.BUYER, Role.APPROVER}))
        submitter = replace(author, user_id=User.objects.create_user("second-buyer").pk)
        large = draft_requisition(lines=[Wanted(line.pk, 51)], actor=author, at=NOW)
        submit_requisition(requisition_id=large.pk, actor=submitter, at=NOW)
        for signed in (False, True):
            for person in (author, submitter):
                with refused(NotAllowed):
                    self.approve(large, person)
            if not signed:
                self.approve(large, cast.approver)

    def test_are_of_each_requisition_and_divided_ones_are_approved_one_by_one(
        self, cast: Cast, line: AgreementLine
    ) -> None:
        parts = [hand_in(cast, {line: 50}) for _part in range(2)]
        assert {self.approve(part, cast.approver).status for part in parts} == {RequisitionStatus.APPROVED}

    def test_forget_the_first_approver_of_what_was_sent_back(self, cast: Cast, line: AgreementLine) -> None:
        large = hand_in(cast, {line: 51})
        self.approve(large, cast.approver)
        change_requisition(requisition_id=large.pk, action="return", actor=cast.approver, at=NOW)
        large.refresh_from_db()
        assert large.countersigner_id is None


class TestTerms:
    @pytest.fixture
    def village(self, cast: Cast) -> Organization:
        return Organization.objects.create(
            code="VILLAGE",
            name="村卫生室",
            kind=OrganizationKind.INSTITUTION,
            region_id=ZHONGYUAN,
            ordering_centre=cast.hospital,
        )

    def test_name_a_village_that_the_centre_orders_for(
        self, cast: Cast, line: AgreementLine, village: Organization
    ) -> None:
        ordered = hand_in(cast, {line: 1}, terms=Terms(recipient="VILLAGE"))
        assert (ordered.institution, ordered.recipient, ordered.province_id) == (cast.hospital, village, HENAN)

    @pytest.mark.parametrize("code", ["HOSP-HB", "nobody", "a\x00b"])
    def test_name_no_other(self, cast: Cast, line: AgreementLine, village: Organization, code: str) -> None:
        with refused(NotYourVillage):
            hand_in(cast, {line: 1}, terms=Terms(recipient=code))

    def test_are_judged_again_at_submission(self, cast: Cast, line: AgreementLine, village: Organization) -> None:
        draft = hand_in(cast, {line: 1}, terms=Terms(recipient="VILLAGE"), submit=False)
        Organization.objects.filter(pk=village.pk).update(ordering_centre=cast.other_hospital)
        with refused(NotYourVillage):
            submit_requisition(requisition_id=draft.pk, actor=cast.buyer, at=NOW)
        assert called_off(line) == [0]

    @pytest.mark.parametrize("urgency", [Urgency.EMERGENCY, Urgency.SPECIAL])
    def test_say_why_it_is_urgent(self, cast: Cast, line: AgreementLine, urgency: Urgency) -> None:
        with refused(UrgencyReasonMissing):
            hand_in(cast, {line: 1}, terms=Terms(urgency=urgency, urgency_reason=" "))
        urgent = hand_in(cast, {line: 1}, terms=Terms(urgency=urgency, urgency_reason="抢救"))
        assert (urgent.urgency, urgent.urgency_reason) == (urgency, "抢救")
        approve_requisition(requisition_id=urgent.pk, actor=cast.approver, at=NOW)
        assert Event.objects.filter(action="requisition.approve", subject_id=urgent.pk).exists()
