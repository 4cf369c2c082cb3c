"""Before the opening no page of the admin differs by a single bid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.foundation.journal.models import Reading
from catalog.models import Product
from procurement.models import Lot, Tender
from tests import factories
from tests.cast import Cast, make_cast, make_rule_sets
from tests.factories import NOW
from tests.procurement.admin.conftest import in_a_savepoint
from tests.procurement.admin.pages import (
    action_of,
    client_of,
    get,
    list_of,
    operator_client,
    page_of,
    registered,
    rows_with_pages,
    text_of,
)

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

# One of each who sees something else: officers of one agency see the same.
VIEWERS = ["officer", "foreign_officer", "supervisor", "operator"]


@pytest.fixture(scope="module")
def lasting_cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, with a tender published and its suppliers' products registered: nothing but the bids will be new."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        factories.published_tender(cast, at=NOW - timedelta(days=10), deadline_at=NOW + timedelta(days=1))
        for firm in (cast.supplier_firm, cast.rival_firm):
            factories.product(firm)
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def db(lasting_cast: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield from in_a_savepoint(django_db_blocker)


@pytest.fixture
def cast(lasting_cast: Cast, db: None) -> Cast:
    return lasting_cast


@pytest.fixture
def tender(db: None) -> Tender:
    return Tender.objects.get()


def everything_seen(client: Client, tender: Tender) -> dict[str, str]:
    """Every list, every page that the lists lead to, the overview, and the pages of the tender.

    That somebody looked is written down, and shown: it is forgotten again, and the time of day is no difference.
    """
    with transaction.atomic():
        seen = dict(looked_at(client, tender))
        transaction.set_rollback(True)
    clock = re.compile(rf"{localdate()} \d\d:\d\d|\d\d:\d\d:\d\d")
    return {address: clock.sub("", page) for address, page in seen.items()}


def looked_at(client: Client, tender: Tender) -> Iterator[tuple[str, str]]:
    for model in registered():
        answer = client.get(list_of(model))
        if answer.status_code != 200:
            continue
        yield list_of(model), text_of(answer)
        if model is not Reading:
            for record in rows_with_pages(answer):
                yield page_of(record), get(client, page_of(record))
    yield reverse("admin:index"), get(client, reverse("admin:index"))
    opening = client.get(action_of(tender, "opening"))
    if opening.status_code == 200:
        yield "opening", text_of(opening)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_no_page_changes_when_bids_come_in(cast: Cast, tender: Tender, viewer: str) -> None:
    client = operator_client() if viewer == "operator" else client_of(getattr(cast, viewer))
    before = everything_seen(client, tender)
    for lot in tender.lots.select_related("tender", "presentation"):
        factories.bid(lot, cast.supplier, at=NOW)
        factories.bid(lot, cast.rival, "7.20", at=NOW)
    after = everything_seen(client, tender)
    assert after == before


@pytest.mark.parametrize("viewer", ["officer", "supervisor", "operator"])
@pytest.mark.parametrize("query", ["bids__isnull=False", "bids__gte=1", "bids__status=sealed", "bids__supplier=1"])
def test_no_list_is_filtered_by_bids(cast: Cast, viewer: str, query: str) -> None:
    client = operator_client() if viewer == "operator" else client_of(getattr(cast, viewer))
    for model in (Organization, Lot, Product):
        assert client.get(f"{list_of(model)}?{query}").status_code in (400, 403)


@pytest.mark.parametrize("viewer", ["officer", "supervisor"])
def test_the_lot_names_no_bidder_before_the_opening_and_all_after_it(cast: Cast, viewer: str) -> None:
    sealed = factories.assembled_tender(cast)
    client = client_of(getattr(cast, viewer))
    lot = sealed.lots.get()
    page = get(client, page_of(lot))
    assert cast.supplier_firm.name not in page
    assert "Nothing is known about bids before the opening" in page
    opened = factories.opened_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"))])
    page = get(client, page_of(opened.lots.get()))
    assert cast.supplier_firm.name in page
    assert cast.rival_firm.name in page


def test_no_page_shows_an_envelope(cast: Cast) -> None:
    lot = factories.evaluated_tender(cast).lots.get()
    page = get(client_of(cast.officer), page_of(lot))
    for bid in lot.bids.all():
        assert bid.envelope_sha256 not in page
