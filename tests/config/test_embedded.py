"""The embedded servers as processes see them: started once, shared, stopped, brought back after a crash."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import leases
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.server import EmbeddedServer, EmbeddedServerError
from config.embedded.valkey import EmbeddedValkey
from tests.config.processes import ServerUser, is_gone, tcp_ports_of, wait_until

Running = dict[str, tuple[Path, int]]
KINDS: dict[str, type[EmbeddedServer]] = {"postgres": EmbeddedPostgres, "valkey": EmbeddedValkey}

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
linux_only = pytest.mark.skipif(not Path("/proc/net").exists(), reason="looks into /proc")


class Users:
    """Processes that use the server of one folder."""

    def __init__(self, home: Path, model: Path | None = None) -> None:
        self.home = home
        self.model = model
        self.all: list[ServerUser] = []

    def come(self, kind: str) -> ServerUser:
        if kind == "postgres" and self.model and not self.home.exists():
            shutil.copytree(self.model, self.home, copy_function=shutil.copy)
        self.all.append(ServerUser(kind, self.home))
        return self.all[-1]

    def leave(self) -> None:
        for user in self.all:
            user.kill()
        self.all = []


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PostgreSQL that was set up and stopped: a copy of it starts sooner than a new one."""
    users = Users(tmp_path_factory.mktemp("model") / "server")
    pid = users.come("postgres").server_pid()
    users.leave()
    assert wait_until(lambda: is_gone(pid))
    return users.home


@pytest.fixture
def users(tmp_path: Path, model: Path) -> Iterator[Users]:
    users = Users(tmp_path / "server", model)
    yield users
    users.leave()
    for server in (EmbeddedPostgres(users.home), EmbeddedValkey(users.home)):
        assert server.delete(patience=20)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Both servers, for tests that change nothing: their folders and processes, under a bad locale."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LC_ALL", "C")
        users = {kind: Users(tmp_path_factory.mktemp(kind) / "server") for kind in KINDS}
        yield {kind: (user.home, user.come(kind).server_pid()) for kind, user in users.items()}
    for kind, user in users.items():
        user.leave()
        assert KINDS[kind](user.home).delete(patience=20)


def write(kind: str, home: Path) -> None:
    if kind == "postgres":
        with connect(home) as connection:
            connection.execute("CREATE TABLE kept (id int)")
            connection.execute("INSERT INTO kept VALUES (1)")
    else:
        redis.Redis(unix_socket_path=str(EmbeddedValkey(home).socket)).set("kept", "1")


def is_kept(kind: str, home: Path) -> bool:
    if kind == "postgres":
        with connect(home) as connection:
            return connection.execute("SELECT id FROM kept").fetchone() == (1,)
    return redis.Redis(unix_socket_path=str(EmbeddedValkey(home).socket)).get("kept") == b"1"


def connect(home: Path, user: str = "app") -> psycopg.Connection:
    where = EmbeddedPostgres(home).connection_settings()
    return psycopg.connect(host=where["HOST"], port=where["PORT"], dbname=where["NAME"], user=user)


@pytest.mark.parametrize("kind", KINDS)
class TestSharing:
    def test_processes_that_come_at_once_share_one_server(self, kind: str, users: Users) -> None:
        users.model = None
        all_at_once = [users.come(kind) for _ in range(4)]
        assert len({user.server_pid() for user in all_at_once}) == 1

    def test_stops_when_the_last_user_is_killed_and_keeps_the_data(self, kind: str, users: Users) -> None:
        first, second = users.come(kind), users.come(kind)
        pid = first.server_pid()
        assert second.server_pid() == pid
        write(kind, users.home)
        first.kill()
        assert not wait_until(lambda: is_gone(pid), seconds=0.8)
        second.kill()
        assert wait_until(lambda: is_gone(pid))
        users.come(kind).server_pid()
        assert is_kept(kind, users.home)

    def test_a_killed_watcher_is_replaced_by_the_next_user(self, kind: str, users: Users) -> None:
        first = users.come(kind)
        pid = first.server_pid()
        assert wait_until(lambda: leases.is_watched(users.home))
        for watcher in watchers(users.home):
            os.kill(watcher, signal.SIGKILL)
        assert wait_until(lambda: not leases.is_watched(users.home))
        second = users.come(kind)
        second.server_pid()
        first.kill()
        second.kill()
        assert wait_until(lambda: is_gone(pid))

    def test_is_not_deleted_under_its_users(self, kind: str, users: Users) -> None:
        user = users.come(kind)
        pid = user.server_pid()
        assert not KINDS[kind](users.home).delete(patience=0.3)
        assert user.ensure_again() == pid
        user.kill()
        assert KINDS[kind](users.home).delete()
        assert is_gone(pid)
        assert not (users.home / "data").exists()


@pytest.mark.parametrize("kind", KINDS)
class TestAfterACrash:
    def test_a_killed_server_comes_back_with_its_data(self, kind: str, users: Users) -> None:
        user = users.come(kind)
        pid = user.server_pid()
        write(kind, users.home)
        # Valkey writes its log once a second.
        wait_until(lambda: False, seconds=1.2 if kind == "valkey" else 0)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: is_gone(pid))
        assert user.ensure_again() != pid
        assert is_kept(kind, users.home)

    def test_a_pid_file_that_names_a_stranger_is_no_obstacle(self, kind: str, users: Users) -> None:
        first = users.come(kind)
        pid = first.server_pid()
        first.kill()
        assert wait_until(lambda: is_gone(pid))
        (users.home / "pid").write_text(str(os.getpid()))
        if kind == "postgres":
            (users.home / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")
        assert users.come(kind).server_pid() != os.getpid()

    def test_a_socket_without_a_server_is_no_obstacle(self, kind: str, users: Users) -> None:
        server = KINDS[kind](users.home)
        server.socket_dir.mkdir(parents=True)
        server.socket.touch()
        assert users.come(kind).server_pid()


class TestPostgres:
    def test_a_cluster_half_made_is_made_again(self, users: Users) -> None:
        data = users.home / "data"
        data.mkdir(parents=True)
        (data / "PG_VERSION").write_text("18\n")
        users.come("postgres").server_pid()
        with connect(users.home) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_the_application_owns_its_database_and_is_no_superuser(self, running: Running) -> None:
        with connect(running["postgres"][0]) as connection:
            role = connection.execute(
                "SELECT rolsuper, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert role == (False, True, False)
            connection.execute("CREATE EXTENSION btree_gist")
            connection.rollback()

    def test_chinese_has_trigrams_whatever_the_locale(self, running: Running) -> None:
        with connect(running["postgres"][0]) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            assert connection.execute("SELECT cardinality(show_trgm('阿莫西林'))").fetchone() == (5,)
            connection.rollback()

    def test_a_long_path_moves_the_socket_to_a_closed_folder(self, tmp_path: Path) -> None:
        users = Users(tmp_path / ("long" * 30) / "server")
        try:
            users.come("postgres").server_pid()
            server = EmbeddedPostgres(users.home)
            assert not server.socket_dir.is_relative_to(users.home)
            assert server.socket_dir.stat().st_mode & 0o777 == 0o700
            with connect(users.home) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        finally:
            users.leave()
            assert EmbeddedPostgres(users.home).delete(patience=20)


class TestPrivacy:
    @linux_only
    @pytest.mark.parametrize("kind", KINDS)
    def test_nothing_listens_on_tcp(self, kind: str, running: Running) -> None:
        assert tcp_ports_of(running[kind][1]) == set()

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_folder_and_the_socket_are_closed_to_others(self, kind: str, running: Running) -> None:
        server = KINDS[kind](running[kind][0])
        for path in (server.home, server.socket_dir, server.socket):
            assert path.stat().st_mode & 0o077 == 0

    @needs_root
    def test_another_user_is_refused_even_where_folders_are_open(self, users: Users) -> None:
        users.come("postgres").server_pid()
        server = EmbeddedPostgres(users.home)
        *above, _temporary = [path for path in server.home.parents if path.is_relative_to(tempfile.gettempdir())]
        for path in (server.socket, server.socket_dir, server.home, *above):
            path.chmod(0o777)
        for user in ("app", "postgres"):
            assert "Peer authentication failed" in refusal_as_nobody(server.socket, user)
        assert "Peer authentication failed" not in refusal(server.socket, "app")

    @needs_root
    def test_the_server_of_another_user_is_left_alone(self, tmp_path: Path) -> None:
        home = tmp_path / "server"
        home.mkdir()
        os.chown(home, 65534, 65534)
        with pytest.raises(EmbeddedServerError, match="belongs to another user"):
            EmbeddedPostgres(home).ensure()
        assert list(home.iterdir()) == []


def watchers(home: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            arguments = leases.command_line(int(entry.name)).split(b"\0")
            if os.fsencode(leases.__file__) in arguments and os.fsencode(home) in arguments:
                found.append(int(entry.name))
    return found


def refusal_as_nobody(socket: Path, role: str) -> str:
    """What PostgreSQL answers to the system user `nobody` who wants to be `role`."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(writer, refusal(socket, role).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as answer:
        return answer.read().decode()


def refusal(path: Path, role: str) -> str:
    """The answer to the first message of a client, in words where it is a refusal."""
    import socket
    import struct

    body = struct.pack("!i", 196608) + f"user\0{role}\0database\0postgres\0\0".encode()
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
        caller.sendall(struct.pack("!i", len(body) + 4) + body)
        return caller.recv(4096).decode(errors="replace")
