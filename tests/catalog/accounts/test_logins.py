"""Guessing passwords: stopped where it comes from, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from catalog.accounts import throttling
from catalog.accounts.logins import FAILURES_OF_A_NAME, FAILURES_OF_AN_ADDRESS, SPAN
from catalog.accounts.models import User

PAGES = ["/portal/login/", "/admin/login/"]
SAID = "Too many attempts: try again in a few minutes."
HERE, ELSEWHERE = "198.51.100.1", "198.51.100.2"
_spans = count(1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A span that no other test counts in."""
    clock = SimpleNamespace(now=SPAN * next(_spans))
    monkeypatch.setattr(throttling, "time", SimpleNamespace(time=lambda: clock.now))
    yield clock
    cache.clear()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("wang", password="right", is_staff=True)


def log_in(page: str, password: str, *, name: str = "wang", address: str = HERE) -> bool | str:
    """Whether it let in, or what it said of too many attempts."""
    browser = Client(REMOTE_ADDR=address, headers={"accept-language": "en"})
    answer = browser.post(page, {"username": name, "password": password})
    if answer.status_code == 302:
        return True
    return SAID if SAID in answer.content.decode() else False


@pytest.mark.parametrize("page", PAGES)
class TestGuessing:
    def test_is_stopped_even_when_it_is_right_at_last(self, page: str, user: User) -> None:
        guesses = [log_in(page, f"guess {number}") for number in range(FAILURES_OF_A_NAME)]
        assert guesses == [False] * FAILURES_OF_A_NAME
        assert log_in(page, "right") == SAID

    def test_does_not_lock_the_person_out_elsewhere(self, page: str, user: User) -> None:
        for _ in range(FAILURES_OF_A_NAME + 1):
            log_in(page, "guess")
        assert log_in(page, "right") == SAID
        assert log_in(page, "right", address=ELSEWHERE) is True

    def test_is_counted_together_on_both_pages(self, page: str, user: User) -> None:
        for number in range(FAILURES_OF_A_NAME):
            log_in(PAGES[number % 2], "guess")
        assert log_in(page, "right") == SAID

    def test_is_forgotten_after_a_quarter_of_an_hour(self, page: str, user: User, clock: SimpleNamespace) -> None:
        for _ in range(FAILURES_OF_A_NAME + 1):
            log_in(page, "guess")
        clock.now += SPAN
        assert log_in(page, "right") is True

    def test_of_many_names_is_stopped_at_the_address(self, page: str, user: User) -> None:
        names = [f"name {number}" for number in range(FAILURES_OF_AN_ADDRESS)]
        assert {log_in(page, "guess", name=name) for name in names} == {False}
        assert log_in(page, "right") == SAID
        assert log_in(page, "right", address=ELSEWHERE) is True


@pytest.mark.parametrize("page", PAGES)
class TestLoggingIn:
    def test_resets_the_failures_of_the_name(self, page: str, user: User) -> None:
        for _ in range(3):
            for _ in range(FAILURES_OF_A_NAME - 1):
                assert log_in(page, "guess") is False
            assert log_in(page, "right") is True

    def test_counts_for_nothing(self, page: str, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("catalog.accounts.logins.FAILURES_OF_AN_ADDRESS", 3)
        assert [log_in(page, "right") for _ in range(5)] == [True] * 5

    def test_is_not_reset_by_a_form_without_a_password(self, page: str, user: User) -> None:
        for number in range(FAILURES_OF_A_NAME):
            log_in(page, "" if number % 3 == 0 else "guess")
        assert log_in(page, "right") == SAID
