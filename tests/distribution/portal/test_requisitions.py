from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.models import RuleSet
from distribution.models import Requisition
from distribution.services.requisitions import Terms, Wanted, draft_requisition
from distribution.states import RequisitionStatus
from procurement.models import AgreementLine
from procurement.services.agreements import change_agreement
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login


def page_of(browser: Client, requisition: Requisition) -> str:
    return browser.get(f"/portal/requisitions/{requisition.pk}/").content.decode()


def act(browser: Client, requisition: Requisition, action: str, **fields: object) -> Any:
    return browser.post(f"/portal/requisitions/{requisition.pk}/{action}/", fields, follow=True)


def status_of(requisition: Requisition) -> str:
    requisition.refresh_from_db()
    return requisition.status


class TestButtons:
    @pytest.mark.parametrize(
        ("state", "name", "buttons"),
        [
            ("requisition", "buyer", {"submit", "cancel"}),
            ("requisition", "approver", set()),
            ("submitted_requisition", "buyer", {"cancel"}),
            ("submitted_requisition", "approver", {"approve", "return"}),
            ("submitted_requisition", "pharmacist", set()),
            ("approved_requisition", "buyer", {"cancel"}),
            ("approved_requisition", "approver", set()),
        ],
    )
    def test_are_those_of_the_role_and_the_state(
        self, state: str, name: str, buttons: set[str], cast: Cast, login: Login, line: AgreementLine
    ) -> None:
        requisition = getattr(factories, state)(cast, {line: 1})
        actor: Actor = getattr(cast, name)
        page = page_of(login(actor), requisition)
        offered = {action for action in ("submit", "approve", "return", "cancel") if f"/{action}/" in page}
        assert offered == buttons


class TestChange:
    def test_goes_from_draft_to_approved(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.requisition(cast, {line: 1})
        response = act(login(cast.buyer), requisition, "submit")
        assert "was handed to the approver" in response.content.decode()
        requisition.refresh_from_db()
        response = act(login(cast.approver), requisition, "approve", version=requisition.version)
        assert "is approved" in response.content.decode()
        assert status_of(requisition) == RequisitionStatus.APPROVED

    def test_sends_back_and_cancels(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.submitted_requisition(cast, {line: 1})
        act(login(cast.approver), requisition, "return", version=requisition.version)
        assert status_of(requisition) == RequisitionStatus.DRAFT
        act(login(cast.buyer), requisition, "cancel")
        assert status_of(requisition) == RequisitionStatus.CANCELLED

    @pytest.mark.parametrize("action", ["approve", "return"])
    def test_refuses_to_decide_on_an_old_version(
        self, action: str, cast: Cast, login: Login, line: AgreementLine
    ) -> None:
        requisition = factories.submitted_requisition(cast, {line: 1})
        for version in (requisition.version - 1, "", "²"):
            response = act(login(cast.approver), requisition, action, version=version)
            assert "was changed meanwhile" in response.content.decode()
        assert status_of(requisition) == RequisitionStatus.SUBMITTED

    def test_says_that_it_has_been_done(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.submitted_requisition(cast, {line: 1})
        response = act(login(cast.buyer), requisition, "submit")
        assert "has already been done" in response.content.decode()

    @pytest.mark.parametrize(
        ("name", "action"), [("buyer", "approve"), ("approver", "cancel"), ("pharmacist", "cancel")]
    )
    def test_refuses_other_roles(self, name: str, action: str, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.submitted_requisition(cast, {line: 1})
        response = act(login(getattr(cast, name)), requisition, action, version=requisition.version)
        assert response.status_code == 403
        assert status_of(requisition) == RequisitionStatus.SUBMITTED

    def test_nobody_approves_their_own(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        Membership.objects.create(user_id=cast.buyer.user_id, organization=cast.hospital, role=Role.APPROVER)
        requisition = factories.submitted_requisition(cast, {line: 1})
        browser = login(cast.buyer)
        page = page_of(browser, requisition)
        assert "nobody approves their own requisition" in page and "/approve/" not in page
        assert act(browser, requisition, "approve", version=requisition.version).status_code == 403
        assert status_of(requisition) == RequisitionStatus.SUBMITTED

    def test_another_institutions_is_not_there(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.submitted_requisition(cast, {line: 1})
        assert act(login(cast.outsider), requisition, "cancel").status_code == 404
        assert status_of(requisition) == RequisitionStatus.SUBMITTED

    @pytest.mark.parametrize("action", ["place", "anything"])
    def test_knows_no_other_action(self, action: str, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.approved_requisition(cast, {line: 1})
        assert act(login(cast.buyer), requisition, action).status_code == 404
        assert status_of(requisition) == RequisitionStatus.APPROVED


class TestVolume:
    """What the page says of the agreed volume, and what became of it."""

    def test_is_reserved_at_submission_and_given_back_when_it_is_cancelled(
        self, cast: Cast, login: Login, line: AgreementLine
    ) -> None:
        requisition, browser = factories.requisition(cast, {line: 10}), login(cast.buyer)
        assert "reserved when it is submitted" in page_of(browser, requisition)
        said = act(browser, requisition, "submit").content.decode()
        assert "and its volume is reserved" in said and "reserved for you" in said
        requisition.refresh_from_db()
        act(login(cast.approver), requisition, "approve", version=requisition.version)
        line.refresh_from_db()
        assert line.called_off_quantity == 240
        assert "was cancelled" in act(browser, requisition, "cancel").content.decode()
        line.refresh_from_db()
        assert (line.called_off_quantity, status_of(requisition)) == (0, RequisitionStatus.CANCELLED)

    def test_of_which_too_little_is_left_is_not_reserved(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.requisition(cast, {line: 10})
        factories.submitted_requisition(cast, {line: 9_995})
        said = act(login(cast.buyer), requisition, "submit").content.decode()
        assert line.product.code in said and status_of(requisition) == RequisitionStatus.DRAFT


class TestLargeAmounts:
    def test_are_approved_by_two(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        Organization.objects.filter(pk=cast.hospital.pk).update(tier="secondary")
        RuleSet.objects.filter(kind=RuleSet.Kind.SUPPLY).update(
            parameters={"limits": {"approver": {"secondary": "50.00"}}}
        )
        second = User.objects.create(username="second", first_name="second", password="!")
        Membership.objects.create(user=second, organization=cast.hospital, role=Role.APPROVER)
        requisition = factories.submitted_requisition(cast, {line: 10})
        first = login(cast.approver)
        said = act(first, requisition, "approve", version=requisition.version).content.decode()
        assert "It is above the limit of one approver: a second one has to approve it too." in said
        # it waits for somebody else
        assert "waits for a second one" in said and "/approve/" not in said
        assert list(first.get("/portal/").context["to_approve"]) == []
        requisition.refresh_from_db()
        assert requisition.status == RequisitionStatus.SUBMITTED
        other = login(replace(cast.approver, user_id=second.pk))
        assert list(other.get("/portal/").context["to_approve"]) == [requisition]
        said = act(other, requisition, "approve", version=requisition.version).content.decode()
        assert "is approved" in said and "First approved by" in said
        assert status_of(requisition) == RequisitionStatus.APPROVED


class TestForAVillage:
    def test_the_page_and_the_list_say_for_whom_and_how_urgent(
        self, cast: Cast, login: Login, line: AgreementLine, village: Organization
    ) -> None:
        terms = Terms("emergency", "蛇伤", village.code)
        requisition = draft_requisition(lines=[Wanted(line.pk, 1)], actor=cast.buyer, at=factories.NOW, terms=terms)
        browser = login(cast.buyer)
        for page in (page_of(browser, requisition), browser.get("/portal/requisitions/").content.decode()):
            assert village.name in page and "emergency" in page
        assert "蛇伤" in page_of(browser, requisition)
        act(browser, requisition, "submit")
        requisition.refresh_from_db()
        said = act(login(cast.approver), requisition, "approve", version=requisition.version).content.decode()
        assert "is placed at once, ahead of the distribution run" in said


class TestAfterTheRun:
    def test_shows_outcomes_and_orders(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        order = factories.placed_order(cast, {line: 5})
        page = page_of(login(cast.buyer), order.requisition)
        assert order.number in page and "¥30.00" in page and "placed" in page
        # beside the line, and in the list of the orders
        assert page.count(f'href="/portal/orders/{order.pk}/"') == 2

    def test_shows_why_a_line_was_refused(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        requisition = factories.approved_requisition(cast, {line: 5})
        change_agreement(
            number=line.agreement.number, action="suspend", reason="停产", actor=cast.officer, at=factories.NOW
        )
        factories.run(cast)
        page = page_of(login(cast.buyer), requisition)
        assert "every line was refused" in page
        assert requisition.lines.get().outcome_reason in page
