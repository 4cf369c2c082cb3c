"""`manage.py up` as a person uses it: in a process of its own, with stores of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from pytest_django import Settings

from config.management.commands.up import Command
from tests.config.processes import ROOT, ServerUser, is_gone, processes_of, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")


class Platform:
    """One checkout's state, and the commands given to it."""

    start_within: ClassVar[float] = 90

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.console = state.with_suffix(".console")
        outside = ("DATABASE_URL", "REDIS_URL", "DATABASE_POOL")
        self.environment = {key: value for key, value in os.environ.items() if key not in outside}
        self.environment["STATE_DIR"] = str(state)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [
            sys.executable,
            str(ROOT / "manage.py"),
            "up",
            "--empty",
            "--port",
            str(self.port),
            *arguments,
        ]

    def start(self) -> None:
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, env=self.environment, stdout=console, stderr=console
            )
        assert wait_until(self.is_up_or_gone, self.start_within), self.said()
        assert self.process.poll() is None, self.said()

    def is_up_or_gone(self) -> bool:
        return "Ctrl-C stops everything" in self.said() or self.process.poll() is not None

    def said(self) -> str:
        return self.console.read_text()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def get(self, path: str) -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=20) as answer:
            return answer.read()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = Platform(tmp_path_factory.mktemp("up") / "var")
    yield platform
    if platform.process is not None and platform.process.poll() is None:
        platform.process.kill()
    assert wait_until(lambda: not processes_of(platform.state), 30), processes_of(platform.state)


class TestUp:
    """In the order of a day: the tests share the platform that the first of them starts."""

    def test_starts_and_answers(self, platform: Platform) -> None:
        platform.start()
        assert json.loads(platform.get("/health/")) == {"database": "ok", "broker": "ok"}
        assert b"<html" in platform.get("/")
        for line in ("PostgreSQL and Valkey answer", "The first page answers", f"{platform.url}/admin/"):
            assert line in platform.said()

    def test_says_on_a_second_start_that_it_runs_already(self, platform: Platform) -> None:
        done = platform.run()
        assert done.returncode == 1
        assert f"The platform runs already in this checkout, at {platform.url}" in done.stderr

    def test_stops_all_on_ctrl_c(self, platform: Platform) -> None:
        platform.process.send_signal(signal.SIGINT)
        assert platform.process.wait(15) == 0, platform.said()
        assert wait_until(lambda: not processes_of(platform.state), 10), processes_of(platform.state)

    def test_leaves_no_orphan_when_it_is_killed(self, platform: Platform) -> None:
        platform.start()
        assert len(processes_of(platform.state)) > 5
        platform.process.kill()
        assert wait_until(lambda: not processes_of(platform.state), 20), processes_of(platform.state)


class TestWhatIsSaid:
    @pytest.fixture
    def idle(self, tmp_path: Path) -> Platform:
        return Platform(tmp_path / "var")

    def test_a_taken_port(self, idle: Platform) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", idle.port))
            taken.listen()
            done = idle.run()
        assert done.returncode == 1
        assert f"Port {idle.port} on 127.0.0.1 is taken: use a free one: --port " in done.stderr
        assert "Traceback" not in done.stderr

    def test_fresh_while_a_script_uses_the_data(self, tmp_path: Path, settings: Settings) -> None:
        settings.STATE_DIR, settings.DATABASE_URL = tmp_path, ""
        user = ServerUser("postgres", tmp_path / "pg18")
        pid = user.server_pid()
        with pytest.raises(CommandError, match="another process uses the PostgreSQL of this checkout"):
            Command().delete_data()
        assert user.ensure_again() == pid
        user.kill()
        assert wait_until(lambda: is_gone(pid))

    def test_fresh_deletes_what_nobody_uses(self, tmp_path: Path, settings: Settings) -> None:
        settings.STATE_DIR, settings.DATABASE_URL, settings.MEDIA_ROOT = tmp_path, "", tmp_path / "media"
        user = ServerUser("postgres", tmp_path / "pg18")
        pid = user.server_pid()
        user.kill()
        assert wait_until(lambda: is_gone(pid))
        assert (tmp_path / "pg18" / "data").exists()
        command = Command()
        command.started_at = 0
        command.delete_data()
        assert not (tmp_path / "pg18" / "data").exists()

    def test_fresh_with_a_server_of_somebody_else(self, settings: Settings) -> None:
        settings.DATABASE_URL = "postgresql://app@db/app"
        with pytest.raises(CommandError, match="DATABASE_URL names another server: nothing was deleted"):
            Command().delete_data()

    def test_a_database_that_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse() -> None:
            raise OperationalError("no route to host")

        monkeypatch.setattr(connection, "ensure_connection", refuse)
        with pytest.raises(CommandError, match="DATABASE_URL does not answer: no route to host"):
            Command().open_stores()
