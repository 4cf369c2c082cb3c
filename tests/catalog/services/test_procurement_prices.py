from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.errors import CeilingExceeded, NoGuidePrice, PeriodReversed, PriceAlreadyFixed, PriceNotPositive
from catalog.foundation.errors import NotAllowed, NothingGiven
from catalog.foundation.journal.models import Event
from catalog.models import GuidePrice, ProcurementPrice, Product
from catalog.queries import procurement_price
from catalog.services.procurement_prices import (
    NewProcurementPrice,
    end_procurement_prices,
    enter_procurement_prices,
    fix_procurement_prices,
)
from catalog.states import PriceSource
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW
from tests.refusals import refused

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


@pytest.fixture
def product(cast: Cast) -> Product:
    factories.guide_price()
    return factories.product(cast.supplier_firm)


class TestFixProcurementPrices:
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
        with refused(CeilingExceeded) as refusal:
            self.fix(product, "8.73", (HENAN, HUBEI))
        assert (refusal.facts["price"], refusal.facts["ceiling"]) == (Decimal("8.73"), Decimal("8.72"))
        assert not ProcurementPrice.objects.exists()

    def test_refuses_a_product_without_a_guide_price(self, cast: Cast, product: Product) -> None:
        with refused(NoGuidePrice):
            self.fix(factories.product(cast.supplier_firm, pack_quantity=48))

    def test_looks_at_the_guide_price_of_the_first_day(self, cast: Cast) -> None:
        tomorrow = factories.product(cast.rival_firm, factories.presentation(strength="0.5g"))
        factories.guide_price(tomorrow.presentation, valid_from=JULY)
        with refused(NoGuidePrice):
            self.fix(tomorrow)
        assert self.fix(tomorrow, valid_from=JULY)

    def test_refuses_a_second_price_in_the_period(self, product: Product) -> None:
        self.fix(product)
        with refused(PriceAlreadyFixed):
            self.fix(product, "5.00", valid_from=JULY)
        assert ProcurementPrice.objects.get().price == Decimal("6.00")
        assert self.fix(product, "5.00", (HUBEI,), valid_from=JULY)

    @pytest.mark.parametrize("price", ["0", "-6.00"])
    def test_refuses_a_price_of_nothing(self, product: Product, price: str) -> None:
        with refused(PriceNotPositive):
            self.fix(product, price)

    @pytest.mark.usefixtures("rule_sets")
    def test_freezes_how_a_ceiling_was_derived(self, cast: Cast) -> None:
        representative = factories.guide_price(is_representative=True)
        twice = factories.product(cast.supplier_firm, pack_quantity=48)
        # 8.72 × 1.95 = 17.004, half-up to the step of prices from 1 yuan
        [fixed] = self.fix(twice, "17.00")
        assert (fixed.guide_price, fixed.guide_amount) == (representative, Decimal("17.0"))
        assert [step["name"] for step in fixed.ceiling_steps] == ["pack", "rounding"]
        with refused(CeilingExceeded):
            self.fix(twice, "17.01", (HUBEI,))


class TestTheDatabase:
    """What the service could be asked to write falsely, refused by SQL of its own."""

    def create(self, product: Product, **changed: Any) -> None:
        given = {
            "product": product,
            "province_id": HENAN,
            "price": Decimal("6.00"),
            "guide_price": GuidePrice.objects.earliest("pk"),
            "guide_amount": Decimal("8.72"),
            "validity": (JUNE, None),
            "source": PriceSource.AWARD,
        }
        with transaction.atomic():
            ProcurementPrice.objects.create(**given | changed)

    def refuses(self, product: Product, **changed: Any) -> str:
        with pytest.raises(IntegrityError) as caught:
            self.create(product, **changed)
        return caught.value.__cause__.diag.constraint_name

    def test_refuses_a_price_above_the_ceiling(self, product: Product) -> None:
        assert self.refuses(product, price=Decimal("8.73")) == "procurement_price_within_guide_price"
        self.create(product, price=Decimal("8.72"))

    @pytest.mark.parametrize(
        "changed",
        [
            {"guide_amount": Decimal("9.00"), "price": Decimal("9.00")},
            {"validity": (date(2009, 1, 1), None)},
            {"ceiling_steps": []},
        ],
        ids=["a ceiling of its own", "of another day", "derived from no representative"],
    )
    def test_refuses_a_ceiling_that_is_not_the_guide_price_of_the_day(
        self, product: Product, changed: dict[str, Any]
    ) -> None:
        assert self.refuses(product, **changed) == "the_ceiling_is_the_guide_price_of_its_day"

    def test_refuses_the_ceiling_of_another_pack_maker_or_medicine(self, cast: Cast, product: Product) -> None:
        others = [
            factories.product(cast.supplier_firm, pack_quantity=48),
            factories.product(cast.supplier_firm, factories.presentation("头孢拉定")),
        ]
        assert {self.refuses(other) for other in others} == {"the_ceiling_is_the_guide_price_of_its_day"}
        own = factories.guide_price(price="9.00", manufacturer=cast.rival_firm)
        changed = {"guide_price": own, "guide_amount": own.price}
        assert self.refuses(product, **changed) == "the_ceiling_is_the_guide_price_of_its_day"

    def test_refuses_the_general_ceiling_where_the_maker_has_one_of_its_own(self, cast: Cast, product: Product) -> None:
        factories.guide_price(price="7.00", manufacturer=cast.rival_firm)
        self.create(product)
        factories.guide_price(price="7.00", manufacturer=cast.supplier_firm, valid_from=JULY)
        self.create(product, province_id=HUBEI)
        changed = {"province_id": HUBEI, "validity": (JULY, None)}
        ProcurementPrice.objects.filter(province=HUBEI).update(validity=(JUNE, JULY))
        assert self.refuses(product, **changed) == "the_ceiling_is_the_guide_price_of_its_day"

    @pytest.mark.parametrize(
        ("steps", "right", "wrong"),
        [
            ([], "8.72", "8.73"),
            ([{"name": "pack", "price_after": "8.5"}], "8.50", "8.72"),
            ([{"name": "pack", "price_after": "17.004"}, {"name": "rounding", "price_after": "17"}], "17.00", "17.004"),
        ],
        ids=["without a step", "one step", "two steps"],
    )
    def test_refuses_a_ceiling_that_is_not_where_its_derivation_ends(
        self, cast: Cast, steps: list[dict[str, str]], right: str, wrong: str
    ) -> None:
        factories.guide_price(is_representative=True)
        twice = factories.product(cast.supplier_firm, pack_quantity=48)
        changed = {"ceiling_steps": steps, "guide_amount": Decimal(wrong)}
        assert self.refuses(twice, **changed) == "the_ceiling_is_the_guide_price_of_its_day"
        self.create(twice, ceiling_steps=steps, guide_amount=Decimal(right))

    def test_lets_a_price_end_and_nothing_else(self, product: Product) -> None:
        self.create(product)
        fixed = ProcurementPrice.objects.all()
        fixed.update(validity=(JUNE, JULY))
        for changed in ({"price": Decimal("5.00")}, {"validity": (JULY, None)}):
            with pytest.raises(IntegrityError) as caught, transaction.atomic():
                fixed.update(**changed)
            assert caught.value.__cause__.diag.constraint_name == "a_fixed_price_is_not_rewritten"


class TestEnterProcurementPrices:
    def enter(self, cast: Cast, prices: Collection[tuple[Product, str, str]], **changed: Any) -> list[ProcurementPrice]:
        options = {"actor": cast.officer, "valid_from": JUNE, "valid_until": None} | changed
        return enter_procurement_prices(
            prices=[
                NewProcurementPrice(item, province, Decimal(price), "谈判纪要") for item, province, price in prices
            ],
            source=PriceSource.NEGOTIATION,
            at=NOW,
            **options,
        )

    def test_enters_them_and_writes_each_down(self, cast: Cast, product: Product) -> None:
        [entered] = self.enter(cast, [(product, HENAN, "6.00")])
        assert (entered.source, entered.source_reference) == (PriceSource.NEGOTIATION, "谈判纪要")
        event = Event.objects.get(action="procurement_price.enter")
        assert (event.subject_id, event.changes["price"]) == (entered.pk, [None, "6.00"])

    def test_ends_the_former_price_of_the_province_alone(self, cast: Cast, product: Product) -> None:
        [former] = self.enter(cast, [(product, HENAN, "6.00")])
        elsewhere = factories.procurement_price(product, province_id=HUBEI)
        self.enter(cast, [(product, HENAN, "5.00")], valid_from=JULY)
        former.refresh_from_db()
        elsewhere.refresh_from_db()
        assert (former.validity.upper, elsewhere.validity.upper) == (JULY, None)
        assert procurement_price(product, HENAN, JULY).price == Decimal("5.00")

    @pytest.mark.parametrize("valid_from", [JUNE, date(2026, 5, 1)], ids=["the same day", "before"])
    def test_refuses_one_of_the_same_day_or_before_one_that_stands(
        self, cast: Cast, product: Product, valid_from: date
    ) -> None:
        self.enter(cast, [(product, HENAN, "6.00")])
        with refused(PriceAlreadyFixed):
            self.enter(cast, [(product, HENAN, "5.00")], valid_from=valid_from)
        assert ProcurementPrice.objects.get().price == Decimal("6.00")

    def test_refuses_all_for_one_above_its_ceiling(self, cast: Cast, product: Product) -> None:
        former = factories.procurement_price(product)
        other = factories.product(cast.rival_firm)
        with refused(CeilingExceeded):
            self.enter(cast, [(product, HENAN, "6.00"), (other, HENAN, "8.73")])
        former.refresh_from_db()
        assert former.validity.upper is None
        assert ProcurementPrice.objects.count() == 1

    def test_refuses_an_officer_of_another_province(self, cast: Cast, product: Product) -> None:
        for prices in ([(product, HENAN, "6.00")], [(product, HUBEI, "6.00"), (product, HENAN, "6.00")]):
            with refused(NotAllowed):
                self.enter(cast, prices, actor=cast.foreign_officer)
        assert self.enter(cast, [(product, HUBEI, "6.00")], actor=cast.foreign_officer)

    @pytest.mark.parametrize("who", ["buyer", "supplier", "supervisor"])
    def test_refuses_who_is_no_officer(self, cast: Cast, product: Product, who: str) -> None:
        with refused(NotAllowed):
            self.enter(cast, [(product, HENAN, "6.00")], actor=getattr(cast, who))

    def test_refuses_nothing_and_a_period_that_ends_first(self, cast: Cast, product: Product) -> None:
        with refused(NothingGiven):
            self.enter(cast, [])
        with refused(PeriodReversed):
            self.enter(cast, [(product, HENAN, "6.00")], valid_until=JUNE)


class TestEndProcurementPrices:
    def test_ends_what_stands_under_the_keys_alone(self, cast: Cast, product: Product) -> None:
        other = factories.product(cast.rival_firm)
        for item, province in ((product, HENAN), (product, HUBEI), (other, HENAN), (other, HUBEI)):
            factories.procurement_price(item, province_id=province)
        assert end_procurement_prices([(product.pk, HENAN), (other.pk, HUBEI)], on=JULY) == 2
        standing = set(ProcurementPrice.objects.in_force(JULY).values_list("product", "province"))
        assert standing == {(product.pk, HUBEI), (other.pk, HENAN)}
