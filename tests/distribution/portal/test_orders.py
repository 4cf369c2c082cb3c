from __future__ import annotations

import pytest
from django.urls import reverse

from distribution.models import Order
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login


def change(login: Login, cast: Cast, order: Order, action: str, **data: str) -> str:
    """The page after the change, as the buyer sees it."""
    order.refresh_from_db()
    data = {"version": str(order.version)} | data
    response = login(cast.buyer).post(reverse("portal:order-change", args=[order.pk, action]), data, follow=True)
    assert response.status_code == 200
    return response.content.decode()


class TestOrders:
    def test_are_amended_and_cancelled_before_the_answer(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        order = factories.placed_order(cast, {line: 10})
        ordered = order.lines.get()
        listed = login(cast.buyer).get(reverse("portal:orders")).content.decode()
        assert "waits for the supplier&#x27;s answer" in listed
        page = login(cast.buyer).get(reverse("portal:order", args=[order.pk])).content.decode()
        assert f'name="line-{ordered.pk}"' in page and "Cancel the order" in page
        page = change(login, cast, order, "amend", **{f"line-{ordered.pk}": "4"})
        assert "was amended" in page
        ordered.refresh_from_db()
        assert ordered.packs == 4
        assert "must be one or more" in change(login, cast, order, "amend", **{f"line-{ordered.pk}": "many"})
        assert "was cancelled" in change(login, cast, order, "cancel", reason="误\x00订" * 200)
        order.refresh_from_db()
        assert order.status_reason == ("误订" * 200)[:300]
        assert "has already been done" in change(login, cast, order, "amend", **{f"line-{ordered.pk}": "1"})

    def test_have_their_rest_closed(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        order = factories.confirmed_order(cast, {line: 10})
        page = login(cast.buyer).get(reverse("portal:order", args=[order.pk])).content.decode()
        assert "confirmed in full" in page and "Close the rest" in page
        assert "was closed" in change(login, cast, order, "close", reason="不再需要")
        order.refresh_from_db()
        assert (order.status, order.lines.get().answer_code) == ("closed", "")

    @pytest.mark.parametrize("role", ["approver", "pharmacist"])
    def test_are_changed_by_the_buyer_alone(self, cast: Cast, login: Login, line: AgreementLine, role: str) -> None:
        order = factories.placed_order(cast, {line: 10})
        page = login(getattr(cast, role)).get(reverse("portal:order", args=[order.pk])).content.decode()
        assert "Amend the order" not in page
        address = reverse("portal:order-change", args=[order.pk, "cancel"])
        assert login(getattr(cast, role)).post(address, {"reason": "x"}).status_code == 403
        assert login(cast.buyer).post(reverse("portal:order-change", args=[order.pk, "eat"])).status_code == 404
