"""Who uses a server, and the watcher that stops it when nobody does.

A process that uses a server holds a shared lock on its lease file; the kernel takes the lock back when the
process ends, in whatever way. One watcher per server waits for the moment when it can have that lock alone. The
watcher is this file, run as a script: it needs the standard library only.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEASE, WATCH, PID = "lease", "watch", "pid"


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Be the only one in this block, among all processes; yields the handle of the lock."""
    handle = open_lock(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def hold_lease(home: Path) -> int:
    """Use the server of `home` until the handle is closed; waits while the watcher is stopping the server."""
    handle = open_lock(home / LEASE)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


@contextmanager
def sole_use(home: Path, patience: float) -> Iterator[bool]:
    """Whether no other process uses the server; as long as the block runs, none can begin to."""
    handle = open_lock(home / LEASE)
    deadline = time.monotonic() + patience
    try:
        while not (granted := try_lock(handle)) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield granted
    finally:
        os.close(handle)


def running_pid(home: Path, data: Path) -> int | None:
    """The process that serves `data`, or None.

    The number in the file is not enough: the process may be a zombie, and after a restart of the machine the
    number may be that of another program.
    """
    try:
        pid = int((home / PID).read_text())
    except (OSError, ValueError):
        return None
    return pid if serves(pid, data) else None


def serves(pid: int, data: Path) -> bool:
    return os.fsencode(data) in command_line(pid)


def command_line(pid: int) -> bytes:
    """The command line of a process; empty when it is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        pass
    if Path("/proc/self").exists():
        return b""
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
    return b"" if b"<defunct>" in done.stdout else done.stdout


def stop(pid: int, data: Path, how: int, patience: float = 60) -> bool:
    """End the process that serves `data`; False when it is still there after `patience` seconds."""
    deadline = time.monotonic() + patience
    try:
        if serves(pid, data):
            os.kill(pid, how)
    except ProcessLookupError:
        return True
    while serves(pid, data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_watched(home: Path) -> bool:
    handle = open_lock(home / WATCH)
    try:
        return not try_lock(handle)
    finally:
        os.close(handle)


def start_watcher(home: Path, data: Path, how: int) -> None:
    """Have the server stopped with the signal `how` when its last user is gone; the caller holds a lease."""
    subprocess.Popen(
        [sys.executable, "-I", __file__, str(home), str(data), str(int(how))],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )


def watch(home: Path, data: Path, how: int) -> None:
    watching, lease = open_lock(home / WATCH), open_lock(home / LEASE)
    if not try_lock(watching):
        return
    pid = None
    while not try_lock(lease):
        # Remembered, because the folder may be deleted under a running server.
        pid = running_pid(home, data) or pid
        time.sleep(0.25)
    pid = running_pid(home, data) or pid
    if pid is not None and not stop(pid, data, how):
        stop(pid, data, signal.SIGKILL)
    # In this order: whoever gets the lease next must find no watcher, and start one.
    os.close(watching)
    os.close(lease)


if __name__ == "__main__":
    # The signals of a closing terminal are meant for the programs on it.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    watch(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
