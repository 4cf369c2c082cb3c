"""A supplier's list of open orders, over the API, out of a million orders of two hundred suppliers.

One of eight orders is the great supplier's, and 85 of a hundred of those are open; five thousand were placed at the
same moment, as a run places them. A page has a hundred orders with their lines. It is compared with the first page when
it lies deep, with the one statement by which PostgreSQL itself writes the page as JSON, and with the same list as it is
usually made: model serializers and the framework's own pages by cursor.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.pagination import CursorPagination
from rest_framework.test import APIRequestFactory

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization
from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.selected import insert_selected
from distribution.api.order_pages import cursor_after
from distribution.api.order_serializers import OrderSerializer
from distribution.api.orders import OrderViewSet
from distribution.models import Order, OrderLine, Requisition, RequisitionLine
from distribution.states import LineOutcome, RequisitionStatus
from tests.benchmarks import Comparison, Run, timed
from tests.cast import HENAN, ZHONGYUAN
from tests.worlds.ordering import FIRST, make_province, token_of

ROWS = 1_000_000
PAGE, CALLS = 100, 15
# How much of the list lies before the deep page.
DEPTH = 0.5
INSTITUTIONS, PRODUCTS = 3_000, 2_000
GREAT = FIRST

NOW = {"created_at": "now()", "updated_at": "now()"}
REQUISITION = {
    "id": "number",
    "institution": "(%(institutions)s)[1 + number %% array_length(%(institutions)s, 1)]",
    "province": "%(province)s",
    "status": f"'{RequisitionStatus.PLACED}'",
    **NOW,
}
# Of each eight orders of a requisition one goes to the great supplier, the others to seven of the many.
ORDER = {
    "id": "number",
    "requisition": "requisition.id",
    "institution": "requisition.institution_id",
    "province": "requisition.province_id",
    "supplier": "%(first)s + CASE WHEN number %% 8 = 0 THEN 0 ELSE (number %% 8) * 28 - number / 8 %% 28 END",
    "status": """CASE WHEN number / 8 %% 20 < 3 THEN 'received'
        ELSE (ARRAY['placed', 'confirmed', 'despatched'])[1 + number / 8 %% 3] END""",
    "placed_at": "moment.placed_at",
    "answer_due_at": "moment.placed_at + interval '24 hours'",
    "deliver_by": "moment.placed_at + interval '48 hours'",
    **NOW,
}
MOMENTS = """FROM generate_series(1, %(rows)s) AS number
JOIN distribution_requisition requisition ON requisition.id = number / 8
CROSS JOIN LATERAL (SELECT now() - (%(rows)s - number) / 5000 * interval '1 hour' AS placed_at) AS moment"""
# Three lines for each order of the great supplier.
WANTED = {
    "id": "requisition.id * 3 + number",
    "requisition": "requisition.id",
    "agreement_line": "%(first)s + (requisition.id * 7 + number) %% %(products)s",
    "packs": "10",
    "price": "6",
    "outcome": f"'{LineOutcome.PLACED}'",
}
LINE = {
    "order": "placed.id",
    "requisition_line": "wanted.id",
    "agreement_line": "wanted.agreement_line_id",
    "product": "agreed.product_id",
    "packs": "wanted.packs",
    "price": "wanted.price",
    "confirmed_packs": "CASE WHEN placed.status = 'placed' THEN 0 ELSE wanted.packs END",
    "despatched_packs": "CASE WHEN placed.status IN ('placed', 'confirmed') THEN 0 ELSE wanted.packs END",
    "accepted_packs": "CASE WHEN placed.status = 'received' THEN wanted.packs ELSE 0 END",
}
ORDERED = """FROM distribution_order placed
JOIN distribution_requisitionline wanted ON wanted.requisition_id = placed.requisition_id
JOIN procurement_agreementline agreed ON agreed.id = wanted.agreement_line_id
WHERE placed.supplier_id = %(first)s"""
RAW = """
SELECT json_agg(page)::text FROM (
    SELECT o.id, 'PO' || lpad(o.id::text, 8, '0') AS number, o.status, o.status_reason, o.version,
        institution.code AS institution, institution.name AS institution_name, institution.region_id AS county,
        recipient.code AS recipient, supplier.code AS supplier, distributor.code AS distributor, o.storage, o.urgency,
        o.replaces_id AS replaces, o.placed_at, o.answer_due_at, o.answered_at, o.escalated_at, o.deliver_by,
        o.received_at, (
            SELECT json_agg(line ORDER BY line.id) FROM (
                SELECT l.id, product.code AS product,
                    concat_ws(' ', medicine.name, presentation.form, presentation.strength) AS name, l.packs,
                    l.price::text AS price, l.confirmed_packs, l.closed_packs, l.despatched_packs, l.accepted_packs,
                    l.returned_packs, l.promised_on, l.answer_code, l.answer_reason
                FROM distribution_orderline l
                JOIN catalog_product product ON product.id = l.product_id
                JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
                JOIN catalog_medicine medicine ON medicine.id = presentation.medicine_id
                WHERE l.order_id = o.id
            ) line
        ) AS lines
    FROM distribution_order o
    JOIN accounts_organization institution ON institution.id = o.institution_id
    JOIN accounts_organization supplier ON supplier.id = o.supplier_id
    LEFT JOIN accounts_organization recipient ON recipient.id = o.recipient_id
    LEFT JOIN accounts_organization distributor ON distributor.id = o.distributor_id
    WHERE o.supplier_id = %(great)s AND o.status IN ('placed', 'confirmed', 'despatched')
        AND (o.placed_at, o.id) < (%(placed_at)s, %(id)s)
    ORDER BY o.placed_at DESC, o.id DESC
    LIMIT 100
) page
"""


class UsualLineSerializer(serializers.ModelSerializer[OrderLine]):
    product = serializers.CharField(source="product.code")
    name = serializers.CharField(source="product.presentation")

    class Meta:
        model = OrderLine
        fields = tuple(OrderSerializer().fields["lines"].child.fields)  # type: ignore[attr-defined]


class UsualSerializer(serializers.ModelSerializer[Order]):
    institution = serializers.CharField(source="institution.code")
    institution_name = serializers.CharField(source="institution.name")
    county = serializers.CharField(source="institution.region_id")
    recipient = serializers.CharField(source="recipient.code", default=None)
    supplier = serializers.CharField(source="supplier.code")
    distributor = serializers.CharField(source="distributor.code", default=None)
    lines = UsualLineSerializer(many=True)

    class Meta:
        model = Order
        fields = tuple(OrderSerializer().fields)


class UsualPages(CursorPagination):
    page_size = PAGE
    ordering = ("-placed_at", "-id")


class UsualViewSet(ListModelMixin, ActorViewSet):
    """The list as it is usually made."""

    scopes = ("orders",)
    serializer_class = UsualSerializer
    pagination_class = UsualPages

    def get_queryset(self) -> Any:
        orders = Order.objects.visible_to(self.actor).open()
        related = orders.select_related("institution", "recipient", "supplier", "distributor")
        return related.prefetch_related("lines__product__presentation__medicine")


@dataclass(frozen=True, slots=True)
class World:
    """The great supplier's token, and where the deep page begins."""

    token: str
    deep: str
    place: tuple[datetime, int]


def seed(rows: int) -> World:
    """Organizations, agreements and orders, and the token of the great supplier's system."""
    settings.API_CALLS_PER_MINUTE = 0
    make_province(PRODUCTS, 0)
    institutions = Organization.objects.bulk_create(
        Organization(
            code=f"I{number}", kind=OrganizationKind.INSTITUTION, name=f"第{number}卫生院", region_id=ZHONGYUAN
        )
        for number in range(INSTITUTIONS)
    )
    values = {
        "rows": rows,
        "first": FIRST,
        "products": PRODUCTS,
        "province": HENAN,
        "institutions": [row.pk for row in institutions],
    }
    insert_selected(Requisition, REQUISITION, "FROM generate_series(0, %(rows)s / 8) AS number", values)
    insert_selected(Order, ORDER, MOMENTS, values)
    lines = "FROM distribution_requisition requisition CROSS JOIN generate_series(1, 3) AS number"
    insert_selected(RequisitionLine, WANTED, lines, values)
    insert_selected(OrderLine, LINE, ORDERED, values)
    opened = Order.objects.filter(supplier=GREAT).open()
    deep = opened.order_by("-placed_at", "-id")[int(opened.count() * DEPTH)]
    token = token_of(Organization.objects.get(pk=GREAT), Role.SUPPLIER_AGENT, scope="orders")
    return World(token, cursor_after(deep.placed_at, deep.pk), (deep.placed_at, deep.pk))


def ask(view: Any, world: World, cursor: str = "") -> Any:
    """A page, as a client gets it."""
    query = {"status": "open", "page_size": PAGE} | ({"cursor": cursor} if cursor else {})
    factory = APIRequestFactory(SERVER_NAME="localhost", HTTP_AUTHORIZATION=f"Bearer {world.token}")
    request = factory.get("/api/v1/orders/", query)
    response = view(request)
    if hasattr(response, "render"):
        response.render()
    assert response.status_code == 200, response.content
    return response.content


def rows_of(content: Any) -> Any:
    """The orders of a page, with moments that can be compared."""
    rows = json.loads(content)
    rows = rows["results"] if isinstance(rows, dict) else rows
    for row in rows:
        row.update({name: datetime.fromisoformat(row[name]) for name in ("placed_at", "answer_due_at", "deliver_by")})
    return rows


ours, usual = (viewset.as_view({"get": "list"}) for viewset in (OrderViewSet, UsualViewSet))


def by_hand(world: World) -> Any:
    """The deep page as PostgreSQL writes it."""
    with connection.cursor() as cursor:
        cursor.execute(RAW, {"great": GREAT, "placed_at": world.place[0], "id": world.place[1]})
        return cursor.fetchone()[0]


def measure(call: Any, *arguments: Any) -> Run:
    with timed(CALLS) as run:
        for _call in range(CALLS):
            call(*arguments)
    return run


def agree(world: World) -> None:
    """All ways show the same orders, and the pages go on without a gap or an order twice."""
    first = rows_of(ask(ours, world))
    assert first == rows_of(ask(usual, world))
    assert rows_of(ask(ours, world, world.deep)) == rows_of(by_hand(world))
    opened = Order.objects.filter(supplier=GREAT).open().order_by("-placed_at", "-id")
    following = rows_of(ask(ours, world, cursor_after(first[-1]["placed_at"], first[-1]["id"])))
    assert [row["id"] for row in first + following] == list(opened.values_list("pk", flat=True)[: 2 * PAGE])


COMPARISONS = [
    Comparison(
        name="a page deep in the list / the first page",
        unit="pages",
        goal=1 / 1.2,
        agree=agree,
        baseline=lambda world: measure(ask, ours, world),
        product=lambda world: measure(ask, ours, world, world.deep),
    ),
    Comparison(
        name="a page / the SQL that writes it as JSON",
        unit="pages",
        goal=1 / 2.5,
        agree=agree,
        baseline=lambda world: measure(by_hand, world),
        product=lambda world: measure(ask, ours, world, world.deep),
    ),
    Comparison(
        name="a page / model serializers and pages by cursor",
        unit="pages",
        goal=2,
        agree=agree,
        baseline=lambda world: measure(ask, usual, world),
        product=lambda world: measure(ask, ours, world),
    ),
]
