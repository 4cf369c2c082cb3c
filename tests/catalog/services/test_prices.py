from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalog.errors import (
    AlreadyRegistered,
    CeilingExceeded,
    NoGuidePrice,
    NoRuleSet,
    PriceAlreadyFixed,
    UnknownCode,
)
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven, RulesBroken
from catalog.foundation.imports import BadCell, DuplicateRow, Table
from catalog.foundation.journal.models import Event
from catalog.models import GuidePrice, PriceDecision, ProcurementPrice, Product, RuleSet
from catalog.queries import guide_price, guide_prices, procurement_price, rule_set
from catalog.services.prices import (
    NewGuidePrice,
    check_guide_price_table,
    enter_price_decision,
    load_guide_prices,
)
from catalog.services.procurement_prices import NewProcurementPrice, fix_procurement_prices
from catalog.states import PriceSource
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW
from tests.refusals import refused

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def decide(number: str = "1号", price: str = "8.72", **changed: object) -> PriceDecision:
    options = {"valid_from": JUNE, "valid_until": AUGUST} | changed
    return enter_price_decision(
        number=number,
        title="零售指导价格",
        issuer="国家发展和改革委员会",
        decided_on=JUNE,
        source="",
        prices=[NewGuidePrice(factories.presentation(), 24, Decimal(price))],
        actor=Actor.platform(),
        at=NOW,
        **options,
    )


@pytest.mark.django_db
class TestEnterPriceDecision:
    def test_enters_its_guide_prices_and_writes_them_down(self) -> None:
        decision = decide()
        assert decision.guide_prices.get().price == Decimal("8.72")
        assert Event.objects.get().action == "price_decision.enter"

    def test_may_follow_another_one_without_a_gap(self) -> None:
        decide(valid_until=JULY)
        decide("2号", "9.00", valid_from=JULY)
        prices = [GuidePrice.objects.in_force(on).get().price for on in (date(2026, 6, 30), JULY)]
        assert prices == [Decimal("8.72"), Decimal("9.00")]

    @pytest.mark.parametrize(
        ("number", "valid_from"), [("2号", JULY), ("1号", AUGUST)], ids=["overlaps", "number taken"]
    )
    def test_refuses_a_second_one_in_the_same_period_or_of_the_same_number(self, number: str, valid_from: date) -> None:
        decide()
        with pytest.raises(PriceAlreadyFixed):
            decide(number, "9.00", valid_from=valid_from, valid_until=None)
        assert PriceDecision.objects.count() == GuidePrice.objects.count() == Event.objects.count() == 1


@pytest.mark.django_db
class TestLoadGuidePrices:
    HEADER = ["medicine", "form", "strength", "pack_quantity", "price", "derivation"]
    ROW = ["阿莫西林", "胶囊", "0.25g", "24", "8.72", ""]
    HALF = [*ROW[:3], "12", "4.50", "8.72 / 2 × 1.03"]

    @pytest.fixture(autouse=True)
    def _listed(self) -> None:
        factories.presentation()

    def load(self, *rows: list[str], **changed: object) -> PriceDecision:
        options = {"number": "1号", "valid_from": JUNE, "valid_until": None} | changed
        return load_guide_prices(
            title="零售指导价格",
            issuer="国家发展和改革委员会",
            decided_on=JUNE,
            source="",
            table=Table(self.HEADER, list(rows)),
            actor=Actor.platform(),
            at=NOW,
            **options,
        )

    def test_enters_the_decision_with_its_prices(self) -> None:
        stated, derived = self.load(self.ROW, self.HALF).guide_prices.order_by("-pack_quantity")
        assert (stated.price, stated.is_derived, stated.manufacturer) == (Decimal("8.72"), False, None)
        assert (derived.pack_quantity, derived.derivation) == (12, "8.72 / 2 × 1.03")
        assert Event.objects.get().action == "price_decision.enter"

    def test_refuses_a_presentation_that_nobody_knows(self) -> None:
        with refused(UnknownCode) as refusal:
            self.load(self.ROW, ["无此药", *self.ROW[1:]])
        assert refusal.pointers == ["/rows/3/medicine"]
        assert not PriceDecision.objects.exists()

    def test_refuses_prices_and_packs_that_cannot_be(self) -> None:
        with refused(BadCell, BadCell) as refusal:
            self.load([*self.ROW[:3], "2147483648", "free", ""])
        assert refusal.pointers == ["/rows/2/pack_quantity", "/rows/2/price"]

    def test_refuses_two_prices_for_one_pack(self) -> None:
        with refused(DuplicateRow):
            self.load(self.ROW, [*self.ROW[:4], "9.00", ""])

    def test_names_every_row_that_has_a_price_in_the_period(self) -> None:
        self.load(self.ROW, valid_until=AUGUST)
        with refused(PriceAlreadyFixed) as refusal:
            self.load(self.HALF, self.ROW, number="2号", valid_from=JULY)
        assert refusal.pointers == ["/rows/3"]
        assert self.load(self.HALF, self.ROW, number="2号", valid_from=AUGUST).guide_prices.count() == 2

    def test_lets_a_makers_own_price_stand_beside_it(self, cast: Cast) -> None:
        factories.guide_price(manufacturer=cast.supplier_firm)
        assert self.load(self.ROW)

    def test_refuses_a_number_that_is_taken(self) -> None:
        self.load(self.ROW)
        with refused(AlreadyRegistered) as refusal:
            self.load(self.HALF)
        assert refusal.facts["value"] == "1号"

    def test_refuses_a_sheet_without_rows(self) -> None:
        with refused(NothingGiven):
            self.load()

    def test_checks_the_rows_alone_where_the_period_is_not_known(self) -> None:
        self.load(self.ROW)
        assert check_guide_price_table(Table(self.HEADER, [self.ROW])).errors == []


class TestGuidePrices:
    @pytest.fixture
    def product(self, cast: Cast) -> Product:
        return factories.product(cast.supplier_firm)

    def test_hold_from_the_first_day_up_to_the_last(self, product: Product) -> None:
        factories.guide_price(price="8.72", valid_from=JUNE, valid_until=JULY)
        assert guide_price(product, JUNE).price == guide_price(product, date(2026, 6, 30)).price == Decimal("8.72")
        for day in (date(2026, 5, 31), JULY):
            with pytest.raises(NoGuidePrice):
                guide_price(product, day)

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

    def test_are_found_in_one_query(self, cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        factories.guide_price()
        products = [factories.product(cast.supplier_firm, pack_quantity=pack) for pack in (24, 36, 48)]
        with django_assert_num_queries(1):
            assert len(guide_prices(products, JUNE)) == 1
        with django_assert_num_queries(0):
            assert guide_prices([], JUNE) == {}

    def test_are_derived_where_they_say_how(self) -> None:
        assert not GuidePrice(derivation="").is_derived
        assert GuidePrice(derivation="8.72 × 1.7").is_derived


class TestFixProcurementPrices:
    @pytest.fixture
    def product(self, cast: Cast) -> Product:
        factories.guide_price()
        return factories.product(cast.supplier_firm)

    def fix(
        self, product: Product, price: str = "6.00", provinces: tuple[str, ...] = (HENAN,), **changed: date | None
    ) -> list[ProcurementPrice]:
        options = {"valid_from": JUNE, "valid_until": AUGUST} | changed
        prices = [NewProcurementPrice(product, province, Decimal(price), "T1/1") for province in provinces]
        return fix_procurement_prices(prices=prices, source=PriceSource.AWARD, **options)

    def test_freezes_the_ceiling_that_they_were_fixed_under(self, product: Product) -> None:
        [fixed] = self.fix(product)
        assert (fixed.price, fixed.guide_amount, fixed.guide_price) == (
            Decimal("6.00"),
            Decimal("8.72"),
            GuidePrice.objects.get(),
        )

    def test_are_what_the_province_pays_in_the_period(self, product: Product) -> None:
        self.fix(product, provinces=(HENAN,))
        assert procurement_price(product, HENAN, JULY).price == Decimal("6.00")
        assert procurement_price(product, HENAN, AUGUST) is None
        assert procurement_price(product, HUBEI, JULY) is None

    def test_may_lie_exactly_at_the_guide_price(self, product: Product) -> None:
        assert self.fix(product, "8.72")[0].price == Decimal("8.72")

    def test_refuses_one_fen_above_the_guide_price(self, product: Product) -> None:
        with pytest.raises(RulesBroken) as caught:
            self.fix(product, "8.73", (HENAN, HUBEI))
        [error] = caught.value.errors
        assert isinstance(error, CeilingExceeded)
        assert (error.facts["price"], error.facts["ceiling"]) == (Decimal("8.73"), Decimal("8.72"))
        assert not ProcurementPrice.objects.exists()

    def test_refuses_a_product_without_a_guide_price(self, cast: Cast, product: Product) -> None:
        with pytest.raises(RulesBroken) as caught:
            self.fix(factories.product(cast.supplier_firm, pack_quantity=48))
        assert [type(error) for error in caught.value.errors] == [NoGuidePrice]

    def test_looks_at_the_guide_price_of_the_first_day(self, cast: Cast) -> None:
        tomorrow = factories.product(cast.rival_firm, factories.presentation(strength="0.5g"))
        factories.guide_price(tomorrow.presentation, valid_from=JULY)
        with pytest.raises(RulesBroken):
            self.fix(tomorrow)
        assert self.fix(tomorrow, valid_from=JULY)

    def test_refuses_a_second_price_in_the_period(self, product: Product) -> None:
        self.fix(product)
        with pytest.raises(PriceAlreadyFixed):
            self.fix(product, "5.00", valid_from=JULY)
        assert ProcurementPrice.objects.get().price == Decimal("6.00")
        assert self.fix(product, "5.00", (HUBEI,), valid_from=JULY)


class TestRuleSet:
    def test_is_the_one_in_force(self, rule_sets: dict[str, RuleSet]) -> None:
        assert rule_set(RuleSet.Kind.PRICE_RATIO, JUNE) == rule_sets["price_ratio"]

    def test_is_missed_before_the_first_one(self, rule_sets: dict[str, RuleSet]) -> None:
        with pytest.raises(NoRuleSet):
            rule_set(RuleSet.Kind.PRICE_RATIO, date(2009, 12, 31))
