"""A database and a broker of the suite's own.

The suite starts its own PostgreSQL and Valkey, beside those of a running platform, unless TEST_DATABASE_URL
or TEST_REDIS_URL name others. Several runs may go at once, each in several processes: every process takes a free
slot, which gives it a database name and a range of Valkey databases.
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
from config.redis_url import shifted

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASES_PER_SLOT = 3
# Of the sixteen databases that a Redis or Valkey has unless it is told otherwise.
SLOTS_PER_SERVER = 5
OWN_SERVERS = 4

# Held as long as the process lasts: the servers by their leases, the slot by its lock.
_held: list[object] = []
run_name = ""


class NoFreeSlot(pytest.UsageError):
    """So many processes run tests in this checkout that Redis or Valkey has no databases left for one more."""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Before pytest-django loads the settings: tell them which stores to use."""
    global run_name
    state = Path(os.environ.get("STATE_DIR") or ROOT / "var").resolve()
    database, broker = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    slot = take_slot(state / "test-slots", SLOTS_PER_SERVER * (1 if broker else OWN_SERVERS))
    os.environ["DATABASE_URL"] = database or start_postgres(state)
    os.environ["REDIS_URL"] = shifted(broker, slot * DATABASES_PER_SLOT) if broker else start_valkey(state, slot)
    # On a server that other checkouts use as well a slot of ours would not be unique.
    run_name = f"{slot}_{os.getpid()}" if database else str(slot)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    # After pytest-django, one of whose fixtures it replaces.
    config.pluginmanager.import_plugin("tests.plugins.database")


def take_slot(folder: Path, slots: int) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for slot in range(slots):
        handle = leases.open_lock(folder / str(slot))
        if leases.try_lock(handle):
            _held.append(handle)
            return slot
        os.close(handle)
    raise NoFreeSlot(
        f"{slots} processes run tests in this checkout: wait for one to end, or use fewer at once (`-n 2`)."
    )


def start_postgres(state: Path) -> str:
    server = EmbeddedPostgres(state / "pgtest", durable=False)
    server.ensure()
    _held.append(server)
    where = server.connection_settings()
    return f"postgresql://{where['USER']}@/{where['NAME']}?{urlencode({'host': where['HOST']})}"


def start_valkey(state: Path, slot: int) -> str:
    import redis

    number, place = divmod(slot, SLOTS_PER_SERVER)
    server = EmbeddedValkey(state / f"valkeytest-{number}", durable=False)
    server.ensure()
    _held.append(server)
    first = place * DATABASES_PER_SLOT
    for database in range(first, first + DATABASES_PER_SLOT):
        with redis.Redis(unix_socket_path=str(server.socket), db=database) as client:
            client.flushdb()
    return server.url(first)
