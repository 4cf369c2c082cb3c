"""What is wrong with a catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel.messages import Catalog
from babel.messages.catalog import Message as Entry

from config.messages.catalogue import entries, strings_of

# Of `%` formatting and of `str.format`; no space after the %, so that “50% of” has none.
PLACEHOLDER = re.compile(r"%%|%(?:\(\w+\))?[#0+-]*[\d.]*[diouxXeEfFgGcrsa]|\{\w*(?:![rsa])?(?::[^{}]*)?\}")


def placeholders(text: str) -> list[str]:
    """The named ones once each, for a sentence may turn and repeat them; then the others as they follow each other."""
    found = [placeholder for placeholder in PLACEHOLDER.findall(text) if placeholder != "%%"]
    named = {placeholder for placeholder in found if re.match(r"%\(|\{\w", placeholder)}
    return sorted(named) + [placeholder for placeholder in found if placeholder not in named]


def of_entry(entry: Entry) -> Iterator[str]:
    """Is it translated, by somebody who was sure, and with the values that belong in it?"""
    said = entry.id if isinstance(entry.id, str) else entry.id[1]
    if entry.fuzzy:
        yield f"fuzzy: {said!r}"
    for string in strings_of(entry):
        if not string:
            yield f"not translated: {said!r}"
        elif placeholders(said) != placeholders(string):
            yield f"other placeholders: {said!r} became {string!r}"


def of_contents(current: Catalog, wanted: Catalog) -> Iterator[str]:
    """What the catalogue lacks of what it should hold, and what it holds for nothing."""
    has, should = ({_key(entry): entry.id for entry in entries(catalog)} for catalog in (current, wanted))
    for key in sorted(should.keys() - has.keys()):
        yield f"missing: {should[key]!r}"
    for key in sorted(has.keys() - should.keys()):
        yield f"no longer said: {has[key]!r}"


def _key(entry: Entry) -> tuple[str, ...]:
    return (entry.context or "", *([entry.id] if isinstance(entry.id, str) else entry.id))
