"""What the tests of servers and commands have to know about processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.embedded import leases

ROOT = Path(__file__).resolve().parent.parent.parent

USER_OF_A_SERVER = """
import sys
from pathlib import Path
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.valkey import EmbeddedValkey

server = {"postgres": EmbeddedPostgres, "valkey": EmbeddedValkey}[sys.argv[1]](Path(sys.argv[2]))
server.ensure()
print((server.home / "pid").read_text(), flush=True)
for line in sys.stdin:
    server.ensure()
    print((server.home / "pid").read_text(), flush=True)
"""


class ServerUser:
    """A process of its own that uses a server until it is told to end, or killed."""

    def __init__(self, kind: str, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER_OF_A_SERVER, kind, str(home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def server_pid(self) -> int:
        """The process of the server, once it answers."""
        return int(self.process.stdout.readline())

    def ensure_again(self) -> int:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.server_pid()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def wait_until(condition: Callable[[], object], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_gone(pid: int) -> bool:
    return not leases.command_line(pid)


def processes_of(folder: Path) -> list[str]:
    """The command lines of all processes that name `folder`, in their arguments or in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in text:
            found.append(leases.command_line(int(entry.name)).replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if line]


def tcp_ports_of(pid: int) -> set[str]:
    """The listening TCP sockets of a process, as the kernel writes them."""
    sockets = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(os.readlink(handle))
        except OSError:
            continue
    listening = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            fields = row.split()
            if f"socket:[{fields[9]}]" in sockets:
                listening.add(fields[1])
    return listening
