from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalog.errors import BadShare, PeriodReversed, PeriodTaken, UnknownCode
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import InsuranceListing, Medicine, ReimbursementTerms
from catalog.services.reimbursement import BadAmount, enter_reimbursement_terms, list_for_insurance
from catalog.states import ListClass, Scheme
from tests import factories
from tests.cast import HENAN, HUBEI, ZHENGZHOU, Cast
from tests.factories import NOW
from tests.refusals import refused

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


class TestEnterReimbursementTerms:
    def enter(self, cast: Cast, **changed: Any) -> ReimbursementTerms:
        options = {
            "scheme": Scheme.EMPLOYEES,
            "province_id": HENAN,
            "tier": "primary",
            "rate": Decimal("0.70"),
            "essential_bonus": Decimal("0.10"),
            "deductible": Decimal("300"),
            "annual_cap": Decimal("20000"),
            "valid_from": JUNE,
            "valid_until": None,
            "source": "豫医保〔2026〕1号",
            "actor": cast.officer,
            "at": NOW,
        }
        return enter_reimbursement_terms(**options | changed)

    @pytest.mark.parametrize("scheme", Scheme)
    def test_enters_the_terms_of_every_scheme(self, cast: Cast, scheme: Scheme) -> None:
        entered = self.enter(cast, scheme=scheme)
        assert (entered.terms.rate, entered.terms.cap) == (Decimal("0.70"), Decimal("20000"))
        assert Event.objects.get().changes == {"rate": [None, "0.70"], "essential_bonus": [None, "0.10"]}

    def test_takes_terms_that_favour_nothing(self, cast: Cast) -> None:
        """Whether the bonus is enough is judged, not demanded."""
        assert self.enter(cast, essential_bonus=Decimal(0), deductible=Decimal(0), annual_cap=None)

    def test_ends_the_former_ones_of_the_same_key_alone(self, cast: Cast) -> None:
        former = self.enter(cast)
        others = [self.enter(cast, tier="tertiary"), self.enter(cast, scheme=Scheme.RESIDENTS)]
        self.enter(cast, rate=Decimal("0.75"), valid_from=JULY)
        former.refresh_from_db()
        assert former.validity.upper == JULY
        for other in others:
            other.refresh_from_db()
            assert other.validity.upper is None

    @pytest.mark.parametrize("valid_from", [JUNE, date(2026, 5, 1)], ids=["the same day", "before"])
    def test_refuses_one_of_the_same_day_or_before_one_that_stands(self, cast: Cast, valid_from: date) -> None:
        self.enter(cast)
        with refused(PeriodTaken):
            self.enter(cast, valid_from=valid_from)
        assert ReimbursementTerms.objects.get().validity.upper is None

    @pytest.mark.parametrize(
        ("changed", "errors"),
        [
            ({"rate": "1.01"}, [BadShare]),
            ({"rate": "-0.01", "essential_bonus": "1.5"}, [BadShare, BadShare]),
            ({"deductible": "-1"}, [BadAmount]),
            ({"annual_cap": "0"}, [BadAmount]),
        ],
    )
    def test_refuses_numbers_that_cannot_be(self, cast: Cast, changed: dict[str, str], errors: list[Any]) -> None:
        with refused(*errors) as refusal:
            self.enter(cast, **{name: Decimal(value) for name, value in changed.items()})
        assert refusal.pointers == [f"/{name}" for name in changed]

    def test_refuses_a_period_that_ends_first_and_what_is_no_province(self, cast: Cast) -> None:
        with refused(PeriodReversed):
            self.enter(cast, valid_until=JUNE)
        with refused(NotVisible):
            self.enter(cast, province_id=ZHENGZHOU, actor=cast.platform)

    def test_refuses_another_provinces_officer_and_who_is_none(self, cast: Cast) -> None:
        for actor in (cast.foreign_officer, cast.buyer, cast.supervisor):
            with refused(NotAllowed):
                self.enter(cast, actor=actor)
        assert self.enter(cast, province_id=HUBEI, actor=cast.foreign_officer)


class TestListForInsurance:
    @pytest.fixture
    def medicine(self, cast: Cast) -> Medicine:
        return factories.presentation().medicine

    def enter(self, cast: Cast, medicine: Medicine, **changed: Any) -> InsuranceListing:
        options = {
            "presentation": None,
            "province_id": "",
            "list_class": ListClass.B,
            "self_pay_share": Decimal("0.10"),
            "valid_from": JUNE,
            "valid_until": None,
            "source": "国家医保目录",
            "actor": cast.officer,
            "at": NOW,
        }
        return list_for_insurance(medicine=medicine, **options | changed)

    def test_puts_a_medicine_on_list_a_or_b(self, cast: Cast, medicine: Medicine) -> None:
        assert self.enter(cast, medicine).province_id is None
        later = self.enter(cast, medicine, list_class=ListClass.A, self_pay_share=Decimal(0), valid_from=JULY)
        assert InsuranceListing.objects.get(validity__contains=JULY) == later
        assert InsuranceListing.objects.get(validity__contains=JUNE).validity.upper == JULY
        assert Event.objects.filter(action="insurance_listing.enter").count() == 2

    def test_keeps_apart_the_province_and_the_presentation(self, cast: Cast, medicine: Medicine) -> None:
        self.enter(cast, medicine)
        self.enter(cast, medicine, province_id=HENAN)
        self.enter(cast, medicine, presentation=factories.presentation())
        assert InsuranceListing.objects.in_force(JULY).count() == 3
        with refused(PeriodTaken):
            self.enter(cast, medicine)

    def test_refuses_a_presentation_of_another_medicine(self, cast: Cast, medicine: Medicine) -> None:
        with refused(UnknownCode) as refusal:
            self.enter(cast, medicine, presentation=factories.presentation("头孢拉定"))
        assert refusal.pointers == ["/presentation"]
        assert not InsuranceListing.objects.exists()

    @pytest.mark.parametrize(("list_class", "share"), [("A", "0.1"), ("B", "1"), ("B", "-0.1"), ("A", "-1")])
    def test_refuses_a_share_that_the_list_does_not_have(
        self, cast: Cast, medicine: Medicine, list_class: str, share: str
    ) -> None:
        with refused(BadShare):
            self.enter(cast, medicine, list_class=ListClass(list_class), self_pay_share=Decimal(share))
        assert not InsuranceListing.objects.exists()

    def test_refuses_another_provinces_officer_and_who_is_none(self, cast: Cast, medicine: Medicine) -> None:
        with refused(NotAllowed):
            self.enter(cast, medicine, province_id=HENAN, actor=cast.foreign_officer)
        with refused(NotAllowed):
            self.enter(cast, medicine, actor=cast.buyer)
        assert self.enter(cast, medicine, actor=cast.foreign_officer)
