"""The processes of a running platform: started together, stopped together, none left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PROBLEM = re.compile(r"\b(ERROR|CRITICAL)\b")
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildDied(Exception):
    """A process that should run for ever has ended."""

    def __init__(self, child: Child) -> None:
        super().__init__(f"The {child.name} ended by itself with code {child.process.returncode}; see {child.log}.")
        self.child = child


class Child:
    """One process in a session of its own, with a log of its own.

    `on_orphaned` is what the kernel sends it when we die before we can stop it. The kernel means the thread
    that started it, so children are started from the main thread.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        environment: Mapping[str, str],
        on_orphaned: signal.Signals,
    ) -> None:
        self.name = name
        self.log = log
        self.on_orphaned = on_orphaned
        self._read = 0
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with open(log, "wb") as output:
            self.process = start(command, output, cwd=cwd, environment=environment, on_orphaned=on_orphaned)

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def new_problems(self) -> list[str]:
        """The lines of the log since the last call that tell of an error."""
        with open(self.log, "rb") as log:
            log.seek(self._read)
            text = log.read()
        complete = text[: text.rfind(b"\n") + 1]
        self._read += len(complete)
        return [line for line in complete.decode(errors="replace").splitlines() if PROBLEM.search(line)]

    def last_lines(self, count: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(
    command: Sequence[str],
    output: object,
    *,
    cwd: Path,
    environment: Mapping[str, str],
    on_orphaned: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that does not outlive us; `output` None is our own console."""
    us = os.getpid()

    def before_exec() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, on_orphaned)
        if os.getppid() != us:
            os._exit(1)

    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,  # type: ignore[call-overload]
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=before_exec,
    )


def check(children: Sequence[Child]) -> None:
    """Raise ChildDied for the first that is no longer there."""
    for child in children:
        if not child.is_alive():
            raise ChildDied(child)


def stop(children: Sequence[Child], *, gently: float = 6, firmly: float = 3) -> None:
    """Ask all to end, then insist, then kill; the longest wait is the sum of both times."""
    for child in children:
        child.send(signal.SIGTERM)
    if not wait_for(children, gently):
        # A worker in the middle of a long task: the task stays in the queue, and will be run again.
        for child in children:
            child.send(child.on_orphaned)
        wait_for(children, firmly)
    for child in children:
        child.kill_group()


def wait_for(children: Sequence[Child], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(child.is_alive() for child in children):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
