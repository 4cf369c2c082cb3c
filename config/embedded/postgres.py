"""The embedded PostgreSQL."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from config.embedded import binaries, running_as
from config.embedded.running_as import RunningAs
from config.embedded.server import Answer, EmbeddedServer, EmbeddedServerError

SUPERUSER = "postgres"
APPLICATION = "app"

# For a small server that it shares with the platform itself.
SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}
# For data that is made again by the next run: nothing is written twice or waited for.
THROWAWAY = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class EmbeddedPostgres(EmbeddedServer):
    """A cluster with two roles: `postgres`, and `app`, which owns the database `app` and is no superuser.

    Only the system user that started it is let in, as either of the two.
    """

    title = "PostgreSQL"
    socket_name = ".s.PGSQL.5432"
    stop_signal = signal.SIGINT  # fast shutdown: it does not wait for its clients

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        super().__init__(home)
        self.durable = durable
        self._initialised = home / "initialised"

    def connection_settings(self) -> dict[str, str]:
        """For Django; nothing is started by asking."""
        return {"NAME": APPLICATION, "USER": APPLICATION, "HOST": str(self.socket_dir), "PORT": "5432"}

    def answer(self) -> Answer:
        import psycopg

        with socket.socket(socket.AF_UNIX) as caller:
            try:
                caller.connect(str(self.socket))
            except OSError:
                return Answer.NONE
        try:
            psycopg.connect(self._address(SUPERUSER), connect_timeout=10).close()
        except psycopg.OperationalError as error:
            # "... is starting up", "... is shutting down", "... is in recovery mode"
            if "the database system is" in str(error):
                return Answer.BUSY
            if "Connection refused" in str(error) or "No such file" in str(error):
                return Answer.NONE
            if "closed the connection unexpectedly" in str(error):
                return Answer.BUSY
        return Answer.READY

    def _address(self, user: str) -> str:
        return f"host={self.socket_dir} port=5432 user={user} dbname=postgres"

    def _launch(self, lock: int) -> subprocess.Popen[bytes]:
        folder = binaries.find_binaries()
        self._check_platform(folder)
        who = running_as.choose(self.home, folder)
        if who.owner != os.geteuid():
            folder = binaries.readable_copy(folder)
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))
        } | {"LC_ALL": "C.UTF-8"}
        if not self._initialised.exists():
            self._initialise(folder, who, environment, lock)
        who.give(self.data)
        self._let_in(who)
        # Nobody answers on the socket: what is named here is dead or a stranger, and would keep us out.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.socket_dir / f"{self.socket_name}.lock").unlink(missing_ok=True)
        os.chown(self.socket_dir, who.owner, -1)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
            **(SETTINGS if self.durable else THROWAWAY),
        }
        command = [*who.prefix, str(folder / "postgres"), "-D", str(self.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return self._spawn(command, environment)

    def _initialise(self, folder: Path, who: RunningAs, environment: dict[str, str], lock: int) -> None:
        # What is there is the half of an attempt that was cut short.
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        who.give(self.data)
        command = [
            *who.prefix,
            str(folder / "initdb"),
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            "--auth=peer",
            "--encoding=UTF8",
            # The same order and the same Chinese trigrams on every machine, whatever its locales.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]
        if not self.durable:
            command += ["--no-sync", "--no-data-checksums"]
        done = subprocess.run(
            command,
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            # It holds the lock as long as it runs, also when we are killed: no second one beside it.
            pass_fds=(lock,),
        )
        if done.returncode != 0:
            raise EmbeddedServerError(f"PostgreSQL could not be set up in {self.home}: {done.stderr.strip()}")
        self._initialised.write_text("")

    def _let_in(self, who: RunningAs) -> None:
        (self.data / "pg_hba.conf").write_text("local all all peer map=owner\n")
        (self.data / "pg_ident.conf").write_text(
            f'owner "{who.caller}" {SUPERUSER}\nowner "{who.caller}" {APPLICATION}\n'
        )

    def _prepare(self) -> None:
        import psycopg

        with psycopg.connect(self._address(SUPERUSER), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'app'").fetchone():
                connection.execute("CREATE ROLE app LOGIN NOSUPERUSER CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'app'").fetchone():
                connection.execute("CREATE DATABASE app OWNER app")
            if not self.durable:
                # So that tables are emptied without regard to their triggers.
                connection.execute("GRANT SET ON PARAMETER session_replication_role TO app")

    def _forget(self) -> None:
        self._initialised.unlink(missing_ok=True)
        super()._forget()

    def _check_platform(self, folder: Path) -> None:
        if not (folder / "postgres").exists():
            raise EmbeddedServerError(f"There is no PostgreSQL in {folder}: set DATABASE_URL or EMBEDDED_PG_BIN.")


@functools.cache
def embedded_postgres(state_dir: Path) -> EmbeddedPostgres:
    """The server of the checkout whose state is in `state_dir`; nothing is started before `ensure()`.

    The folder carries the version: a newer PostgreSQL does not read it.
    """
    return EmbeddedPostgres(state_dir / "pg18")
