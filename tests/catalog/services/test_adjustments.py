from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.errors import (
    AdjustmentOpen,
    CeilingExceeded,
    NoGuidePrice,
    NoProcurementPrice,
    PriceAlreadyFixed,
    PriceNotPositive,
    ReasonNeeded,
)
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import PriceAdjustment, ProcurementPrice, Product
from catalog.queries import procurement_price
from catalog.services.adjustments import approve_adjustment, drop_adjustment, open_adjustment
from catalog.services.procurement_prices import end_procurement_prices
from catalog.states import AdjustmentStatus, PriceSource
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused

MAY, JUNE, JULY = date(2026, 5, 31), date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def product(cast: Cast) -> Product:
    """Henan pays 6.00 for it since 2020 until 2030, under a ceiling of 8.72."""
    factories.guide_price()
    product = factories.product(cast.supplier_firm)
    factories.procurement_price(product, "6.00", valid_until=date(2030, 1, 1))
    return product


class TestOpenAdjustment:
    def open(self, cast: Cast, product: Product, **changed: Any) -> PriceAdjustment:
        options = {
            "product_id": product.pk,
            "province_id": HENAN,
            "price": Decimal("5.00"),
            "valid_from": JUNE,
            "reason": "湖北省的价格更低",
            "actor": cast.officer,
            "at": NOW,
        }
        return open_adjustment(**options | changed)

    def test_changes_no_price_yet(self, cast: Cast, product: Product) -> None:
        opened = self.open(cast, product, evidence={"province": HUBEI})
        assert (opened.status, opened.opened_by_id) == (AdjustmentStatus.OPEN, cast.officer.user_id)
        assert (opened.former.price, opened.evidence) == (Decimal("6.00"), {"province": HUBEI})
        assert ProcurementPrice.objects.count() == 1
        assert Event.objects.get(action="price_adjustment.open").changes["price"] == ["6.0000", "5.00"]

    def test_may_ask_for_more_up_to_the_ceiling(self, cast: Cast, product: Product) -> None:
        with refused(CeilingExceeded):
            self.open(cast, product, price=Decimal("8.73"))
        assert self.open(cast, product, price=Decimal("8.72"))

    @pytest.mark.parametrize("price", ["0", "-1"])
    def test_refuses_a_price_of_nothing(self, cast: Cast, product: Product, price: str) -> None:
        with refused(PriceNotPositive):
            self.open(cast, product, price=Decimal(price))

    def test_refuses_a_second_one(self, cast: Cast, product: Product) -> None:
        self.open(cast, product)
        with refused(AdjustmentOpen):
            self.open(cast, product, actor=cast.second_officer)

    def test_refuses_without_a_reason(self, cast: Cast, product: Product) -> None:
        with refused(ReasonNeeded):
            self.open(cast, product, reason="  ")

    def test_refuses_where_the_province_pays_no_price(self, cast: Cast, product: Product) -> None:
        with refused(NoProcurementPrice):
            self.open(cast, product, province_id=HUBEI, actor=cast.foreign_officer)
        with refused(NoProcurementPrice):
            self.open(cast, product, valid_from=date(2030, 1, 1))

    def test_refuses_the_first_day_of_the_price_so_far(self, cast: Cast, product: Product) -> None:
        with refused(PriceAlreadyFixed):
            self.open(cast, product, valid_from=date(2020, 1, 1))

    def test_refuses_a_day_without_a_ceiling(self, cast: Cast) -> None:
        factories.guide_price(valid_until=JUNE)
        product = factories.product(cast.supplier_firm)
        factories.procurement_price(product)
        with refused(NoGuidePrice):
            self.open(cast, product)
        assert self.open(cast, product, valid_from=MAY)

    def test_refuses_another_provinces_officer_a_system_and_who_is_no_officer(
        self, cast: Cast, product: Product
    ) -> None:
        for actor in (cast.foreign_officer, machine_of(cast.officer), cast.buyer, cast.supervisor, cast.platform):
            with refused(NotAllowed):
                self.open(cast, product, actor=actor)

    def test_refuses_a_product_that_there_is_not(self, cast: Cast, product: Product) -> None:
        with refused(NotVisible):
            self.open(cast, product, product_id=0)


class TestApproveAdjustment:
    def approve(self, cast: Cast, opened: PriceAdjustment, **changed: Any) -> PriceAdjustment:
        return approve_adjustment(adjustment_id=opened.pk, **{"actor": cast.second_officer, "at": NOW} | changed)

    def test_lets_the_new_price_hold_as_long_as_the_former_would_have(self, cast: Cast, product: Product) -> None:
        approved = self.approve(cast, factories.adjustment(cast, product))
        assert (approved.status, approved.decided_by_id) == (AdjustmentStatus.APPROVED, cast.second_officer.user_id)
        before, after = (procurement_price(product, HENAN, on) for on in (MAY, JUNE))
        assert (before.price, before.validity.upper) == (Decimal("6.00"), JUNE)
        assert (after.price, after.validity.upper) == (Decimal("5.00"), date(2030, 1, 1))
        assert (after.source, after.source_reference) == (PriceSource.ADJUSTMENT, str(approved.pk))

    def test_leaves_other_provinces_alone(self, cast: Cast, product: Product) -> None:
        elsewhere = factories.procurement_price(product, "7.00", province_id=HUBEI)
        self.approve(cast, factories.adjustment(cast, product))
        assert procurement_price(product, HUBEI, JULY) == elsewhere

    def test_refuses_who_opened_it(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        with refused(NotAllowed):
            self.approve(cast, opened, actor=cast.officer)
        assert procurement_price(product, HENAN, JULY).price == Decimal("6.00")

    def test_is_refused_to_who_opened_it_by_the_database_too(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        with pytest.raises(IntegrityError, match="who_opens_an_adjustment"), transaction.atomic():
            PriceAdjustment.objects.filter(pk=opened.pk).update(decided_by=opened.opened_by)

    def test_is_hidden_from_another_provinces_officer(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        with refused(NotVisible):
            self.approve(cast, opened, actor=cast.foreign_officer)
        with refused(NotAllowed):
            self.approve(cast, opened, actor=cast.supervisor)

    def test_refuses_when_the_ceiling_has_fallen_below_it_meanwhile(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        factories.guide_price(price="4.99", valid_from=JUNE)
        with refused(CeilingExceeded):
            self.approve(cast, opened)
        assert procurement_price(product, HENAN, JULY).price == Decimal("6.00")
        opened.refresh_from_db()
        assert opened.status == AdjustmentStatus.OPEN

    def test_refuses_when_the_former_price_has_ended_meanwhile(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        end_procurement_prices([(product.pk, HENAN)], on=MAY)
        with refused(NoProcurementPrice):
            self.approve(cast, opened)

    def test_refuses_when_another_price_stands_on_the_day_by_now(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        meanwhile = factories.procurement_price(product, "4.00", valid_from=MAY)
        with refused(PriceAlreadyFixed):
            self.approve(cast, opened)
        assert procurement_price(product, HENAN, JULY) == meanwhile

    def test_refuses_when_another_price_begins_on_the_day_meanwhile(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        factories.procurement_price(product, "5.50", valid_from=JUNE)
        with refused(PriceAlreadyFixed):
            self.approve(cast, opened)

    def test_refuses_twice_and_on_an_old_version(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        with refused(Stale):
            self.approve(cast, opened, expected_version=9)
        self.approve(cast, opened)
        with refused(AlreadyDone):
            self.approve(cast, opened)

    def test_makes_room_for_the_next_one(self, cast: Cast, product: Product) -> None:
        self.approve(cast, factories.adjustment(cast, product))
        later = factories.adjustment(cast, product, "4.00", valid_from=JULY)
        assert later.former.price == Decimal("5.00")


class TestDropAdjustment:
    @pytest.mark.parametrize("who", ["officer", "second_officer"])
    def test_keeps_the_reason_and_the_price(self, cast: Cast, product: Product, who: str) -> None:
        opened, actor = factories.adjustment(cast, product), getattr(cast, who)
        dropped = drop_adjustment(adjustment_id=opened.pk, reason=" 湖北省更正 ", actor=actor, at=NOW)
        assert (dropped.status, dropped.evidence["dropped_because"]) == (AdjustmentStatus.DROPPED, "湖北省更正")
        assert dropped.evidence["province"] == HUBEI
        assert Event.objects.get(action="price_adjustment.drop").user_id == actor.user_id
        assert procurement_price(product, HENAN, JULY).price == Decimal("6.00")
        assert factories.adjustment(cast, product)

    def test_refuses_without_a_reason(self, cast: Cast, product: Product) -> None:
        with refused(ReasonNeeded):
            drop_adjustment(adjustment_id=factories.adjustment(cast, product).pk, reason="", actor=cast.officer, at=NOW)

    def test_refuses_what_is_approved(self, cast: Cast, product: Product) -> None:
        opened = factories.adjustment(cast, product)
        approve_adjustment(adjustment_id=opened.pk, actor=cast.second_officer, at=NOW)
        with refused(WrongState):
            drop_adjustment(adjustment_id=opened.pk, reason="x", actor=cast.officer, at=NOW)
