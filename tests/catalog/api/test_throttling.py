"""Limits against runaway loops and guessing, that honest work never meets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache

from catalog.accounts import throttling
from catalog.accounts.throttling import MINUTE
from tests.cast import Cast
from tests.catalog.api.calls import Caller, ask_for_token, credentials, machine, person, problem_in

pytestmark = pytest.mark.django_db
_minutes = count(1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A minute that no other test counts in; the public's address is the same for all of them."""
    clock = SimpleNamespace(now=MINUTE * next(_minutes))
    monkeypatch.setattr(throttling, "time", SimpleNamespace(time=lambda: clock.now))
    yield clock
    cache.clear()


class TestCalls:
    def test_are_refused_beyond_the_limit_until_the_minute_is_over(
        self, cast: Cast, settings: Any, clock: SimpleNamespace
    ) -> None:
        settings.API_CALLS_PER_MINUTE = 2
        caller = person(cast.officer)
        assert [caller.get("/api/v1/orders/").status_code for _ in range(2)] == [200, 200]
        clock.now += 20
        answer = caller.get("/api/v1/orders/")
        problem_in(answer, 429, "throttled")
        assert answer["Retry-After"] == "40"
        clock.now += 40
        assert caller.get("/api/v1/orders/").status_code == 200

    def test_of_one_caller_do_not_count_for_another(self, cast: Cast, settings: Any) -> None:
        settings.API_CALLS_PER_MINUTE = 1
        callers = [Caller(), person(cast.officer), person(cast.supervisor), machine(cast.supplier), machine(cast.rival)]
        assert [caller.get("/api/v1/tenders/").status_code for caller in callers] == [200] * 5
        assert [caller.get("/api/v1/tenders/").status_code for caller in callers] == [429] * 5

    def test_of_one_client_count_together_whatever_the_token(self, cast: Cast, settings: Any) -> None:
        settings.API_CALLS_PER_MINUTE = 1
        known = credentials(cast.supplier)
        statuses = []
        for _ in range(2):
            caller = Caller()
            caller.credentials(HTTP_AUTHORIZATION=f"Bearer {ask_for_token(known).json()['access_token']}")
            statuses.append(caller.get("/api/v1/bids/").status_code)
        assert statuses == [200, 429]

    @pytest.mark.parametrize(("proxies", "statuses"), [(0, [200, 429]), (1, [200, 200])])
    def test_of_the_public_cannot_hide_behind_a_forged_address(
        self, cast: Cast, settings: Any, proxies: int, statuses: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.API_CALLS_PER_MINUTE = 1
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
        addresses = ["198.51.100.1", "198.51.100.2"]
        answers = [Caller().get("/api/v1/tenders/", HTTP_X_FORWARDED_FOR=address) for address in addresses]
        assert [answer.status_code for answer in answers] == statuses

    def test_go_on_when_nothing_can_count_them(
        self, cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise ConnectionError("the store is gone")

        settings.API_CALLS_PER_MINUTE = 1
        with monkeypatch.context() as gone, caplog.at_level(logging.ERROR):
            gone.setattr(cache._cache, "get_client", fail)
            assert [Caller().get("/api/v1/tenders/").status_code for _ in range(2)] == [200, 200]
        assert "were not counted" in caplog.text

    def test_are_not_limited_where_the_limit_is_nought(self, cast: Cast, settings: Any) -> None:
        settings.API_CALLS_PER_MINUTE = 0
        assert [Caller().get("/api/v1/tenders/").status_code for _ in range(3)] == [200] * 3


class TestTokens:
    def test_are_refused_beyond_the_limit(self, cast: Cast, settings: Any) -> None:
        settings.TOKENS_PER_MINUTE = 2
        known = credentials(cast.supplier)
        answers = [ask_for_token(known) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["error"] == "slow_down"
        assert answers[2]["Retry-After"] == "60"

    def test_are_not_given_to_who_guesses_the_secret_at_last(self, cast: Cast, settings: Any) -> None:
        settings.TOKENS_PER_MINUTE = 2
        known = credentials(cast.supplier)
        guesses = [replace(known, client_secret=f"guess {number}") for number in range(2)]
        statuses = [ask_for_token(guess).status_code for guess in [*guesses, known]]
        assert statuses == [401, 401, 429]

    def test_of_many_clients_at_one_address_do_not_count_together(self, cast: Cast, settings: Any) -> None:
        settings.TOKENS_PER_MINUTE = 1
        clients = [credentials(cast.supplier) for _ in range(4)]
        assert [ask_for_token(known).status_code for known in clients] == [200] * 4

    @pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 200)])
    def test_are_refused_to_the_guesser_alone_behind_the_same_proxy(
        self, cast: Cast, settings: Any, proxies: int, status: int
    ) -> None:
        settings.TOKENS_PER_MINUTE = 1
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
        known = credentials(cast.supplier)
        guesser = Caller(HTTP_X_FORWARDED_FOR="198.51.100.9")
        wrong = replace(known, client_secret="guess")
        assert [ask_for_token(wrong, by=guesser).status_code for _ in range(2)] == [401, 429]
        assert ask_for_token(known, by=Caller(HTTP_X_FORWARDED_FOR="198.51.100.7")).status_code == status

    def test_cannot_be_guessed_from_behind_a_forged_address(self, cast: Cast, settings: Any) -> None:
        settings.TOKENS_PER_MINUTE = 1
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
        known = credentials(cast.supplier)
        callers = [Caller(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 198.51.100.9") for number in range(2)]
        assert [ask_for_token(known, by=caller).status_code for caller in callers] == [200, 429]

    def test_are_refused_to_the_guesser_and_not_to_the_client(self, cast: Cast, settings: Any) -> None:
        settings.TOKENS_PER_MINUTE = 1
        known = credentials(cast.supplier)
        guesser = Caller(REMOTE_ADDR="198.51.100.9")
        wrong = replace(known, client_secret="guess")
        assert [ask_for_token(wrong, by=guesser).status_code for _ in range(2)] == [401, 429]
        assert ask_for_token(known).status_code == 200
