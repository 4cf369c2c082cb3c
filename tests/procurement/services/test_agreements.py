from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from procurement.errors import LotsUndecided
from procurement.models import Agreement, AgreementLine, VolumeEntry
from procurement.services.agreements import (
    change_agreement,
    conclude_agreements,
    give_back_volume,
    take_volume,
)
from procurement.services.awards import Winner, award_lot, fail_lot
from procurement.states import AgreementStatus, TenderStatus
from tests import factories
from tests.cast import HENAN, HUBEI, PEOPLE, Cast
from tests.factories import NOW, ago, ahead
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestConcludeAgreements:
    def test_makes_one_agreement_with_a_volume_per_lot_and_province(self, cast: Cast) -> None:
        tender = factories.awarded_tender(cast)
        [agreement] = conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.CONCLUDED
        assert (agreement.supplier, agreement.agency, agreement.status) == (
            cast.supplier_firm,
            cast.agency,
            AgreementStatus.IN_FORCE,
        )
        assert (agreement.validity.lower, agreement.validity.upper) == (tender.supply_from, tender.supply_until)
        lines = agreement.lines.values_list("province", "agreed_quantity", "called_off_quantity", "price")
        assert list(lines) == [(HENAN, 240_000, 0, Decimal("6.00")), (HUBEI, 120_000, 0, Decimal("6.00"))]

    def test_makes_one_agreement_per_winner(self, cast: Cast) -> None:
        factories.guide_price()
        plan = factories.lot_plan(factories.presentation(), max_winners=2)
        tender = factories.evaluated_tender(cast, [plan])
        lot = tender.lots.get()
        winners = [
            Winner(factories.bid_of(lot, cast.supplier).pk, (HENAN,)),
            Winner(factories.bid_of(lot, cast.rival).pk, (HUBEI,)),
        ]
        award_lot(lot_id=lot.pk, winners=winners, actor=cast.second_officer, at=NOW)
        conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW)
        lines = AgreementLine.objects.order_by("province").values_list("agreement__supplier", "province", "price")
        assert list(lines) == [
            (cast.supplier_firm.pk, HENAN, Decimal("6.00")),
            (cast.rival_firm.pk, HUBEI, Decimal("7.20")),
        ]

    def test_leaves_failed_lots_out(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        fail_lot(lot_id=tender.lots.get().pk, reason="x", actor=cast.second_officer, at=NOW)
        assert conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW) == []

    def test_is_refused_while_lots_are_undecided(self, cast: Cast) -> None:
        factories.guide_price()
        plans = [
            factories.lot_plan(factories.presentation(), 1),
            factories.lot_plan(factories.presentation("头孢拉定"), 2),
            factories.lot_plan(factories.presentation("阿司匹林"), 3),
        ]
        tender = factories.evaluated_tender(cast, plans)
        factories.award(tender.lots.get(number=1), cast)
        with refused(LotsUndecided) as refusal:
            conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW)
        assert refusal.facts["lots"] == "2, 3"
        assert not Agreement.objects.exists()

    def test_happens_once(self, cast: Cast) -> None:
        tender = factories.concluded_tender(cast)
        with refused(AlreadyDone):
            conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW)
        assert Agreement.objects.count() == 1

    def test_is_refused_before_the_evaluation(self, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        with refused(WrongState):
            conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW)

    @pytest.mark.parametrize("role", ["foreign_officer", "supplier", "supervisor", "visitor"])
    def test_of_another_agency_is_not_even_seen(self, cast: Cast, role: str) -> None:
        tender = factories.awarded_tender(cast)
        with refused(NotVisible):
            conclude_agreements(tender_number=tender.number, actor=getattr(cast, role), at=NOW)


class TestChangeAgreement:
    @pytest.fixture
    def agreement(self, cast: Cast) -> Agreement:
        return factories.concluded_tender(cast).agreements.get()

    def test_suspends_resumes_and_ends(self, cast: Cast, agreement: Agreement) -> None:
        statuses = [
            change_agreement(number=agreement.number, action=action, actor=cast.officer, at=NOW).status
            for action in ("suspend", "resume", "end")
        ]
        assert statuses == [AgreementStatus.SUSPENDED, AgreementStatus.IN_FORCE, AgreementStatus.ENDED]
        assert Event.objects.filter(action__startswith="agreement.").count() == 3

    @pytest.mark.parametrize("action", ["suspend", "resume", "end"])
    def test_is_refused_once_it_has_ended(self, cast: Cast, agreement: Agreement, action: str) -> None:
        change_agreement(number=agreement.number, action="end", actor=cast.officer, at=NOW)
        with pytest.raises(WrongState):
            change_agreement(number=agreement.number, action=action, actor=cast.officer, at=NOW)

    @pytest.mark.parametrize(
        ("role", "error"),
        [
            ("foreign_officer", NotVisible),
            ("rival", NotVisible),
            ("buyer", NotVisible),
            ("supplier", NotAllowed),
            ("supervisor", NotAllowed),
        ],
    )
    def test_is_refused_to_others(
        self, cast: Cast, agreement: Agreement, role: str, error: type[NotVisible | NotAllowed]
    ) -> None:
        with refused(error):
            change_agreement(number=agreement.number, action="suspend", actor=getattr(cast, role), at=NOW)


class TestAgreementLinesInForce:
    def test_are_those_of_the_term(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        assert AgreementLine.objects.in_force(NOW).filter(pk=line.pk).exists()
        assert not AgreementLine.objects.in_force(ago(days=11)).exists()
        assert not AgreementLine.objects.in_force(ahead(days=720)).exists()

    def test_are_not_those_of_a_suspended_agreement(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        change_agreement(number=line.agreement.number, action="suspend", actor=cast.officer, at=NOW)
        assert not AgreementLine.objects.in_force(NOW).exists()


@pytest.fixture
def lines(cast: Cast) -> list[AgreementLine]:
    return factories.agreement_lines(cast, ("阿莫西林", "头孢拉定"))


def assert_ledger_equals_balance() -> None:
    for line in AgreementLine.objects.annotate(entered=Sum("entries__quantity")):
        assert (line.entered or 0) == line.called_off_quantity


class TestTakeVolume:
    def test_calls_off_and_says_why(self, lines: list[AgreementLine]) -> None:
        taken = take_volume({lines[0].pk: 100, lines[1].pk: 240_000}, reference="RQ1", at=NOW)
        assert taken == {line.pk for line in lines}
        entries = VolumeEntry.objects.order_by("line").values_list("line", "quantity", "reference", "entered_at")
        assert list(entries) == [(lines[0].pk, 100, "RQ1", NOW), (lines[1].pk, 240_000, "RQ1", NOW)]
        assert_ledger_equals_balance()

    def test_takes_the_last_unit_and_not_one_more(self, lines: list[AgreementLine]) -> None:
        line = lines[0].pk
        assert take_volume({line: 239_999}, reference="RQ1", at=NOW) == {line}
        assert take_volume({line: 2}, reference="RQ2", at=NOW) == set()
        assert take_volume({line: 1}, reference="RQ3", at=NOW) == {line}
        assert AgreementLine.objects.get(pk=line).remaining_quantity == 0
        assert_ledger_equals_balance()

    def test_takes_from_the_others_where_one_does_not_suffice(self, lines: list[AgreementLine]) -> None:
        taken = take_volume({lines[0].pk: 240_001, lines[1].pk: 1}, reference="RQ1", at=NOW)
        assert taken == {lines[1].pk}
        assert VolumeEntry.objects.get().line_id == lines[1].pk
        assert_ledger_equals_balance()

    def test_of_nothing_takes_nothing(self, db: None) -> None:
        assert take_volume({}, reference="RQ1", at=NOW) == set()
        assert take_volume({10**9: 5}, reference="RQ1", at=NOW) == set()

    def test_under_one_reference_is_entered_once(self, lines: list[AgreementLine]) -> None:
        take_volume({lines[0].pk: 5}, reference="RQ1", at=NOW)
        with pytest.raises(IntegrityError, match="a_call_off_is_entered_once"), transaction.atomic():
            take_volume({lines[0].pk: 5}, reference="RQ1", at=NOW)
        assert_ledger_equals_balance()


class TestGiveBackVolume:
    def test_returns_what_was_taken(self, lines: list[AgreementLine]) -> None:
        take_volume({line.pk: 100 for line in lines}, reference="RQ1", at=NOW)
        give_back_volume({lines[0].pk: 40}, reference="PO1", at=NOW)
        remaining = {line.pk: line.remaining_quantity for line in AgreementLine.objects.filter(province=HENAN)}
        assert remaining == {lines[0].pk: 239_940, lines[1].pk: 239_900}
        assert_ledger_equals_balance()

    def test_never_returns_more_than_was_taken(self, lines: list[AgreementLine]) -> None:
        take_volume({lines[0].pk: 100}, reference="RQ1", at=NOW)
        with pytest.raises(IntegrityError, match="called_off_quantity_check"), transaction.atomic():
            give_back_volume({lines[0].pk: 101}, reference="PO1", at=NOW)
        assert_ledger_equals_balance()

    def test_of_nothing_does_nothing(self, db: None) -> None:
        give_back_volume({}, reference="PO1", at=NOW)
        assert not VolumeEntry.objects.exists()


class TestVisibility:
    def test_of_agreements_is_that_of_the_parties_and_the_supervisors(self, cast: Cast) -> None:
        factories.concluded_tender(cast)
        seers = {
            name
            for name in [*PEOPLE, "platform", "visitor"]
            if Agreement.objects.visible_to(getattr(cast, name)).exists()
        }
        assert seers == {"officer", "second_officer", "supervisor", "supplier", "platform"}

    def test_of_volumes_is_also_that_of_the_provinces_institutions(self, cast: Cast) -> None:
        factories.agreement_lines(cast)

        def provinces(name: str) -> list[str]:
            visible = AgreementLine.objects.visible_to(getattr(cast, name))
            return list(visible.order_by("province").values_list("province", flat=True))

        assert {name: provinces(name) for name in [*PEOPLE, "visitor"]} == {
            "officer": [HENAN, HUBEI],
            "second_officer": [HENAN, HUBEI],
            "foreign_officer": [HUBEI],
            "supervisor": [HENAN, HUBEI],
            "buyer": [HENAN],
            "approver": [HENAN],
            "pharmacist": [HENAN],
            "outsider": [HUBEI],
            "supplier": [HENAN, HUBEI],
            "rival": [],
            "distributor": [],
            "visitor": [],
        }
