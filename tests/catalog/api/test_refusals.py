"""Every refusal of the API is an RFC 9457 problem with the right status."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from catalog.foundation.journal.models import IdempotencyKey
from catalog.foundation.web.parsers import MAX_BYTES
from distribution.models import Order, Requisition
from procurement.models import Bid
from tests import factories
from tests.cast import Cast, make_rule_sets, user_of
from tests.catalog.api.calls import Caller, ask_for_token, credentials, machine, person, problem_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer_calls(cast: Cast) -> Caller:
    return person(cast.buyer)


def pointers(problem: dict[str, Any]) -> list[str | None]:
    return [part["pointer"] for part in problem["errors"]]


class TestMalformed:
    @pytest.mark.parametrize(
        "body",
        [
            *("", "{", "[1", '{"a": NaN}', '{"a": 1e}', "\ufeff{}", "'a'", b"\xff\xfe", b"\x00"),
            r'{"lines": [], "urgency": "\ud800"}',
        ],
    )
    def test_is_400(self, buyer_calls: Caller, body: str | bytes) -> None:
        answer = buyer_calls.post(
            "/api/v1/requisitions/", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k"
        )
        problem_in(answer, 400)

    @pytest.mark.parametrize("body", ["null", "[]", "7", '"a"', "true"])
    def test_is_400_for_what_is_no_object(self, buyer_calls: Caller, body: str) -> None:
        answer = buyer_calls.post(
            "/api/v1/requisitions/", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k"
        )
        assert pointers(problem_in(answer, 400, "validation-error")) == [None]

    def test_names_every_field(self, buyer_calls: Caller) -> None:
        body = {"lines": [{"packs": 1}, {"agreement_line": 1, "packs": 1}, {"agreement_line": "x", "packs": 10**9 + 1}]}
        problem = problem_in(buyer_calls.send("/api/v1/requisitions/", body), 400, "validation-error")
        assert sorted(pointers(problem), key=str) == [
            "#/lines/0/agreement_line",
            "#/lines/2/agreement_line",
            "#/lines/2/packs",
        ]
        assert {part["code"] for part in problem["errors"]} == {"required", "invalid", "max-value"}

    def test_is_400_for_a_question_that_cannot_be_read(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        answer = Caller().get(f"/api/v1/products/{product.code}/price/?province=x&on=yesterday")
        assert sorted(map(str, pointers(problem_in(answer, 400)))) == ["#/on", "#/province"]

    def test_is_400_for_an_unknown_filter_value(self, cast: Cast) -> None:
        assert pointers(problem_in(person(cast.officer).get("/api/v1/orders/?status=eaten"), 400)) == ["#/status"]


class TestNotKnown:
    def test_is_401_with_a_challenge(self) -> None:
        answer = Caller().get("/api/v1/bids/")
        problem_in(answer, 401, "not-authenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\x00", "a b", "é"])
    def test_is_401_for_a_forged_token(self, token: str) -> None:
        problem_in(Caller().get("/api/v1/bids/", HTTP_AUTHORIZATION=f"Bearer {token}"), 401)

    def test_is_401_for_a_token_that_ran_out(self, cast: Cast) -> None:
        caller = machine(cast.supplier)
        assert caller.get("/api/v1/bids/").status_code == 200
        get_access_token_model().objects.update(expires=timezone.now() - timedelta(seconds=1))
        answer = caller.get("/api/v1/bids/")
        problem_in(answer, 401)
        assert "invalid_token" in answer["WWW-Authenticate"]

    def test_is_401_for_a_token_that_was_given_back(self, cast: Cast) -> None:
        ours, theirs = credentials(cast.supplier), credentials(cast.rival)
        token = ask_for_token(ours).json()["access_token"]
        caller = Caller()
        caller.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        # somebody else cannot give it back
        for known, status in ((theirs, 200), (ours, 401)):
            form = f"token={token}&client_id={known.client_id}&client_secret={quote(known.client_secret)}"
            answer = Caller().post("/oauth/revoke/", form, content_type="application/x-www-form-urlencoded")
            assert answer.status_code == 200
            assert caller.get("/api/v1/bids/").status_code == status
        problem_in(caller.send("/api/v1/bids/"), 401)

    def test_sees_nothing_of_an_organization_that_was_shut_out(self, cast: Cast) -> None:
        tender = factories.published_tender(cast) if make_rule_sets() else None
        assert tender is not None
        factories.bid(tender.lots.get(), cast.supplier)
        caller = machine(cast.supplier)
        assert len(caller.get("/api/v1/bids/").json()["results"]) == 1
        type(cast.supplier_firm).objects.filter(pk=cast.supplier_firm.pk).update(is_active=False)
        assert caller.get("/api/v1/bids/").json()["results"] == []
        body = {"tender": tender.number, "lot": 1, "envelope": "x"}
        problem_in(caller.send("/api/v1/bids/", body), 403, "not-allowed")


class TestNotAllowed:
    def test_is_403(self, buyer_calls: Caller) -> None:
        body = {"tender": "T", "lot": 1, "envelope": "x"}
        problem = problem_in(buyer_calls.send("/api/v1/bids/", body), 403, "not-allowed")
        assert pointers(problem) == [None]

    def test_is_403_without_the_scope(self, cast: Cast) -> None:
        problem_in(machine(cast.supplier, "bids").get("/api/v1/orders/"), 403, "permission-denied")

    def test_is_403_for_a_session_without_its_csrf_token(self, cast: Cast) -> None:
        caller = Caller(enforce_csrf_checks=True)
        caller.force_login(user_of(cast.buyer))
        problem = problem_in(caller.send("/api/v1/requisitions/", {"lines": []}), 403, "permission-denied")
        assert "CSRF" in problem["detail"]
        assert not Requisition.objects.exists()


class TestNotThere:
    @pytest.mark.parametrize(
        "key", ["999999999", "x", "0", "-1", "%00", str(10**30), "9223372036854775808", "é", "1%201"]
    )
    @pytest.mark.parametrize("kind", ["bids", "orders", "retail-reports"])
    def test_is_404(self, cast: Cast, kind: str, key: str) -> None:
        problem_in(person(cast.supervisor).get(f"/api/v1/{kind}/{key}/"), 404, "not-found")

    @pytest.mark.parametrize("kind", ["products", "tenders"])
    @pytest.mark.parametrize("key", ["%00", "x", "x" * 1000, "é", "%F0%9F%92%8A", "%ff"])
    def test_is_404_for_a_code_that_nobody_has(self, kind: str, key: str) -> None:
        for tail in ("", "price/?province=410000" if kind == "products" else "awards/"):
            problem_in(Caller().get(f"/api/v1/{kind}/{key}/{tail}"), 404, "not-found")

    @pytest.mark.parametrize(
        "path",
        [
            *("bids/{}/withdraw/", "requisitions/{}/submit/"),
            *("orders/{}/confirm/", "orders/{}/refuse/", "orders/{}/despatches/", "despatches/{}/receipt/"),
        ],
    )
    @pytest.mark.parametrize("key", ["999999999", str(10**30), "%00"])
    def test_is_404_for_an_action_on_nothing(self, cast: Cast, path: str, key: str) -> None:
        caller = machine(cast.supplier) if "requisitions" not in path and "receipt" not in path else person(cast.buyer)
        body = {"lines": [], "reason": "x", "reference": "x"}
        problem_in(caller.send(f"/api/v1/{path.format(key)}", body), 404, "not-found")

    @pytest.mark.usefixtures("rule_sets")
    def test_says_the_same_of_what_is_somebody_elses(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        bid = factories.bid(tender.lots.get(), cast.supplier)
        caller = machine(cast.rival)
        nobodys = bid.pk + 1000
        for path in ("/api/v1/bids/{}/", "/api/v1/bids/{}/withdraw/"):
            call = caller.send if "withdraw" in path else caller.get
            details = [
                problem_in(call(path.format(key)), 404)["detail"].replace(f"“{key}”", "“…”")
                for key in (bid.pk, nobodys)
            ]
            assert details[0] == details[1]
            assert "“…”" in details[0]

    @pytest.mark.parametrize("path", ["", "nothing/", "bids/1/open/", "bids", "tenders", "requisitions/1/approve/"])
    @pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
    def test_is_404_at_an_address_that_is_none(self, path: str, method: str) -> None:
        problem_in(getattr(Caller(), method)(f"/api/v1/{path}"), 404, "not-found")


class TestMethodsAndTypes:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            *(("put", "bids/1/"), ("patch", "orders/1/"), ("delete", "bids/1/"), ("delete", "bids/")),
            *(("get", "orders/1/confirm/"), ("post", "orders/"), ("post", "orders/1/"), ("post", "orderable-lines/")),
        ],
    )
    def test_is_405(self, cast: Cast, method: str, path: str) -> None:
        answer = getattr(person(cast.supervisor), method)(f"/api/v1/{path}", {}, format="json")
        problem_in(answer, 405, "method-not-allowed")
        assert answer["Allow"]

    def test_is_405_for_a_change_of_what_is_only_read(self, cast: Cast) -> None:
        problem_in(person(cast.officer).delete("/api/v1/tenders/"), 405)

    def test_is_406(self) -> None:
        problem_in(Caller().get("/api/v1/tenders/", HTTP_ACCEPT="application/xml"), 406, "not-acceptable")

    @pytest.mark.parametrize(
        "content_type",
        [
            *(
                "text/plain",
                "application/xml",
                "multipart/form-data; boundary=x",
                "x",
                "application/x-www-form-urlencoded",
            ),
            *("application/jsonx", "text/csv; charset=utf-8"),
        ],
    )
    def test_is_415(self, buyer_calls: Caller, content_type: str) -> None:
        answer = buyer_calls.post(
            "/api/v1/requisitions/", '{"lines": []}', content_type=content_type, HTTP_IDEMPOTENCY_KEY="k"
        )
        problem_in(answer, 415, "unsupported-media-type")

    @pytest.mark.parametrize("charset", ["utf-16", "latin-1", "idna", "nonsense"])
    def test_reads_json_as_utf_8_whatever_the_charset_says(self, buyer_calls: Caller, charset: str) -> None:
        answer = buyer_calls.post(
            "/api/v1/requisitions/?x=1",
            '{"lines": []}',
            content_type=f"application/json; charset={charset}",
            HTTP_IDEMPOTENCY_KEY="k",
        )
        problem_in(answer, 422, "empty-requisition")

    def test_is_413_for_a_body_of_5_mb(self, buyer_calls: Caller) -> None:
        answer = buyer_calls.send("/api/v1/requisitions/", {"lines": [], "x": "x" * 5_000_000})
        problem_in(answer, 413, "body-too-large")

    def test_takes_a_body_of_the_largest_size(self, buyer_calls: Caller) -> None:
        body = b'{"lines":[],"x":"%s"}' % (b"x" * (MAX_BYTES - 19))
        assert len(body) == MAX_BYTES
        options = {"content_type": "application/json", "HTTP_IDEMPOTENCY_KEY": "k"}
        problem_in(buyer_calls.post("/api/v1/requisitions/", body, **options), 422)
        problem_in(buyer_calls.post("/api/v1/requisitions/", body + b" ", **options), 413)

    @pytest.mark.parametrize("depth", [17, 200, 900, 990, 100_000])
    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"lines":', "}")])
    def test_is_400_for_json_without_a_bottom(
        self, buyer_calls: Caller, opening: str, closing: str, depth: int
    ) -> None:
        answer = buyer_calls.post(
            "/api/v1/requisitions/",
            opening * depth + "1" + closing * depth,
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY="k",
        )
        problem_in(answer, 400, "parse-error")


@pytest.mark.usefixtures("rule_sets")
class TestRules:
    def test_is_409_for_the_wrong_state(self, cast: Cast) -> None:
        order = factories.confirmed_order(cast)
        caller = machine(cast.supplier)
        body = {"lines": [{"line": line.pk, "packs": line.packs} for line in order.lines.all()]}
        problem = problem_in(caller.send(f"/api/v1/orders/{order.pk}/confirm/", body), 409, "already-done")
        assert pointers(problem) == [None]
        problem_in(caller.send(f"/api/v1/orders/{order.pk}/refuse/", {"reason": "x"}), 409, "wrong-state")

    def test_is_422_with_every_broken_line(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        lines = [
            {"agreement_line": line.pk, "packs": 0},
            {"agreement_line": 10**30, "packs": 1},
            {"agreement_line": line.pk, "packs": 1},
            {"agreement_line": line.pk + 1000, "packs": -(10**30)},
        ]
        problem = problem_in(person(cast.buyer).send("/api/v1/requisitions/", {"lines": lines}), 422, "rules-broken")
        assert pointers(problem) == ["#/lines/0/packs", "#/lines/1", "#/lines/2", "#/lines/3"]
        assert [part["code"] for part in problem["errors"]] == [
            "packs-not-positive",
            "not-orderable",
            "product-twice",
            "not-orderable",
        ]
        assert not Requisition.objects.exists()

    def test_is_422_with_every_line_that_nobody_answered(self, cast: Cast) -> None:
        order = factories.placed_order(cast)
        problem = problem_in(
            machine(cast.supplier).send(f"/api/v1/orders/{order.pk}/confirm/", {"lines": []}), 422, "rules-broken"
        )
        assert [part["code"] for part in problem["errors"]] == ["line-missing"]
        order.refresh_from_db()
        assert (order.status, order.version) == ("placed", 1)

    def test_says_it_in_the_language_of_the_caller(self, buyer_calls: Caller) -> None:
        details = {
            problem_in(buyer_calls.send("/api/v1/requisitions/", {"lines": []}, accept_language=language), 422)["title"]
            for language in ("en", "zh-Hans", "xx")
        }
        assert details == {"empty-requisition"}


class TestUnforeseen:
    @pytest.fixture
    def log(self) -> Iterator[list[logging.LogRecord]]:
        records: list[logging.LogRecord] = []
        handler = logging.Handler()
        handler.emit = records.append  # type: ignore[method-assign]
        logger = logging.getLogger("django.request")
        logger.addHandler(handler)
        yield records
        logger.removeHandler(handler)

    @pytest.mark.usefixtures("rule_sets")
    def test_tells_the_log_and_not_the_caller(
        self, cast: Cast, log: list[logging.LogRecord], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tender = factories.published_tender(cast)
        caller = machine(cast.supplier)
        caller.raise_request_exception = False
        product = factories.product(cast.supplier_firm)
        envelope = factories.envelope(tender.lots.get(), cast.supplier_firm, product, "6.00")
        body = {"tender": tender.number, "lot": 1, "envelope": envelope}

        def fail(**_: Any) -> None:
            raise ZeroDivisionError("secret")

        with monkeypatch.context() as patch:
            patch.setattr("procurement.api.bids.submit_bid", fail)
            answer = caller.send("/api/v1/bids/", body, key="k")
        problem_in(answer, 500, "error")
        assert b"secret" not in answer.content and b"ZeroDivision" not in answer.content
        [entry] = [record for record in log if record.levelno == logging.ERROR]
        assert entry.exc_info is not None and entry.exc_info[0] is ZeroDivisionError
        assert not IdempotencyKey.objects.exists()
        # the failure freed the key
        assert caller.send("/api/v1/bids/", body, key="k").status_code == 201

    def test_is_a_problem_in_a_list_as_well(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr("distribution.api.orders.OrderViewSet.get_queryset", fail)
        caller = person(cast.officer)
        caller.raise_request_exception = False
        answer = caller.get("/api/v1/orders/")
        problem_in(answer, 500)
        assert b"secret" not in answer.content


@pytest.mark.django_db(transaction=True)
class TestBusy:
    def test_is_503_and_says_when_to_come_back(self, cast: Cast) -> None:
        make_rule_sets()
        order = factories.placed_order(cast)
        caller = machine(cast.supplier)
        body = {"lines": [{"line": line.pk, "packs": line.packs} for line in order.lines.all()]}
        locked, enough = threading.Event(), threading.Event()

        def hold() -> None:
            try:
                with transaction.atomic():
                    Order.objects.select_for_update().get(pk=order.pk)
                    locked.set()
                    enough.wait(20)
            finally:
                connection.close()

        holder = threading.Thread(target=hold)
        holder.start()
        try:
            assert locked.wait(10)
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            answer = caller.send(f"/api/v1/orders/{order.pk}/confirm/", body, key="k")
        finally:
            enough.set()
            holder.join()
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
        problem_in(answer, 503, "busy")
        assert int(answer["Retry-After"]) > 0
        assert caller.send(f"/api/v1/orders/{order.pk}/confirm/", body, key="k").status_code == 200

    def test_is_503_for_a_list_that_takes_too_long(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        def sleep(*_: Any) -> Any:
            return Bid.objects.extra(where=["pg_sleep(2) IS NOT NULL"])

        make_rule_sets()
        factories.bid(factories.published_tender(cast).lots.get(), cast.supplier)
        monkeypatch.setattr("procurement.api.bids.BidViewSet.get_queryset", sleep)
        caller = person(cast.supervisor)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '200ms'")
        try:
            answer = caller.get("/api/v1/bids/")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
        problem_in(answer, 503, "busy")
        assert "Retry-After" in answer


class TestTokenEndpoint:
    def ask(self, **form: str) -> Any:
        return Caller().post(
            "/oauth/token/",
            "&".join(f"{name}={value}" for name, value in form.items()),
            content_type="application/x-www-form-urlencoded",
        )

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({}, 400),
            ({"grant_type": "client_credentials"}, 401),
            ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401),
            ({"grant_type": "client_credentials", "client_id": "%00", "client_secret": "%00"}, 401),
            ({"grant_type": "client_credentials", "client_id": "x" * 1000, "client_secret": "y"}, 401),
            ({"grant_type": "client_credentials", "client_id": "%ff", "client_secret": "y"}, 401),
            ({"grant_type": "password", "username": "a", "password": "b"}, 400),
            ({"grant_type": "authorization_code", "code": "x"}, 400),
            ({"grant_type": "%00"}, 400),
        ],
    )
    def test_refuses_in_the_form_of_oauth(self, form: dict[str, str], status: int) -> None:
        answer = self.ask(**form)
        assert answer.status_code == status
        assert answer.json()["error"]

    @pytest.mark.parametrize("basic", [b"", b"x", b":", b"\x00:\x00", b"\xff\xfe:y", b"x:" + b"y" * 10_000])
    def test_refuses_forged_credentials(self, basic: bytes) -> None:
        answer = Caller().post(
            "/oauth/token/",
            "grant_type=client_credentials",
            content_type="application/x-www-form-urlencoded",
            HTTP_AUTHORIZATION=f"Basic {base64.b64encode(basic).decode()}",
        )
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"

    def test_gives_no_scope_that_does_not_exist(self, cast: Cast) -> None:
        known = credentials(cast.supplier)
        for scope in ("everything", "bids everything", ""):
            answer = ask_for_token(known, scope)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
