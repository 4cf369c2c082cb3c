from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import supervisor
from config.supervisor import Child, ChildDied
from tests.config.processes import ROOT, is_gone, wait_until

WAIT = "import time; print('ready', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"
Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Child] = []

    def start(name: str, code: str, on_orphaned: signal.Signals = signal.SIGQUIT) -> Child:
        child = Child(
            name,
            [sys.executable, "-c", code],
            log=tmp_path / f"{name}.log",
            cwd=tmp_path,
            environment=dict(os.environ),
            on_orphaned=on_orphaned,
        )
        started.append(child)
        assert wait_until(lambda: "ready" in child.last_lines() or not child.is_alive())
        return child

    yield start
    for child in started:
        child.kill_group()


class TestStop:
    def test_asks_first(self, start: Start) -> None:
        children = [start("web", WAIT), start("beat", WAIT)]
        supervisor.stop(children)
        assert [child.process.returncode for child in children] == [-signal.SIGTERM] * 2

    def test_insists_on_one_that_is_busy(self, start: Start) -> None:
        child = start("worker", STUBBORN)
        supervisor.stop([child], gently=0.1)
        assert child.process.returncode == -signal.SIGQUIT

    def test_kills_what_does_not_listen_with_all_its_children(self, start: Start, tmp_path: Path) -> None:
        grandchild = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
        child = start("worker", f"{grandchild}; {STUBBORN}", signal.SIGTERM)
        sleeper = int(child.last_lines().split()[0])
        began = time.monotonic()
        supervisor.stop([child], gently=0.1, firmly=0.1)
        assert time.monotonic() - began < 5
        assert wait_until(lambda: is_gone(sleeper))


class TestWatching:
    def test_tells_which_one_died(self, start: Start) -> None:
        children = [start("web", WAIT), start("beat", "raise SystemExit(3)")]
        with pytest.raises(ChildDied, match="The beat ended by itself with code 3"):
            supervisor.check(children)

    def test_shows_errors_once_and_nothing_else(self, start: Start) -> None:
        lines = "print('[INFO] started'); print('[ERROR] lost the broker', flush=True)"
        child = start("worker", f"{lines}; {WAIT}")
        assert child.new_problems() == ["[ERROR] lost the broker"]
        assert child.new_problems() == []

    def test_keeps_the_log_of_the_run_before(self, start: Start, tmp_path: Path) -> None:
        start("web", "print('first')")
        start("web", "print('second')")
        assert (tmp_path / "web.log.1").read_text() == "first\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal for orphans is Linux's")
def test_a_child_does_not_outlive_a_killed_parent() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, signal, time\n"
            "from pathlib import Path\n"
            "from config import supervisor\n"
            "child = supervisor.start(['sleep', '60'], None, cwd=Path('/'), environment=dict(os.environ),\n"
            "                         on_orphaned=signal.SIGTERM)\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)\n",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not is_gone(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: is_gone(child))
