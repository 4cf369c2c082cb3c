"""Who looked at a tender before its opening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Reading
from catalog.foundation.journal.readings import note_readings
from procurement.models import Lot, Tender
from tests import factories
from tests.cast import Cast, make_cast, make_rule_sets, user_of
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="module")
def lasting(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Cast, Tender, Tender]]:
    """A tender whose bids are sealed, and one whose bids were opened."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        opened = factories.evaluated_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"))])
        yield cast, factories.published_tender(cast), opened
        transaction.set_rollback(True)


@pytest.fixture
def db(lasting: tuple[Cast, Tender, Tender], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(lasting: tuple[Cast, Tender, Tender], db: None) -> Cast:
    return lasting[0]


@pytest.fixture
def tender(lasting: tuple[Cast, Tender, Tender], db: None) -> Tender:
    return lasting[1]


@pytest.fixture
def opened(lasting: tuple[Cast, Tender, Tender], db: None) -> Tender:
    return lasting[2]


def readings(tender: Tender) -> list[tuple[str, str]]:
    rows = Reading.objects.filter(subject_id=tender.pk, subject_type__model="tender").order_by("pk")
    return list(rows.values_list("user__username", "page"))


def api_client(actor: Actor) -> Client:
    client = Client()
    client.force_login(user_of(actor))
    return client


class TestReadings:
    def test_of_a_sealed_tender_and_its_lots_are_written_down(self, cast: Cast, tender: Tender, opened: Tender) -> None:
        officer, supervisor = client_of(cast.officer), client_of(cast.supervisor)
        lot = tender.lots.get()
        get(officer, page_of(tender))
        get(supervisor, page_of(lot))
        get(supervisor, action_of(tender, "opening"))
        get(officer, page_of(opened))
        assert readings(tender) == [
            ("officer", page_of(tender)),
            ("supervisor", page_of(lot)),
            ("supervisor", action_of(tender, "opening")),
        ]
        assert readings(opened) == []
        reading = Reading.objects.earliest("pk")
        assert (reading.organization, reading.channel, reading.network_address) == (cast.agency, "admin", "127.0.0.1")
        assert reading.subject_label == str(tender)
        assert reading.minute.second == 0 and timezone.now() - reading.minute < timedelta(minutes=2)

    def test_of_a_list_and_its_export_are_of_each_tender_in_it(
        self, cast: Cast, tender: Tender, opened: Tender
    ) -> None:
        client = client_of(cast.officer)
        for page in (list_of(Lot), f"{list_of(Tender)}export-csv/?status__exact=published"):
            answer = client.get(page)
            assert answer.status_code == 200 and b"".join(answer if answer.streaming else [answer.content])
            assert ("officer", page) in readings(tender)
        assert readings(opened) == []

    def test_of_one_page_in_a_minute_are_one(self, cast: Cast, tender: Tender) -> None:
        for _count in range(2):
            note_readings(Tender, [tender.pk], actor=cast.officer, request=RequestFactory().get("/admin/"), at=NOW)
        assert readings(tender) == [("officer", "/admin/")]
        later = NOW + timedelta(minutes=1)
        note_readings(Tender, [tender.pk], actor=cast.officer, request=RequestFactory().get("/admin/"), at=later)
        assert len(readings(tender)) == 2

    @pytest.mark.parametrize("path", ["tenders/", "tenders/{number}/"])
    def test_through_the_api_are_written_down_of_officers_and_supervisors_alone(
        self, cast: Cast, tender: Tender, path: str
    ) -> None:
        address = f"/api/v1/{path.format(number=tender.number)}"
        for actor in (cast.supplier, cast.buyer, cast.officer, cast.supervisor):
            assert api_client(actor).get(address).status_code == 200
        assert Client().get(address).status_code == 200
        assert readings(tender) == [("officer", address), ("supervisor", address)]
        assert Reading.objects.latest("pk").channel == "api"

    def test_are_shown_to_supervisors_tender_by_tender(self, cast: Cast, tender: Tender) -> None:
        get(client_of(cast.officer), page_of(tender))
        supervisor = client_of(cast.supervisor)
        shown = supervisor.get(action_of(tender, "readings"), follow=True)
        assert [str(row.user) for row in shown.context["cl"].result_list] == ["supervisor", "officer"]
        assert client_of(cast.officer).get(list_of(Reading)).status_code == 403
        assert "readings" not in get(client_of(cast.officer), page_of(tender))
        other = factories.drafted_tender(cast, at=NOW)
        shown = supervisor.get(action_of(other, "readings"), follow=True)
        assert not shown.context["cl"].result_list
