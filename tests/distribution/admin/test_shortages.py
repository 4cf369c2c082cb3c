from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from distribution.models import NationalShortage, ShortageItem, ShortageReport, StopNotice
from procurement.models import AgreementLine
from procurement.states import Procedure
from tests import factories
from tests.cast import HENAN, Cast, make_cast, make_rule_sets
from tests.factories import TODAY
from tests.factories.procurement_rules import enter_rules
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post, text_of

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

World = tuple[Cast, AgreementLine]


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The main supplier of amoxicillin, the list of both provinces and of the country."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        main, _backup = factories.main_and_backup(cast)
        factories.stop_notice(cast.supplier, main.product, days=20)
        factories.national_shortage(cast, main.product)
        yield cast, main
        transaction.set_rollback(True)


@pytest.fixture
def db(settled: World, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(settled: World, db: None) -> Cast:
    return settled[0]


@pytest.fixture
def main(settled: World, db: None) -> AgreementLine:
    return settled[1]


@pytest.fixture
def item(db: None) -> ShortageItem:
    return ShortageItem.objects.get(province=HENAN)


@pytest.fixture
def client(cast: Cast) -> Client:
    return client_of(cast.officer)


def sent(item: ShortageItem, **values: Any) -> dict[str, Any]:
    item.refresh_from_db()
    return {
        "version": item.version,
        "reason": "保障供应",
        "follow_up_on": TODAY + timedelta(days=10),
        "units": 24,
        **values,
    }


class TestShortages:
    def test_are_one_list_with_their_signals(self, cast: Cast, item: ShortageItem, client: Client) -> None:
        page = get(client, page_of(item))
        assert "2 institutions report that they lack 400 units a month." in page
        assert "A producer stops in 20 days; 1 other products are agreed for the province." in page
        assert "CN.2019-47.institution-report" in page and "watched from 1, short from 2, severe from 5" in page
        assert item.number in get(client, list_of(ShortageItem))
        for name, shown in (("listed", True), ("overdue", False)):
            found = text_of(client.get(list_of(ShortageItem), {"standing": name}))
            assert (item.number in found) == shown
        assert item.number in text_of(client.get(list_of(ShortageItem), {"q": item.number}))
        ShortageItem.objects.filter(pk=item.pk).update(answer_by=TODAY - timedelta(days=1))
        assert "not answered in time" in text_of(client.get(list_of(ShortageItem), {"standing": "overdue"}))
        export = client.get(reverse("admin:distribution_shortageitem_export_csv"))
        told = b"".join(export.streaming_content).decode()  # type: ignore[attr-defined]
        assert item.number in told and "2 institutions report" in told

    def test_are_answered_followed_up_and_closed(self, item: ShortageItem, main: AgreementLine, client: Client) -> None:
        call = action_of(item, "call_backup")
        page = get(client, call)
        assert "华夏制药有限公司" in page and "240,000 units left" in page
        late = sent(item, line=main.pk, follow_up_on=TODAY + timedelta(days=99))
        assert "is no day for the follow-up" in post(client, call, **late)
        assert f"{item.number}: backup supplier" in post(client, call, **sent(item, line=main.pk))
        follow_up = action_of(item, "follow_up")
        assert f"{item.number}: open" in post(client, follow_up, **sent(item, outcome="failed", note="未到货"))
        assert f"{item.number}: backup supplier" in post(client, call, **sent(item, line=main.pk))
        assert f"{item.number}: followed up" in post(client, follow_up, **sent(item, outcome="resolved", note="到货"))
        page = get(client, page_of(item))
        assert "it did not help: another answer is needed" in page and "it is supplied again" in page
        assert f"{item.number}: closed" in post(client, action_of(item, "close"), **sent(item))

    def test_are_answered_by_what_the_province_has(
        self, cast: Cast, item: ShortageItem, main: AgreementLine, client: Client
    ) -> None:
        giver = factories.neighbour()
        lot = factories.stock_lot(factories.pharmacist_of(giver), main.product, 500)
        plan = factories.filled_reserve(cast, main.product)
        taker = ShortageReport.objects.filter(province=HENAN).first()
        assert taker is not None
        page = get(client, action_of(item, "redistribute"))
        assert f"{giver} · {lot.lot_number} · 500 units" not in page
        # somebody uses it and has none: now there is who lacks it, and who has some to spare
        factories.used(factories.pharmacist_of(taker.institution), main.product, 300)
        page = get(client, action_of(item, "redistribute"))
        assert f"{giver} · {lot.lot_number} · 500 units, 500 to spare" in page and str(taker.institution) in page
        page = get(client, action_of(item, "release_reserve"))
        assert f"{plan} · 1,000 usable units" in page
        with transaction.atomic():
            wanted = sent(item, lot=lot.pk, taker=taker.institution.code)
            assert f"{item.number}: redistribution" in post(client, action_of(item, "redistribute"), **wanted)
            transaction.set_rollback(True)
        wanted = sent(item, plan=plan.pk, recipient=taker.institution.code, authority="省卫生健康委")
        assert f"{item.number}: release from the reserve" in post(client, action_of(item, "release_reserve"), **wanted)

    def test_are_answered_by_designated_production_or_dismissed(
        self, cast: Cast, item: ShortageItem, main: AgreementLine, client: Client
    ) -> None:
        enter_rules(Procedure.DESIGNATED_PRODUCTION)
        plans = [factories.lot_plan(main.product.presentation)]
        tender = factories.drafted_tender(
            cast, plans, procedure=Procedure.DESIGNATED_PRODUCTION, invited=[cast.supplier_firm]
        )
        assert tender.number in get(client, action_of(item, "have_made"))
        with transaction.atomic():
            made = post(client, action_of(item, "have_made"), **sent(item, tender=tender.number))
            assert f"{item.number}: designated production" in made
            transaction.set_rollback(True)
        assert f"{item.number}: closed" in post(client, action_of(item, "dismiss"), **sent(item))

    def test_are_read_and_not_answered_by_others(self, cast: Cast, item: ShortageItem) -> None:
        supervisor = client_of(cast.supervisor)
        assert "Call the backup supplier" not in get(supervisor, page_of(item))
        for name in ("call_backup", "redistribute", "release_reserve", "have_made", "follow_up", "close", "dismiss"):
            assert supervisor.get(action_of(item, name)).status_code == 403
            assert client_of(cast.foreign_officer).get(action_of(item, name)).status_code == 404

    def test_come_from_what_was_told_and_go_to_the_country(self, client: Client) -> None:
        [report, *_others] = ShortageReport.objects.filter(province=HENAN)
        assert "200" in get(client, page_of(report))
        assert "late" in get(client, page_of(StopNotice.objects.get()))
        page = get(client, page_of(NationalShortage.objects.get()))
        assert "easily short, watched" in page and "湖北省" in page
        assert "Short in 2 provinces (watched from 2), listed 2 times within 12 months (watched from 3)." in page
