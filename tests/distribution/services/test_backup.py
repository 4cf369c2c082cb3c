"""Refused by the main supplier and served by who stands by; and what happens to silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Licence, Organization
from catalog.foundation.errors import AlreadyDone, NotAllowed, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Product, RuleSet
from distribution.errors import NothingOutstanding, ReasonMissing
from distribution.models import Entrustment, LotHold, Order, OrderNotice
from distribution.queries import supply_rules
from distribution.rules.deadlines import answer_by
from distribution.services.escalation import escalate_silence, refuse_silent
from distribution.services.orders import LineAnswer, confirm_order, refuse_order
from distribution.services.rests import close_rest
from distribution.states import AnswerReason, NoticeKind, OrderStatus
from procurement.models import AgreementLine
from procurement.services.agreements import change_agreement
from tests import factories
from tests.cast import HENAN, ZHONGYUAN, Cast, make_cast, make_rule_sets
from tests.factories import NOW, TODAY
from tests.procurement.ledger import assert_ledger_equals_balance
from tests.refusals import refused

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, with a main and a backup supplier of amoxicillin."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        factories.main_and_backup(cast)
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def main(cast: Cast) -> AgreementLine:
    return AgreementLine.objects.get(province=cast.hospital.province_id, role="main")


@pytest.fixture
def backup(cast: Cast) -> AgreementLine:
    return AgreementLine.objects.get(province=cast.hospital.province_id, role="backup")


@pytest.fixture
def order(cast: Cast, main: AgreementLine) -> Order:
    """Ten packs of 24 from the main supplier."""
    return factories.placed_order(cast, {main: 10})


def volumes(*lines: AgreementLine) -> list[tuple[int, int]]:
    """Agreed and called off of each, once they fit the ledger."""
    assert_ledger_equals_balance()
    rows = AgreementLine.objects.in_bulk([line.pk for line in lines])
    return [(rows[line.pk].agreed_quantity, rows[line.pk].called_off_quantity) for line in lines]


def told(kind: NoticeKind) -> set[str]:
    return set(OrderNotice.objects.filter(kind=kind).values_list("recipient__code", flat=True))


def confirm(order: Order, cast: Cast, packs: int, *, code: str = "out_of_stock") -> Order:
    answers = [LineAnswer(line.pk, packs, "", code) for line in order.lines.all()]
    return confirm_order(order_id=order.pk, answers=answers, actor=cast.supplier, at=NOW)


def refuse(order: Order, cast: Cast, *, code: str = "out_of_stock") -> Order:
    return refuse_order(order_id=order.pk, reason="停产", code=code, actor=cast.supplier, at=NOW)


class TestRefusalByTheMainSupplier:
    def test_is_served_by_the_backup_at_its_own_price(
        self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine
    ) -> None:
        refuse(order, cast)
        assert volumes(main, backup) == [(239_760, 0), (240, 240)]
        [placed] = order.replacements.all()
        assert (placed.status, placed.supplier, placed.run, placed.requisition) == (
            OrderStatus.PLACED,
            cast.rival_firm,
            None,
            order.requisition,
        )
        assert placed.answer_due_at == answer_by(NOW, placed.urgency, rules=supply_rules(TODAY))
        assert placed.deliver_by == NOW + timedelta(hours=48)
        [line] = placed.lines.all()
        assert (line.packs, line.price, line.agreement_line, line.replaces) == (
            10,
            Decimal("7.20"),
            backup,
            order.lines.get(),
        )
        assert told(NoticeKind.SERVED_BY_BACKUP) == {"HOSP-HA"}
        assert {notice.recipient for notice in placed.notices.filter(kind=NoticeKind.ORDER_PLACED)} == {cast.rival_firm}
        event = Event.objects.get(action="agreed_volume.call_backup")
        assert (event.subject_id, event.changes["units"]) == (main.pk, [None, 240])

    def test_of_a_part_hands_over_that_part(
        self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine
    ) -> None:
        confirm(order, cast, 7)
        assert volumes(main, backup) == [(239_928, 168), (72, 72)]
        # and what fails later follows
        close_rest(order_id=order.pk, code="no_transport", reason="", actor=cast.supplier, at=NOW)
        assert volumes(main, backup) == [(239_760, 0), (240, 240)]
        assert [placed.lines.get().packs for placed in order.replacements.order_by("pk")] == [3, 7]
        order.refresh_from_db()
        assert order.status == OrderStatus.CLOSED
        assert order.lines.get().answer_code == AnswerReason.OUT_OF_STOCK

    def test_by_force_majeure_is_served_and_no_default(self, cast: Cast, order: Order) -> None:
        refuse(order, cast, code=AnswerReason.FORCE_MAJEURE)
        assert order.lines.get().answer_code == AnswerReason.FORCE_MAJEURE
        assert order.replacements.count() == 1

    def test_is_served_in_whole_packs_of_the_backup_and_the_rest_is_told(
        self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine
    ) -> None:
        Product.objects.filter(pk=backup.product_id).update(pack_quantity=100)
        refuse(order, cast)
        assert volumes(main, backup) == [(239_800, 0), (200, 200)]
        assert order.replacements.get().lines.get().packs == 2
        assert told(NoticeKind.NOT_SUPPLIED) == {"HOSP-HA", "AGENCY-HA"}
        assert OrderNotice.objects.filter(kind=NoticeKind.NOT_SUPPLIED).first().facts["products"].endswith(": 40")

    @pytest.mark.parametrize(
        "why",
        ["none", "suspended", "not trading", "not approved", "held", "without licence", "barred", "by rule"],
    )
    def test_without_anybody_standing_by_is_told(
        self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine, why: str
    ) -> None:
        if why == "none":
            AgreementLine.objects.filter(pk=backup.pk).update(ended_at=NOW)
        elif why == "suspended":
            number = backup.agreement.number
            change_agreement(number=number, action="suspend", reason="停产", actor=cast.officer, at=NOW)
        elif why == "not trading":
            Product.objects.filter(pk=backup.product_id).update(status="suspended", status_reason="x")
        elif why == "not approved":
            Product.objects.filter(pk=backup.product_id).update(licence_valid_until=TODAY - timedelta(days=1))
        elif why == "held":
            LotHold.objects.create(product=backup.product, kind="recall", reason="召回", source="1号", held_at=NOW)
        elif why == "without licence":
            factories.licence(cast.rival_firm, Licence.Scope.CHEMICAL, valid_until=TODAY)
        elif why == "barred":
            factories.conduct_record(cast, firm=cast.rival_firm)
        else:
            RuleSet.objects.filter(kind=RuleSet.Kind.SUPPLY).update(parameters={"backup_on_refusal": False})
        refuse(order, cast)
        assert volumes(main, backup) == [(240_000, 0), (0, 0)]
        assert not order.replacements.exists()
        assert told(NoticeKind.NOT_SUPPLIED) == {"HOSP-HA", "AGENCY-HA"}

    def test_is_brought_by_who_may_bring_the_product_there(
        self, cast: Cast, order: Order, backup: AgreementLine
    ) -> None:
        lapsed = Organization.objects.create(code="LAPSED", name="过期配送", kind=OrganizationKind.DISTRIBUTOR)
        factories.licence(lapsed, kind=Licence.Kind.DISTRIBUTION, valid_until=TODAY)
        term = DateRange(TODAY - timedelta(days=9), TODAY + timedelta(days=9))
        for distributor, region in ((lapsed, ZHONGYUAN), (cast.distributor_firm, HENAN)):
            Entrustment.objects.create(
                supplier=cast.rival_firm, distributor=distributor, region_id=region, validity=term
            )
        refuse(order, cast)
        assert order.replacements.get().distributor == cast.distributor_firm

    def test_is_told_to_the_side_that_did_not_answer(self, cast: Cast, order: Order) -> None:
        Order.objects.filter(pk=order.pk).update(distributor=cast.distributor_firm)
        answers = [LineAnswer(line.pk, 7, "", "no_transport") for line in order.lines.all()]
        confirm_order(order_id=order.pk, answers=answers, actor=cast.distributor, at=NOW)
        [notice] = OrderNotice.objects.filter(kind=NoticeKind.ORDER_REFUSED)
        assert (notice.recipient, notice.order, notice.facts["reason"]) == (
            cast.supplier_firm,
            order,
            "no transport to the place",
        )

    def test_ends_with_the_backup(self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine) -> None:
        refuse(order, cast)
        refuse_order(order_id=order.replacements.get().pk, reason="停产", actor=cast.rival, at=NOW)
        # what was handed over stays agreed with the backup
        assert volumes(main, backup) == [(239_760, 0), (240, 0)]
        assert Order.objects.count() == 2
        assert told(NoticeKind.NOT_SUPPLIED) == {"HOSP-HA", "AGENCY-HA"}


class TestCloseRest:
    def test_by_the_institution_gives_the_volume_back(
        self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine
    ) -> None:
        confirm(order, cast, 10)
        close_rest(order_id=order.pk, reason="不再需要", actor=cast.buyer, at=NOW)
        assert volumes(main, backup) == [(240_000, 0), (0, 0)]
        order.refresh_from_db()
        line = order.lines.get()
        assert (order.status, line.closed_packs, line.confirmed_packs, line.answer_code) == ("closed", 10, 0, "")
        assert told(NoticeKind.REST_CLOSED) == {"SUPPLIER"}

    def test_by_the_institution_for_failure_to_deliver_calls_the_backup(
        self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine
    ) -> None:
        confirm(order, cast, 10)
        close_rest(order_id=order.pk, reason="催了三次", is_failure=True, actor=cast.buyer, at=NOW)
        assert volumes(main, backup) == [(239_760, 0), (240, 240)]
        assert order.lines.get().answer_code == AnswerReason.NOT_DELIVERED

    def test_needs_a_reason_and_a_rest(self, cast: Cast, order: Order) -> None:
        with refused(WrongState):
            close_rest(order_id=order.pk, reason="x", actor=cast.buyer, at=NOW)
        confirm(order, cast, 10)
        with refused(ReasonMissing):
            close_rest(order_id=order.pk, reason="", actor=cast.buyer, at=NOW)
        with refused(NotAllowed):
            close_rest(order_id=order.pk, reason="x", actor=cast.pharmacist, at=NOW)
        order.lines.update(despatched_packs=10)
        with refused(NothingOutstanding):
            close_rest(order_id=order.pk, reason="x", actor=cast.buyer, at=NOW)


class TestSilence:
    def test_is_told_once_and_then_taken_for_a_refusal(
        self, cast: Cast, order: Order, main: AgreementLine, backup: AgreementLine
    ) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.SUPPLY).update(parameters={"escalate_after_hours": 12})
        due = order.answer_due_at
        assert due is not None
        assert (escalate_silence(at=due), refuse_silent(at=due)) == (0, 0)
        later = due + timedelta(minutes=1)
        assert (escalate_silence(at=later), escalate_silence(at=later), refuse_silent(at=later)) == (1, 0, 0)
        order.refresh_from_db()
        assert (order.status, order.escalated_at) == (OrderStatus.PLACED, later)
        assert told(NoticeKind.ANSWER_OVERDUE) == {"HOSP-HA", "AGENCY-HA"}
        assert Event.objects.filter(action="order.escalate", subject_id=order.pk).count() == 1
        assert refuse_silent(at=due + timedelta(hours=12, minutes=1)) == 1
        order.refresh_from_db()
        assert (order.status, order.answered_at) == (OrderStatus.REFUSED, None)
        assert order.lines.get().answer_code == AnswerReason.NO_ANSWER
        assert told(NoticeKind.ORDER_REFUSED) == {"SUPPLIER"}
        assert volumes(main, backup) == [(239_760, 0), (240, 240)]

    def test_begins_when_the_supplier_could_know_of_the_order(self, cast: Cast, order: Order) -> None:
        """The run was killed and went on three days later: its deadlines are those of its first start."""
        assert order.answer_due_at is not None
        known = order.answer_due_at + timedelta(days=3)
        Order.objects.filter(pk=order.pk).update(created_at=known)
        assert escalate_silence(at=known + timedelta(minutes=1)) == 0
        assert escalate_silence(at=known + (order.answer_due_at - order.placed_at) + timedelta(minutes=1)) == 1

    def test_ends_with_an_answer_however_late(self, cast: Cast, order: Order) -> None:
        assert order.answer_due_at is not None
        later = order.answer_due_at + timedelta(minutes=1)
        escalate_silence(at=later)
        confirm(order, cast, 10)
        assert refuse_silent(at=later) == 0
        with refused(AlreadyDone):
            confirm(order, cast, 10)
