"""Make the virtual environment from a hashed lock and go on inside it. Standard library only.

Two locks: `requirements.lock` runs the platform, `requirements-test.lock` adds the tools of the tests. An
environment is never taken from the second back to the first: what was installed for tests stays installed.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from config.errors import CannotRun

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_LOCK = "requirements.lock"
TEST_LOCK = "requirements-test.lock"
DISK_NEEDED = 1_000_000_000
OPT_OUT = "USE_CURRENT_PYTHON"
# Of the tests, one a core; more would find no place on a Redis of sixteen databases (tests/plugins/stores.py).
PROCESSES = ("-n", "logical", "--maxprocesses", "4")


class Environment:
    """The virtual environment of one checkout, and the record of what was installed into it."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.home = root / ".venv"
        self.python = self.home / "bin" / "python"
        self._record = self.home / "installed"

    def is_running(self) -> bool:
        return Path(sys.prefix).resolve() == self.home.resolve()

    def wanted_lock(self, *, tests: bool) -> str:
        """The lock to install: the one asked for, or the larger one where that is installed already."""
        return TEST_LOCK if tests or self._installed_lock() == TEST_LOCK else RUNTIME_LOCK

    def has(self, lock: str) -> bool:
        """Whether what `lock` names is installed, from the lock as it is now."""
        larger = {lock, TEST_LOCK}
        return self.python.exists() and self._read_record() in [self._record_for(one) for one in larger]

    def make(self, lock: str) -> None:
        """Install `lock`, once, however many processes ask for it at the same moment."""
        try:
            with self._alone():
                if not self.has(lock):
                    self._check_disk()
                    self._make(lock)
        except OSError as error:
            raise CannotRun(explain(error, self.root)) from error

    def _make(self, lock: str) -> None:
        say(f"Preparing the environment from {lock}; once per checkout, it takes about a minute.")
        if self._read_record()[:1] != self._identity() or not self.python.exists():
            shutil.rmtree(self.home, ignore_errors=True)
            self._create()
        self._record.unlink(missing_ok=True)
        self._install(self.root / lock)
        self._record.write_text("\n".join(self._record_for(lock)))

    def _create(self) -> None:
        try:
            import venv
        except ImportError:
            raise CannotRun(
                "This Python comes without its venv module: install the package python3-venv and try again."
            ) from None
        # Without pip: Debian keeps ensurepip in a package of its own, and any pip outside can fill a venv.
        venv.EnvBuilder(symlinks=True, with_pip=False).create(self.home)

    def _install(self, lock: Path) -> None:
        """Install with uv, which pip installs from the same lock; with pip alone where uv does not work."""
        pip = self._pip()
        with tempfile.TemporaryDirectory() as scratch:
            only_uv = Path(scratch) / "uv.lock"
            only_uv.write_text(requirement(lock.read_text(), "uv"))
            done = run([*pip, "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(only_uv)])
        if done.returncode == 0:
            uv = [str(self.home / "bin" / "uv"), "pip", "sync", "--quiet", "--python", str(self.python)]
            done = run([*uv, "--require-hashes", str(lock)], environment_of_uv(pip))
        if done.returncode != 0:
            say("uv could not install the packages: trying again with pip, which takes a little longer.")
            done = run([*pip, "install", "--quiet", "--require-hashes", "-r", str(lock)])
        if done.returncode != 0:
            self._check_disk(done.stderr)
            say("\n".join(done.stderr.strip().splitlines()[-12:]))
            raise CannotRun(
                f"Installing the packages of {lock.name} failed for the reason above: "
                "check the connection to the package index and run the same command again."
            )

    def _pip(self) -> list[str]:
        """A pip that can install into the environment: one from outside, or else its own."""
        outside = [sys.executable] if not self.is_running() else []
        for python in (*outside, os.path.realpath(sys.executable)):
            pip = [python, "-m", "pip", "--disable-pip-version-check", "--python", str(self.python)]
            if run([*pip, "--version"]).returncode == 0:
                return pip
        run([str(self.python), "-m", "ensurepip"])
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check"]
        if run([*pip, "--version"]).returncode == 0:
            return pip
        raise CannotRun("Python has no pip of version 22.3 or newer: install the package python3-pip and try again.")

    def _check_disk(self, output: str = "") -> None:
        free = shutil.disk_usage(self.root).free
        if free < DISK_NEEDED or os.strerror(errno.ENOSPC) in output:
            raise CannotRun(
                f"There is not enough room on the disk of {self.root}: the environment needs about "
                f"{DISK_NEEDED // 1_000_000} MB and {free // 1_000_000} MB are free."
            )

    def _identity(self) -> list[str]:
        """What makes an environment unusable when it changes: the Python, and the folder it was made in."""
        return [" ".join([*sys.version.split(), str(self.home)])]

    def _record_for(self, lock: str) -> list[str]:
        digest = hashlib.sha256((self.root / lock).read_bytes()).hexdigest()
        return [*self._identity(), lock, digest]

    def _read_record(self) -> list[str]:
        try:
            return self._record.read_text().split("\n")
        except OSError:
            return []

    def _installed_lock(self) -> str | None:
        record = self._read_record()
        return record[1] if len(record) == 3 else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with open(self.root / ".venv.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def enter_environment(argv: Sequence[str]) -> None:
    """Return inside an environment with what `argv` needs; outside it, make it and execute `argv` there."""
    if os.environ.get(OPT_OUT):
        return
    environment = Environment()
    tests = list(argv[1:2]) == ["test"]
    inside = environment.is_running()
    lock = environment.wanted_lock(tests=tests)
    # Inside, a lock that has changed is no business of ours: another process may be running from it.
    satisfied = environment._installed_lock() == lock if inside else environment.has(lock)
    if not satisfied:
        try:
            environment.make(lock)
        except CannotRun as error:
            sys.exit(str(error))
        except KeyboardInterrupt:
            sys.exit("Stopped; run the same command again to go on.")
    if not inside:
        python = str(environment.python)
        os.execv(python, [python, *argv])


def run_tests(arguments: Sequence[str]) -> NoReturn:
    """Become pytest, from the root of the checkout, in several processes unless `arguments` say otherwise (`-n 0`)."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *PROCESSES, *arguments])


def requirement(lock: str, name: str) -> str:
    """The lines of one package, with its hashes, out of the text of a lock."""
    found = re.search(rf"^{re.escape(name)}==.*\n(?:[ ].*\n?)*", lock, re.MULTILINE)
    if found is None:
        raise CannotRun(f"The lock does not name {name}: make it again with `make lock`.")
    return found.group()


def environment_of_uv(pip: Sequence[str]) -> dict[str, str]:
    """What uv has to be told to use the index, and trust the certificates, that pip is configured for."""
    chosen = {"UV_SYSTEM_CERTS": "1"}
    configured = run([*pip, "config", "list"]).stdout
    found = re.search(r"^(?::env:|global|install)\.index-url='(.+)'$", configured, re.MULTILINE)
    if found and "UV_DEFAULT_INDEX" not in os.environ:
        chosen["UV_DEFAULT_INDEX"] = found.group(1)
    return chosen


def run(command: Sequence[str], extra: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **(extra or {})},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def explain(error: OSError, root: Path) -> str:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Nothing can be written in {root}: give this user write permission there, or copy the project."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {root} is full: the environment needs about {DISK_NEEDED // 1_000_000} MB."
    return f"The environment could not be made in {root}: {error}."


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
