"""The test database: a copy of a template that is made once per state of the migrations, and emptied by deleting."""

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
from django.test import TransactionTestCase

from config.embedded import leases
from tests.plugins import stores

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

# What is in the template already: tests come upon it, and leave it.
KEPT = ("django_migrations", "django_content_type", "auth_permission")
# Locked like by TRUNCATE, so that a transaction that a test has left open is found out.
EMPTY = """
DO $$
DECLARE one regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT format('%%I', tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL (%s)
    LOOP
        EXECUTE format('LOCK TABLE %%s IN ACCESS EXCLUSIVE MODE', one);
        EXECUTE format('DELETE FROM %%s', one);
    END LOOP;
END $$
"""


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


def may_pass_triggers() -> bool:
    """On a server of somebody else's perhaps not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])


def delete_all() -> None:
    """Every row but those of the template, past triggers and references."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY, [list(KEPT)])


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    """After a test that commits, delete its rows: Django's TRUNCATE makes every file of every table anew."""
    usual = TransactionTestCase._fixture_teardown

    def empty(case: TransactionTestCase) -> None:
        if may_pass_triggers():
            delete_all()
        else:
            usual(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield
