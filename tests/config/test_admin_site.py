"""The list of all models: where it is shown, and that no other page reckons it."""

from __future__ import annotations

import pytest
from django.contrib.admin import AdminSite
from django.urls import reverse

from catalog.accounts.models import Organization
from procurement.models import ScoreSheet, Tender
from tests.cast import Cast
from tests.procurement.admin.pages import client_of, get, list_of


class TestPageOfAnApp:
    def test_lists_the_models_that_the_person_may_look_at(self, cast: Cast) -> None:
        answer = client_of(cast.officer).get(reverse("admin:app_list", args=["procurement"]))
        [app] = answer.context["app_list"]
        assert {list_of(Tender), list_of(ScoreSheet)} <= {model["admin_url"] for model in app["models"]}

    def test_of_which_the_person_may_look_at_nothing_is_not_there(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        assert client.get(reverse("admin:app_list", args=["oauth2_provider"])).status_code == 404


class TestSearchInTheSidebar:
    def test_finds_a_model_by_its_name(self, cast: Cast) -> None:
        page = get(client_of(cast.officer), reverse("admin:search", query={"s": "organization"}))
        assert f'href="{list_of(Organization)}"' in page


class TestEveryOtherPage:
    def test_does_without_the_list(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        def reckoned(*arguments: object) -> None:
            raise AssertionError("nobody looks at it")

        monkeypatch.setattr(AdminSite, "_build_app_dict", reckoned)
        client = client_of(cast.officer)
        for address in (reverse("admin:index"), list_of(Tender)):
            assert f'href="{list_of(Tender)}"' in get(client, address)
