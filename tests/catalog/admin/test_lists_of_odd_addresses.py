"""What people and programs write behind the address of a list, or send for a picked record: never a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.contrib.postgres.fields import RangeField
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from catalog.admin.imports import ImportAdmin
from catalog.foundation.web.admin import RecordAdmin
from catalog.models import Edition, Import, Product, ProvincialAddition
from tests.cast import Cast, make_cast
from tests.procurement.admin.pages import client_of, list_of, operator_client, registered, text_of

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

LISTS = [model for model in registered() if isinstance(admin.site._registry[model], RecordAdmin)]
ODD = ((models.CharField, "__exact=%00"), (models.TextField, "__exact=%00"), (models.ForeignKey, "__id__exact=x"))
RANGES = [(model, field.name) for model in LISTS for field in model._meta.fields if isinstance(field, RangeField)]


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """One cast for all lists."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_cast()
        transaction.set_rollback(True)


@pytest.fixture
def db(settled: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(settled: Cast, db: None) -> Cast:
    return settled


def asked(client: Client, model: type[models.Model], question: str) -> tuple[int, str]:
    """The status of the list's answer, and where it leads."""
    answer = client.get(f"{list_of(model)}?{question}")
    return answer.status_code, answer.headers.get("Location", "")


class TestList:
    @pytest.mark.parametrize("model", LISTS)
    def test_answers_whatever_a_column_is_compared_with(self, cast: Cast, model: type[models.Model]) -> None:
        client = operator_client() if model._meta.app_label == "accounts" else client_of(cast.supervisor)
        admitted = {(200, ""), (302, f"{list_of(model)}?e=1"), (400, ""), (403, "")}
        for field in model._meta.fields:
            for kind, question in ODD:
                if isinstance(field, kind):
                    assert asked(client, model, field.name + question) in admitted

    @pytest.mark.parametrize(("model", "name"), RANGES)
    def test_answers_where_a_period_is_none(self, cast: Cast, model: type[models.Model], name: str) -> None:
        answer = asked(client_of(cast.supervisor), model, f"{name}=x")
        assert answer == (302, f"{list_of(model)}?e=1")

    @pytest.mark.parametrize(
        ("model", "question"),
        [
            (Import, "status__exact=%00"),
            (Import, "status__regex=("),
            (Product, "manufacturer=x"),
            (Product, "manufacturer__id__exact=%00"),
            (Edition, "validity__contains=x"),
        ],
    )
    def test_says_that_the_address_was_not_understood(
        self, cast: Cast, model: type[models.Model], question: str
    ) -> None:
        assert asked(client_of(cast.officer), model, question) == (302, f"{list_of(model)}?e=1")

    @pytest.mark.parametrize("question", ["content__startswith=P", "content=P", "content__isnull=0"])
    def test_does_not_tell_what_is_in_a_file(self, cast: Cast, question: str) -> None:
        assert asked(client_of(cast.officer), Import, question)[0] == 400

    def test_does_not_hide_a_failure_that_no_address_asked_for(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ImportAdmin, "get_ordering", lambda *_: int("x"))
        with pytest.raises(ValueError):
            client_of(cast.officer).get(list_of(Import))


class TestPicker:
    @pytest.mark.parametrize("sent", ["x", "1x", "-1", "\x00", "٣", "9" * 30, "9" * 5_000])
    def test_refuses_what_is_no_record(self, cast: Cast, sent: str) -> None:
        address = reverse("admin:catalog_provincialaddition_add_medicine")
        answer = client_of(cast.officer).post(address, {"medicine": sent, "presentations": [sent]})
        assert answer.status_code == 200
        text_of(answer)
        assert {"medicine", "presentations"} <= set(answer.context["form"].errors)
        assert not ProvincialAddition.objects.exists()
