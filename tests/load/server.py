"""The platform's web server on the database of the benchmark, started as ``manage.py up`` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from config import ports
from config.management.commands.up import WEB

PLATFORM, PLAIN = "config.wsgi", "tests.load.plain_wsgi"
PATIENCE = 60
FIRST_PORT = 18_000


@contextmanager
def served(application: str = PLATFORM) -> Iterator[int]:
    """The port on which the application answers until the block ends; calls are counted and none is refused."""
    port = ports.next_free("127.0.0.1", FIRST_PORT + os.getpid() % 10_000)
    assert port is not None
    command = [application if part == PLATFORM else part for part in WEB]
    environment = os.environ | {"DATABASE_URL": database_url(), "API_CALLS_PER_MINUTE": "100000000"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, f"--bind=127.0.0.1:{port}", "--no-control-socket"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while ports.status_of(f"http://127.0.0.1:{port}/health/", timeout=10) is None:
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(log.read().decode()[-2000:])
                time.sleep(0.1)
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)


def database_url() -> str:
    """The database that this process uses now."""
    known = connection.settings_dict
    password = f":{quote(known['PASSWORD'], safe='')}" if known.get("PASSWORD") else ""
    # the folder of a socket is no host of a URL
    place = urlencode({"host": known["HOST"] or "localhost", "port": known["PORT"] or 5432})
    return f"postgres://{known['USER']}{password}@/{known['NAME']}?{place}"
