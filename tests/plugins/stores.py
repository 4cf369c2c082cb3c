"""A database and a broker of the suite's own.

The suite starts its own PostgreSQL and Valkey, beside those of a running platform, unless TEST_DATABASE_URL
or TEST_REDIS_URL name others. Several runs may go at once: each takes a free slot, which gives it a database
name and a range of Valkey databases.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from config.embedded import leases
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.valkey import EmbeddedValkey

ROOT = Path(__file__).resolve().parent.parent.parent
SLOTS = 5
DATABASES_PER_SLOT = 3

# Held as long as the run lasts: the servers by their leases, the slot by its lock.
_held: list[object] = []
run_name = ""


class NoFreeSlot(pytest.UsageError):
    """So many runs are going in this checkout that Valkey has no databases left for one more."""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Before pytest-django loads the settings: tell them which stores to use."""
    global run_name
    state = Path(os.environ.get("STATE_DIR") or ROOT / "var").resolve()
    slot = take_slot(state / "test-slots")
    own_database = "TEST_DATABASE_URL" not in os.environ
    os.environ["DATABASE_URL"] = start_postgres(state) if own_database else os.environ["TEST_DATABASE_URL"]
    os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL") or start_valkey(state, slot)
    # On a server that other checkouts use as well a slot of ours would not be unique.
    run_name = str(slot) if own_database else f"{slot}_{os.getpid()}"
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    # After pytest-django, one of whose fixtures it replaces.
    config.pluginmanager.import_plugin("tests.plugins.database")


def take_slot(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for slot in range(SLOTS):
        handle = leases.open_lock(folder / str(slot))
        if leases.try_lock(handle):
            _held.append(handle)
            return slot
        os.close(handle)
    raise NoFreeSlot(f"{SLOTS} runs of the tests are going in this checkout: wait for one to end.")


def start_postgres(state: Path) -> str:
    server = EmbeddedPostgres(state / "pgtest", durable=False)
    server.ensure()
    _held.append(server)
    where = server.connection_settings()
    return f"postgresql://{where['USER']}@/{where['NAME']}?{urlencode({'host': where['HOST']})}"


def start_valkey(state: Path, slot: int) -> str:
    import redis

    server = EmbeddedValkey(state / "valkeytest", durable=False)
    server.ensure()
    _held.append(server)
    first = slot * DATABASES_PER_SLOT
    for number in range(first, first + DATABASES_PER_SLOT):
        with redis.Redis(unix_socket_path=str(server.socket), db=number) as client:
            client.flushdb()
    return server.url(first)
