"""What the embedded servers have in common: start once, share, notice a death, start again."""

from __future__ import annotations

import contextlib
import enum
import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from config.embedded import leases
from config.errors import CannotRun

# The kernel takes 107 bytes; a plain path is one that no setting or URL has to quote.
SOCKET_PATH_LIMIT = 100
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")
LOG_LIMIT = 10_000_000
# `daemon` on every Unix: whom a server that refuses to be root becomes.
SUBSTITUTE = 1


class EmbeddedServerError(CannotRun):
    """Why a server cannot be started here."""


class Answer(enum.Enum):
    """What a server says when it is called."""

    READY = enum.auto()
    BUSY = enum.auto()  # starting, recovering or shutting down: it will be ready or gone
    NONE = enum.auto()


class EmbeddedServer(ABC):
    """One server of one checkout: its folder, its socket, its process."""

    title: ClassVar[str]
    socket_name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    patience: ClassVar[float] = 600

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"
        self.log = home / "server.log"
        self.socket_dir = choose_socket_dir(home, self.socket_name)
        self.socket = self.socket_dir / self.socket_name
        self._lease: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def ensure(self) -> None:
        """Return when the server answers; start it if it does not run, join it if it does."""
        if self._lease is not None and leases.running_pid(self.home, self.data):
            return
        try:
            self._join()
        except EmbeddedServerError:
            self.release()
            raise
        except PermissionError as error:
            raise EmbeddedServerError(
                f"{self.title} cannot use {error.filename or self.home}, which belongs to another user: "
                "run this as that user, or set STATE_DIR to a folder of your own."
            ) from error

    def release(self) -> None:
        """Stop using the server; it ends when nobody else uses it."""
        if self._lease is not None:
            os.close(self._lease)
            self._lease = None

    def delete(self, patience: float = 3) -> bool:
        """Stop the server and delete its data; False, and nothing done, when another process uses it."""
        if not self.home.exists():
            return True
        with leases.sole_use(self.home, patience) as alone:
            if not alone:
                return False
            pid = leases.running_pid(self.home, self.data)
            if pid and not leases.stop(pid, self.data, self.stop_signal):
                leases.stop(pid, self.data, signal.SIGKILL)
            self._forget()
        return True

    @abstractmethod
    def answer(self) -> Answer:
        """Call the server."""

    @abstractmethod
    def _launch(self, lock: int) -> subprocess.Popen[bytes]:
        """Start the process; helpers that must end before another attempt begins are handed the `lock`."""

    def _prepare(self) -> None:  # noqa: B027
        """Do what a server needs once it answers; most need nothing."""

    def _forget(self) -> None:
        """Delete everything but the files that are locked."""
        for folder in (self.data, self.socket_dir):
            shutil.rmtree(folder, ignore_errors=True)

    def _join(self) -> None:
        self.home.mkdir(parents=True, mode=0o700, exist_ok=True)
        if os.stat(self.home).st_uid != os.geteuid():
            raise PermissionError(0, "not ours", str(self.home))
        if self._lease is None:
            self._lease = leases.hold_lease(self.home)
        if not leases.is_watched(self.home):
            leases.start_watcher(self.home, self.data, self.stop_signal)
        if self.answer() is Answer.READY and leases.running_pid(self.home, self.data):
            return
        with leases.locked(self.home / "start") as lock:
            if self._settled() is Answer.NONE:
                self._start(lock)

    def _start(self, lock: int) -> None:
        self._clear_away()
        make_private(self.socket_dir)
        self._process = self._launch(lock)
        (self.home / leases.PID).write_text(str(self._process.pid))
        if self._settled(self._process) is Answer.NONE:
            raise EmbeddedServerError(f"{self.title} did not start: {self.last_words()}")
        self._prepare()

    def _settled(self, started: subprocess.Popen[bytes] | None = None) -> Answer:
        """The answer once it is not BUSY; a process just `started` may be silent as long as it lives."""
        deadline = time.monotonic() + self.patience
        while True:
            answer = self.answer()
            alive = started is not None and started.poll() is None
            if answer is Answer.READY or (answer is Answer.NONE and not alive):
                return answer
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"{self.title} is not ready after {self.patience:.0f} s; see {self.log}.")
            time.sleep(0.02)

    def _clear_away(self) -> None:
        """End a process that no longer answers on its socket, and drop what it left."""
        pid = leases.running_pid(self.home, self.data)
        if pid and not leases.stop(pid, self.data, signal.SIGQUIT, patience=10):
            leases.stop(pid, self.data, signal.SIGKILL)
        if self._process is not None:
            # Ours: without this it would stay a zombie.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        (self.home / leases.PID).unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)

    def last_words(self) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        except OSError:
            return "it left no log."

    def _spawn(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=environment,
                cwd="/",
            )


def choose_socket_dir(home: Path, socket_name: str) -> Path:
    """The folder of the socket: inside `home`, or under the temporary folder when the path would not do."""
    inside = home / "run"
    if PLAIN_PATH.fullmatch(str(inside)) and len(str(inside / socket_name)) <= SOCKET_PATH_LIMIT:
        return inside
    key = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    outside = Path(tempfile.gettempdir()) / f"embedded-{os.geteuid()}-{key}"
    return outside if len(str(outside / socket_name)) <= SOCKET_PATH_LIMIT else Path("/tmp") / outside.name


def make_private(folder: Path) -> None:
    """Make `folder` for its owner alone; one that somebody else made before us is refused."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = os.lstat(folder)
    ours = {0, SUBSTITUTE} if os.geteuid() == 0 else {os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise EmbeddedServerError(f"{folder} is in the way and not ours: delete it, or set TMPDIR to another folder.")
    os.chmod(folder, 0o700)
