"""The same request twice is the same as once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from catalog.foundation.journal.models import Event, IdempotencyKey
from procurement.models import Bid, Lot
from tests import factories
from tests.cast import Cast, make_rule_sets
from tests.catalog.api.calls import Caller, machine, person, problem_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(cast: Cast) -> Lot:
    make_rule_sets()
    return factories.published_tender(cast).lots.select_related("tender", "presentation").get()


def bid_body(lot: Lot, cast: Cast, firm: str = "supplier_firm") -> dict[str, Any]:
    maker = getattr(cast, firm)
    envelope = factories.envelope(lot, maker, factories.product(maker, lot.presentation), "6.00")
    return {"tender": lot.tender.number, "lot": lot.number, "envelope": envelope}


class TestIdempotencyKey:
    @pytest.mark.parametrize("key", ["", "x" * 256])
    def test_is_demanded(self, cast: Cast, lot: Lot, key: str) -> None:
        answer = machine(cast.supplier).send("/api/v1/bids/", bid_body(lot, cast), key=key)
        assert "Idempotency-Key" in problem_in(answer, 400, "idempotency-key-missing")["detail"]
        assert not Bid.objects.exists()

    @pytest.mark.parametrize("key", ["k", "x" * 255, "é ü", "' OR 1=1"])
    def test_repeats_the_first_answer_and_nothing_else(self, cast: Cast, lot: Lot, key: str) -> None:
        caller, body = machine(cast.supplier), bid_body(lot, cast)
        answers = [caller.send("/api/v1/bids/", body, key=key) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 201]
        assert [answer.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
        assert answers[0].json() == answers[1].json() == answers[2].json()
        assert [answer["ETag"] for answer in answers] == ['"1"'] * 3
        assert Bid.objects.count() == 1
        assert Event.objects.filter(action="bid.submit").count() == 1

    def test_repeats_it_although_the_body_is_written_otherwise(self, cast: Cast, lot: Lot) -> None:
        caller, body = machine(cast.supplier), bid_body(lot, cast)
        caller.send("/api/v1/bids/", body, key="k")
        turned = dict(reversed(body.items()))
        assert caller.send("/api/v1/bids/", turned, key="k")["Idempotent-Replayed"] == "true"

    def test_is_refused_for_another_request(self, cast: Cast, lot: Lot) -> None:
        caller, body = machine(cast.supplier), bid_body(lot, cast)
        bid = caller.send("/api/v1/bids/", body, key="k").json()
        problem_in(caller.send("/api/v1/bids/", body | {"lot": 2}, key="k"), 422, "idempotency-key-reused")
        # the same body to another address is another request
        problem_in(caller.send(f"/api/v1/bids/{bid['id']}/withdraw/", body, key="k"), 422, "idempotency-key-reused")
        assert Bid.objects.get().status == "sealed"

    def test_is_free_again_after_a_failure(self, cast: Cast, lot: Lot) -> None:
        caller, body = machine(cast.supplier), bid_body(lot, cast)
        problem_in(caller.send("/api/v1/bids/", body | {"lot": 9}, key="k"), 404)
        problem_in(caller.send("/api/v1/bids/", {}, key="k"), 400)
        problem_in(caller.send("/api/v1/bids/", body | {"envelope": "x"}, key="k"), 400)
        assert not IdempotencyKey.objects.exists()
        assert caller.send("/api/v1/bids/", body, key="k").status_code == 201

    def test_is_each_clients_own(self, cast: Cast, lot: Lot) -> None:
        ours = machine(cast.supplier).send("/api/v1/bids/", bid_body(lot, cast), key="k")
        theirs = machine(cast.rival).send("/api/v1/bids/", bid_body(lot, cast, "rival_firm"), key="k")
        assert (ours.status_code, theirs.status_code) == (201, 201)
        assert "Idempotent-Replayed" not in theirs
        # another client of the same firm does not read the first one's answer either
        problem_in(machine(cast.supplier).send("/api/v1/bids/", bid_body(lot, cast), key="k"), 409, "second-bid")

    def test_keeps_the_answer_to_an_action(self, cast: Cast) -> None:
        make_rule_sets()
        requisition = factories.requisition(cast)
        caller = person(cast.buyer)
        path = f"/api/v1/requisitions/{requisition.pk}/submit/"
        first, again = (caller.send(path, key="k") for _ in range(2))
        assert (first.status_code, first.json()["status"]) == (200, "submitted")
        assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
        problem_in(caller.send(path, key="another"), 409, "already-done")
        assert Event.objects.filter(action="requisition.submit").count() == 1


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_make_one(self, cast: Cast, lot: Lot) -> None:
        """Eight threads with one key, in transactions of their own."""
        caller, body = machine(cast.supplier), bid_body(lot, cast)
        token = {"HTTP_AUTHORIZATION": caller._credentials["HTTP_AUTHORIZATION"]}
        barrier = threading.Barrier(8)
        answers: list[Any] = []

        def send() -> None:
            try:
                barrier.wait(10)
                answers.append(Caller(**token).send("/api/v1/bids/", body, key="k"))
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [answer.status_code for answer in answers] == [201] * 8
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert sorted(answer.get("Idempotent-Replayed", "") for answer in answers) == ["", *["true"] * 7]
        assert Bid.objects.count() == Event.objects.filter(action="bid.submit").count() == 1

    def test_make_one_bid_with_different_keys_as_well(self, cast: Cast, lot: Lot) -> None:
        """What the key does not catch the rule of one bid per lot does."""
        caller, body = machine(cast.supplier), bid_body(lot, cast)
        token = {"HTTP_AUTHORIZATION": caller._credentials["HTTP_AUTHORIZATION"]}
        barrier = threading.Barrier(4)
        statuses: list[int] = []

        def send() -> None:
            try:
                barrier.wait(10)
                statuses.append(Caller(**token).send("/api/v1/bids/", body).status_code)
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [201, 409, 409, 409]
        assert Bid.objects.count() == 1
