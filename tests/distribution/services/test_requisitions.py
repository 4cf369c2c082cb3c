from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.accounts.kinds import Role
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Product
from catalog.states import ProductStatus
from distribution.errors import EmptyRequisition, NotOrderable, PacksNotPositive, ProductTwice
from distribution.models import Requisition
from distribution.queries import orderable_lines, search_lines
from distribution.services.requisitions import (
    Wanted,
    approve_requisition,
    change_requisition,
    draft_requisition,
    revise_requisition,
    submit_requisition,
)
from distribution.states import RequisitionStatus
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine
from procurement.services.agreements import change_agreement
from procurement.services.volumes import take_volume
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, actor_in, machine_of, user_of
from tests.factories import NOW, ahead
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


def draft(cast: Cast, *wanted: Wanted, **changed: Any) -> Requisition:
    options = {"actor": cast.buyer, "at": NOW} | changed
    return draft_requisition(lines=wanted, **options)


class TestOrderableLines:
    def test_are_agreed_for_the_province_and_have_a_pack_left(self, cast: Cast, lines: list[AgreementLine]) -> None:
        assert set(orderable_lines(cast.buyer, NOW)) == set(lines)
        take_volume({lines[0].pk: 240_000 - 23}, reference="x", at=NOW)
        assert list(orderable_lines(cast.buyer, NOW)) == [lines[1]]

    def test_of_the_other_province_are_its_own(self, cast: Cast, line: AgreementLine) -> None:
        assert {row.province_id for row in orderable_lines(cast.outsider, NOW)} == {HUBEI}

    @pytest.mark.parametrize("status", [ProductStatus.SUSPENDED, ProductStatus.WITHDRAWN])
    def test_are_trading(self, cast: Cast, lines: list[AgreementLine], status: ProductStatus) -> None:
        Product.objects.filter(pk=lines[0].product_id).update(
            status=status, status_reason="停止供应" if status != "trading" else ""
        )
        assert list(orderable_lines(cast.buyer, NOW)) == [lines[1]]

    def test_are_in_force(self, cast: Cast, line: AgreementLine) -> None:
        change_agreement(number=line.agreement.number, action="suspend", reason="停产", actor=cast.officer, at=NOW)
        assert not orderable_lines(cast.buyer, NOW).exists()

    @pytest.mark.parametrize("words", ["阿莫", "amx", "AMXL", " 阿莫西林 "])
    def test_are_found_by_name_and_initials(self, cast: Cast, line: AgreementLine, words: str) -> None:
        assert list(search_lines(orderable_lines(cast.buyer, NOW), words)) == [line]

    def test_are_found_by_code(self, cast: Cast, line: AgreementLine) -> None:
        found = search_lines(orderable_lines(cast.buyer, NOW), line.product.code.lower())
        assert list(found) == [line]

    def test_are_all_found_by_nothing(self, cast: Cast, lines: list[AgreementLine]) -> None:
        assert search_lines(orderable_lines(cast.buyer, NOW), " ").count() == 2
        assert search_lines(orderable_lines(cast.buyer, NOW), "zzz").count() == 0


class TestDraftRequisition:
    def test_is_written_at_the_agreed_price(self, cast: Cast, line: AgreementLine) -> None:
        drafted = draft(cast, Wanted(line.pk, 10))
        assert (drafted.status, drafted.institution, drafted.province_id, drafted.author_id) == (
            RequisitionStatus.DRAFT,
            cast.hospital,
            HENAN,
            cast.buyer.user_id,
        )
        written = drafted.lines.get()
        assert (written.packs, written.units, written.price, drafted.amount) == (10, 240, Decimal("6.00"), 60)
        assert Event.objects.filter(action="requisition.draft").get().changes == {"lines": [None, 1]}

    def test_takes_nothing_from_the_volume_yet(self, cast: Cast, line: AgreementLine) -> None:
        draft(cast, Wanted(line.pk, 10))
        line.refresh_from_db()
        assert line.called_off_quantity == 0

    def test_may_ask_for_all_that_remains(self, cast: Cast, line: AgreementLine) -> None:
        assert draft(cast, Wanted(line.pk, 10_000)).lines.get().units == 240_000

    def test_refuses_one_pack_more_and_says_how_much_remains(self, cast: Cast, line: AgreementLine) -> None:
        with refused(AgreedVolumeExceeded) as refusal:
            draft(cast, Wanted(line.pk, 10_001))
        assert (refusal.facts["wanted"], refusal.facts["remaining"]) == (240_024, 240_000)
        assert refusal.pointers == ["/lines/0/packs"]
        assert not Requisition.objects.exists()

    def test_refuses_what_is_agreed_for_another_province(
        self, cast: Cast, line: AgreementLine, foreign_line: AgreementLine
    ) -> None:
        with refused(NotOrderable) as refusal:
            draft(cast, Wanted(foreign_line.pk, 1))
        assert refusal.facts["line"] == foreign_line.pk

    def test_refuses_a_product_that_is_not_trading(self, cast: Cast, line: AgreementLine) -> None:
        Product.objects.filter(pk=line.product_id).update(status=ProductStatus.SUSPENDED, status_reason="召回")
        with refused(NotOrderable) as refusal:
            draft(cast, Wanted(line.pk, 1))
        assert refusal.facts["line"] == line.product

    def test_refuses_a_supplier_who_is_barred_in_the_province(self, cast: Cast, line: AgreementLine) -> None:
        factories.conduct_record(cast)
        with refused(NotOrderable) as refusal:
            draft(cast, Wanted(line.pk, 1))
        assert refusal.facts["line"] == line.product

    def test_refuses_an_agreement_whose_term_is_over(self, cast: Cast, line: AgreementLine) -> None:
        with refused(NotOrderable):
            draft(cast, Wanted(line.pk, 1), at=ahead(days=720))

    def test_refuses_every_bad_line_at_once(self, cast: Cast, lines: list[AgreementLine]) -> None:
        first, second = (line.pk for line in lines)
        wanted = [Wanted(10**6, 1), Wanted(first, 0), Wanted(second, 1), Wanted(second, 1), Wanted(first, -5)]
        with refused(NotOrderable, PacksNotPositive, ProductTwice, PacksNotPositive):
            draft(cast, *wanted)
        assert not Requisition.objects.exists()

    def test_refuses_nothing_at_all(self, cast: Cast) -> None:
        with refused(EmptyRequisition):
            draft(cast)

    @pytest.mark.parametrize("role", ["approver", "pharmacist", "officer", "supplier", "supervisor", "platform"])
    def test_refuses_who_is_no_buyer(self, cast: Cast, line: AgreementLine, role: str) -> None:
        with refused(NotAllowed):
            draft(cast, Wanted(line.pk, 1), actor=getattr(cast, role))


class TestReviseRequisition:
    def test_replaces_the_lines(self, cast: Cast, lines: list[AgreementLine]) -> None:
        drafted = draft(cast, Wanted(lines[0].pk, 10))
        revised = revise_requisition(
            requisition_id=drafted.pk, lines=[Wanted(lines[1].pk, 3)], actor=cast.buyer, at=NOW
        )
        assert list(revised.lines.values_list("agreement_line", "packs")) == [(lines[1].pk, 3)]
        assert revised.version == drafted.version + 1
        assert Event.objects.filter(action="requisition.revise").exists()

    def test_keeps_the_lines_when_the_new_ones_are_refused(self, cast: Cast, line: AgreementLine) -> None:
        drafted = draft(cast, Wanted(line.pk, 10))
        with refused(AgreedVolumeExceeded):
            revise_requisition(requisition_id=drafted.pk, lines=[Wanted(line.pk, 10_001)], actor=cast.buyer, at=NOW)
        with refused(EmptyRequisition):
            revise_requisition(requisition_id=drafted.pk, lines=[], actor=cast.buyer, at=NOW)
        assert drafted.lines.get().packs == 10

    def test_is_refused_once_it_is_submitted(self, cast: Cast, line: AgreementLine) -> None:
        submitted = factories.submitted_requisition(cast, {line: 10})
        with refused(NotVisible):
            revise_requisition(requisition_id=submitted.pk, lines=[Wanted(line.pk, 3)], actor=cast.buyer, at=NOW)

    def test_of_another_hospital_is_not_even_seen(
        self, cast: Cast, line: AgreementLine, foreign_line: AgreementLine
    ) -> None:
        drafted = draft(cast, Wanted(line.pk, 10))
        with refused(NotVisible):
            revise_requisition(
                requisition_id=drafted.pk, lines=[Wanted(foreign_line.pk, 3)], actor=cast.outsider, at=NOW
            )

    def test_is_refused_to_the_approver(self, cast: Cast, line: AgreementLine) -> None:
        drafted = draft(cast, Wanted(line.pk, 10))
        with refused(NotAllowed):
            revise_requisition(requisition_id=drafted.pk, lines=[Wanted(line.pk, 3)], actor=cast.approver, at=NOW)


class TestSubmitRequisition:
    def test_hands_it_to_the_approver(self, cast: Cast, line: AgreementLine) -> None:
        submitted = factories.submitted_requisition(cast, {line: 10})
        assert (submitted.status, submitted.submitted_at) == (RequisitionStatus.SUBMITTED, NOW)

    def test_checks_once_more_what_remains(self, cast: Cast, line: AgreementLine) -> None:
        drafted = draft(cast, Wanted(line.pk, 10_000))
        take_volume({line.pk: 24}, reference="x", at=NOW)
        with refused(AgreedVolumeExceeded):
            submit_requisition(requisition_id=drafted.pk, actor=cast.buyer, at=NOW)
        drafted.refresh_from_db()
        assert drafted.status == RequisitionStatus.DRAFT

    def test_happens_once(self, cast: Cast, line: AgreementLine) -> None:
        submitted = factories.submitted_requisition(cast, {line: 10})
        with refused(AlreadyDone):
            submit_requisition(requisition_id=submitted.pk, actor=cast.buyer, at=NOW)

    def test_is_refused_to_the_approver(self, cast: Cast, line: AgreementLine) -> None:
        drafted = draft(cast, Wanted(line.pk, 10))
        with refused(NotAllowed):
            submit_requisition(requisition_id=drafted.pk, actor=cast.approver, at=NOW)

    @pytest.mark.parametrize("role", ["outsider", "foreign_officer", "supplier", "visitor"])
    def test_of_another_hospital_is_not_even_seen(self, cast: Cast, line: AgreementLine, role: str) -> None:
        drafted = draft(cast, Wanted(line.pk, 10))
        with refused(NotVisible):
            submit_requisition(requisition_id=drafted.pk, actor=getattr(cast, role), at=NOW)


class TestFourEyes:
    def test_whoever_revised_it_does_not_approve_it(self, cast: Cast, lines: list[AgreementLine]) -> None:
        draft = factories.requisition(cast, {lines[0]: 1})
        both = replace(cast.approver, roles=frozenset({Role.BUYER, Role.APPROVER}))
        revise_requisition(requisition_id=draft.pk, lines=[Wanted(lines[0].pk, 99)], actor=both, at=NOW)
        submit_requisition(requisition_id=draft.pk, actor=cast.buyer, at=NOW)
        with refused(NotAllowed):
            approve_requisition(requisition_id=draft.pk, actor=both, at=NOW)

    def test_whoever_submitted_it_does_not_approve_it(self, cast: Cast, lines: list[AgreementLine]) -> None:
        system = machine_of(cast.buyer)
        draft = factories.requisition(cast, {lines[0]: 1}, actor=system)
        both = replace(cast.approver, roles=frozenset({Role.BUYER, Role.APPROVER}))
        submit_requisition(requisition_id=draft.pk, actor=both, at=NOW)
        with refused(NotAllowed):
            approve_requisition(requisition_id=draft.pk, actor=both, at=NOW)


class TestApproveRequisition:
    @pytest.fixture
    def submitted(self, cast: Cast, line: AgreementLine) -> Requisition:
        return factories.submitted_requisition(cast, {line: 10})

    def approve(self, requisition: Requisition, actor: Any, **options: Any) -> Requisition:
        return approve_requisition(requisition_id=requisition.pk, actor=actor, at=NOW, **options)

    def test_releases_it_for_the_run(self, cast: Cast, submitted: Requisition) -> None:
        approved = self.approve(submitted, cast.approver)
        assert (approved.status, approved.approver_id, approved.approved_at) == (
            RequisitionStatus.APPROVED,
            cast.approver.user_id,
            NOW,
        )

    def test_is_refused_to_the_author_who_may_also_approve(self, cast: Cast, line: AgreementLine) -> None:
        author = actor_in(cast.hospital, Role.BUYER, Role.APPROVER, user=user_of(cast.buyer))
        own = factories.submitted_requisition(cast, {line: 10})
        with refused(NotAllowed):
            self.approve(own, author)
        own.refresh_from_db()
        assert (own.status, own.approver_id) == (RequisitionStatus.SUBMITTED, None)

    def test_of_ones_own_is_refused_also_by_the_database(self, cast: Cast, submitted: Requisition) -> None:
        with (
            pytest.raises(IntegrityError, match="nobody_approves_their_own_requisition"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE distribution_requisition SET approver_id = author_id")

    def test_is_refused_to_a_system(self, cast: Cast, submitted: Requisition) -> None:
        with refused(NotAllowed):
            self.approve(submitted, machine_of(cast.approver))

    @pytest.mark.parametrize("role", ["buyer", "pharmacist", "officer", "supervisor"])
    def test_is_refused_to_who_sees_it_and_is_no_approver(self, cast: Cast, submitted: Requisition, role: str) -> None:
        with refused(NotAllowed):
            self.approve(submitted, getattr(cast, role))

    @pytest.mark.parametrize("role", ["outsider", "foreign_officer", "supplier", "visitor"])
    def test_of_another_hospital_is_not_even_seen(self, cast: Cast, submitted: Requisition, role: str) -> None:
        with refused(NotVisible):
            self.approve(submitted, getattr(cast, role))

    def test_happens_once(self, cast: Cast, submitted: Requisition) -> None:
        self.approve(submitted, cast.approver)
        with refused(AlreadyDone):
            self.approve(submitted, cast.approver)

    def test_is_refused_for_a_draft(self, cast: Cast, line: AgreementLine) -> None:
        with refused(WrongState):
            self.approve(draft(cast, Wanted(line.pk, 1)), cast.approver)

    def test_refuses_a_decision_on_an_old_version(self, cast: Cast, submitted: Requisition) -> None:
        with refused(Stale):
            self.approve(submitted, cast.approver, expected_version=submitted.version - 1)
        assert self.approve(submitted, cast.approver, expected_version=submitted.version)


class TestChangeRequisition:
    @pytest.fixture
    def submitted(self, cast: Cast, line: AgreementLine) -> Requisition:
        return factories.submitted_requisition(cast, {line: 10})

    def change(self, requisition: Requisition, action: str, actor: Any) -> Requisition:
        return change_requisition(requisition_id=requisition.pk, action=action, actor=actor, at=NOW)

    def test_sends_it_back_to_be_revised_and_submitted_again(
        self, cast: Cast, submitted: Requisition, line: AgreementLine
    ) -> None:
        assert self.change(submitted, "return", cast.approver).status == RequisitionStatus.DRAFT
        revise_requisition(requisition_id=submitted.pk, lines=[Wanted(line.pk, 3)], actor=cast.buyer, at=NOW)
        again = submit_requisition(requisition_id=submitted.pk, actor=cast.buyer, at=NOW + timedelta(hours=1))
        assert again.status == RequisitionStatus.SUBMITTED

    def test_gives_it_up(self, cast: Cast, submitted: Requisition) -> None:
        assert self.change(submitted, "cancel", cast.buyer).status == RequisitionStatus.CANCELLED

    @pytest.mark.parametrize(("action", "role"), [("return", "buyer"), ("cancel", "approver"), ("cancel", "officer")])
    def test_is_refused_to_the_other_role(self, cast: Cast, submitted: Requisition, action: str, role: str) -> None:
        with refused(NotAllowed):
            self.change(submitted, action, getattr(cast, role))

    def test_gives_it_up_until_it_is_placed(self, cast: Cast, submitted: Requisition) -> None:
        approve_requisition(requisition_id=submitted.pk, actor=cast.approver, at=NOW)
        with refused(WrongState):
            self.change(submitted, "return", cast.approver)
        assert self.change(submitted, "cancel", cast.buyer).status == RequisitionStatus.CANCELLED

    def test_of_another_hospital_is_not_even_seen(self, cast: Cast, submitted: Requisition) -> None:
        for action in ("return", "cancel"):
            with refused(NotVisible):
                self.change(submitted, action, cast.outsider)
