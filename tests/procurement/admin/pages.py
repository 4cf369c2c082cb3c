"""Reading the admin's pages as somebody of the cast."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from catalog.accounts.models import User
from catalog.foundation.actor import Actor
from tests.cast import user_of


def client_of(actor: Actor, *, is_staff: bool = True) -> Client:
    """A browser in which the actor is logged in, reading English."""
    user = user_of(actor)
    user.is_staff = is_staff
    user.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def operator_client() -> Client:
    """A platform operator: a superuser who belongs to no organization."""
    user = User.objects.create_superuser("operator", password="not used here")
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def list_of(model: type[Model]) -> str:
    """The address of the model's list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def rows_with_pages(answer: Any, most: int | None = None) -> list[Any]:
    """What a list leads to; entries of the journal have no pages of their own."""
    return [row for row in answer.context["cl"].result_list[:most] if row._meta.label != "journal.Event"]


def page_of(record: Model) -> str:
    """The address of the record's page."""
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def action_of(record: Model, name: str) -> str:
    """The address of a decision about the record."""
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{name}", args=[record.pk])


def text_of(response: HttpResponse | Any) -> str:
    """What the page says, without what differs from one request to the next."""
    assert response.status_code == 200, (response.status_code, response.headers.get("Location"))
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())


def get(client: Client, address: str) -> str:
    """The page at the address."""
    return text_of(client.get(address))


def post(client: Client, address: str, **values: Any) -> str:
    """The page that one sees after sending the form."""
    return text_of(client.post(address, values, follow=True))


def registered() -> list[type[Model]]:
    """Every model that the admin shows."""
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def offered(page: Any) -> set[str]:
    """The last parts of the addresses of the actions on a page."""
    actions = [*(page.context.get("actions_list") or ()), *(page.context.get("actions_detail") or ())]
    return {item["path"].partition("?")[0].rstrip("/").split("/")[-1] for item in actions}


def growing() -> list[type[Model]]:
    """Every list to which `supply` adds rows: all of distribution's but one, and what comes before them."""
    return [model for model in registered() if is_growing(model)]


def is_growing(model: type[Model]) -> bool:
    """Does one more medicine that is supplied add a row to its list?"""
    before = {"procurement.Tender", "procurement.Lot", "procurement.Agreement", "procurement.AgreementLine"}
    before |= {"procurement.DemandReport", "journal.Event"}
    here = model._meta.app_label == "distribution" and model._meta.model_name != "entrustment"
    return here or model._meta.label in before
