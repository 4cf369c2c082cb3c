from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.accounts.models import Licence
from catalog.foundation.errors import AlreadyDone, NotAllowed, NothingGiven, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from distribution.errors import (
    CodeContradicts,
    CodeForeign,
    CodeInUse,
    CodeTwice,
    CodeUnreadable,
    DespatchExists,
    Expired,
    LineMissing,
    LineTwice,
    LotDatesImpossible,
    LotHeld,
    LotIncomplete,
    MoreCodesThanPacks,
    MoreThanConfirmed,
    PacksNotPositive,
    ReadingImpossible,
    SenderUnfit,
    UnknownOrderLine,
)
from distribution.models import ColdChainLog, Despatch, Entrustment, Order, OrderLine, TraceCode
from distribution.rules.cold_chain import Reading
from distribution.services.despatches import advise_despatch, file_cold_chain_log
from distribution.services.orders import LineAnswer, confirm_order
from distribution.services.pack_codes import store_codes
from distribution.services.sent_lots import Sent
from distribution.states import DespatchStatus, OrderStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY, sent
from tests.refusals import refused

LAST_DAY = TODAY.replace(month=12, day=31) + timedelta(days=730)
YYMMDD = f"{LAST_DAY:%y%m%d}"
pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def order(cast: Cast, lines: list[AgreementLine]) -> Order:
    """Ten confirmed packs of each of two products, to be brought by the distributor."""
    factories.entrustment(cast)
    return factories.confirmed_order(cast, dict.fromkeys(lines, 10))


@pytest.fixture
def ordered(order: Order) -> list[OrderLine]:
    return list(order.lines.all())


def advise(order: Order, cast: Cast, *content: Sent, **changed: Any) -> Despatch:
    options = {"reference": "DN1", "actor": factories.sender(cast, order), "at": NOW} | changed
    return advise_despatch(order_id=order.pk, sent=content, **options)


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


class TestAdviseDespatch:
    def test_tells_what_left_by_lot_and_expiry(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        advised = advise(
            order,
            cast,
            sent(ordered[0], 6, lot_number="A"),
            sent(ordered[0], 4, lot_number="B"),
            sent(ordered[1], 1),
        )
        assert (advised.status, advised.reference, advised.despatched_at) == (DespatchStatus.SENT, "DN1", NOW)
        assert list(advised.lines.values_list("lot_number", "packs")) == [("A", 6), ("B", 4), ("L001", 1)]
        assert list(order.lines.values_list("despatched_packs", flat=True)) == [10, 1]
        assert status_of(order) == OrderStatus.DESPATCHED
        assert Event.objects.filter(action="despatch.advise").exists()

    def test_may_come_in_several_parts(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        advise(order, cast, sent(ordered[0], 6))
        advise(order, cast, sent(ordered[0], 4), sent(ordered[1], 10), reference="DN2")
        assert list(order.lines.values_list("despatched_packs", flat=True)) == [10, 10]

    def test_refuses_more_than_is_confirmed_over_all_lots_and_parts(
        self, cast: Cast, order: Order, ordered: list[OrderLine]
    ) -> None:
        advise(order, cast, sent(ordered[0], 6))
        with refused(MoreThanConfirmed) as refusal:
            advise(
                order,
                cast,
                sent(ordered[0], 2, lot_number="A"),
                sent(ordered[0], 3, lot_number="B"),
                reference="DN2",
            )
        assert (refusal.facts["packs"], refusal.facts["limit"]) == (5, 4)
        assert Despatch.objects.count() == 1
        assert order.lines.first().despatched_packs == 6

    def test_counts_what_is_confirmed_and_not_what_was_ordered(self, cast: Cast, line: AgreementLine) -> None:
        placed = factories.placed_order(cast, {line: 10})
        only = placed.lines.get()
        confirm_order(order_id=placed.pk, answers=[LineAnswer(only.pk, 7, "x")], actor=cast.supplier, at=NOW)
        with refused(MoreThanConfirmed):
            advise(placed, cast, sent(only, 8))
        assert advise(placed, cast, sent(only, 7))

    @pytest.mark.parametrize("days", [0, -1])
    def test_refuses_goods_that_expire_today_or_have_expired(
        self, cast: Cast, order: Order, ordered: list[OrderLine], days: int
    ) -> None:
        with refused(Expired):
            advise(order, cast, sent(ordered[0], 1, days=days))
        assert advise(order, cast, sent(ordered[0], 1, days=1))

    def test_refuses_every_bad_line_at_once(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        foreign = Sent(10**6, "A", sent(ordered[0]).expires_on, 1)
        with refused(UnknownOrderLine, PacksNotPositive, LineTwice):
            advise(order, cast, foreign, sent(ordered[0], 0), sent(ordered[0], 5))
        assert not Despatch.objects.exists()

    def test_refuses_nothing_at_all(self, cast: Cast, order: Order) -> None:
        with refused(LineMissing, LineMissing):
            advise(order, cast)

    def test_refuses_a_delivery_note_twice(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        advise(order, cast, sent(ordered[0], 1))
        with refused(DespatchExists):
            advise(order, cast, sent(ordered[0], 1))
        assert order.lines.first().despatched_packs == 1

    def test_is_refused_before_the_order_is_confirmed(self, cast: Cast, line: AgreementLine) -> None:
        placed = factories.placed_order(cast, {line: 10})
        with refused(WrongState):
            advise(placed, cast, sent(placed.lines.get(), 1))

    @pytest.mark.parametrize("role", ["rival", "outsider", "visitor"])
    def test_of_others_is_not_even_seen(self, cast: Cast, order: Order, ordered: list[OrderLine], role: str) -> None:
        with refused(NotVisible):
            advise(order, cast, sent(ordered[0], 1), actor=getattr(cast, role))

    @pytest.mark.parametrize("role", ["pharmacist", "officer", "supervisor", "supplier"])
    def test_is_refused_to_who_is_not_entrusted_with_it(
        self, cast: Cast, order: Order, ordered: list[OrderLine], role: str
    ) -> None:
        with refused(NotAllowed):
            advise(order, cast, sent(ordered[0], 1), actor=getattr(cast, role))

    def test_needs_an_entrustment_and_a_licence_of_the_day(
        self, cast: Cast, order: Order, ordered: list[OrderLine]
    ) -> None:
        Licence.objects.create(
            organization=cast.distributor_firm,
            kind=Licence.Kind.DISTRIBUTION,
            number="D1",
            scopes=[Licence.Scope.BIOLOGICAL],
            validity=(NOW.date(), None),
        )
        Entrustment.objects.all().delete()
        ordered[0].product.is_controlled = True
        ordered[0].product.save()
        with refused(SenderUnfit, SenderUnfit) as refusal:
            advise(order, cast, sent(ordered[0], 1))
        assert [error.facts["rule"] for error in refusal.errors] == ["CN.GSP-61.licence-scope", "CN.2015-7.entrusted"]

    def test_refuses_a_held_lot_and_lets_the_others_go(
        self, cast: Cast, order: Order, ordered: list[OrderLine]
    ) -> None:
        factories.hold(cast.officer, ordered[0].product, "BAD")
        with refused(LotHeld):
            advise(order, cast, sent(ordered[0], 1, lot_number="BAD"))
        factories.hold(cast.officer, ordered[1].product)
        with refused(LotHeld):
            advise(order, cast, sent(ordered[1], 1, lot_number="GOOD"))
        assert advise(order, cast, sent(ordered[0], 1, lot_number="GOOD"))


class TestTraceCodes:
    """Amoxicillin has the GTIN 06901234000016 and the prefix 8123456."""

    @pytest.fixture
    def line(self, ordered: list[OrderLine]) -> OrderLine:
        product = ordered[0].product
        product.gtin, product.trace_prefix = "06901234000016", "8123456"
        product.save()
        return ordered[0]

    def gs1(self, serial: str, *, lot: str = "B7", gtin: str = "06901234000016", expires: str = "") -> str:
        return f"(01){gtin}(17){expires or YYMMDD}(10){lot}(21){serial}"

    def test_of_gs1_say_lot_expiry_and_packs_by_themselves(self, cast: Cast, order: Order, line: OrderLine) -> None:
        advised = advise(order, cast, Sent(line.pk, codes=[self.gs1("S1"), self.gs1("S2")]))
        [row] = advised.lines.all()
        assert (row.lot_number, row.expires_on, row.packs) == ("B7", LAST_DAY, 2)
        assert set(row.trace_codes.values_list("code", "is_active")) == {
            ("(01)06901234000016(21)S1", True),
            ("(01)06901234000016(21)S2", True),
        }

    def test_of_twenty_digits_need_the_lot_beside_them(self, cast: Cast, order: Order, line: OrderLine) -> None:
        with refused(LotIncomplete):
            advise(order, cast, Sent(line.pk, codes=["81234560000000000001"]))
        advised = advise(order, cast, Sent(line.pk, "C1", LAST_DAY, 1, codes=["8123456 0000000000001"]))
        assert TraceCode.objects.get(despatch_line__despatch=advised).code == "81234560000000000001"

    def test_are_of_the_product_readable_and_agree_with_the_line(
        self, cast: Cast, order: Order, line: OrderLine
    ) -> None:
        codes = [
            self.gs1("S1", lot="OTHER"),
            "81234570000000000001",
            "123",
            self.gs1("S1", expires=f"{LAST_DAY:%y}0101"),
        ]
        with refused(
            CodeUnreadable, CodeForeign, CodeTwice, CodeContradicts, CodeContradicts, MoreCodesThanPacks
        ) as refusal:
            advise(order, cast, Sent(line.pk, "B7", LAST_DAY, 1, codes=codes))
        assert refusal.errors[0].pointer == "/lines/0/codes/2"
        assert not Despatch.objects.exists()

    def test_are_on_one_pack_at_a_time(self, cast: Cast, order: Order, line: OrderLine) -> None:
        advise(order, cast, Sent(line.pk, codes=[self.gs1("S1")]))
        with refused(CodeInUse):
            advise(order, cast, Sent(line.pk, codes=[self.gs1("S1", lot="B8")]), reference="DN2")

    def test_are_refused_in_words_where_another_despatch_was_quicker(
        self, cast: Cast, order: Order, line: OrderLine
    ) -> None:
        advised = advise(order, cast, Sent(line.pk, codes=[self.gs1("S1")]))
        with refused(CodeInUse):
            store_codes([(advised.lines.get(), "(01)06901234000016(21)S1")])


class TestColdChainLog:
    def reading(self, minutes: int, celsius: str) -> Reading:
        return Reading(NOW + timedelta(minutes=minutes), Decimal(celsius))

    @pytest.fixture
    def despatch(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> Despatch:
        content = [sent(ordered[0], 1)]
        return advise(order, cast, *content, readings=[self.reading(0, "4.5")], device="T1", carrier="冷链车")

    def test_comes_with_the_despatch_and_grows_until_receipt(self, cast: Cast, despatch: Despatch) -> None:
        later = NOW + timedelta(minutes=5)
        file_cold_chain_log(despatch_id=despatch.pk, readings=[self.reading(5, "5")], actor=cast.distributor, at=later)
        log = ColdChainLog.objects.get(despatch=despatch)
        assert [celsius for _at, celsius in log.readings] == ["4.5", "5"]
        assert (log.device, log.filed_at, despatch.carrier) == ("T1", later, "冷链车")

    def test_is_of_what_was_measured(self, cast: Cast, despatch: Despatch) -> None:
        readings = [self.reading(1, "4"), self.reading(0, "450")]
        with refused(ReadingImpossible, ReadingImpossible):
            file_cold_chain_log(despatch_id=despatch.pk, readings=readings, actor=cast.distributor, at=NOW)
        with refused(NothingGiven):
            file_cold_chain_log(despatch_id=despatch.pk, readings=[], actor=cast.distributor, at=NOW)

    @pytest.mark.parametrize(("role", "error"), [("pharmacist", NotAllowed), ("rival", NotVisible)])
    def test_is_the_sender_s(self, cast: Cast, despatch: Despatch, role: str, error: type[NotAllowed]) -> None:
        with refused(error):
            file_cold_chain_log(
                despatch_id=despatch.pk, readings=[self.reading(0, "4")], actor=getattr(cast, role), at=NOW
            )

    def test_is_closed_by_the_receipt(self, cast: Cast, despatch: Despatch) -> None:
        factories.received(cast, despatch)
        with refused(AlreadyDone):
            file_cold_chain_log(
                despatch_id=despatch.pk, readings=[self.reading(0, "4")], actor=cast.distributor, at=NOW
            )


@pytest.mark.parametrize("days", [1, 900])
def test_a_lot_is_not_made_after_it_leaves(cast: Cast, order: Order, ordered: list[OrderLine], days: int) -> None:
    # a later day would make its share of life left larger
    lot = replace(sent(ordered[0]), made_on=TODAY + timedelta(days=days))
    with refused(LotDatesImpossible):
        advise_despatch(order_id=order.pk, reference="DN9", sent=[lot], actor=cast.distributor, at=NOW)
