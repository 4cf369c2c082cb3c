"""Which process runs which tests: a file is one process's, in the order of its tests.

What starts platforms and servers of its own goes to one process, so that no two of them take the machine from each
other, and comes first, before the files that last longest, so that no process waits for the other at the end.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parent.parent.parent
STARTING_SERVERS = (
    "tests/journeys/test_up_plays_the_year.py",
    "tests/config/test_up.py",
    "tests/config/test_front_door.py",
    "tests/config/test_embedded.py",
    "tests/config/test_running_as.py",
    "tests/config/test_bench.py",
)
LONGEST = (
    "tests/procurement/services/test_agreements.py",
    "tests/procurement/test_round_of_january_2020.py",
    "tests/procurement/admin/test_sealed.py",
    "tests/procurement/admin/test_reading.py",
    "tests/procurement/admin/test_exports.py",
    "tests/procurement/api/test_sealed_bids.py",
    "tests/procurement/services/test_awards.py",
    "tests/procurement/test_attacks.py",
    "tests/distribution/api/test_matrix.py",
)


def is_starting_servers(nodeid: str) -> bool:
    return nodeid.partition("::")[0] in STARTING_SERVERS


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # After pytest-django, which puts the tests without a database last.
    items.sort(key=lambda item: (not is_starting_servers(item.nodeid), item.nodeid.partition("::")[0] not in LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "servers" if is_starting_servers(nodeid) else super()._split_scope(nodeid)

    return Scheduling(config, log)
