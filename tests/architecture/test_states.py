"""What holds for every state machine, and for the one door through which states change."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from catalog import states as catalog_states
from catalog.foundation.machine import Machine
from distribution import states as distribution_states
from procurement import states as procurement_states

ROOT = Path(__file__).resolve().parents[2]
APPS = ("catalog", "procurement", "distribution")
MACHINES = [
    machine
    for module in (catalog_states, procurement_states, distribution_states)
    for machine in vars(module).values()
    if isinstance(machine, Machine)
]


def model_of(machine: Machine) -> type[models.Model]:
    [model] = [
        model
        for model in apps.get_models()
        if not model._meta.proxy
        and any(field.name == "status" and field.choices == machine.states.choices for field in model._meta.fields)
    ]
    return model


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
class TestMachine:
    def test_is_of_one_model_that_begins_in_one_of_its_states(self, machine: Machine) -> None:
        assert model_of(machine)._meta.get_field("status").default in machine.states.values

    def test_reaches_every_state(self, machine: Machine) -> None:
        reached = {model_of(machine)._meta.get_field("status").default}
        while True:
            further = {item.target for item in machine.transitions.values() if item.sources & reached}
            if further <= reached:
                break
            reached |= further
        assert reached == set(machine.states.values)

    def test_starts_every_action_from_states_of_its_own(self, machine: Machine) -> None:
        for transition in machine.transitions.values():
            assert transition.sources
            assert transition.sources | {transition.target} <= set(machine.states.values)

    def test_has_a_word_for_every_action_and_state(self, machine: Machine) -> None:
        words = [str(transition.label) for transition in machine.transitions.values()]
        words += [str(label) for label in machine.states.labels]
        assert all(word.strip() for word in words)

    def test_fits_into_its_column(self, machine: Machine) -> None:
        length = model_of(machine)._meta.get_field("status").max_length
        assert max(map(len, machine.states.values)) <= length
        assert all(len(f"{machine.name}.{action}") <= 100 for action in machine.transitions)

    def test_has_a_version_that_every_change_raises(self, machine: Machine) -> None:
        assert {"version", "updated_at"} <= {field.name for field in model_of(machine)._meta.fields}


class TestMachines:
    def test_are_of_different_names(self) -> None:
        names = [machine.name for machine in MACHINES]
        assert len(set(names)) == len(names) > 5


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    return [
        (path.relative_to(ROOT), ast.parse(path.read_text()))
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def assigned(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        parts: list[ast.expr] = []
        for target in node.targets:
            parts += target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        return parts
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


class TestTheOneDoor:
    def test_nothing_else_assigns_a_status(self) -> None:
        places = {
            str(path)
            for path, tree in sources()
            for node in ast.walk(tree)
            if any(isinstance(part, ast.Attribute) and part.attr == "status" for part in assigned(node))
        }
        # the suppliers' client is a program of its own: its status is that of an HTTP answer
        assert places - {"procurement/client.py"} == {"catalog/foundation/transitions.py"}

    def test_nothing_else_updates_a_status(self) -> None:
        places = {
            str(path)
            for path, tree in sources()
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "update"
            and any(keyword.arg == "status" for keyword in node.keywords)
        }
        assert places == {"catalog/foundation/transitions.py"}
