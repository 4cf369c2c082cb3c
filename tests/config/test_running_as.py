from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.embedded import binaries, leases, running_as
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.server import EmbeddedServerError
from tests.config.processes import wait_until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs PostgreSQL as itself")


@needs_root
class TestAsRoot:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Iterator[Path]:
        home = tmp_path / "server"
        yield home
        assert EmbeddedPostgres(home).delete(patience=20)

    @pytest.mark.parametrize("way", ["in a user namespace", "with a capability"])
    def test_each_way_gives_a_server_that_lets_root_in(
        self, way: str, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.allow_only(way, monkeypatch, home)
        self.use(home)

    def test_data_of_one_way_is_read_in_the_other(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for way in ("in a user namespace", "with a capability", "in a user namespace"):
            with monkeypatch.context() as patch:
                self.allow_only(way, patch, home)
                self.use(home)

    def test_says_what_to_do_where_no_way_is_open(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running_as, "candidates", list)
        with pytest.raises(EmbeddedServerError, match="ordinary user, or set DATABASE_URL"):
            EmbeddedPostgres(home).ensure()

    def allow_only(self, way: str, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        allowed = [candidate for candidate in running_as.candidates() if candidate.way == way]
        folder = binaries.find_binaries()
        if not all(binaries.is_open(parent) for parent in (folder, *folder.resolve().parents)):
            pytest.skip("would copy the programs out of this closed folder")
        home.mkdir(exist_ok=True)
        if not allowed or not running_as.works(allowed[0], home, folder):
            pytest.skip(f"this machine does not let root run a program {way}")
        monkeypatch.setattr(running_as, "candidates", lambda: allowed)

    def use(self, home: Path) -> None:
        server = EmbeddedPostgres(home)
        server.ensure()
        where = server.connection_settings()
        try:
            with psycopg.connect(host=where["HOST"], user=where["USER"], dbname=where["NAME"]) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS visits (id int)")
        finally:
            server.release()
            assert wait_until(lambda: leases.running_pid(home, server.data) is None)


class TestAsAnOrdinaryUser:
    def test_runs_as_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1)
        (only,) = running_as.candidates()
        assert only.prefix == ()
        assert only.caller == running_as.user_name(1)

    def test_without_a_name_runs_in_a_namespace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A container may give a number that no account has; PostgreSQL insists on a name."""
        monkeypatch.setattr(os, "geteuid", lambda: 3_999_999)
        monkeypatch.setattr(running_as.shutil, "which", lambda name: f"/usr/bin/{name}")
        (only,) = running_as.candidates()
        assert only.way == "in a user namespace"
