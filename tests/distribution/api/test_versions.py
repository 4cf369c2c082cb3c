"""``If-Match``: who decided on an old version is told, and nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from catalog.foundation.journal.models import Event, IdempotencyKey
from catalog.foundation.records import Versioned
from distribution.models import Order
from tests import factories
from tests.cast import Cast
from tests.catalog.api.calls import Caller, machine, person, problem_in
from tests.factories import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]


@dataclass(frozen=True)
class Decision:
    """Something decided about a record: by whom, where, with which body."""

    record: Versioned
    caller: Caller
    kind: str
    action: str
    body: Any

    @property
    def address(self) -> str:
        # bids are known by a random reference, everything else by its number
        return f"/api/v1/{self.kind}/{self.record.reference if self.kind == 'bids' else self.record.pk}/"

    def take(self, **headers: str) -> Any:
        return self.caller.send(f"{self.address}{self.action}/", self.body, **headers)


def withdraw(cast: Cast) -> Decision:
    bid = factories.bid(factories.published_tender(cast).lots.get(), cast.supplier)
    return Decision(bid, machine(cast.supplier), "bids", "withdraw", {})


def submit(cast: Cast) -> Decision:
    return Decision(factories.requisition(cast), person(cast.buyer), "requisitions", "submit", {})


def confirm(cast: Cast) -> Decision:
    order = factories.placed_order(cast)
    lines = [{"line": line.pk, "packs": line.packs} for line in order.lines.all()]
    return Decision(order, machine(cast.supplier), "orders", "confirm", {"lines": lines})


def refuse(cast: Cast) -> Decision:
    return Decision(factories.placed_order(cast), machine(cast.supplier), "orders", "refuse", {"reason": "停产"})


def despatches(cast: Cast) -> Decision:
    order = factories.confirmed_order(cast)
    expires_on = TODAY.replace(year=TODAY.year + 2, day=1).isoformat()
    lines = [
        {"line": line.pk, "lot_number": "L", "expires_on": expires_on, "packs": line.packs}
        for line in order.lines.all()
    ]
    return Decision(order, machine(cast.supplier), "orders", "despatches", {"reference": "DN", "lines": lines})


def receipt(cast: Cast) -> Decision:
    despatch = factories.despatch(cast)
    lines = [{"line": line.pk, "accepted": line.packs} for line in despatch.lines.all()]
    return Decision(despatch, person(cast.pharmacist), "despatches", "receipt", {"lines": lines})


DECISIONS = [withdraw, submit, confirm, refuse, despatches, receipt]


@pytest.mark.parametrize("make", DECISIONS, ids=lambda make: make.__name__)
class TestIfMatch:
    def test_lets_a_decision_on_the_current_version_through(self, cast: Cast, make: Callable[[Cast], Decision]) -> None:
        decision = make(cast)
        shown = decision.caller.get(decision.address)
        assert shown["ETag"] == f'"{shown.json()["version"]}"' == f'"{decision.record.version}"'
        answer = decision.take(if_match=shown["ETag"])
        assert answer.status_code in (200, 201), answer.content
        version = decision.record.version
        decision.record.refresh_from_db()
        assert decision.record.version == version + 1
        if answer.json().get("version") == version + 1:
            assert answer["ETag"] == f'"{version + 1}"'

    def test_refuses_one_on_an_old_version(self, cast: Cast, make: Callable[[Cast], Decision]) -> None:
        decision = make(cast)
        type(decision.record)._base_manager.update(version=decision.record.version + 1)
        events = Event.objects.count()
        problem = problem_in(decision.take(if_match=f'"{decision.record.version}"', key="k"), 412, "stale")
        assert str(decision.record.version + 1) in problem["detail"]
        assert (Event.objects.count(), IdempotencyKey.objects.count()) == (events, 0)
        status = decision.record.status
        decision.record.refresh_from_db()
        assert decision.record.status == status
        # with the new version, the same key and the same body it goes
        assert decision.take(if_match=f'"{decision.record.version}"', key="k").status_code in (200, 201)

    def test_may_be_left_to_any_version(self, cast: Cast, make: Callable[[Cast], Decision]) -> None:
        assert make(cast).take(if_match="*").status_code in (200, 201)


class TestUnreadableIfMatch:
    @pytest.mark.parametrize(
        "value", ["", "3", '""', '"x"', 'W/"1"', '"1", "2"', '"-1"', f'"{10**30}"', '"１"', "\x00"]
    )
    def test_is_400(self, cast: Cast, value: str) -> None:
        decision = submit(cast)
        problem_in(decision.take(if_match=value), 400, "version-unreadable")
        assert decision.take().status_code == 200


class TestETag:
    def test_is_on_a_new_record(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        body = {"lines": [{"agreement_line": line.pk, "packs": 1}]}
        answer = person(cast.buyer).send("/api/v1/requisitions/", body)
        assert (answer.status_code, answer["ETag"]) == (201, '"1"')

    def test_is_not_on_a_list_nor_on_what_has_no_versions(self, cast: Cast) -> None:
        factories.placed_order(cast)
        assert "ETag" not in person(cast.officer).get("/api/v1/orders/")
        assert "ETag" not in Caller().get(f"/api/v1/products/{Order.objects.get().lines.get().product.code}/")
