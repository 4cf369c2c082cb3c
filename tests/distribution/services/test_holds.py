from __future__ import annotations

import pytest

from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.errors import HoldExists, HoldLifted, ReasonMissing
from distribution.models import OrderNotice, StockLot
from distribution.queries.holds import held_product_ids, holds_on
from distribution.queries.stock import with_holds
from distribution.services.holds import lift_hold, place_hold
from distribution.states import HoldKind, NoticeKind
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


class TestPlaceHold:
    def test_tells_everybody_who_has_or_awaits_the_lot(self, cast: Cast, line: AgreementLine) -> None:
        factories.receipt(cast, {line: 1})
        factories.despatch(cast, {line: 1})
        hold = factories.hold(cast.officer, line.product, "L001")
        factories.hold(cast.officer, line.product, "OTHER")
        assert (hold.organization, hold.held_at, hold.held_by_id) == (cast.agency, NOW, cast.officer.user_id)
        [notice] = OrderNotice.objects.filter(kind=NoticeKind.LOT_HELD)
        assert (notice.recipient, notice.facts["lot"]) == (cast.hospital, "L001")
        factories.hold(cast.supplier, line.product, kind=HoldKind.QUARANTINE)
        assert OrderNotice.objects.filter(kind=NoticeKind.LOT_HELD).count() == 2
        assert Event.objects.filter(action="lot_hold.place").count() == 3

    def test_happens_once_per_kind(self, cast: Cast, product: Product) -> None:
        factories.hold(cast.officer, product, "A")
        with refused(HoldExists):
            factories.hold(cast.officer, product, "A")
        assert factories.hold(cast.officer, product, "A", kind=HoldKind.QUARANTINE)

    def test_says_why_and_of_what(self, cast: Cast, product: Product) -> None:
        options = {"lot_number": "", "kind": HoldKind.RECALL, "source": "x", "actor": cast.officer, "at": NOW}
        with refused(ReasonMissing):
            place_hold(product_code=product.code, reason=" ", **options)
        with refused(NotVisible):
            place_hold(product_code="NONE", reason="x", **options)

    @pytest.mark.parametrize("role", ["supervisor", "rival", "pharmacist", "distributor"])
    def test_is_the_officers_and_the_maker_s(self, cast: Cast, product: Product, role: str) -> None:
        with refused(NotAllowed):
            factories.hold(getattr(cast, role), product)


class TestLiftHold:
    def test_sets_the_lot_free(self, cast: Cast, product: Product) -> None:
        hold = factories.hold(cast.supplier, product, "A")
        with refused(ReasonMissing):
            lift_hold(hold_id=hold.pk, reason="", actor=cast.supplier, at=NOW)
        lifted = lift_hold(hold_id=hold.pk, reason="复检合格", actor=cast.supplier, at=NOW)
        assert (lifted.lifted_at, lifted.lift_reason) == (NOW, "复检合格")
        assert holds_on([product.pk]).of(product.pk, "A") is None
        with refused(HoldLifted):
            lift_hold(hold_id=hold.pk, reason="x", actor=cast.supplier, at=NOW)

    @pytest.mark.parametrize("role", ["supplier", "supervisor"])
    def test_of_an_officer_is_an_officer_s(self, cast: Cast, product: Product, role: str) -> None:
        hold = factories.hold(cast.officer, product, "A")
        with refused(NotAllowed):
            lift_hold(hold_id=hold.pk, reason="x", actor=getattr(cast, role), at=NOW)
        assert lift_hold(hold_id=hold.pk, reason="x", actor=cast.second_officer, at=NOW)


class TestHoldsOn:
    def test_finds_the_lot_and_the_whole_product_a_recall_first(self, cast: Cast, lines: list[AgreementLine]) -> None:
        first, second = lines[0].product, lines[1].product
        factories.hold(cast.officer, first, "A")
        factories.hold(cast.officer, first, "A", kind=HoldKind.QUARANTINE)
        factories.hold(cast.officer, second)
        holds = holds_on([first.pk, second.pk])
        found = holds.of(first.pk, "A")
        assert found is not None and found.kind == HoldKind.RECALL
        assert holds.of(first.pk, "B") is None
        assert holds.of(second.pk, "ANY") is not None
        assert set(held_product_ids(HENAN).values_list("product_id", flat=True)) == {second.pk}


def test_a_lot_is_held_however_its_letters_are_written(cast: Cast, line: AgreementLine) -> None:
    factories.receipt(cast, {line: 1})
    factories.hold(cast.officer, line.product, "l001")
    assert OrderNotice.objects.get(kind=NoticeKind.LOT_HELD).recipient == cast.hospital
    assert holds_on([line.product_id]).of(line.product_id, "L001")
    assert with_holds(StockLot.objects.all()).get().is_held
