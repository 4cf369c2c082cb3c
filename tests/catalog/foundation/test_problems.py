from __future__ import annotations

import pytest
from django.utils.translation import override
from rest_framework.exceptions import NotAuthenticated

from catalog.errors import CeilingExceeded, UnknownCode
from catalog.foundation.errors import (
    AlreadyDone,
    Busy,
    Conflict,
    DomainError,
    Malformed,
    NotAllowed,
    NotVisible,
    RuleBroken,
    RulesBroken,
    Stale,
    WrongState,
    refuse,
)
from catalog.foundation.sheets import DamagedFile
from catalog.foundation.web.problems import exception_handler, problem_of, status_of
from procurement.errors import EnvelopeUnreadable, SecondBid, WrongPassphrase

STALE = Stale(expected=1, current=2)


class TestRefuse:
    def test_raises_all_together(self) -> None:
        errors = [UnknownCode(field="product", value="X"), Conflict()]
        with pytest.raises(RulesBroken) as caught:
            refuse(errors)
        assert caught.value.errors == errors

    def test_raises_nothing_where_nothing_is_wrong(self) -> None:
        refuse([])


class TestStatusOf:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (Malformed(problem="x"), 400),
            (DamagedFile(name="a", problem="x"), 400),
            (EnvelopeUnreadable(expected=1, got=2), 400),
            (NotAllowed(reason="x"), 403),
            (WrongPassphrase(), 403),
            (NotVisible(what="lot", key=1), 404),
            (WrongState(), 409),
            (AlreadyDone(), 409),
            (Conflict(), 409),
            (SecondBid(), 409),
            (STALE, 412),
            (RuleBroken(), 422),
            (RulesBroken([]), 422),
            (CeilingExceeded(), 422),
            (Busy(), 503),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, DomainError) else str(value),
    )
    def test_is_that_of_the_family(self, error: DomainError, status: int) -> None:
        assert status_of(error) == status


class TestProblemOf:
    def test_says_what_is_wrong_with_the_values(self) -> None:
        with override("en"):
            problem = problem_of(UnknownCode(field="product", value="X1", pointer="/lines/0/product"))
        assert problem == {
            "type": "/problems/#unknown-code",
            "title": "unknown-code",
            "status": 422,
            "detail": "product: nothing is registered as “X1”.",
            "errors": [
                {
                    "pointer": "#/lines/0/product",
                    "code": "unknown-code",
                    "detail": "product: nothing is registered as “X1”.",
                }
            ],
        }

    def test_lists_every_broken_line(self) -> None:
        parts = [UnknownCode(field="product", value=value, pointer=f"/lines/{value}") for value in range(3)]
        problem = problem_of(RulesBroken(parts))
        assert (problem["title"], problem["status"]) == ("rules-broken", 422)
        assert [part["pointer"] for part in problem["errors"]] == ["#/lines/0", "#/lines/1", "#/lines/2"]
        assert "3" in problem["detail"]

    def test_has_no_pointer_where_the_error_is_about_the_whole(self) -> None:
        assert problem_of(STALE)["errors"][0]["pointer"] is None


class TestExceptionHandler:
    def test_answers_with_a_problem(self) -> None:
        response = exception_handler(STALE, {})
        assert response is not None
        assert (response.status_code, response.content_type) == (412, "application/problem+json")
        assert response.data["title"] == "stale"

    def test_says_when_to_come_back_when_busy(self) -> None:
        response = exception_handler(Busy(), {})
        assert response is not None and response["Retry-After"] == "2"

    def test_gives_the_failures_of_the_framework_the_same_shape(self) -> None:
        response = exception_handler(NotAuthenticated(), {"request": None, "view": None})
        assert response is not None
        assert set(response.data) == {"type", "title", "status", "detail", "errors"}
        assert response.content_type == "application/problem+json"

    def test_tells_nothing_of_what_nobody_foresaw(self) -> None:
        response = exception_handler(ZeroDivisionError("secret"), {"request": None, "view": None})
        assert response is not None
        assert response.status_code == response.data["status"] == 500
        assert "secret" not in str(response.data)
