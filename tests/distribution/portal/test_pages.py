"""Who sees which page, and who is turned away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from distribution.models import Despatch, RetailReport
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, make_cast, make_rule_sets, user_of
from tests.distribution.portal.conftest import Login

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

EVERYBODY = ("buyer", "approver", "pharmacist")
PAGES: dict[str, tuple[str, ...]] = {
    "dashboard": EVERYBODY,
    "requisitions": EVERYBODY,
    "requisition": EVERYBODY,
    "requisition-new": ("buyer",),
    "requisition-edit": ("buyer",),
    "orders": EVERYBODY,
    "order": EVERYBODY,
    "notices": EVERYBODY,
    "despatches": EVERYBODY,
    "despatch": EVERYBODY,
    "despatch-receive": ("pharmacist",),
    "stock": EVERYBODY,
    "stock-product": EVERYBODY,
    "stock-issue": ("pharmacist",),
    "stock-opening": ("pharmacist",),
    "stock-write-off": ("pharmacist",),
    "transfers": EVERYBODY,
    "transfer": EVERYBODY,
    "transfer-suggestions": EVERYBODY,
    "transfer-offer": ("pharmacist",),
    "invoices": EVERYBODY,
    "invoice": EVERYBODY,
    "settlements": EVERYBODY,
    "settlement": EVERYBODY,
    "cases": EVERYBODY,
    "case": EVERYBODY,
    "complaints": EVERYBODY,
    "complaint-new": EVERYBODY,
    "complaint": EVERYBODY,
    "reactions": EVERYBODY,
    "reaction": EVERYBODY,
    "reaction-new": EVERYBODY,
    "lot-warnings": EVERYBODY,
    "recalls": EVERYBODY,
    "recall": EVERYBODY,
    "retail": EVERYBODY,
    "retail-report": EVERYBODY,
    "retail-products": EVERYBODY,
    "retail-files": EVERYBODY,
    "shortages": EVERYBODY,
    "shortage-new": EVERYBODY,
    "shortage": EVERYBODY,
    "use": EVERYBODY,
    "violations": EVERYBODY,
}


Records = dict[str, int | str]


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Cast, AgreementLine, Records]]:
    """The cast, the volume agreed for the hospital, and the records; each test works in a savepoint of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        [line] = factories.agreement_lines(cast)
        yield cast, line, make_records(cast, line)
        transaction.set_rollback(True)


@pytest.fixture
def db(settled: object, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(settled: tuple[Cast, AgreementLine, Records], db: None) -> Cast:
    return settled[0]


@pytest.fixture
def line(settled: tuple[Cast, AgreementLine, Records], db: None) -> AgreementLine:
    return settled[1]


@pytest.fixture
def records(settled: tuple[Cast, AgreementLine, Records], db: None) -> Records:
    return settled[2]


def make_records(cast: Cast, line: AgreementLine) -> Records:
    """One of everything, by the page that shows it."""
    draft = factories.requisition(cast, {line: 1})
    despatch: Despatch = factories.despatch(cast, {line: 2})
    report: RetailReport = factories.retail_report(cast, {line.product: "6.00"})
    lot = factories.stock_lot(cast.pharmacist, line.product)
    invoice = factories.invoice(cast, factories.receipt(cast, {line: 3}).despatch.order)
    factories.stock_lot(cast.pharmacist, line.product, lot_number="RECALLED")
    recall = factories.notified_recall(cast, line.product, "RECALLED")
    return {
        "reaction": factories.reaction(cast.pharmacist, line.product).pk,
        "recall": factories.recall_notice(recall, cast.pharmacist).pk,
        "invoice": invoice.pk,
        "settlement": factories.settlement(cast).pk,
        "case": factories.notified_case(cast, line.product).pk,
        "complaint": factories.complaint(cast).pk,
        "shortage": factories.shortage(cast, line.product).pk,
        "requisition": draft.pk,
        "requisition-edit": draft.pk,
        "order": despatch.order_id,
        "despatch": despatch.pk,
        "despatch-receive": despatch.pk,
        "stock-product": line.product.code,
        "stock-write-off": lot.pk,
        "transfer-offer": lot.pk,
        "transfer": factories.proposed_transfer(lot, factories.neighbour(), actor=cast.pharmacist).pk,
        "retail-report": report.pk,
    }


def address(page: str, records: Records) -> str:
    return reverse(f"portal:{page}", args=[records[page]] if page in records else [])


class TestWhoSeesWhat:
    @pytest.mark.parametrize("page", PAGES)
    def test_each_page_opens_for_its_roles_only(self, page: str, cast: Cast, login: Login, records: Records) -> None:
        for name in (*EVERYBODY, "supplier", "officer", "supervisor"):
            response = login(getattr(cast, name)).get(address(page, records))
            assert response.status_code == (200 if name in PAGES[page] else 403), name

    @pytest.mark.parametrize("page", PAGES)
    def test_each_page_asks_a_stranger_to_log_in(self, page: str, client: Client, records: Records) -> None:
        where = address(page, records)
        response = client.get(where)
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('portal:login')}?next={where}"

    @pytest.mark.parametrize(
        "page",
        [
            *("requisition", "requisition-edit", "order", "despatch", "despatch-receive", "retail-report"),
            *("stock-write-off", "transfer-offer", "transfer", "invoice", "settlement", "complaint", "shortage"),
        ],
    )
    def test_another_institutions_record_is_not_there(
        self, page: str, cast: Cast, login: Login, records: Records
    ) -> None:
        assert login(cast.outsider).get(address(page, records)).status_code == 404

    def test_another_institutions_lists_are_empty(self, cast: Cast, login: Login, records: Records) -> None:
        for page in ("requisitions", "orders", "despatches", "stock", "transfers", "invoices", "settlements", "retail"):
            response = login(cast.outsider).get(reverse(f"portal:{page}"))
            assert response.context["page"].paginator.count == 0, page

    def test_the_refusal_says_why(self, cast: Cast, login: Login) -> None:
        page = login(cast.supplier).get(reverse("portal:dashboard")).content.decode()
        assert "buyers, approvers and pharmacists of medical institutions" in page
        page = login(cast.approver).get(reverse("portal:requisition-new")).content.decode()
        assert "needs the role “buyer”" in page

    def test_an_address_that_is_none_is_not_there(self, cast: Cast, login: Login) -> None:
        response = login(cast.buyer).get(reverse("portal:requisition", args=[10**30]))
        assert response.status_code == 404
        assert "There is no such page" in response.content.decode()


class TestDashboard:
    def test_counts_what_waits(self, cast: Cast, login: Login, line: AgreementLine, records: Records) -> None:
        factories.submitted_requisition(cast, {line: 3})
        context = login(cast.approver).get(reverse("portal:dashboard")).context
        assert context["requisitions"] == {"draft": 1, "submitted": 1, "approved": 0}
        assert context["orders"] == {"placed": 0, "confirmed": 0, "despatched": 1}
        assert (context["despatch_count"], context["unchecked_count"]) == (1, 1)
        assert context["findings"] == {"violations": 2, "unknown": 0}
        assert [str(row.amount) for row in context["to_approve"]] == ["18.0000"]
        assert list(context["to_receive"]) == []


class TestFrame:
    def test_names_the_language_and_switches_it(self, client: Client, db: None) -> None:
        assert '<html lang="en">' in client.get("/").content.decode()
        client.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
        assert '<html lang="zh-hans">' in client.get("/").content.decode()

    def test_logs_in_where_the_role_works(self, client: Client, cast: Cast) -> None:
        user = user_of(cast.buyer)
        user.set_password("a long password")
        user.save()
        response = client.post(reverse("portal:login"), {"username": "buyer", "password": "wrong"})
        assert "do not belong together" in response.content.decode()
        response = client.post(reverse("portal:login"), {"username": "buyer", "password": "a long password"})
        assert response["Location"] == reverse("portal:dashboard")
        response = client.post(reverse("portal:logout"))
        assert response.status_code == 302
        assert client.get(reverse("portal:dashboard")).status_code == 302

    def test_has_no_inline_script(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        page = login(cast.buyer).get(reverse("portal:requisition-new")).content.decode()
        assert page.count("<script") == page.count('<script src="') == 1
        assert " onclick=" not in page and " onchange=" not in page and "style=" not in page
