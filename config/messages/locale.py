"""One locale folder and the code that it translates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog

from config.messages import catalogue, problems
from config.messages.extraction import Message, Untranslatable, messages_of_tree


class Locale:
    """The catalogue in `folder` for the code under `sources`."""

    def __init__(self, folder: Path, sources: list[Path]) -> None:
        self.sources = sources
        self.foreign = folder / "third_party.pot"
        self.po = folder / "zh_Hans" / "LC_MESSAGES" / "django.po"
        self.mo = self.po.with_suffix(".mo")

    def update(self) -> list[str]:
        """Write the catalogue anew; returns what is left to do by hand."""
        wanted, unfit = self._wanted()
        self.po.parent.mkdir(parents=True, exist_ok=True)
        self.po.write_bytes(catalogue.as_po(wanted))
        self.mo.write_bytes(catalogue.as_mo(wanted))
        return [*unfit, *_of_entries(wanted)]

    def problems(self) -> list[str]:
        """Everything that keeps the catalogue from being complete and up to date."""
        wanted, unfit = self._wanted()
        current = catalogue.read(self.po)
        stale = not self.mo.exists() or self.mo.read_bytes() != catalogue.as_mo(current)
        return [
            *unfit,
            *problems.of_contents(current, wanted),
            *_of_entries(current),
            *([f"stale: {self.mo.name} was not made from {self.po.name}"] if stale else []),
        ]

    def _wanted(self) -> tuple[Catalog, list[str]]:
        messages: list[Message] = []
        unfit = []
        for source in self.sources:
            for path, found in messages_of_tree(source):
                if isinstance(found, Untranslatable):
                    unfit.append(f"cannot be translated: {path.relative_to(source.parent)}:{found.line}: {found.code}")
                else:
                    messages.append(found)
        return catalogue.updated(catalogue.read(self.po), messages, catalogue.read(self.foreign)), unfit


def _of_entries(catalog: Catalog) -> Iterator[str]:
    for entry in catalogue.entries(catalog):
        yield from problems.of_entry(entry)
