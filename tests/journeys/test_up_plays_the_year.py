"""`manage.py up` as a newcomer uses it: the demonstration year, played to its end through the running platform."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.processes import processes_of, wait_until
from tests.config.test_up import Platform

PLAYED_WITHIN = 180
# beside the other tests, on a machine of two cores
READY_AGAIN_WITHIN = 90

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")


class PlayingPlatform(Platform):
    """A platform that plays the year."""

    start_within = PLAYED_WITHIN

    def command(self, *arguments: str) -> list[str]:
        return [word for word in super().command(*arguments) if word != "--empty"]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayingPlatform]:
    platform = PlayingPlatform(tmp_path_factory.mktemp("year") / "var")
    yield platform
    if platform.process is not None and platform.process.poll() is None:
        platform.process.kill()
    assert wait_until(lambda: not processes_of(platform.state), 30), processes_of(platform.state)


def figure(said: str, name: str) -> str:
    found = re.search(rf"(?:·|\s\s) *{name} (¥?[\d,.]+)", said)
    assert found is not None, f"{name} is not in the table:\n{said}"
    return found[1].replace(",", "")


class TestTheYear:
    """In the order of a day: the tests share the platform that the first of them starts."""

    def test_is_played_within_three_minutes_and_printed(self, platform: PlayingPlatform) -> None:
        began = time.monotonic()
        platform.start()
        assert time.monotonic() - began < PLAYED_WITHIN
        said = platform.said()
        expected = {
            "bids": "158",
            "opened": "158",
            "over ceiling": "21",
            "above entry price": "18",
            "lots awarded": "32",
            "as proposed": "29",
            "decided otherwise": "3",
            "requisitions": "13",
            "lines despatched": "150",
            "matched": "10",
            "in dispute": "0",
            "paid": "2",
            "to receive": "1",
            "lines confirmed in part": "1",
            "prices": "144",
        }
        assert {name: figure(said, name) for name in expected} == expected
        assert float(figure(said, "saving percent")) > 0
        assert 0 < int(figure(said, "lines delivered")) < 150
        assert int(figure(said, "packs rejected")) > 0
        assert int(figure(said, "violations")) > 0
        for money in ("value", "saving", "amount"):
            assert figure(said, money).startswith("¥")

    def test_prints_addresses_and_log_ins(self, platform: PlayingPlatform) -> None:
        said = platform.said()
        for name in ("officer", "officer2", "supervisor", "buyer", "approver", "pharmacist"):
            assert re.search(rf"^ +{name} +\S+ ", said, re.MULTILINE), name
        assert re.search(r"supplier \w+, API: client id \S+", said)
        assert re.search(r"distributor \w+, API: client id \S+", said)
        for path in ("/", "/portal/", "/admin/", "/api/docs/"):
            assert f"{platform.url}{path}" in said

    def test_shows_progress(self, platform: PlayingPlatform) -> None:
        assert "80 of 158 bids are in" in platform.said()

    def test_stands_on_the_public_pages(self, platform: PlayingPlatform) -> None:
        assert b"HA-2027-01" in platform.get("/api/v1/tenders/")
        assert b"DEMO-2020-01" in platform.get("/api/v1/products/M003-L01/price/?province=110000")

    def test_is_kept_by_a_second_start(self, platform: PlayingPlatform) -> None:
        platform.process.send_signal(signal.SIGINT)
        assert platform.process.wait(20) == 0, platform.said()
        began = time.monotonic()
        platform.start()
        assert time.monotonic() - began < READY_AGAIN_WITHIN
        said = platform.said()
        assert figure(said, "lots awarded") == "32"
        assert "bids are in" not in said

    def test_leaves_no_process_behind_when_killed(self, platform: PlayingPlatform) -> None:
        platform.process.kill()
        assert wait_until(lambda: not processes_of(platform.state), 30), processes_of(platform.state)
