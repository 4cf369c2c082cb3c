"""What holds for every anticipated failure."""

from __future__ import annotations

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from catalog.foundation.errors import DomainError
from catalog.foundation.web.problems import STATUS

ROOT = Path(__file__).resolve().parents[2]
APPS = ("catalog", "procurement", "distribution")
# Never raised by themselves: what they are raised as says more.
FAMILIES = {"DomainError", "Conflict", "RuleBroken"}


def modules() -> Iterator[tuple[Path, ModuleType]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            relative = path.relative_to(ROOT)
            if not {"migrations", "management"} & set(relative.parts):
                name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
                yield relative, importlib.import_module(name)


def errors(base: type[DomainError] = DomainError) -> set[type[DomainError]]:
    own = {error for error in base.__subclasses__() if error.__module__.split(".")[0] in APPS}
    return own.union(*(errors(error) for error in own)) if own else own


def all_errors() -> set[type[DomainError]]:
    list(modules())
    return errors()


def placeholders(error: type[DomainError]) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", str(error.template)))


class TestEveryError:
    def test_has_a_code_of_its_own(self) -> None:
        by_code: defaultdict[str, set[str]] = defaultdict(set)
        for error in all_errors():
            by_code[error.code].add(f"{error.__module__}.{error.__name__}")
        assert {code for code, names in by_code.items() if len(names) > 1} == set()

    def test_has_a_code_in_the_shape_of_codes(self) -> None:
        assert [error for error in all_errors() if not re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)] == []

    def test_states_its_code_itself(self) -> None:
        assert [error for error in all_errors() if "code" not in vars(error)] == []

    def test_can_say_what_is_wrong(self) -> None:
        assert {error.__name__ for error in all_errors() if not str(error.template)} == FAMILIES - {"DomainError"}

    def test_belongs_to_a_family_that_has_a_status(self) -> None:
        families = tuple(family for family, _status in STATUS)
        assert [error for error in all_errors() if not issubclass(error, families)] == []


def raised() -> Iterator[tuple[str, type[DomainError], set[str]]]:
    """Where an error is made, and the facts that it is given there."""
    for path, module in modules():
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            error = getattr(module, node.func.id, None)
            if isinstance(error, type) and issubclass(error, DomainError):
                names = {keyword.arg for keyword in node.keywords}
                if None not in names:
                    yield f"{path}:{node.lineno}", error, {name for name in names if name}


class TestEveryPlaceThatRaises:
    def test_gives_all_facts_that_the_sentence_needs(self) -> None:
        places = list(raised())
        assert len(places) > 80
        lacking = {
            place: missing
            for place, error, given in places
            if error.__name__ != "RulesBroken" and (missing := placeholders(error) - given)
        }
        assert lacking == {}

    def test_names_more_than_the_family(self) -> None:
        assert [place for place, error, _given in raised() if error.__name__ in FAMILIES] == []

    def test_exists_for_every_error(self) -> None:
        made = {error for _place, error, _given in raised()}
        # chosen by the machine, from a variable
        by_variable = {"WrongState", "AlreadyDone"}
        never = {error.__name__ for error in all_errors() - made} - FAMILIES - by_variable
        # a family that is also raised as what it is
        assert never <= {"Malformed"}
