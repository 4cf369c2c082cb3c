"""The messages in the source: Python by its syntax tree, templates by the tags that Django reads in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize

# What each function of django.utils.translation takes first; its lazy twin takes the same.
ARGUMENTS = {
    "gettext": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "pgettext": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
}
FUNCTIONS = ARGUMENTS | {f"{name}_lazy": taken for name, taken in ARGUMENTS.items()}

LITERAL = r"""u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*\""""
CALL = re.compile(
    rf"(?<!\w)(?P<name>_|n?p?gettext)\((?P<literals>(?:{LITERAL})(?:, (?:{LITERAL}))*)(?:, ?count)?\)", re.S
)


class Message(NamedTuple):
    """A sentence as gettext knows it."""

    id: str
    plural: str | None = None
    context: str | None = None


class Untranslatable(NamedTuple):
    """A call that asks for the translation of something that stands in no source, as of an f-string."""

    line: int
    code: str


def messages_of_python(source: str) -> Iterator[Message | Untranslatable]:
    tree = ast.parse(source)
    names: dict[str, tuple[str, ...]] = {}
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {alias.asname or alias.name: FUNCTIONS.get(alias.name, ()) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "django.utils":
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "translation"}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                taken = names.get(name, ())
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if module in modules:
                taken = FUNCTIONS.get(name, ())
            case _:
                continue
        if not taken:
            continue
        literals = [part.value for part in node.args[: len(taken)] if isinstance(part, ast.Constant)]
        given = [literal for literal in literals if isinstance(literal, str)]
        if len(given) == len(taken):
            yield Message(**dict(zip(taken, given, strict=True)))
        else:
            yield Untranslatable(node.lineno, ast.unparse(node))


def messages_of_template(source: str) -> Iterator[Message]:
    """What the tags ask gettext for; Django turns them into calls, and everything else into X."""
    for call in CALL.finditer(templatize(source)):
        values = [ast.literal_eval(literal) for literal in re.findall(LITERAL, call["literals"], re.S)]
        if call["name"] == "_":
            # As Variable.resolve() does, and templatize() forgets.
            yield Message(values[0].replace("%", "%%"))
        else:
            yield Message(**dict(zip(ARGUMENTS[call["name"]], values, strict=True)))


def messages_of_tree(folder: Path) -> Iterator[tuple[Path, Message | Untranslatable]]:
    """All messages under the folder, each with its file."""
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.html")]):
        read = messages_of_python if path.suffix == ".py" else messages_of_template
        for found in read(path.read_text(encoding="utf-8")):
            yield path, found
