"""What the institution was told about its orders."""

from __future__ import annotations

from django.urls import reverse

from distribution.models import OrderNotice
from distribution.services.orders import refuse_order
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login
from tests.factories import NOW
from tests.procurement.admin.pages import client_of, list_of, text_of


class TestNotices:
    def test_say_what_happened_to_an_order_and_lead_to_it(self, cast: Cast, line: AgreementLine, login: Login) -> None:
        order = factories.placed_order(cast, {line: 2})
        refuse_order(order_id=order.pk, reason="停产", code="production_stopped", actor=cast.supplier, at=NOW)
        browser = login(cast.buyer)
        page = browser.get(reverse("portal:notices")).content.decode()
        assert "a line is not supplied, and nobody stands in" in page and "停产" in page and order.number in page
        notice = OrderNotice.objects.filter(recipient=cast.hospital, order=order).first()
        assert notice is not None
        answer = browser.post(reverse("portal:notice-read", args=[notice.pk]))
        assert answer.headers["Location"] == reverse("portal:order", args=[order.pk])
        notice.refresh_from_db()
        assert notice.read_at is not None

    def test_of_others_are_not_there(self, cast: Cast, line: AgreementLine, login: Login) -> None:
        order = factories.placed_order(cast, {line: 2})
        notice = OrderNotice.objects.filter(recipient=cast.supplier_firm, order=order).get()
        assert login(cast.buyer).post(reverse("portal:notice-read", args=[notice.pk])).status_code == 404

    def test_reach_the_agency_in_the_admin(self, cast: Cast, line: AgreementLine) -> None:
        order = factories.placed_order(cast, {line: 2})
        refuse_order(order_id=order.pk, reason="停产", code="production_stopped", actor=cast.supplier, at=NOW)
        page = text_of(client_of(cast.officer).get(list_of(OrderNotice)))
        assert "nobody stands in" in page and "停产" in page
