"""The test database as a copy of a template, which is made once per state of the migrations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config.embedded import leases
from tests.plugins import stores

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        template = make_template(f"template_{migrations_digest()}")
    connection.settings_dict["TEST"].update(NAME=f"test_app_{stores.run_name}", TEMPLATE=template)


def migrations_digest() -> str:
    """A name for the state of all migrations: of all that is in their folders."""
    digest = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for file in migration_files(Path(app.path, "migrations")):
            digest.update(f"{app.label}/{file.name}".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def migration_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file


def make_template(name: str) -> str:
    """Migrate a database called `name`, unless it is there; those of other migrations are dropped."""
    draft = f"{name}_draft"
    with leases.locked(settings.STATE_DIR / "test-slots" / "template"), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [r"template\_%"])
        existing = {datname for (datname,) in cursor.fetchall()}
        if name in existing:
            return name
        for old in existing:
            cursor.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{draft}"')
        migrate(draft)
        cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def migrate(database: str) -> None:
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
