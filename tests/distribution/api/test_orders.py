"""Orders over the API: page after page, answered, amended, closed, and what is told about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from catalog.foundation.journal.models import Event
from distribution.api.order_serializers import OrderSerializer
from distribution.models import Order, OrderNotice
from distribution.services.orders import LineAnswer, confirm_order
from tests import factories
from tests.cast import HENAN, Cast, make_cast, make_rule_sets
from tests.catalog.api.calls import Caller, machine, person, problem_in
from tests.factories import NOW

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

LIST = "/api/v1/orders/"


@pytest.fixture(scope="module")
def placed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Cast, list[int]]]:
    """Five orders that were placed by one run; the fourth is confirmed, in part, and served by the backup."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        main, _backup = factories.main_and_backup(cast)
        for _order in range(5):
            factories.approved_requisition(cast, {main: 10})
        factories.run(cast)
        orders = list(Order.objects.order_by("pk"))
        answers = [LineAnswer(line.pk, 8, code="out_of_stock") for line in orders[3].lines.all()]
        confirm_order(order_id=orders[3].pk, answers=answers, actor=cast.supplier, at=NOW)
        yield cast, [order.pk for order in orders]
        transaction.set_rollback(True)


@pytest.fixture
def supplier(placed: tuple[Cast, list[int]], db: None) -> Caller:
    return machine(placed[0].supplier, "orders")


def pages(caller: Caller, query: str) -> Iterator[list[dict[str, Any]]]:
    """Each page by the link that the one before gave."""
    link: str | None = f"{LIST}?{query}"
    while link:
        body = caller.get(link).json()
        link = body["next"]
        assert body["previous"] is None
        yield body["results"]


@pytest.mark.django_db
class TestOpenOrders:
    @pytest.mark.parametrize("status", ["open", ""])
    def test_go_on_page_by_page_without_a_gap_though_placed_at_one_moment(
        self, placed: tuple[Cast, list[int]], supplier: Caller, status: str
    ) -> None:
        found = list(pages(supplier, f"page_size=2&status={status}"))
        assert [len(page) for page in found] == [2, 2, 1]
        assert [row["id"] for page in found for row in page] == placed[1][::-1]
        assert len({row["placed_at"] for page in found for row in page}) == 1

    def test_have_the_documented_shape(self, placed: tuple[Cast, list[int]], supplier: Caller) -> None:
        row = supplier.get(f"{LIST}{placed[1][3]}/").json()
        documented = OrderSerializer()
        assert list(row) == list(documented.fields)
        [line] = row["lines"]
        assert set(line) == set(documented.fields["lines"].child.fields)  # type: ignore[attr-defined]
        [stored] = Order.objects.get(pk=row["id"]).lines.all()
        assert (row["number"], row["status"], row["county"]) == (stored.order.number, "confirmed", "410102")
        assert (line["name"], line["price"], line["packs"]) == (str(stored.product.presentation), "6.0000", 10)
        assert (line["confirmed_packs"], line["closed_packs"], line["answer_code"]) == (8, 2, "out_of_stock")
        assert row in supplier.get(LIST).json()["results"]

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("status=open", 5),
            ("status=confirmed", 1),
            ("status=refused", 0),
            ("status=open&county=410102", 5),
            ("county=410105", 0),
            ("storage=cold", 0),
            ("status=placed&storage=room", 4),
        ],
    )
    def test_are_narrowed(self, supplier: Caller, query: str, count: int) -> None:
        assert len(supplier.get(f"{LIST}?{query}").json()["results"]) == count

    @pytest.mark.parametrize("cursor", ["x", "e30=", "WzEsMl0=", "WyIyMDI2LTAxLTAxIiwxXQ=="])
    def test_refuse_a_cursor_that_names_no_place(self, supplier: Caller, cursor: str) -> None:
        problem_in(supplier.get(f"{LIST}?status=open&cursor={cursor}"), 404)

    def test_of_the_backup_name_the_order_they_stand_in_for(self, placed: tuple[Cast, list[int]]) -> None:
        [row] = machine(placed[0].rival, "orders").get(LIST).json()["results"]
        assert (row["replaces"], row["lines"][0]["packs"], row["lines"][0]["price"]) == (placed[1][3], 2, "7.2000")


@pytest.mark.django_db
class TestChanges:
    def test_of_the_institution_come_through_its_own_system(self, placed: tuple[Cast, list[int]]) -> None:
        cast, orders = placed
        system = machine(cast.buyer, "institution")
        line = Order.objects.get(pk=orders[0]).lines.get()
        amended = system.send(f"{LIST}{orders[0]}/amend/", {"lines": [{"line": line.pk, "packs": 4}]})
        assert amended.json()["lines"][0]["packs"] == 4
        assert amended["ETag"] == f'"{amended.json()["version"]}"'
        cancelled = system.send(f"{LIST}{orders[1]}/cancel/", {"reason": "误订"}).json()
        assert (cancelled["status"], cancelled["status_reason"]) == ("cancelled", "误订")
        closed = system.send(f"{LIST}{orders[3]}/close/", {"reason": "催了三次", "failed": True}).json()
        assert (closed["status"], closed["lines"][0]["closed_packs"]) == ("closed", 10)
        problem_in(system.send(f"{LIST}{orders[2]}/close/", {"reason": "x"}), 409)


@pytest.mark.django_db
class TestNotices:
    def test_are_read_once(self, placed: tuple[Cast, list[int]], supplier: Caller) -> None:
        path = "/api/v1/order-notices/"
        unread = supplier.get(f"{path}?unread=true").json()["results"]
        assert [row["order"] for row in unread if row["kind"] == "order_placed"] == placed[1][::-1]
        one = unread[-1]
        read = supplier.send(f"{path}{one['id']}/read/", {}).json()
        again = supplier.send(f"{path}{one['id']}/read/", {}).json()
        assert read["read_at"] == again["read_at"] is not None
        assert Event.objects.filter(action="order_notice.read", subject_id=one["id"]).count() == 1
        assert len(supplier.get(f"{path}?unread=true").json()["results"]) == len(unread) - 1

    def test_tell_the_institution_who_serves_it(self, placed: tuple[Cast, list[int]]) -> None:
        cast, orders = placed
        rows = person(cast.buyer).get("/api/v1/order-notices/?kind=served_by_backup").json()["results"]
        [facts] = [row["facts"] for row in rows]
        assert facts["replaces"] == Order.objects.get(pk=orders[3]).number
        assert facts["supplier"] == cast.rival_firm.name
        assert OrderNotice.objects.filter(kind="order_placed", recipient=cast.rival_firm).count() == 1
        assert cast.hospital.province_id == HENAN
