"""Before the opening no page of the admin differs by a single bid."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from catalog.accounts.models import Organization
from catalog.models import Product
from procurement.models import Lot, Tender
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
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

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def tender(cast: Cast) -> Tender:
    """Published, and its suppliers' products registered, so that nothing but the bids will be new."""
    tender = factories.published_tender(cast, at=NOW - timedelta(days=10), deadline_at=NOW + timedelta(days=1))
    for firm in (cast.supplier_firm, cast.rival_firm):
        factories.product(firm)
    return tender


def everything_seen(client: Client, tender: Tender) -> dict[str, str]:
    """Every list, every page that the lists lead to, the overview, and the pages of the tender."""
    seen = {}
    for model in registered():
        answer = client.get(list_of(model))
        if answer.status_code != 200:
            continue
        seen[list_of(model)] = text_of(answer)
        for record in rows_with_pages(answer):
            seen[page_of(record)] = get(client, page_of(record))
    seen[reverse("admin:index")] = get(client, reverse("admin:index"))
    opening = client.get(action_of(tender, "opening"))
    if opening.status_code == 200:
        seen["opening"] = text_of(opening)
    return {address: re.sub(r"\d\d:\d\d:\d\d", "", page) for address, page in seen.items()}


@pytest.mark.parametrize("viewer", ["officer", "second_officer", "foreign_officer", "supervisor", "operator"])
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
