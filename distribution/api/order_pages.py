"""Pages of orders, each as cheap as the first one, however many were placed at the same moment."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.foundation.web.pagination import Pages
from distribution.models import Order
from distribution.queries.order_json import orders_as_json

AFTER = "(distribution_order.placed_at, distribution_order.id) < (%s, %s)"


def cursor_after(placed_at: datetime, order_id: int) -> str:
    """What names the page after an order."""
    return base64.urlsafe_b64encode(json.dumps([placed_at.isoformat(), order_id]).encode()).decode()


class OrderPages(Pages):
    """The newest first; the pages lead forward only.

    By when they were placed where the view says so (``is_by_moment``), which an index knows, else by their numbers. A
    page begins after the order that its cursor names; its rows are JSON as the database wrote it.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The orders of the page that the cursor names.

        Raises:
            NotFound: the cursor names no place.
        """
        limit = self.get_page_size(request) or self.page_size
        is_by_moment = view.is_by_moment()
        orders = self._after(queryset, request, is_by_moment)
        orders = orders.order_by(*(["-placed_at"] if is_by_moment else []), "-pk")
        places = list(orders.values_list("placed_at", "pk")[: limit + 1])
        self.next_link = None
        if len(places) > limit:
            del places[limit:]
            question = request.query_params.copy()
            question[self.cursor_query_param] = cursor_after(*places[-1])
            self.next_link = f"{request.build_absolute_uri(request.path)}?{question.urlencode()}"
        return orders_as_json([pk for _placed_at, pk in places])

    def get_paginated_response(self, data: Any) -> Any:
        """The page in the shape of every list."""
        body = f'{{"next":{json.dumps(self.next_link)},"previous":null,"results":[{",".join(data)}]}}'
        return HttpResponse(body, content_type="application/json")

    def _after(self, queryset: QuerySet[Order], request: Request, is_by_moment: bool) -> QuerySet[Order]:
        cursor = request.query_params.get(self.cursor_query_param)
        if not cursor:
            return queryset
        try:
            placed_at, order_id = json.loads(base64.urlsafe_b64decode(cursor))
            place = (datetime.fromisoformat(placed_at), int(order_id))
        except (ValueError, TypeError) as error:
            raise NotFound(self.invalid_cursor_message) from error
        if place[0].tzinfo is None or not 0 < place[1] < 2**63:
            raise NotFound(self.invalid_cursor_message)
        if is_by_moment:
            return queryset.filter(RawSQL(AFTER, place, output_field=BooleanField()))
        return queryset.filter(pk__lt=place[1])
