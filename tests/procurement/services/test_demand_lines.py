"""What the lines of a report name, and the floor of last year's use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.errors import UnknownCode
from catalog.models import Presentation, RuleSet
from procurement.errors import BrandNotAsked, BrandOfAnother, PresentationTwice, UnderLastUse
from procurement.models import DemandLine, DemandReport, DemandRound
from procurement.queries import used_and_not_reported
from procurement.services.demand import Need, report_demand
from tests import factories
from tests.cast import Cast, make_cast
from tests.factories import NOW
from tests.refusals import refused

FLOOR = {"demand_floor": "0.8"}


@pytest.fixture
def capsules(db: None) -> Presentation:
    return factories.presentation()


@pytest.fixture
def measured(cast: Cast) -> DemandRound:
    """A round with a floor of 80 % and no brands."""
    factories.rule_set(RuleSet.Kind.VOLUME_BASED, FLOOR)
    return factories.demand_round(cast)


@pytest.fixture
def branded(cast: Cast) -> DemandRound:
    """A round with a floor of 80 % that asks for brands."""
    factories.rule_set(RuleSet.Kind.VOLUME_BASED, {**FLOOR, "demand_by_brand": True})
    return factories.demand_round(cast)


def report(asked: DemandRound, cast: Cast, *needs: Need) -> DemandReport:
    return report_demand(round_code=asked.code, needs=needs, actor=cast.buyer, at=NOW)


class TestFloor:
    def test_refuses_less_than_the_share_of_last_years_use(
        self, cast: Cast, measured: DemandRound, capsules: Presentation
    ) -> None:
        factories.prior_use({capsules: 1001}, cast.buyer)
        with refused(UnderLastUse) as refusal:
            report(measured, cast, Need(capsules.pk, 800))
        assert (refusal.facts["percent"], refusal.facts["least"], refusal.facts["year"]) == ("80", 801, NOW.year - 1)
        assert refusal.pointers == ["/lines/0/reason"]
        assert not DemandReport.objects.exists()

    def test_lets_less_pass_with_a_reason_that_is_kept(
        self, cast: Cast, measured: DemandRound, capsules: Presentation
    ) -> None:
        factories.prior_use({capsules: 1000}, cast.buyer)
        [line] = report(measured, cast, Need(capsules.pk, 100, reason=" 病区停用 ")).lines.all()
        assert (line.quantity, line.last_use, line.reason) == (100, 1000, "病区停用")

    def test_takes_blank_for_no_reason(self, cast: Cast, measured: DemandRound, capsules: Presentation) -> None:
        factories.prior_use({capsules: 1000}, cast.buyer)
        with refused(UnderLastUse):
            report(measured, cast, Need(capsules.pk, 100, reason="  "))

    def test_looks_at_the_year_before_only(self, cast: Cast, measured: DemandRound, capsules: Presentation) -> None:
        factories.prior_use({capsules: 1000}, cast.buyer, year=NOW.year - 2)
        factories.prior_use({capsules: 1000}, cast.buyer, year=NOW.year)
        assert report(measured, cast, Need(capsules.pk, 1)).lines.get().last_use is None

    def test_is_another_institutions_to_reach(self, cast: Cast, measured: DemandRound, capsules: Presentation) -> None:
        factories.prior_use({capsules: 1000}, cast.outsider)
        assert report(measured, cast, Need(capsules.pk, 1)).lines.get().last_use is None

    def test_is_not_asked_of_a_round_without_rules(self, cast: Cast, capsules: Presentation) -> None:
        factories.prior_use({capsules: 1000}, cast.buyer)
        [line] = report(factories.demand_round(cast), cast, Need(capsules.pk, 1)).lines.all()
        assert line.last_use == 1000

    def test_adds_up_the_brands_of_a_presentation(
        self, cast: Cast, branded: DemandRound, capsules: Presentation
    ) -> None:
        factories.prior_use({capsules: 1000}, cast.buyer)
        brand = factories.product(cast.supplier_firm, capsules)
        needs = [Need(capsules.pk, 300, brand.code), Need(capsules.pk, 499)]
        with refused(UnderLastUse) as refusal:
            report(branded, cast, *needs)
        assert refusal.facts["quantity"] == 799
        made = report(branded, cast, needs[0], Need(capsules.pk, 500))
        assert {line.last_use for line in made.lines.all()} == {1000}

    def test_stays_as_it_was_when_the_use_is_told_anew(
        self, cast: Cast, measured: DemandRound, capsules: Presentation
    ) -> None:
        factories.prior_use({capsules: 1000}, cast.buyer)
        report(measured, cast, Need(capsules.pk, 900))
        factories.prior_use({capsules: 5000}, cast.buyer)
        assert DemandLine.objects.get().last_use == 1000


class TestFloorProperty(TestCase):
    def setUp(self) -> None:
        self.cast = make_cast()
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, FLOOR)
        self.asked, self.capsules = factories.demand_round(self.cast), factories.presentation()

    @given(used=st.integers(1, 10**15), asked_for=st.integers(1, 10**15))
    def test_is_reached_by_four_fifths_and_by_nothing_less(self, used: int, asked_for: int) -> None:
        factories.prior_use({self.capsules: used}, self.cast.buyer)
        need = Need(self.capsules.pk, asked_for)
        if 5 * asked_for >= 4 * used:
            assert report(self.asked, self.cast, need).lines.get().quantity == asked_for
        else:
            with refused(UnderLastUse) as refusal:
                report(self.asked, self.cast, need)
            least = int(refusal.facts["least"])
            assert report(self.asked, self.cast, Need(self.capsules.pk, least)).lines.get().quantity == least


class TestBrands:
    def test_are_reported_side_by_side(self, cast: Cast, branded: DemandRound, capsules: Presentation) -> None:
        one, other = (factories.product(firm, capsules) for firm in (cast.supplier_firm, cast.rival_firm))
        made = report(branded, cast, Need(capsules.pk, 10, one.code), Need(capsules.pk, 20, other.code))
        assert set(made.lines.values_list("brand", "quantity")) == {(one.pk, 10), (other.pk, 20)}

    def test_are_refused_where_generics_are_asked_for(
        self, cast: Cast, measured: DemandRound, capsules: Presentation
    ) -> None:
        brand = factories.product(cast.supplier_firm, capsules)
        with refused(BrandNotAsked) as refusal:
            report(measured, cast, Need(capsules.pk, 10, brand.code))
        assert refusal.pointers == ["/lines/0/brand"]

    def test_are_refused_where_unknown_of_another_medicine_or_twice(
        self, cast: Cast, branded: DemandRound, capsules: Presentation
    ) -> None:
        own = factories.product(cast.supplier_firm, capsules)
        foreign = factories.product(cast.supplier_firm, factories.presentation("布洛芬"))
        needs = [Need(capsules.pk, 1, code) for code in ("none", foreign.code, own.code, own.code)]
        with refused(UnknownCode, BrandOfAnother, PresentationTwice):
            report(branded, cast, *needs)


class TestUsedAndNotReported:
    def test_names_what_was_used_and_is_left_out(
        self, cast: Cast, measured: DemandRound, capsules: Presentation
    ) -> None:
        tablets, syrup = factories.presentation(form="片剂"), factories.presentation(form="糖浆")
        factories.prior_use({capsules: 10, tablets: 20}, cast.buyer)
        factories.prior_use({syrup: 30}, cast.buyer, year=NOW.year - 2)
        made = report(measured, cast, Need(capsules.pk, 10))
        assert [(use.presentation, use.quantity) for use in used_and_not_reported(made)] == [(tablets, 20)]
