"""Two people decide the same thing at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.accounts.kinds import Role
from catalog.accounts.models import User
from catalog.foundation.journal.models import Event
from distribution.models import Despatch, Order, OrderLine, Requisition
from distribution.services import requisitions, runs
from distribution.services.despatches import advise_despatch
from distribution.services.found_lots import Received
from distribution.services.receipts import receive_despatch
from distribution.services.requisitions import approve_requisition
from distribution.services.runs import execute_run, request_run
from distribution.states import OrderStatus, RequisitionStatus
from procurement.models import Bid, KeyShare, Tender
from procurement.services import bids
from procurement.services.bids import submit_bid
from procurement.services.shares import release_share
from procurement.states import TenderStatus
from tests import factories
from tests.cast import HENAN, Cast, actor_in
from tests.concurrency.threads import at_once, kinds, meeting, without_locks
from tests.factories import NOW, PASSPHRASE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rule_sets")]


class TestTwoApprovals:
    def approve_twice(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        submitted = factories.submitted_requisition(cast)
        second = actor_in(cast.hospital, Role.APPROVER, user=User.objects.create(username="second_approver"))
        monkeypatch.setattr(requisitions, "may_handle_requisition", meeting(requisitions.may_handle_requisition))
        return at_once(
            *(
                lambda actor=actor: approve_requisition(requisition_id=submitted.pk, actor=actor, at=NOW)
                for actor in (cast.approver, second)
            )
        )

    def test_without_the_lock_it_is_approved_twice(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        with without_locks():
            outcomes = self.approve_twice(cast, monkeypatch)
        assert kinds(outcomes) == ["Requisition", "Requisition"]
        assert Event.objects.filter(action="requisition.approve").count() == 2

    def test_with_it_the_second_one_is_told_that_it_is_done(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        assert kinds(self.approve_twice(cast, monkeypatch)) == ["AlreadyDone", "Requisition"]
        assert Event.objects.filter(action="requisition.approve").count() == 1
        approved = Requisition.objects.get()
        assert (approved.status, approved.version) == (RequisitionStatus.APPROVED, 3)


class TestTheSameBidTwice:
    def submit_twice(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        lot = factories.published_tender(cast).lots.select_related("tender", "presentation").get()
        offered = factories.product(cast.supplier_firm, lot.presentation)
        envelope = factories.envelope(lot, cast.supplier_firm, offered, "6.00")
        # both have looked for an earlier bid before one of them stores its own
        look = bids._refuse_second_bid
        monkeypatch.setattr(bids, "_refuse_second_bid", lambda *which: meet(look(*which)))
        meet = meeting(lambda found: found)
        return at_once(
            *[
                lambda: submit_bid(
                    tender_number=lot.tender.number, lot_number=1, envelope=envelope, actor=cast.supplier, at=NOW
                )
            ]
            * 2
        )

    @pytest.mark.parametrize("locking", [True, False])
    def test_is_stored_once(self, cast: Cast, monkeypatch: pytest.MonkeyPatch, locking: bool) -> None:
        if locking:
            outcomes = self.submit_twice(cast, monkeypatch)
        else:
            # past the lock, the unique constraint holds, and is explained as well
            with without_locks():
                outcomes = self.submit_twice(cast, monkeypatch)
        assert kinds(outcomes) == ["Bid", "SecondBid"]
        assert Bid.objects.count() == Event.objects.filter(action="bid.submit").count() == 1


class TestTwoShares:
    def test_released_at_once_send_the_tender_to_the_worker_once(self, cast: Cast) -> None:
        tender = factories.tender_with_bids(cast)
        outcomes = at_once(
            *(
                lambda holder=holder: release_share(
                    tender_number=tender.number, passphrase=PASSPHRASE, actor=holder, at=NOW
                )
                for holder in (cast.officer, cast.second_officer)
            )
        )
        assert kinds(outcomes) == ["Tender", "Tender"]
        assert Tender.objects.get().status == TenderStatus.OPENING
        assert KeyShare.objects.filter(released__isnull=False).count() == 2
        assert Event.objects.filter(action="tender.assemble").count() == 1


class TestTwoRuns:
    def test_of_a_province_cannot_be_asked_for_at_once(self, cast: Cast) -> None:
        outcomes = at_once(
            *(
                lambda officer=officer: request_run(province_id=HENAN, actor=officer, at=NOW)
                for officer in (cast.officer, cast.second_officer)
            )
        )
        assert kinds(outcomes) == ["DistributionRun", "RunUnderWay"]

    def test_of_one_request_place_nothing_twice(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        """The queue may give a task to two workers."""
        [line] = factories.agreement_lines(cast)
        for _ in range(4):
            factories.approved_requisition(cast, {line: 10})
        requested = request_run(province_id=HENAN, actor=cast.officer, at=NOW)
        monkeypatch.setattr(runs, "CHUNK", 2)
        # both have read which requisitions wait when the first one takes them
        monkeypatch.setattr(runs, "_place_chunk", meeting(runs._place_chunk))
        outcomes = at_once(*[lambda: execute_run(run_id=requested.pk, actor=cast.platform, at=NOW)] * 2)
        assert "DistributionRun" in kinds(outcomes)
        assert set(kinds(outcomes)) <= {"DistributionRun", "AlreadyDone", "WrongState"}
        assert (Order.objects.count(), OrderLine.objects.count()) == (4, 4)
        line.refresh_from_db()
        assert line.called_off_quantity == 4 * 10 * 24


class TestTwoReceipts:
    def test_of_one_despatch_are_one(self, cast: Cast) -> None:
        despatch = factories.despatch(cast)
        lines = [Received(line.pk, line.packs) for line in despatch.lines.all()]
        outcomes = at_once(
            *[lambda: receive_despatch(despatch_id=despatch.pk, received=lines, actor=cast.pharmacist, at=NOW)] * 2
        )
        assert kinds(outcomes) == ["AlreadyDone", "Receipt"]

    def test_of_the_last_two_despatches_complete_the_order_once(self, cast: Cast) -> None:
        order = factories.confirmed_order(cast)
        line = order.lines.get()
        parts = [
            advise_despatch(
                order_id=order.pk,
                reference=reference,
                sent=[factories.sent(line, 5, lot_number=reference)],
                actor=cast.supplier,
                at=NOW + timedelta(hours=1),
            )
            for reference in ("DN1", "DN2")
        ]
        outcomes = at_once(
            *(
                lambda part=part: receive_despatch(
                    despatch_id=part.pk,
                    received=[Received(item.pk, item.packs) for item in part.lines.all()],
                    actor=cast.pharmacist,
                    at=NOW + timedelta(hours=2),
                )
                for part in parts
            )
        )
        assert kinds(outcomes) == ["Receipt", "Receipt"]
        assert Order.objects.get().status == OrderStatus.RECEIVED
        assert Event.objects.filter(action="order.complete").count() == 1
        assert Despatch.objects.count() == 2
