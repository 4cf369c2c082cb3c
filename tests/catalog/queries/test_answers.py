from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import InsuranceListing, Product, RuleSet
from catalog.queries import Ground
from catalog.queries.answers import PriceAnswer, price_of, prices_of
from catalog.rules.markup import RULE_GUIDE_PRICE, RULE_MARKUP
from catalog.states import ListClass, Scheme
from tests import factories
from tests.cast import HENAN, HUBEI, PRICE_RATIOS, Cast
from tests.factories import presentation

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
MARKUPS = {"markup": "0", "markup_secondary": "0.10", "markup_tertiary": "0.50"}


@pytest.fixture
def product(cast: Cast) -> Product:
    """Amoxicillin of the supplier, bought by Henan for 6.00 under a guide price of 8.72."""
    factories.guide_price()
    product = factories.product(cast.supplier_firm)
    factories.procurement_price(product, "6.00")
    return product


@pytest.fixture
def _zero_markup(cast: Cast) -> None:
    factories.rule_set(RuleSet.Kind.RETAIL_CHECK, MARKUPS)


def answer(product: Product, province_id: str = HENAN, on: date = JUNE, **options: Any) -> PriceAnswer:
    return price_of(product, province_id=province_id, on=on, **options)


@pytest.mark.usefixtures("_zero_markup")
class TestPrices:
    def test_names_each_with_the_record_that_it_rests_on(self, product: Product) -> None:
        found = answer(product)
        assert (found.ceiling.price, found.procurement.price) == (Decimal("8.72"), Decimal("6.00"))
        assert found.ceiling.decision == found.procurement.guide_price.decision
        assert found.markup_rules.parameters == MARKUPS
        assert not found.ceiling.is_derived

    @pytest.mark.parametrize(
        ("tier", "highest", "rule"),
        [
            ("primary", "6.00", RULE_MARKUP),
            ("secondary", "6.60", RULE_MARKUP),
            # 6.00 × 1.5 would be 9.00
            ("tertiary", "8.72", RULE_GUIDE_PRICE),
        ],
    )
    def test_are_raised_by_the_markup_of_the_level_up_to_the_ceiling(
        self, product: Product, tier: str, highest: str, rule: str
    ) -> None:
        found = answer(product, tier=tier)
        assert (found.highest_retail, found.retail_evidence["rule"]) == (Decimal(highest), rule)

    def test_are_bounded_by_the_ceiling_alone_where_the_province_pays_none(self, product: Product) -> None:
        found = answer(product, HUBEI)
        assert (found.procurement, found.highest_retail) == (None, Decimal("8.72"))

    def test_are_derived_where_no_decision_states_them(self, cast: Cast) -> None:
        factories.rule_set(RuleSet.Kind.PRICE_RATIO, PRICE_RATIOS)
        factories.guide_price(price="10.00", is_representative=True)
        found = answer(factories.product(cast.supplier_firm, presentation(strength="0.5g")))
        assert (found.ceiling.price, found.ceiling.is_derived) == (Decimal("17.0"), True)
        assert found.highest_retail == Decimal("17.0")

    def test_are_those_of_the_day(self, product: Product) -> None:
        factories.procurement_price(product, "5.00", valid_from=JULY)
        assert [answer(product, on=on).procurement.price for on in (JUNE, JULY)] == [Decimal("6.00"), Decimal("5.00")]

    def test_are_none_where_nothing_is_known(self, cast: Cast) -> None:
        found = answer(factories.product(cast.rival_firm))
        assert (found.ceiling, found.procurement, found.highest_retail) == (None, None, None)
        assert (found.listing, found.reimbursed) == (None, [])
        assert found.essentiality.ground == Ground.NO_EDITION


class TestWithoutARuleOfTheDay:
    def test_no_highest_price_is_stated(self, product: Product) -> None:
        factories.rule_set(RuleSet.Kind.RETAIL_CHECK, MARKUPS, valid_from=JULY)
        factories.reimbursement_terms()
        found = answer(product)
        assert (found.markup_rules, found.highest_retail, found.reimbursed) == (None, None, [])
        assert answer(product, on=JULY).highest_retail == Decimal("6.00")


@pytest.mark.usefixtures("_zero_markup")
class TestReimbursed:
    def pays(self, product: Product, **options: Any) -> list[Decimal]:
        return [item.patient_pays for item in answer(product, **options).reimbursed]

    @pytest.mark.parametrize("scheme", Scheme)
    def test_leaves_the_patient_what_the_scheme_does_not_pay(self, product: Product, scheme: Scheme) -> None:
        factories.reimbursement_terms(scheme, rate="0.70", essential_bonus="0.10")
        factories.insurance_listing(product.presentation)
        # 6.00 × (1 − 0.70), and with the bonus × (1 − 0.80)
        assert self.pays(product) == [Decimal("1.80")]
        factories.edition()
        assert self.pays(product) == [Decimal("1.20")]

    def test_answers_for_every_scheme_of_the_province_and_level(self, product: Product) -> None:
        factories.insurance_listing(product.presentation)
        for scheme, rate in ((Scheme.EMPLOYEES, "0.80"), (Scheme.RESIDENTS, "0.50")):
            factories.reimbursement_terms(scheme, rate=rate)
        factories.reimbursement_terms(Scheme.EMPLOYEES, tier="tertiary", rate="0.60")
        factories.reimbursement_terms(Scheme.EMPLOYEES, province_id=HUBEI)
        assert sorted(self.pays(product)) == [Decimal("1.20"), Decimal("3.00")]
        # at the tertiary level it costs 8.72
        assert self.pays(product, tier="tertiary") == [Decimal("3.49")]

    def test_leaves_the_share_of_list_b_to_the_patient_first(self, product: Product) -> None:
        factories.reimbursement_terms(rate="0.70")
        factories.insurance_listing(product.presentation, ListClass.B, "0.10")
        # 6.00 − (6.00 × 0.90) × 0.70
        assert self.pays(product) == [Decimal("2.22")]

    def test_leaves_all_of_what_is_on_no_list(self, product: Product) -> None:
        factories.reimbursement_terms(rate="0.70")
        assert self.pays(product) == [Decimal("6.00")]
        factories.insurance_listing(product.presentation, valid_from=JULY)
        assert self.pays(product) == [Decimal("6.00")]

    def test_counts_the_deductible_as_used_up(self, product: Product) -> None:
        factories.reimbursement_terms(rate="0.70", deductible="300")
        factories.insurance_listing(product.presentation)
        assert self.pays(product) == [Decimal("1.80")]


class TestListing:
    def test_of_the_province_goes_before_the_national_and_of_the_presentation_before_all(
        self, product: Product
    ) -> None:
        of = product.presentation
        kinds = [{}, {"is_only_this": True}, {"province_id": HENAN}, {"is_only_this": True, "province_id": HENAN}]
        for kind in kinds:
            entered = factories.insurance_listing(of, ListClass.B, "0.10", **kind)
            assert answer(product).listing == entered
        assert answer(product, HUBEI).listing == InsuranceListing.objects.get(province=None, presentation=of)

    def test_of_another_presentation_does_not_count(self, cast: Cast, product: Product) -> None:
        factories.insurance_listing(presentation(form="片剂"), is_only_this=True)
        assert answer(product).listing is None


@pytest.mark.usefixtures("_zero_markup", "product")
class TestQueries:
    def test_are_as_many_for_200_products_as_for_one(self, cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        factories.edition()
        factories.reimbursement_terms()
        factories.insurance_listing(presentation())
        others = Product.objects.bulk_create(
            Product(code=f"Q{number}", presentation=presentation(), pack_quantity=number, manufacturer=cast.rival_firm)
            for number in range(1, 201)
        )
        counts = []
        for some in (others[:1], others):
            with django_assert_num_queries(13):
                found = prices_of(some, province_id=HENAN, on=JUNE)
            counts.append(len(found))
        assert counts == [1, 200]
