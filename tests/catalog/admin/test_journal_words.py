"""The journal speaks of every act in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import override

import catalog.states
import distribution.states
import procurement.states
from catalog.accounts.models import Organization
from catalog.foundation.journal.admin import differences, label_of
from catalog.foundation.journal.models import Event
from catalog.foundation.machine import Machine
from catalog.models import RuleSet

ROOT = Path(settings.BASE_DIR)
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = {"record", "record_all", "record_selected"}


def texts(node: ast.AST) -> set[str]:
    """The texts below a node that look like an action."""
    found = (item.value for item in ast.walk(node) if isinstance(item, ast.Constant))
    return {text for text in found if isinstance(text, str) and ACTION.fullmatch(text)}


def written_in(source: str) -> Iterator[str]:
    """The actions given to the journal, also through a name of the same function."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in WRITERS:
                for keyword in call.keywords:
                    if keyword.arg == "action":
                        yield from texts(function if isinstance(keyword.value, ast.Name) else keyword.value)


def actions() -> set[str]:
    """All that the source records, moves along a machine, or lets operators do in a register."""
    sources = (path for app in ("catalog", "procurement", "distribution") for path in (ROOT / app).rglob("*.py"))
    found = {action for path in sources for action in written_in(path.read_text(encoding="utf-8"))}
    for module in (catalog.states, procurement.states, distribution.states):
        for machine in vars(module).values():
            if isinstance(machine, Machine):
                found |= {f"{machine.name}.{name}" for name in machine.transitions}
    for register in admin.site._registry.values():
        if noun := getattr(register, "noun", ""):
            found.add(f"{noun}.remove")
    return found


class TestLabels:
    def test_are_there_for_every_act_that_is_written_down(self) -> None:
        found = actions()
        assert {
            "import_mapping.replace",  # through a name
            "organization.change",  # through the names of a loop
            "reference_price_index.describe",  # the second of two
            "product.suspend",  # of a machine
            "membership.remove",  # of a register
        } <= found
        assert [action for action in sorted(found) if label_of(action) == action] == []


def said(model: type, changes: dict[str, object]) -> list[tuple[str, str, str]]:
    kind = ContentType.objects.get_for_model(model)  # type: ignore[type-var]
    return differences(Event(subject_type=kind, changes=changes), {})


@pytest.fixture
def _in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("_in_english")
class TestChanges:
    def test_say_truth_values_as_yes_and_no(self) -> None:
        assert said(Organization, {"is_active": [True, False]}) == [("Active", "yes", "no")]

    def test_name_what_is_no_field_of_the_record(self) -> None:
        lines = said(RuleSet, {"markup_primary": [None, "0.15"], "form_ratios": [None, {"tablet": "1"}]})
        assert [label for label, _before, _after in lines] == [
            "Mark-up of primary institutions (share)",
            "Ratios of dosage forms",
        ]
