"""Entering and ending the papers of firms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from catalog.accounts.models import Licence, Ownership
from tests import factories
from tests.cast import Cast
from tests.factories import TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post

ENTER = "admin:accounts_licence_enter"
ENTER_TIE = "admin:accounts_ownership_enter"


def day(count: int) -> str:
    return (TODAY + timedelta(days=count)).isoformat()


def printed(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "organization": cast.supplier_firm.pk,
        "kind": "production",
        "number": "豫20260001",
        "scopes": ["chemical", "biological"],
        "valid_from": day(-10),
        "valid_until": day(100),
    } | changed


class TestLicences:
    def test_are_entered_and_ended_by_an_officer(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        get(client, reverse(ENTER))
        assert "is on file" in post(client, reverse(ENTER), **printed(cast))
        licence = Licence.objects.get()
        assert "expires soon" in get(client, page_of(licence))
        assert offered(client.get(page_of(licence))) == {"end"}
        post(client, action_of(licence, "end"), on=day(0))
        licence.refresh_from_db()
        assert licence.validity.upper == TODAY
        assert offered(client.get(page_of(licence))) == set()

    def test_say_beside_the_field_what_is_refused(self, cast: Cast) -> None:
        page = post(client_of(cast.officer), reverse(ENTER), **printed(cast, valid_until=day(-10)))
        assert "not after its beginning" in page
        assert not Licence.objects.exists()

    def test_are_only_read_by_supervisors(self, cast: Cast) -> None:
        licence = factories.licence(cast.supplier_firm)
        client = client_of(cast.supervisor)
        assert offered(client.get(page_of(licence))) == set()
        assert client.get(reverse(ENTER)).status_code == 403

    @pytest.mark.parametrize(("asked", "numbers"), [("expired", {"1"}), ("expiring", {"2"}), ("", {"1", "2", "3"})])
    def test_are_found_by_what_is_left_of_them(self, cast: Cast, asked: str, numbers: set[str]) -> None:
        for number, days in (("1", 0), ("2", 180), ("3", 181)):
            factories.licence(cast.supplier_firm, number=number, valid_until=TODAY + timedelta(days=days))
        listed = client_of(cast.officer).get(list_of(Licence), {"licence": asked} if asked else {})
        assert {licence.number for licence in listed.context["cl"].result_list} == numbers


class TestOwners:
    def test_are_entered_with_their_share_and_taken_off(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        values = {"organization": cast.supplier_firm.pk, "tie": "owner", "holder": "华夏集团", "share": "51"}
        assert "is on file" in post(client, reverse(ENTER_TIE), **values)
        ownership = Ownership.objects.get()
        assert str(ownership.share) == "0.5100"
        assert "already registered" in post(client, reverse(ENTER_TIE), **values)
        assert "is taken off" in post(client, action_of(ownership, "remove"))
        assert not Ownership.objects.exists()
