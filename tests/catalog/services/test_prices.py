from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalog.errors import PriceAlreadyFixed, PriceNotPositive, TemporaryWithoutMark
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.models import Event
from catalog.models import GuidePrice, PriceDecision
from catalog.services.prices import (
    NewGuidePrice,
    enter_price_decision,
)
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def decide(
    number: str = "1号", price: str = "8.72", line: dict[str, Any] | None = None, **changed: object
) -> PriceDecision:
    options = {"valid_from": JUNE, "valid_until": AUGUST, "actor": Actor.platform()} | changed
    return enter_price_decision(
        number=number,
        title="零售指导价格",
        issuer="国家发展和改革委员会",
        decided_on=JUNE,
        source="",
        prices=[NewGuidePrice(factories.presentation(), 24, Decimal(price), **line or {})],
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

    def test_ends_the_former_one_where_it_begins(self) -> None:
        former = decide().guide_prices.get()
        later = decide("2号", "9.00", valid_from=JULY, valid_until=None)
        former.refresh_from_db()
        assert (former.validity.lower, former.validity.upper) == (JUNE, JULY)
        assert Event.objects.get(subject_id=later.pk).changes["ended"] == [None, [former.pk]]

    def test_ends_no_price_of_another_pack_or_for_one_maker(self, cast: Cast) -> None:
        own = factories.guide_price(manufacturer=cast.supplier_firm)
        pack = factories.guide_price(pack_quantity=48)
        decide()
        for standing in (own, pack):
            standing.refresh_from_db()
            assert standing.validity.upper is None

    @pytest.mark.parametrize(
        ("number", "valid_from"),
        [("2号", JUNE), ("2号", date(2026, 5, 1)), ("1号", AUGUST)],
        ids=["of the same day", "before one that stands", "number taken"],
    )
    def test_refuses_a_second_one_of_the_same_day_or_of_the_same_number(self, number: str, valid_from: date) -> None:
        decide()
        with pytest.raises(PriceAlreadyFixed):
            decide(number, "9.00", valid_from=valid_from, valid_until=None)
        assert PriceDecision.objects.count() == GuidePrice.objects.count() == Event.objects.count() == 1
        assert GuidePrice.objects.get().validity.upper == AUGUST

    @pytest.mark.parametrize("price", ["0", "-1"])
    def test_refuses_a_price_of_nothing(self, price: str) -> None:
        with refused(PriceNotPositive):
            decide(price=price)
        assert not PriceDecision.objects.exists()

    def test_refuses_the_end_of_a_temporary_price_for_one_that_is_not(self) -> None:
        with refused(TemporaryWithoutMark):
            decide(line={"temporary_until": AUGUST})
        assert not PriceDecision.objects.exists()
        marked = decide(line={"temporary_until": AUGUST, "is_temporary": True})
        assert marked.guide_prices.get().temporary_until == AUGUST

    def test_refuses_who_is_no_officer(self, cast: Cast) -> None:
        with refused(NotAllowed):
            decide(actor=cast.buyer)
