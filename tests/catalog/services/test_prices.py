from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalog.errors import AlreadyRegistered, PriceAlreadyFixed, PriceNotPositive, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed, NothingGiven
from catalog.foundation.imports import BadCell, DuplicateRow, Table
from catalog.foundation.journal.models import Event
from catalog.models import GuidePrice, PriceDecision
from catalog.services.prices import (
    NewGuidePrice,
    check_guide_price_table,
    enter_price_decision,
    load_guide_prices,
)
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def decide(number: str = "1号", price: str = "8.72", **changed: object) -> PriceDecision:
    options = {"valid_from": JUNE, "valid_until": AUGUST, "actor": Actor.platform()} | changed
    return enter_price_decision(
        number=number,
        title="零售指导价格",
        issuer="国家发展和改革委员会",
        decided_on=JUNE,
        source="",
        prices=[NewGuidePrice(factories.presentation(), 24, Decimal(price))],
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

    def test_refuses_who_is_no_officer(self, cast: Cast) -> None:
        with refused(NotAllowed):
            decide(actor=cast.buyer)


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

    @pytest.mark.parametrize("valid_from", [JUNE, date(2026, 5, 1)], ids=["the same day", "before"])
    def test_names_every_row_that_has_a_price_from_the_day_on(self, valid_from: date) -> None:
        self.load(self.ROW, valid_until=AUGUST)
        with refused(PriceAlreadyFixed) as refusal:
            self.load(self.HALF, self.ROW, number="2号", valid_from=valid_from)
        assert refusal.pointers == ["/rows/3"]

    def test_ends_what_stands_before(self) -> None:
        self.load(self.ROW)
        assert self.load(self.HALF, self.ROW, number="2号", valid_from=JULY).guide_prices.count() == 2
        assert GuidePrice.objects.get(decision__number="1号").validity.upper == JULY

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
