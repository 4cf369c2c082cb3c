"""People at their browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from procurement.models import AgreementLine
from tests import factories
from tests.cast import ZHONGYUAN, Cast, user_of

Login = Callable[[Actor], Client]


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def login(db: None) -> Login:
    """A browser in which the person behind the actor is logged in."""

    def open_browser(actor: Actor) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user_of(actor))
        return client

    return open_browser


@pytest.fixture
def line(cast: Cast, rule_sets: object) -> AgreementLine:
    """The one volume agreed for the hospital's province: 10,000 packs at 6.00."""
    [agreed] = factories.agreement_lines(cast)
    return agreed


@pytest.fixture
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def village(cast: Cast) -> Organization:
    """A clinic that the hospital orders for."""
    return Organization.objects.create(
        code="VILLAGE",
        kind=OrganizationKind.INSTITUTION,
        name="石佛村卫生室",
        region_id=ZHONGYUAN,
        ordering_centre=cast.hospital,
    )
