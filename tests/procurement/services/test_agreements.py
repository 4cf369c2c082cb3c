from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import RuleSet
from procurement.errors import (
    AgreedVolumeExceeded,
    AgreementNotInForce,
    AmendmentBeyondLimit,
    LessThanCalledOff,
    LotsUndecided,
    NoBackup,
    ReasonMissing,
)
from procurement.models import Agreement, AgreementLine
from procurement.services.agreements import amend_volume, call_backup, change_agreement, conclude_agreements
from procurement.services.awards import Winner, award_lot, fail_lot
from procurement.services.volumes import deliver_volume, take_volume
from procurement.states import AgreementStatus, TenderStatus
from tests import factories
from tests.cast import HENAN, HUBEI, PEOPLE, PLAIN, Cast, machine_of
from tests.factories import NOW, ago, ahead
from tests.procurement.ledger import assert_ledger_equals_balance
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

    @pytest.mark.parametrize(("parameters", "per_day"), [({"interest_per_day": "0.0003"}, "0.0003"), ({}, "0")])
    def test_states_the_interest_of_late_payment_of_the_day(
        self, cast: Cast, parameters: dict[str, str], per_day: str
    ) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.INVOICING).update(parameters=parameters)
        tender = factories.concluded_tender(cast)
        assert Agreement.objects.get(tender=tender).interest_per_day == Decimal(per_day)

    def test_makes_one_agreement_per_winner(self, cast: Cast) -> None:
        factories.guide_price()
        plan = factories.lot_plan(factories.presentation(), max_winners=2)
        tender = factories.tender_with_candidates(cast, [plan])
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
        tender = factories.tender_with_candidates(cast)
        fail_lot(lot_id=tender.lots.get().pk, reason="x", actor=cast.second_officer, at=NOW)
        assert conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW) == []

    def test_is_refused_while_lots_are_undecided(self, cast: Cast) -> None:
        factories.guide_price()
        plans = [
            factories.lot_plan(factories.presentation(), 1),
            factories.lot_plan(factories.presentation("头孢拉定"), 2),
            factories.lot_plan(factories.presentation("阿司匹林"), 3),
        ]
        tender = factories.tender_with_candidates(cast, plans)
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

    def test_is_done_by_a_named_person(self, cast: Cast) -> None:
        tender = factories.awarded_tender(cast)
        with refused(NotAllowed):
            conclude_agreements(tender_number=tender.number, actor=machine_of(cast.officer), at=NOW)


class TestChangeAgreement:
    @pytest.fixture
    def agreement(self, cast: Cast) -> Agreement:
        return factories.concluded_tender(cast).agreements.get()

    def test_suspends_resumes_and_ends(self, cast: Cast, agreement: Agreement) -> None:
        statuses = [
            change_agreement(number=agreement.number, action=action, reason="停产", actor=cast.officer, at=NOW).status
            for action in ("suspend", "resume", "end")
        ]
        assert statuses == [AgreementStatus.SUSPENDED, AgreementStatus.IN_FORCE, AgreementStatus.ENDED]
        assert Event.objects.filter(action__startswith="agreement.").count() == 3
        agreement.refresh_from_db()
        assert agreement.status_reason == "停产"

    @pytest.mark.parametrize("action", ["suspend", "end"])
    def test_asks_for_the_reason(self, cast: Cast, agreement: Agreement, action: str) -> None:
        with refused(ReasonMissing):
            change_agreement(number=agreement.number, action=action, reason=" ", actor=cast.officer, at=NOW)

    def test_is_done_by_a_named_person(self, cast: Cast, agreement: Agreement) -> None:
        machine = machine_of(cast.officer)
        with refused(NotAllowed):
            change_agreement(number=agreement.number, action="suspend", reason="停产", actor=machine, at=NOW)

    @pytest.mark.parametrize("action", ["suspend", "resume", "end"])
    def test_is_refused_once_it_has_ended(self, cast: Cast, agreement: Agreement, action: str) -> None:
        change_agreement(number=agreement.number, action="end", reason="停产", actor=cast.officer, at=NOW)
        with pytest.raises(WrongState):
            change_agreement(number=agreement.number, action=action, reason="停产", actor=cast.officer, at=NOW)

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
            change_agreement(
                number=agreement.number, action="suspend", reason="停产", actor=getattr(cast, role), at=NOW
            )


class TestAmendVolume:
    @pytest.fixture
    def line(self, cast: Cast) -> AgreementLine:
        [line] = factories.agreement_lines(cast)
        return line

    def amend(self, cast: Cast, line: AgreementLine, quantity: int, **changed: Any) -> AgreementLine:
        options = {"reason": "用量增加", "actor": cast.officer, "at": NOW} | changed
        return amend_volume(line_id=line.pk, quantity=quantity, **options)

    @pytest.mark.parametrize("quantity", [192_000, 288_000])
    def test_moves_within_a_fifth_of_the_first_volume(self, cast: Cast, line: AgreementLine, quantity: int) -> None:
        assert self.amend(cast, line, quantity).agreed_quantity == quantity
        entry = line.entries.latest("pk")
        assert (entry.kind, entry.quantity, entry.reason) == ("agree", quantity - 240_000, "用量增加")
        assert_ledger_equals_balance()

    @pytest.mark.parametrize("quantity", [0, 191_999, 288_001])
    def test_goes_no_further_however_often(self, cast: Cast, line: AgreementLine, quantity: int) -> None:
        self.amend(cast, line, 280_000)
        with refused(AmendmentBeyondLimit) as refusal:
            self.amend(cast, line, quantity)
        assert (refusal.facts["least"], refusal.facts["most"]) == (192_000, 288_000)

    def test_stays_inside_the_limit_where_it_is_no_whole_number(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast, quantity=240_002)
        # a fifth less is 192,001.6, a fifth more 288,002.4
        for quantity in (192_001, 288_003):
            with refused(AmendmentBeyondLimit) as refusal:
                self.amend(cast, line, quantity)
            assert (refusal.facts["least"], refusal.facts["most"]) == (192_002, 288_002)

    def test_keeps_what_was_called_off(self, cast: Cast, line: AgreementLine) -> None:
        take_volume({line.pk: 230_000}, reference="RQ1", at=NOW)
        with refused(LessThanCalledOff):
            self.amend(cast, line, 229_999)
        self.amend(cast, line, 230_000)
        assert_ledger_equals_balance()

    def test_is_refused_without_a_reason_to_others_and_when_suspended(self, cast: Cast, line: AgreementLine) -> None:
        with refused(ReasonMissing):
            self.amend(cast, line, 250_000, reason=" ")
        with refused(NotAllowed):
            self.amend(cast, line, 250_000, actor=cast.supplier)
        with refused(NotAllowed):
            self.amend(cast, line, 250_000, actor=machine_of(cast.officer))
        with refused(NotVisible):
            self.amend(cast, line, 250_000, actor=cast.rival)
        change_agreement(number=line.agreement.number, action="suspend", reason="!", actor=cast.officer, at=NOW)
        with refused(AgreementNotInForce):
            self.amend(cast, line, 250_000)


class TestCallBackup:
    @pytest.fixture
    def lines(self, cast: Cast) -> dict[str, AgreementLine]:
        """The main and the backup line of Henan."""
        RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, PLAIN | {"winners": [[1, 1], [2, 2]], "backup": True})
        factories.guide_price()
        plan = factories.lot_plan(factories.presentation(), max_winners=2)
        tender = factories.tender_with_candidates(cast, [plan])
        lot = tender.lots.get()
        winners = [
            Winner(factories.bid_of(lot, cast.supplier).pk, (HENAN,), backup_province_ids=(HUBEI,)),
            Winner(factories.bid_of(lot, cast.rival).pk, (HUBEI,), backup_province_ids=(HENAN,)),
        ]
        award_lot(lot_id=lot.pk, winners=winners, actor=cast.second_officer, at=NOW)
        conclude_agreements(tender_number=tender.number, actor=cast.officer, at=NOW)
        return {line.role: line for line in AgreementLine.objects.filter(province=HENAN)}

    def test_hands_the_rest_over_at_the_backups_own_price(self, cast: Cast, lines: dict[str, AgreementLine]) -> None:
        main, backup = lines["main"], lines["backup"]
        assert backup.agreed_quantity == 0
        take_volume({main.pk: 40_000}, reference="RQ1", at=NOW)
        after = call_backup(line_id=main.pk, reason="断供", actor=cast.officer, at=NOW)
        main.refresh_from_db()
        assert (main.agreed_quantity, main.remaining_quantity) == (40_000, 0)
        assert (after.pk, after.agreed_quantity, after.price) == (backup.pk, 200_000, Decimal("7.20"))
        assert_ledger_equals_balance()

    def test_hands_over_a_part(self, cast: Cast, lines: dict[str, AgreementLine]) -> None:
        for _time in range(2):
            call_backup(line_id=lines["main"].pk, units=10_000, reason="断供", actor=cast.officer, at=NOW)
        assert AgreementLine.objects.get(pk=lines["backup"].pk).agreed_quantity == 20_000
        with refused(AgreedVolumeExceeded):
            call_backup(line_id=lines["main"].pk, units=220_001, reason="断供", actor=cast.officer, at=NOW)
        assert_ledger_equals_balance()

    def test_moves_what_the_limit_of_amendments_is_measured_from(
        self, cast: Cast, lines: dict[str, AgreementLine]
    ) -> None:
        main, backup = lines["main"], lines["backup"]
        amend_volume(line_id=main.pk, quantity=250_000, reason="用量增加", actor=cast.officer, at=NOW)
        call_backup(line_id=main.pk, units=200_000, reason="断供", actor=cast.officer, at=NOW)
        # 240,000 were agreed first: 40,000 of them are left
        for line, least, most in ((main, 32_000, 48_000), (backup, 160_000, 240_000)):
            with refused(AmendmentBeyondLimit) as refusal:
                amend_volume(line_id=line.pk, quantity=288_000, reason="用量增加", actor=cast.officer, at=NOW)
            assert (refusal.facts["least"], refusal.facts["most"]) == (least, most)

    def test_needs_somebody_who_stands_by(self, cast: Cast, lines: dict[str, AgreementLine]) -> None:
        with refused(NoBackup):
            call_backup(line_id=lines["backup"].pk, reason="断供", actor=cast.officer, at=NOW)
        AgreementLine.objects.filter(pk=lines["backup"].pk).update(ended_at=NOW)
        with refused(NoBackup):
            call_backup(line_id=lines["main"].pk, reason="断供", actor=cast.officer, at=NOW)

    def test_is_the_agencys(self, cast: Cast, lines: dict[str, AgreementLine]) -> None:
        with refused(NotAllowed):
            call_backup(line_id=lines["main"].pk, reason="断供", actor=cast.supplier, at=NOW)
        with refused(NotAllowed):
            call_backup(line_id=lines["main"].pk, reason="断供", actor=machine_of(cast.officer), at=NOW)
        with refused(ReasonMissing):
            call_backup(line_id=lines["main"].pk, reason="", actor=cast.officer, at=NOW)


class TestAgreementLinesInForce:
    def test_are_those_of_the_term(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        assert AgreementLine.objects.in_force(NOW).filter(pk=line.pk).exists()
        assert not AgreementLine.objects.in_force(ago(days=11)).exists()
        assert not AgreementLine.objects.in_force(ahead(days=720)).exists()

    def test_are_not_those_of_a_suspended_agreement(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        change_agreement(number=line.agreement.number, action="suspend", reason="停产", actor=cast.officer, at=NOW)
        assert not AgreementLine.objects.in_force(NOW).exists()


class TestPerformance:
    def test_is_what_was_called_off_and_delivered_of_the_agreed(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        take_volume({line.pk: 24_000}, reference="RQ1", at=NOW)
        deliver_volume({line.pk: 12_000}, reference="receipt-1", at=NOW)
        agreement = Agreement.objects.with_performance().get()
        assert (agreement.agreed, agreement.called_off, agreement.delivered) == (360_000, 24_000, 12_000)


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
