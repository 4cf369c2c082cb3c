"""The files of the catalogue: django.po for people, django.mo made from it, and the list of foreign messages."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from config.messages.extraction import Message

HEADER = """\
# The Chinese interface. `python3 manage.py messages` writes this file: it adds what the code says and drops
# what it no longer says; the translations are written by hand. Entries marked with the name of a package come from
# config/locale/third_party.pot."""


class Chinese(Catalog):
    """A catalogue with a header that is always the same: neither dates nor the version of what wrote it."""

    mime_headers = property(
        lambda self: [
            ("Language", "zh_Hans"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", "nplurals=1; plural=0;\n"),
        ]
    )

    def __init__(self) -> None:
        super().__init__(locale="zh_Hans", header_comment=HEADER, fuzzy=False)


def read(path: Path) -> Catalog:
    """The catalogue, or template, in the file; an empty one when there is none."""
    result = Chinese()
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans", ignore_obsolete=True, abort_invalid=True):
                if message.id:
                    result[message.id] = message
    return result


def entries(catalog: Catalog) -> list[Entry]:
    """Its messages without the header."""
    return [message for message in catalog if message.id]


def strings_of(entry: Entry) -> list[str]:
    """Its translation, a string for each plural form, of which Chinese has one; empty while there is none."""
    return [entry.string] if isinstance(entry.string, str) else list(entry.string or [""])


def updated(current: Catalog, messages: Iterable[Message], foreign: Catalog) -> Catalog:
    """The messages of the code and the foreign ones, with the translations that there are."""
    result = Chinese()
    for message in messages:
        ids = (message.id, message.plural) if message.plural is not None else message.id
        result.add(ids, context=message.context)
    for entry in entries(foreign):
        result.add(entry.id, auto_comments=entry.auto_comments, context=entry.context)
    for entry in entries(result):
        known = current.get(entry.id, entry.context)
        string = strings_of(known)[0] if known else ""
        entry.string = (string,) if entry.pluralizable else string
        if known:
            entry.flags |= known.flags & {"fuzzy"}
            entry.user_comments = known.user_comments
    return result


def as_po(catalog: Catalog) -> bytes:
    """Sorted, every message on its own lines, nothing that changes when code moves."""
    file = BytesIO()
    write_po(file, catalog, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    return file.getvalue().rstrip(b"\n") + b"\n"


def as_mo(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()
