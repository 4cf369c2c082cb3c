"""What a linter cannot see: visibility, names, migrations, subscriptions, and requirements with their tests."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django.db.models import ForeignKey, Model

from catalog import states as catalog_states
from catalog.accounts.models import Organization
from catalog.foundation.journal import subscriptions
from distribution import states as distribution_states
from procurement import states as procurement_states

ROOT = Path(__file__).resolve().parents[2]
APPS = ("catalog", "procurement", "distribution")
LABELS = ("journal", "accounts", "catalog", "procurement", "distribution", "demo")
OWNERS = {"organization", "institution", "supplier"}

# Records with an owner that are not listed by owner, and why.
NOT_LISTED_BY_OWNER = {
    "journal.Event": "read by supervisors in the admin only",
    "accounts.Membership": "read by the platform's administrators only",
    "accounts.ApiClient": "read by the platform's administrators only",
    "accounts.Licence": "read by officers and supervisors in the admin only",
    "accounts.Ownership": "read by officers and supervisors in the admin only",
    "journal.DeniedAttempt": "read by supervisors in the admin only",
    "journal.Reading": "read by supervisors in the admin only",
    "procurement.Invitation": "read with its tender by the agency's officers and supervisors",
    "distribution.RetailPrice": "reached through its report and its findings",
}


def own_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in LABELS]


class TestVisibility:
    def test_every_owned_record_knows_who_may_see_it(self) -> None:
        owned = {
            model._meta.label: model
            for model in own_models()
            if any(
                isinstance(field, ForeignKey) and field.related_model is Organization and field.name in OWNERS
                for field in model._meta.fields
            )
        }
        blind = {label for label, model in owned.items() if not hasattr(model._default_manager, "visible_to")}
        assert blind == set(NOT_LISTED_BY_OWNER)
        assert len(owned) > len(blind) + 5


class TestNames:
    def test_every_module_says_what_it_is_for(self) -> None:
        vague = re.compile(r"(utils?|helpers?|common|misc|base2|stuff|tools)")
        folders = [ROOT / name for name in (*APPS, "config", "tests")]
        found = [path for folder in folders for path in folder.rglob("*.py") if vague.fullmatch(path.stem)]
        assert found == []

    def test_no_module_grows_beyond_reading(self) -> None:
        long = {
            str(path.relative_to(ROOT)): lines
            for app in APPS
            for path in (ROOT / app).rglob("*.py")
            # the client for suppliers is one file that they can take as it is
            if "migrations" not in path.parts
            and path != ROOT / "procurement" / "client.py"
            and (lines := len(path.read_text().splitlines())) > 320
        }
        assert long == {}


class TestMigrations:
    @pytest.fixture(scope="class")
    @classmethod
    def loader(cls) -> MigrationLoader:
        return MigrationLoader(None, ignore_no_migrations=True)

    @pytest.mark.parametrize("label", LABELS)
    def test_are_one_line(self, loader: MigrationLoader, label: str) -> None:
        own = {key: migration for key, migration in loader.disk_migrations.items() if key[0] == label}
        assert len(loader.graph.leaf_nodes(label)) == 1
        for migration in own.values():
            assert len([parent for parent in migration.dependencies if parent[0] == label]) <= 1

    @pytest.mark.parametrize("label", LABELS)
    def test_can_be_taken_back(self, loader: MigrationLoader, label: str) -> None:
        for key, migration in loader.disk_migrations.items():
            if key[0] == label:
                assert [operation for operation in migration.operations if not operation.reversible] == []

    @pytest.mark.django_db
    def test_leave_nothing_of_the_models_out(self) -> None:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)


class TestSubscriptions:
    def test_are_of_tasks_that_there_are(self) -> None:
        current_app.loader.import_default_modules()
        wanted = {task for tasks in subscriptions._tasks.values() for task in tasks}
        assert wanted and wanted <= set(current_app.tasks)

    def test_are_to_actions_that_are_recorded(self) -> None:
        machines = [
            value
            for states in (catalog_states, procurement_states, distribution_states)
            for value in vars(states).values()
        ]
        recorded = {
            f"{machine.name}.{action}"
            for machine in machines
            if hasattr(machine, "transitions")
            for action in machine.transitions
        }
        for app in APPS:
            for path in (ROOT / app).rglob("services/*.py"):
                recorded |= {
                    keyword.value.value
                    for node in ast.walk(ast.parse(path.read_text()))
                    if isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in ("record", "record_all")
                    for keyword in node.keywords
                    if keyword.arg == "action" and isinstance(keyword.value, ast.Constant)
                }
        assert set(subscriptions._tasks) <= recorded

    def test_and_timetables_name_queues_and_tasks_that_there_are(self) -> None:
        current_app.loader.import_default_modules()
        queues = set(current_app.conf.task_queues)
        assert {entry["task"] for entry in current_app.conf.beat_schedule.values()} <= set(current_app.tasks)
        own = [task for name, task in current_app.tasks.items() if name.split(".")[0] in (*APPS, "journal")]
        assert own
        assert {vars(type(task))["queue"] for task in own if "queue" in vars(type(task))} <= queues


REQUIREMENTS = ROOT / "docs" / "requirements.md"


class TestRequirements:
    def test_each_names_tests_that_there_are(self) -> None:
        if not REQUIREMENTS.exists():
            pytest.skip("docs/requirements.md is not written yet")
        rows = [line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("|")]
        separators = {place for place, row in enumerate(rows) if re.fullmatch(r"[|:\- ]+", row)}
        body = [row for place, row in enumerate(rows) if not {place, place + 1} & separators]
        assert body
        without = [row for row in body if not _node_ids(row)]
        missing = [node for row in body for node in _node_ids(row) if not _exists(node)]
        assert (without, missing) == ([], [])


class TestProofs:
    """Tables elsewhere in the documentation whose last column says what a row is shown by."""

    def test_each_names_tests_that_there_are(self) -> None:
        proofs = [
            row
            for path in sorted((ROOT / "docs").glob("*.md"))
            if path != REQUIREMENTS
            for table in re.findall(r"(?:^\|.*\n)+", path.read_text(), flags=re.MULTILINE)
            if table.splitlines()[0].rstrip().endswith("| shown by |")
            for row in table.splitlines()[2:]
        ]
        assert len(proofs) > 10
        without = [row for row in proofs if not _node_ids(row)]
        missing = [node for row in proofs for node in _node_ids(row) if not _exists(node)]
        assert (without, missing) == ([], [])


def _node_ids(row: str) -> list[str]:
    """The tests in the last column: `tests/….py` or `tests/….py::TestX::test_y`."""
    last = row.rstrip().removesuffix("|").rsplit("|", 1)[-1]
    return re.findall(r"`(tests/[^`]+)`", last)


@cache
def _statements(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_text()).body


def _exists(node: str) -> bool:
    file, *names = node.split("::")
    path = ROOT / file
    if not path.is_file():
        return False
    body = _statements(path)
    for name in names:
        found = [
            item
            for item in body
            if isinstance(item, ast.ClassDef | ast.FunctionDef) and item.name == name.split("[")[0]
        ]
        if not found:
            return False
        body = found[0].body
    return True
