"""A list of thirty rows, and a document of many lines, costs as many queries as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distribution.models import Despatch, Order, RetailReport
from distribution.services.despatches import advise_despatch
from distribution.services.entrustments import file_entrustment
from distribution.services.orders import LineAnswer, confirm_order
from distribution.services.requisitions import approve_requisition, submit_requisition
from distribution.services.retail_checks import check_retail_report
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, Cast
from tests.catalog.api.calls import Caller, machine, person
from tests.catalog.api.test_catalogue import load_list
from tests.factories import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]
MANY = 30


def queries_of(call: Callable[..., Any], *arguments: Any) -> int:
    """How many statements a call takes, once what is cached for the process is cached."""
    with CaptureQueriesContext(connection) as context:
        answer = call(*arguments)
    assert answer.status_code in (200, 201), answer.content
    return len(context)


def assert_flat(caller: Caller, path: str, add: Callable[[int], None]) -> None:
    """The list costs the same with one row as with thirty; ``add`` adds so many."""
    add(1)
    caller.get(path)
    one = queries_of(caller.get, path)
    assert len(caller.get(path).json()["results"]) == 1
    add(MANY - 1)
    many = queries_of(caller.get, path)
    assert len(caller.get(path).json()["results"]) == MANY
    assert many == one


class TestLists:
    def test_of_products(self, cast: Cast) -> None:
        made = iter(range(1, 1000))

        def add(number: int) -> None:
            for _ in range(number):
                item = factories.presentation(f"药{next(made)}")
                factories.product([cast.supplier_firm, cast.rival_firm][item.pk % 2], item)

        assert_flat(Caller(), "/api/v1/products/", add)

    def test_of_essential_medicines(self) -> None:
        load_list(MANY)
        path = "/api/v1/essential-medicines/?page_size="
        Caller().get(path)
        assert queries_of(Caller().get, f"{path}1") == queries_of(Caller().get, f"{path}{MANY}")

    def test_of_tenders(self, cast: Cast) -> None:
        def add(number: int) -> None:
            for _ in range(number):
                factories.published_tender(cast)

        assert_flat(Caller(), "/api/v1/tenders/", add)

    def test_of_lots_awards_and_bids(self, cast: Cast) -> None:
        counts = []
        for lots in (1, 4):
            items = [factories.presentation(f"药{lots}-{number}") for number in range(1, lots + 1)]
            for item in items:
                factories.guide_price(item)
            plans = [factories.lot_plan(item, number) for number, item in enumerate(items, start=1)]
            tender = factories.awarded_tender(cast, plans)
            path = f"/api/v1/tenders/{tender.number}/"
            officer = person(cast.officer)
            assert len(Caller().get(f"{path}awards/").json()["results"]) == 2 * lots
            counts.append([queries_of(Caller().get, path), queries_of(Caller().get, f"{path}awards/")])
            counts[-1].append(queries_of(officer.get, "/api/v1/bids/"))
        assert counts[0] == counts[1]

    def test_of_demand_reports(self, cast: Cast) -> None:
        items = [factories.presentation(f"药{number}") for number in range(3)]

        def add(number: int) -> None:
            for _ in range(number):
                asked = factories.demand_round(cast)
                factories.demand_report(asked, dict.fromkeys(items, 10), cast.buyer)

        assert_flat(person(cast.officer), "/api/v1/demand-reports/", add)

    def test_of_entrustments(self, cast: Cast) -> None:
        days = iter(range(1000))

        def add(number: int) -> None:
            for _ in range(number):
                since = date(2030, 1, 1) + timedelta(days=next(days))
                file_entrustment(
                    distributor_code=cast.distributor_firm.code,
                    region_code=HENAN,
                    valid_from=since,
                    valid_until=since + timedelta(days=1),
                    actor=cast.supplier,
                    at=NOW,
                )

        assert_flat(Caller(), "/api/v1/entrustments/", add)

    def test_of_retail_reports(self, cast: Cast) -> None:
        products = [factories.product(cast.supplier_firm, pack_quantity=size) for size in (12, 24)]
        days = iter(range(1, 1000))

        def add(number: int) -> None:
            for _ in range(number):
                prices = dict.fromkeys(products, "9.99")
                report = factories.retail_report(cast, prices, observed_on=TODAY - timedelta(days=next(days)))
                check_retail_report(report_id=report.pk, actor=cast.platform, at=NOW)

        assert_flat(person(cast.officer), "/api/v1/retail-reports/", add)
        row = person(cast.officer).get("/api/v1/retail-reports/").json()["results"][0]
        assert [finding["verdict"] for finding in row["findings"]] == ["no_ceiling"] * 2


class TestDocuments:
    """Requisitions become orders, orders despatches; the lists of all of them, and every call on the way."""

    def test_of_many_lines(self, cast: Cast) -> None:
        lines = factories.agreement_lines(cast, [f"药{number}" for number in range(6)])
        # the journal asks once per process for the kind of what it writes of
        ContentType.objects.get_for_models(*apps.get_models())
        one, many = self.way_of(cast, lines[:1]), self.way_of(cast, lines[1:])
        assert many == one

    def way_of(self, cast: Cast, lines: Sequence[AgreementLine]) -> dict[str, int]:
        """The queries of every call from the basket to the retail price, with so many lines."""
        buyer, pharmacist, supplier = person(cast.buyer), person(cast.pharmacist), machine(cast.supplier)
        counts = {}
        body: Any = {"lines": [{"agreement_line": line.pk, "packs": 2} for line in lines]}

        def count(name: str, caller: Caller, path: str, body: Any) -> Any:
            with CaptureQueriesContext(connection) as context:
                answer = caller.send(path, body)
            assert answer.status_code in (200, 201), answer.content
            counts[name] = len(context)
            return answer.json()

        made = count("write", buyer, "/api/v1/requisitions/", body)
        assert len(made["lines"]) == len(lines)
        count("submit", buyer, f"/api/v1/requisitions/{made['id']}/submit/", {})
        approve_requisition(requisition_id=made["id"], actor=cast.approver, at=NOW)
        factories.run(cast)
        order = Order.objects.get(requisition=made["id"])
        body = {"lines": [{"line": line.pk, "packs": 1, "reason": "缺货"} for line in order.lines.all()]}
        count("confirm", supplier, f"/api/v1/orders/{order.pk}/confirm/", body)
        counts["show order"] = queries_of(supplier.get, f"/api/v1/orders/{order.pk}/")
        expires_on = (TODAY + timedelta(days=700)).isoformat()
        body = {
            "reference": "DN",
            "lines": [
                {"line": line.pk, "packs": 1, "lot_number": "L", "expires_on": expires_on} for line in order.lines.all()
            ],
        }
        despatch = count("despatch", supplier, f"/api/v1/orders/{order.pk}/despatches/", body)
        body = {"lines": [{"line": line["id"], "accepted": 1} for line in despatch["lines"]]}
        count("receive", pharmacist, f"/api/v1/despatches/{despatch['id']}/receipt/", body)
        day = TODAY.isoformat()
        body = {"prices": [{"product": line.product.code, "price": "99", "observed_on": day} for line in lines]}
        count("report prices", pharmacist, "/api/v1/retail-reports/", body)
        return counts

    def test_in_lists(self, cast: Cast) -> None:
        lines = factories.agreement_lines(cast, ["药1", "药2", "药3"])
        officer, buyer = person(cast.officer), person(cast.buyer)
        paths = [f"/api/v1/{kind}/" for kind in ("requisitions", "orders", "despatches")]
        counts = []
        for number in (1, MANY - 1):
            self.add(cast, lines, number)
            counts.append([queries_of(officer.get, path) for path in paths])
        assert [len(officer.get(path).json()["results"]) for path in paths] == [MANY] * 3
        assert counts[0] == counts[1]
        path = "/api/v1/orderable-lines/?page_size="
        buyer.get(path)
        assert queries_of(buyer.get, f"{path}1") == queries_of(buyer.get, f"{path}3")

    def add(self, cast: Cast, lines: Sequence[AgreementLine], number: int) -> None:
        """So many requisitions with as many orders and despatches."""
        for _ in range(number):
            draft = factories.requisition(cast, dict.fromkeys(lines, 1))
            submit_requisition(requisition_id=draft.pk, actor=cast.buyer, at=NOW)
            approve_requisition(requisition_id=draft.pk, actor=cast.approver, at=NOW)
        factories.run(cast)
        for order in Order.objects.filter(status="placed"):
            answers = [LineAnswer(line.pk, line.packs) for line in order.lines.all()]
            confirm_order(order_id=order.pk, answers=answers, actor=cast.supplier, at=NOW)
            advise_despatch(
                order_id=order.pk,
                reference="DN",
                sent=[factories.sent(line) for line in order.lines.all()],
                actor=cast.supplier,
                at=NOW,
            )
        assert Despatch.objects.filter(order__in=Order.objects.all()).count() == Order.objects.count()
        assert not RetailReport.objects.exists()
