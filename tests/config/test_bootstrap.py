from __future__ import annotations

import ast
import errno
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from config import bootstrap
from config.bootstrap import RUNTIME_LOCK, TEST_LOCK, Environment
from config.errors import CannotRun
from tests.config.processes import ROOT

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def checkout(tmp_path: Path) -> Environment:
    """A checkout with locks and an environment that was never filled."""
    (tmp_path / RUNTIME_LOCK).write_text("uv==1 \\\n    --hash=sha256:aa\n")
    (tmp_path / TEST_LOCK).write_text("pytest==1 \\\n    --hash=sha256:bb\nuv==1 \\\n    --hash=sha256:aa\n")
    return Environment(tmp_path)


def install(environment: Environment, lock: str) -> None:
    """Leave what a finished installation leaves."""
    environment.python.parent.mkdir(parents=True, exist_ok=True)
    environment.python.touch()
    environment._record.write_text("\n".join(environment._record_for(lock)))


class TestWhatIsInstalled:
    def test_nothing_at_first(self, checkout: Environment) -> None:
        assert not checkout.has(RUNTIME_LOCK)
        assert checkout.wanted_lock(tests=False) == RUNTIME_LOCK
        assert checkout.wanted_lock(tests=True) == TEST_LOCK

    def test_the_larger_lock_serves_for_the_smaller_one(self, checkout: Environment) -> None:
        install(checkout, TEST_LOCK)
        assert checkout.has(RUNTIME_LOCK)
        assert checkout.wanted_lock(tests=False) == TEST_LOCK

    def test_the_smaller_lock_does_not_serve_for_tests(self, checkout: Environment) -> None:
        install(checkout, RUNTIME_LOCK)
        assert checkout.has(RUNTIME_LOCK)
        assert not checkout.has(TEST_LOCK)

    def test_a_changed_lock_is_installed_again(self, checkout: Environment) -> None:
        install(checkout, RUNTIME_LOCK)
        (checkout.root / RUNTIME_LOCK).write_text("uv==2 \\\n    --hash=sha256:cc\n")
        assert not checkout.has(RUNTIME_LOCK)

    def test_another_python_is_another_environment(
        self, checkout: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(checkout, RUNTIME_LOCK)
        monkeypatch.setattr(sys, "version", "3.13.0 (main)")
        assert not checkout.has(RUNTIME_LOCK)

    def test_an_environment_that_was_moved_is_made_again(self, checkout: Environment, tmp_path: Path) -> None:
        install(checkout, RUNTIME_LOCK)
        moved = tmp_path.with_name("moved")
        tmp_path.rename(moved)
        assert not Environment(moved).has(RUNTIME_LOCK)

    def test_a_failed_installation_leaves_no_record(
        self, checkout: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(checkout, RUNTIME_LOCK)
        (checkout.root / RUNTIME_LOCK).write_text("uv==2 \\\n    --hash=sha256:cc\n")
        failed = subprocess.CompletedProcess([], 1, "", "no route to host")
        works = subprocess.CompletedProcess([], 0, "", "")
        monkeypatch.setattr(bootstrap, "run", lambda command, *_: works if "--version" in command else failed)
        with pytest.raises(CannotRun, match="check the connection"):
            checkout.make(RUNTIME_LOCK)
        assert not checkout.has(RUNTIME_LOCK)


class TestWhatIsSaid:
    def test_too_little_room(self, checkout: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: Usage(9, 9, 300_000_000))
        with pytest.raises(CannotRun, match="needs about 1000 MB and 300 MB are free"):
            checkout.make(RUNTIME_LOCK)

    @pytest.mark.parametrize(
        ("number", "words"),
        [(errno.EACCES, "write permission"), (errno.EROFS, "write permission"), (errno.ENOSPC, "is full")],
    )
    def test_a_folder_that_takes_nothing(
        self, number: int, words: str, checkout: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(checkout, "_alone", refuse)
        with pytest.raises(CannotRun, match=words):
            checkout.make(RUNTIME_LOCK)

    def test_an_old_python_is_turned_away_in_words_it_can_read(self) -> None:
        source = (ROOT / "manage.py").read_text()
        ast.parse(source, feature_version=(3, 6))
        script = f"import sys; sys.version_info = (3, 6, 9); sys.argv = ['manage.py', 'up']\n{source}"
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr.strip() == (
            "This project needs Python 3.11, 3.12 or 3.13, and this is Python 3.6: "
            "run manage.py with one of those, for example python3.11."
        )


class TestLocks:
    @pytest.mark.parametrize("lock", [RUNTIME_LOCK, TEST_LOCK])
    def test_every_package_has_hashes_and_none_an_address(self, lock: str) -> None:
        text = (ROOT / lock).read_text()
        assert "://" not in text
        packages = [line for line in text.splitlines() if line and not line.startswith(" ")]
        assert packages
        for package in packages:
            name = package.split("==")[0]
            assert "--hash=sha256:" in bootstrap.requirement(text, name)

    def test_the_tests_run_on_what_the_platform_runs_on(self) -> None:
        runtime = pins((ROOT / RUNTIME_LOCK).read_text())
        assert runtime.items() <= pins((ROOT / TEST_LOCK).read_text()).items()

    def test_the_bootstrap_finds_its_installer(self) -> None:
        assert bootstrap.requirement((ROOT / RUNTIME_LOCK).read_text(), "uv").startswith("uv==")


def pins(lock: str) -> dict[str, str]:
    rows = [line.split(" ")[0] for line in lock.splitlines() if line and not line.startswith(" ")]
    return dict(row.split("==") for row in rows)


def test_needs_the_standard_library_only() -> None:
    """It runs before anything is installed."""
    script = "import config.bootstrap, sys; print([m for m in sys.modules if m.split('.')[0] in sys.argv[1:]])"
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); {script}",
            "django",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
