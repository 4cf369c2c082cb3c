"""Running several calls at the same moment, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection

from catalog.foundation import transitions

PATIENCE = 20


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls together; return what each returned or raised, in the order of the calls."""
    start = threading.Barrier(len(calls), timeout=PATIENCE)
    outcomes: list[Any] = [TimeoutError()] * len(calls)

    def work(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait()
            outcomes[index] = call()
        except Exception as error:
            outcomes[index] = error
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=item, daemon=True) for item in enumerate(calls)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=PATIENCE)
    return outcomes


def meeting(function: Callable[..., Any], number: int = 2, *, patience: float = 0.4) -> Callable[..., Any]:
    """The function, before which ``number`` threads wait for each other: so a race is lost for certain.

    Where a lock keeps one of them from coming, the others go on after a moment.
    """
    barrier = threading.Barrier(number)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(patience)
        return function(*arguments, **options)

    return wrapped


@contextmanager
def without_locks() -> Iterator[None]:
    """The one door does not lock: to show the race that it is there for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transitions, "LOCKING", False)
        yield


def kinds(outcomes: list[Any]) -> list[str]:
    """The names of what was returned and raised, sorted."""
    return sorted(type(outcome).__name__ for outcome in outcomes)
