"""A case about a retail price, from the finding to its end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.timezone import localdate

from catalog.errors import ReasonNeeded
from catalog.foundation.errors import NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.errors import CaseOver, HearingNotOver, PenaltyAmountUnfit, PenaltyNotProposed, PenaltyPending
from distribution.models import CaseLetter, OrderNotice, RetailCase, RetailFinding
from distribution.queries.cases import repeat_offenders
from distribution.services.case_opening import Noted, note_checked, note_swept
from distribution.services.cases import (
    answer_case,
    close_case,
    confirm_penalty,
    dismiss_case,
    drop_penalty,
    notify_institution,
    propose_penalty,
    write_in_case,
)
from distribution.states import CaseStatus, LetterKind, NoticeKind, Penalty
from procurement.errors import FileNotAccepted, FileTooLarge
from procurement.models import AgreementLine
from procurement.rules.working_days import working_days_after
from procurement.services.documents import MEGABYTE, Attachment
from tests import factories
from tests.cast import HENAN, Cast, machine_of
from tests.factories import NOW, TODAY
from tests.procurement.files import HTML, PDF
from tests.refusals import refused

DAY = timedelta(days=1)


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


def again(case: RetailCase) -> RetailCase:
    return RetailCase.objects.get(pk=case.pk)


def penalise(case: RetailCase, cast: Cast, **changed: Any) -> RetailCase:
    options: dict[str, Any] = {
        "penalty": Penalty.FINE,
        "amount": Decimal("3000"),
        "reason": "逾期未改",
        "actor": cast.officer,
        "at": NOW,
    }
    return propose_penalty(case_id=case.pk, **options | changed)


class TestOpening:
    def test_is_once_for_an_institution_and_a_product_and_later_findings_join(
        self, cast: Cast, product: Product
    ) -> None:
        opened = factories.retail_case(cast, product, observed_on=TODAY - 9 * DAY)
        assert (opened.institution, opened.province_id, opened.status) == (cast.hospital, HENAN, CaseStatus.OPENED)
        assert (opened.notify_by, opened.earlier_cases) == (working_days_after(TODAY, 5), 0)
        # above the guide price and above the purchase price
        assert opened.findings.count() == 2
        factories.checked_prices(cast, {product: "6.01"}, observed_on=TODAY - 8 * DAY)
        assert (RetailCase.objects.count(), opened.findings.count()) == (1, 3)
        report = RetailFinding.objects.latest("pk").retail_price.report_id
        assert note_checked(report_ids=[report], at=NOW) == Noted(0, 0, 0, 0)
        assert Event.objects.filter(action="retail_case.open").count() == 1

    def test_is_not_for_what_is_exactly_at_its_limit(self, cast: Cast, product: Product) -> None:
        factories.checked_prices(cast, {product: "6.00"})
        assert not RetailCase.objects.exists()

    def test_is_hidden_from_the_institution_until_it_is_told(self, cast: Cast, product: Product) -> None:
        opened = factories.retail_case(cast, product)
        visible = {name: RetailCase.objects.visible_to(getattr(cast, name)).exists() for name in cast.__slots__[8:]}
        assert {name for name, sees in visible.items() if sees} == {
            *("officer", "second_officer", "supervisor", "platform")
        }
        notify_institution(case_id=opened.pk, text="请说明", actor=cast.officer, at=NOW)
        assert RetailCase.objects.visible_to(cast.buyer).exists()
        assert not RetailCase.objects.visible_to(cast.outsider).exists()


class TestCorrection:
    def test_is_seen_by_the_next_report(self, cast: Cast, product: Product) -> None:
        case = factories.answered_case(cast, product)
        report = factories.checked_prices(cast, {product: "6.00"}, observed_on=TODAY - DAY)
        case = again(case)
        assert (case.status, case.corrected_at, case.corrected_price) == (
            CaseStatus.CORRECTED,
            NOW,
            report.prices.get(),
        )
        assert close_case(case_id=case.pk, actor=cast.officer, at=NOW).status == CaseStatus.CLOSED

    def test_is_not_an_older_lawful_price_that_comes_late(self, cast: Cast, product: Product) -> None:
        case = factories.notified_case(cast, product)
        factories.checked_prices(cast, {product: "6.00"}, observed_on=TODAY - 20 * DAY)
        assert again(case).status == CaseStatus.NOTIFIED

    def test_is_undone_when_the_price_rises_again(self, cast: Cast, product: Product) -> None:
        case = factories.notified_case(cast, product)
        factories.checked_prices(cast, {product: "6.00"}, observed_on=TODAY - 2 * DAY)
        factories.checked_prices(cast, {product: "6.01"}, observed_on=TODAY - DAY)
        case = again(case)
        assert (case.status, case.corrected_price, case.answer_by) == (CaseStatus.OPENED, None, None)
        assert case.findings.count() == 3
        assert notify_institution(case_id=case.pk, text="再次超价", actor=cast.officer, at=NOW).answer_by

    def test_is_seen_where_a_new_check_finds_the_violation_gone(self, cast: Cast, product: Product) -> None:
        case = factories.retail_case(cast, product)
        RetailFinding.objects.update(ended_at=NOW)
        assert note_swept(province_id=HENAN, at=NOW) == Noted(0, 0, 0, 1)
        assert again(case).status == CaseStatus.CORRECTED

    def test_of_a_penalised_case_is_kept_beside_the_penalty(self, cast: Cast, product: Product) -> None:
        case = factories.case_with_penalty(cast, product)
        confirm_penalty(case_id=case.pk, actor=cast.second_officer, at=NOW)
        factories.checked_prices(cast, {product: "6.00"})
        assert (again(case).status, again(case).corrected_at) == (CaseStatus.PENALISED, NOW)


class TestLetters:
    def test_go_both_ways_with_their_deadlines_and_files(self, cast: Cast, product: Product) -> None:
        case = factories.notified_case(cast, product)
        assert (case.answer_by, case.correct_by) == (working_days_after(TODAY, 7), working_days_after(TODAY, 15))
        evidence = Attachment("", "进货单.pdf", PDF)
        answered = answer_case(case_id=case.pk, text="录入有误", attachment=evidence, actor=cast.buyer, at=NOW)
        assert answered.status == CaseStatus.ANSWERED
        write_in_case(case_id=case.pk, text="请补充票据", actor=cast.second_officer, at=NOW)
        kinds = CaseLetter.objects.values_list("kind", "organization__code", "file_name")
        assert list(kinds) == [
            (LetterKind.NOTIFICATION, "AGENCY-HA", ""),
            (LetterKind.ANSWER, "HOSP-HA", "进货单.pdf"),
            (LetterKind.LETTER, "AGENCY-HA", ""),
        ]
        assert bytes(CaseLetter.objects.get(kind=LetterKind.ANSWER).content or b"") == PDF
        notices = OrderNotice.objects.filter(kind=NoticeKind.CASE_WRITTEN)
        assert {notice.recipient for notice in notices} == {cast.hospital} and notices.count() == 2

    def test_say_something_and_carry_only_known_files(self, cast: Cast, product: Product) -> None:
        case = factories.notified_case(cast, product)
        with refused(ReasonNeeded):
            answer_case(case_id=case.pk, text=" ", actor=cast.buyer, at=NOW)
        for content, error in ((HTML, FileNotAccepted), (PDF + b" " * 10 * MEGABYTE, FileTooLarge)):
            with refused(error):
                file = Attachment("", "x.pdf", content)
                write_in_case(case_id=case.pk, text="附件", attachment=file, actor=cast.officer, at=NOW)
        assert CaseLetter.objects.count() == 1

    def test_are_the_parties_and_end_with_the_case(self, cast: Cast, product: Product) -> None:
        case = factories.notified_case(cast, product)
        for actor in (cast.officer, cast.supervisor):
            with refused(NotAllowed):
                answer_case(case_id=case.pk, text="x", actor=actor, at=NOW)
        with refused(NotVisible):
            write_in_case(case_id=case.pk, text="x", actor=cast.outsider, at=NOW)
        with refused(NotAllowed):
            write_in_case(case_id=case.pk, text="x", actor=cast.supervisor, at=NOW)
        dismissed = dismiss_case(case_id=case.pk, reason="系误报", actor=cast.officer, at=NOW)
        assert (dismissed.ended_at, dismissed.end_reason) == (NOW, "系误报")
        assert OrderNotice.objects.filter(kind=NoticeKind.CASE_ENDED).count() == 1
        with refused(CaseOver):
            write_in_case(case_id=case.pk, text="x", actor=cast.officer, at=NOW)


class TestPenalty:
    def test_takes_two_officers(self, cast: Cast, product: Product) -> None:
        case = penalise(factories.answered_case(cast, product), cast)
        with refused(NotAllowed):
            confirm_penalty(case_id=case.pk, actor=cast.officer, at=NOW)
        with refused(PenaltyPending):
            dismiss_case(case_id=case.pk, reason="x", actor=cast.officer, at=NOW)
        with refused(PenaltyPending):
            penalise(case, cast, actor=cast.second_officer)
        imposed = confirm_penalty(case_id=case.pk, actor=cast.second_officer, at=NOW)
        assert (imposed.status, imposed.confirmed_by_id) == (CaseStatus.PENALISED, cast.second_officer.user_id)
        letter = imposed.letters.get(kind=LetterKind.DECISION)
        assert letter.text == "逾期未改"
        closed = close_case(case_id=case.pk, reason="罚款已缴", actor=cast.officer, at=NOW)
        assert (closed.status, closed.end_reason) == (CaseStatus.CLOSED, "罚款已缴")

    def test_comes_after_the_hearing(self, cast: Cast, product: Product) -> None:
        case = factories.notified_case(cast, product)
        assert case.answer_by is not None
        last_day = NOW + (case.answer_by - TODAY)
        assert localdate(last_day) == case.answer_by
        with refused(HearingNotOver):
            penalise(case, cast, at=last_day)
        assert penalise(case, cast, at=last_day + DAY).penalty == Penalty.FINE

    def test_can_be_dropped_and_is_not_confirmed_then(self, cast: Cast, product: Product) -> None:
        case = factories.case_with_penalty(cast, product)
        assert drop_penalty(case_id=case.pk, actor=cast.officer, at=NOW).penalty == ""
        for service in (drop_penalty, confirm_penalty):
            with refused(PenaltyNotProposed):
                service(case_id=case.pk, actor=cast.second_officer, at=NOW)

    def test_that_is_pending_keeps_a_corrected_case_open(self, cast: Cast, product: Product) -> None:
        case = factories.case_with_penalty(cast, product)
        factories.checked_prices(cast, {product: "6.00"})
        with refused(PenaltyPending):
            close_case(case_id=case.pk, actor=cast.officer, at=NOW)
        assert confirm_penalty(case_id=case.pk, actor=cast.second_officer, at=NOW).status == CaseStatus.PENALISED

    @pytest.mark.parametrize(
        ("penalty", "amount"),
        [(Penalty.WARNING, Decimal(1)), (Penalty.FINE, None), (Penalty.REFUND, Decimal(0))],
    )
    def test_has_an_amount_where_something_is_paid(
        self, cast: Cast, product: Product, penalty: Penalty, amount: Decimal | None
    ) -> None:
        case = factories.answered_case(cast, product)
        with refused(PenaltyAmountUnfit):
            penalise(case, cast, penalty=penalty, amount=amount)

    def test_is_the_province_s_officers_in_person_and_of_the_current_version(
        self, cast: Cast, product: Product
    ) -> None:
        case = factories.answered_case(cast, product)
        for actor in (cast.supervisor, cast.buyer, machine_of(cast.officer)):
            with refused(NotAllowed):
                penalise(case, cast, actor=actor)
        with refused(NotVisible):
            penalise(case, cast, actor=cast.foreign_officer)
        with refused(Stale):
            penalise(case, cast, expected_version=case.version - 1)
        with refused(ReasonNeeded):
            penalise(case, cast, reason="")
        with refused(WrongState):
            penalise(factories.retail_case(cast, AgreementLine.objects.last().product), cast)  # type: ignore[union-attr]


class TestRepetition:
    def test_is_counted_in_the_next_case_and_listed(self, cast: Cast, product: Product) -> None:
        penalised = factories.case_with_penalty(cast, product)
        confirm_penalty(case_id=penalised.pk, actor=cast.second_officer, at=NOW)
        # what rises after the penalty is another case
        second = factories.retail_case(cast, product, observed_on=TODAY)
        assert (second.pk != penalised.pk, second.earlier_cases) == (True, 1)
        [offender] = repeat_offenders(HENAN, TODAY, months=12)
        assert (offender.pk, offender.case_count, offender.penalised_count) == (cast.hospital.pk, 2, 1)
        dismiss_case(case_id=second.pk, reason="误报", actor=cast.officer, at=NOW)
        assert not repeat_offenders(HENAN, TODAY, months=12)

    def test_is_forgotten_after_its_months(self, cast: Cast, product: Product) -> None:
        then = NOW - timedelta(days=370)
        penalised = factories.case_with_penalty(cast, product, observed_on=localdate(then), at=then)
        confirm_penalty(case_id=penalised.pk, actor=cast.second_officer, at=then)
        assert factories.retail_case(cast, product, observed_on=TODAY).earlier_cases == 0


class TestOverdue:
    def test_is_what_waits_past_its_day(self, cast: Cast, product: Product) -> None:
        def late(on: Any) -> int:
            return RetailCase.objects.overdue(on).count()

        case = factories.retail_case(cast, product)
        assert (late(case.notify_by), late(case.notify_by + DAY)) == (0, 1)
        case = notify_institution(case_id=case.pk, text="请说明", actor=cast.officer, at=NOW)
        assert case.answer_by is not None and case.correct_by is not None
        assert (late(case.answer_by), late(case.answer_by + DAY)) == (0, 1)
        answer_case(case_id=case.pk, text="已改", actor=cast.buyer, at=NOW)
        assert (late(case.answer_by + DAY), late(case.correct_by), late(case.correct_by + DAY)) == (0, 0, 1)
        factories.checked_prices(cast, {product: "6.00"})
        assert late(case.correct_by + DAY) == 0
