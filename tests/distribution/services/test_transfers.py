from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.errors import LotNotUsable, NotEnoughStock, ReasonMissing, TakerUnfit, UnitsNotPositive
from distribution.models import StockLot, StockTransfer
from distribution.services.transfers import answer_transfer, propose_transfer, receive_transfer, send_transfer
from distribution.states import StockMove, TransferStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


@pytest.fixture
def taker(cast: Cast) -> Organization:
    return factories.neighbour()


@pytest.fixture
def their_pharmacist(taker: Organization) -> Actor:
    return factories.pharmacist_of(taker)


@pytest.fixture
def lot(cast: Cast, product: Product) -> StockLot:
    """A hundred units of the hospital's."""
    return factories.stock_lot(cast.pharmacist, product)


def units_of(lot: StockLot, holder: Organization) -> int:
    rows = StockLot.objects.filter(holder=holder, product=lot.product, lot_number=lot.lot_number)
    return sum(row.units for row in rows)


class TestPropose:
    def test_is_the_givers_or_an_officers_and_moves_nothing(
        self, cast: Cast, lot: StockLot, taker: Organization
    ) -> None:
        health_officer = replace(cast.officer, kind=OrganizationKind.AUTHORITY, roles=frozenset({Role.HEALTH_OFFICER}))
        for actor in (cast.pharmacist, cast.officer, health_officer):
            transfer = factories.proposed_transfer(lot, taker, actor=actor)
            assert (transfer.status, transfer.giver, transfer.taker, transfer.units) == (
                TransferStatus.PROPOSED,
                cast.hospital,
                taker,
                10,
            )
        assert units_of(lot, cast.hospital) == 100
        assert Event.objects.filter(action="stock_transfer.propose").count() == 3

    def test_refuses_all_that_is_wrong_at_once(self, cast: Cast, product: Product, lot: StockLot) -> None:
        expired = factories.stock_lot(cast.pharmacist, product, 5, days=-1)
        options = {"actor": cast.pharmacist, "at": NOW, "reason": "x"}
        with refused(NotEnoughStock, LotNotUsable, TakerUnfit):
            propose_transfer(lot_id=expired.pk, taker_code=cast.hospital.code, units=6, **options)
        with refused(UnitsNotPositive, TakerUnfit):
            propose_transfer(lot_id=lot.pk, taker_code=cast.other_hospital.code, units=0, **options)
        with refused(ReasonMissing):
            propose_transfer(lot_id=lot.pk, taker_code="x", units=1, **options | {"reason": " "})

    def test_is_refused_to_others_and_of_the_reserve(
        self, cast: Cast, product: Product, lot: StockLot, taker: Organization, their_pharmacist: Actor
    ) -> None:
        for actor in (their_pharmacist, cast.outsider, cast.foreign_officer, cast.supplier):
            with refused(NotVisible):
                factories.proposed_transfer(lot, taker, actor=actor)
        for actor in (cast.buyer, cast.supervisor):
            with refused(NotAllowed):
                factories.proposed_transfer(lot, taker, actor=actor)
        factories.filled_reserve(cast, product)
        with refused(NotVisible):
            factories.proposed_transfer(StockLot.objects.get(plan__isnull=False), taker, actor=cast.officer)


class TestTheWayOfATransfer:
    def test_leaves_one_shelf_when_sent_and_comes_to_the_other_when_received(
        self, cast: Cast, lot: StockLot, taker: Organization, their_pharmacist: Actor
    ) -> None:
        agreed = factories.agreed_transfer(lot, taker, actor=cast.pharmacist)
        assert (units_of(lot, cast.hospital), units_of(lot, taker)) == (100, 0)
        sent = send_transfer(transfer_id=agreed.pk, actor=cast.pharmacist, at=NOW, expected_version=agreed.version)
        assert (sent.sent_at, units_of(lot, cast.hospital), units_of(lot, taker)) == (NOW, 90, 0)
        received = receive_transfer(transfer_id=sent.pk, actor=their_pharmacist, at=NOW)
        assert (received.received_at, units_of(lot, cast.hospital), units_of(lot, taker)) == (NOW, 90, 10)
        entries = StockLot.objects.filter(lot_number=lot.lot_number, product=lot.product)
        assert set(entries.values_list("holder", "entries__kind", "entries__units", "entries__reference")) == {
            (cast.hospital.pk, StockMove.OPENING, 100, "opening"),
            (cast.hospital.pk, StockMove.TRANSFER_OUT, -10, sent.number),
            (taker.pk, StockMove.TRANSFER_IN, 10, sent.number),
        }
        with refused(AlreadyDone):
            receive_transfer(transfer_id=sent.pk, actor=their_pharmacist, at=NOW)

    @pytest.mark.parametrize("action", ["refuse", "cancel"])
    def test_ends_with_a_reason_before_it_is_sent(
        self, cast: Cast, lot: StockLot, taker: Organization, their_pharmacist: Actor, action: str
    ) -> None:
        transfer = factories.proposed_transfer(lot, taker, actor=cast.officer)
        actor = their_pharmacist if action == "refuse" else cast.second_officer
        with refused(ReasonMissing):
            answer_transfer(transfer_id=transfer.pk, action=action, actor=actor, at=NOW)
        ended = answer_transfer(transfer_id=transfer.pk, action=action, reason="不需要", actor=actor, at=NOW)
        assert ended.status_reason == "不需要"
        with refused(WrongState):
            send_transfer(transfer_id=transfer.pk, actor=cast.pharmacist, at=NOW)

    def test_is_refused_when_the_lot_cannot_be_used_any_more_or_is_gone(
        self, cast: Cast, product: Product, lot: StockLot, taker: Organization
    ) -> None:
        agreed = factories.agreed_transfer(lot, taker, 60, actor=cast.pharmacist)
        with refused(LotNotUsable):
            send_transfer(transfer_id=agreed.pk, actor=cast.pharmacist, at=NOW + timedelta(days=900))
        with refused(Stale):
            send_transfer(transfer_id=agreed.pk, actor=cast.pharmacist, at=NOW, expected_version=1)
        factories.issue(cast.pharmacist, product, 41)
        with refused(NotEnoughStock):
            send_transfer(transfer_id=agreed.pk, actor=cast.pharmacist, at=NOW)
        assert StockTransfer.objects.get().status == TransferStatus.AGREED

    def test_is_each_sides_own(self, cast: Cast, lot: StockLot, taker: Organization, their_pharmacist: Actor) -> None:
        proposed = factories.proposed_transfer(lot, taker, actor=cast.pharmacist)
        for actor in (cast.pharmacist, cast.officer):
            with refused(NotAllowed):
                answer_transfer(transfer_id=proposed.pk, action="agree", actor=actor, at=NOW)
        with refused(NotAllowed):
            answer_transfer(transfer_id=proposed.pk, action="cancel", reason="x", actor=their_pharmacist, at=NOW)
        with refused(NotVisible):
            answer_transfer(transfer_id=proposed.pk, action="cancel", reason="x", actor=cast.outsider, at=NOW)
