from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalog.models import Product, RuleSet
from catalog.queries import Ceiling, guide_prices, procurement_price
from tests import factories
from tests.cast import HENAN, HUBEI, PRICE_RATIOS, Cast

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
RATIO = RuleSet.Kind.PRICE_RATIO


class TestGuidePrices:
    @pytest.fixture
    def product(self, cast: Cast) -> Product:
        return factories.product(cast.supplier_firm)

    def test_hold_from_the_first_day_up_to_the_last(self, product: Product) -> None:
        factories.guide_price(price="8.72", valid_from=JUNE, valid_until=JULY)
        assert (
            guide_prices([product], JUNE)[product.pk].price
            == guide_prices([product], date(2026, 6, 30))[product.pk].price
            == Decimal("8.72")
        )
        for day in (date(2026, 5, 31), JULY):
            assert guide_prices([product], day) == {}

    def test_the_makers_own_goes_before_the_general_one(self, cast: Cast, product: Product) -> None:
        factories.guide_price(price="9.99", manufacturer=cast.supplier_firm)
        factories.guide_price(price="8.72")
        other = factories.product(cast.rival_firm)
        found = guide_prices([product, other], JUNE)
        assert (found[product.pk].price, found[other.pk].price) == (Decimal("9.99"), Decimal("8.72"))

    def test_another_makers_own_does_not_count(self, cast: Cast, product: Product) -> None:
        factories.guide_price(price="9.99", manufacturer=cast.rival_firm)
        assert guide_prices([product], JUNE) == {}

    def test_of_another_pack_do_not_count(self, cast: Cast, product: Product) -> None:
        factories.guide_price(pack_quantity=48, price="17.00")
        assert guide_prices([product], JUNE) == {}

    def test_are_found_in_one_query_where_they_are_stated(self, cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        factories.guide_price()
        products = [factories.product(maker) for maker in (cast.supplier_firm, cast.rival_firm)]
        for some in (products[:1], products):
            with django_assert_num_queries(1):
                assert len(guide_prices(some, JUNE)) == len(some)
        with django_assert_num_queries(0):
            assert guide_prices([], JUNE) == {}

    def test_say_where_whoever_entered_them_derived_them(self, product: Product) -> None:
        factories.guide_price(derivation="8.72 × 1.7")
        found = guide_prices([product], JUNE)[product.pk]
        assert (found.is_derived, found.derivation, found.steps, found.rules) == (True, "8.72 × 1.7", None, None)

    def test_are_stated_by_their_decision(self, product: Product) -> None:
        row = factories.guide_price()
        found = guide_prices([product], JUNE)[product.pk]
        assert (found.is_derived, found.derivation, found.decision) == (False, "", row.decision)


class TestDerived:
    """Where no decision states the price: from the representative, by the ratios of 发改价格〔2011〕2452号."""

    @pytest.fixture(autouse=True)
    def _rules(self, rule_sets: dict[str, RuleSet]) -> None:
        """The official numbers are in force."""

    def ceiling(
        self, cast: Cast, form: str = "胶囊", strength: str = "0.25g", pack: int = 24, medicine: str = "阿莫西林"
    ) -> Ceiling | None:
        of = factories.presentation(medicine, form, strength)
        product = factories.product(cast.supplier_firm, of, pack_quantity=pack)
        return guide_prices([product], JUNE).get(product.pk)

    @pytest.mark.parametrize(
        ("form", "strength", "pack", "price", "steps"),
        [
            # 10.00 × 1.7^log₂2
            ("胶囊", "0.5g", 24, "17.0", ["strength"]),
            # 10.00 ÷ 1.7 = 5.882…
            ("胶囊", "0.125g", 24, "5.9", ["strength", "rounding"]),
            # 10.00 × 1.95^log₂2
            ("胶囊", "0.25g", 48, "19.5", ["pack"]),
            # 10.00 ÷ 1.95 = 5.128…
            ("胶囊", "0.25g", 12, "5.1", ["pack", "rounding"]),
            # 10.00 × 1.2
            ("分散片", "0.25g", 24, "12.0", ["form"]),
            # 10.00 × 1
            ("片剂", "0.25g", 24, "10.00", []),
            # 10.00 × 1.2 × 1.7 × 1.95
            ("分散片", "500mg", 48, "39.8", ["form", "strength", "pack", "rounding"]),
        ],
    )
    def test_is_the_representatives_by_the_official_ratios(
        self, cast: Cast, form: str, strength: str, pack: int, price: str, steps: list[str]
    ) -> None:
        row = factories.guide_price(price="10.00", is_representative=True)
        found = self.ceiling(cast, form, strength, pack)
        assert found.price == Decimal(price)
        assert [step["name"] for step in found.steps] == steps
        assert (found.guide_price, found.is_derived, found.rules.kind) == (row, True, RATIO)

    def test_takes_a_volume_by_its_own_ratio(self, cast: Cast) -> None:
        of = factories.presentation("葡萄糖", "注射液", "10ml:1g")
        factories.guide_price(of, 1, "10.00", is_representative=True)
        # the concentration is the same, the volume twice: 10.00 × 1.9
        found = self.ceiling(cast, "注射液", "20ml:2g", 1, "葡萄糖")
        assert (found.price, [step["name"] for step in found.steps]) == (Decimal("19.0"), ["volume"])

    def test_says_in_words_how_it_came_about(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        words = self.ceiling(cast, strength="0.5g").derivation
        assert "1.7^log₂X" in words and "17" in words

    def test_gives_way_to_what_is_stated(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        factories.guide_price(factories.presentation(strength="0.5g"), price="16.00")
        found = self.ceiling(cast, strength="0.5g")
        assert (found.price, found.is_derived) == (Decimal("16.00"), False)

    def test_rests_on_the_makers_own_representative_first(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        factories.guide_price(price="20.00", is_representative=True, manufacturer=cast.supplier_firm)
        factories.guide_price(price="1.00", is_representative=True, manufacturer=cast.rival_firm)
        assert self.ceiling(cast, strength="0.5g").price == Decimal("34.0")
        of = factories.presentation(strength="0.5g")
        third = factories.product(cast.distributor_firm, of)
        assert guide_prices([third], JUNE)[third.pk].price == Decimal("17.0")

    def test_rests_on_the_nearest_representative(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        factories.guide_price(factories.presentation(form="颗粒剂"), price="4.00", is_representative=True)
        assert self.ceiling(cast, form="颗粒剂", strength="0.5g").price == Decimal("6.8")

    def test_does_not_rest_on_what_is_no_representative(self, cast: Cast) -> None:
        factories.guide_price(price="10.00")
        assert self.ceiling(cast, strength="0.5g") is None

    def test_does_not_rest_on_another_medicine_or_another_makers_own(self, cast: Cast) -> None:
        factories.guide_price(factories.presentation("头孢拉定"), is_representative=True)
        factories.guide_price(is_representative=True, manufacturer=cast.rival_firm)
        assert self.ceiling(cast, strength="0.5g") is None

    @pytest.mark.parametrize(
        ("form", "strength"), [("注射液", "2ml:0.25g"), ("胶囊", "大小不一"), ("颗粒剂", "每袋装3g")]
    )
    def test_is_none_where_the_rules_give_none(self, cast: Cast, form: str, strength: str) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        assert self.ceiling(cast, form, strength) is None

    def test_is_none_from_a_representative_of_another_day(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True, valid_until=JUNE)
        assert self.ceiling(cast, strength="0.5g") is None

    def test_knows_no_pack_quantity_that_is_the_same_as_another(self, cast: Cast) -> None:
        """Of a form whose packs are not rebated, twice the pack is twice the price."""
        of = factories.presentation(form="颗粒剂")
        factories.guide_price(of, 10, "10.00", is_representative=True)
        assert self.ceiling(cast, form="颗粒剂", pack=20).price == Decimal("20.00")


@pytest.mark.django_db
class TestRulesOfTheDay:
    def product(self, cast: Cast) -> Product:
        factories.guide_price(price="10.00", is_representative=True)
        return factories.product(cast.supplier_firm, factories.presentation(strength="0.5g"))

    def test_derive_and_not_those_of_today(self, cast: Cast) -> None:
        product = self.product(cast)
        factories.rule_set(RATIO, PRICE_RATIOS, valid_from=date(2010, 1, 1))
        factories.rule_set(RATIO, PRICE_RATIOS | {"strength_base": "1.8"}, valid_from=JULY)
        prices = [guide_prices([product], on)[product.pk].price for on in (date(2026, 6, 30), JULY)]
        assert prices == [Decimal("17.0"), Decimal("18.0")]

    def test_derive_nothing_where_there_are_none(self, cast: Cast) -> None:
        product = self.product(cast)
        assert guide_prices([product], JUNE) == {}
        factories.rule_set(RATIO, PRICE_RATIOS, valid_from=JULY)
        assert guide_prices([product], JUNE) == {}
        assert guide_prices([product], JULY)[product.pk].is_derived


class TestQueries:
    def test_are_as_many_for_200_products_as_for_one(
        self, cast: Cast, rule_sets: dict[str, RuleSet], django_assert_num_queries
    ) -> None:  # type: ignore[no-untyped-def]
        factories.guide_price(price="10.00", is_representative=True)
        of = factories.presentation(strength="0.5g")
        Product.objects.bulk_create(
            Product(code=f"Q{number}", presentation=of, pack_quantity=number, manufacturer=cast.supplier_firm)
            for number in range(1, 201)
        )
        products = list(Product.objects.select_related("presentation"))
        for some in (products[:1], products):
            with django_assert_num_queries(4):
                assert len(guide_prices(some, JUNE)) == len(some)


class TestProcurementPrice:
    def test_is_the_provinces_of_the_day(self, cast: Cast) -> None:
        factories.guide_price()
        product = factories.product(cast.supplier_firm)
        entered = factories.procurement_price(product, valid_from=JUNE, valid_until=JULY)
        assert procurement_price(product, HENAN, JUNE) == entered
        assert procurement_price(product, HENAN, JULY) is None
        assert procurement_price(product, HUBEI, JUNE) is None
