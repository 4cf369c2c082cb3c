"""The checks that a document keeps, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language


@dataclass(frozen=True, slots=True)
class ToldCheck:
    """A verdict with its evidence; ``line`` is the line of the document that it is about, if one alone."""

    rule: str
    source: str
    gate: str
    passed: bool
    sentence: str
    values: dict[str, Any]
    line: int | None


def told_checks(kept: Iterable[Mapping[str, Any]]) -> list[ToldCheck]:
    """The checks in their order; a language that was not kept reads another one."""
    language = get_language()
    return [
        ToldCheck(
            rule=check["rule"],
            source=check["source"],
            gate=check["gate"],
            passed=check["passed"],
            sentence=check["sentences"].get(language) or next(iter(check["sentences"].values())),
            values=check["values"],
            line=check["line"],
        )
        for check in kept
    ]
