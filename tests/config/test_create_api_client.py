from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from catalog.accounts.models import ApiClient, Organization
from catalog.foundation.journal.models import Event
from config.terminal import language
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def run(*arguments: str) -> dict[str, str]:
    said = io.StringIO()
    call_command("create_api_client", *arguments, stdout=said)
    return dict(line.split() for line in said.getvalue().splitlines())


class TestCreateApiClient:
    def test_prints_credentials_that_are_stored_as_a_hash(self, cast: Cast) -> None:
        said = run("SUPPLIER")
        client = ApiClient.objects.get()
        assert (client.organization, client.roles) == (cast.supplier_firm, ["supplier_agent"])
        assert client.application.client_id == said["client_id"]
        assert client.application.name == cast.supplier_firm.name
        assert said["client_secret"] not in client.application.client_secret
        assert Event.objects.get().channel == "command"

    def test_gives_a_hospital_the_roles_that_are_named(self, cast: Cast) -> None:
        run("HOSP-HA", "--role=buyer", "--role=pharmacist", "--name=HIS")
        client = ApiClient.objects.get()
        assert (client.roles, client.application.name) == (["buyer", "pharmacist"], "HIS")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["NOBODY"], "no active organization “NOBODY”"),
            (["HOSP-HA"], "--role which of approver, buyer, pharmacist"),
            (["SUPPLIER", "--role=buyer"], "is not a role"),
            (["SUPPLIER", "--role=king"], "invalid choice"),
            (["SUPPLIER", f"--name={'n' * 101}"], "longer than 100"),
        ],
    )
    def test_refuses(self, cast: Cast, arguments: list[str], said: str) -> None:
        with pytest.raises(CommandError, match=said):
            run(*arguments)
        assert not ApiClient.objects.exists()

    def test_refuses_an_organization_that_is_no_longer_active(self, cast: Cast) -> None:
        Organization.objects.filter(pk=cast.supplier_firm.pk).update(is_active=False)
        with pytest.raises(CommandError, match="no active organization"):
            run("SUPPLIER")


class TestTheLanguageOfTheTerminal:
    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
            ({"LANG": "C.UTF-8"}, "en"),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
            ({}, "en"),
        ],
    )
    def test_is_chinese_where_the_environment_says_so(
        self, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
    ) -> None:
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert language() == expected
