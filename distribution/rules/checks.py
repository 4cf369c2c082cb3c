"""What a rule found: which rule, where it is written, what was compared, and whether it lets pass.

A hard gate stops the act that it guards; a warning is told to those who decide, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Gate(StrEnum):
    HARD = "hard"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict of one rule with its evidence; ``values`` are fit for JSON (numbers and days as text).

    ``sentence`` says it in the language of the reader, with the values. ``line`` is the line of the document that the
    check is about, None where it is about the whole; ``pointer`` the place in a request that brought the values.
    """

    rule: str
    source: str
    gate: Gate
    passed: bool
    sentence: str
    values: dict[str, Any]
    line: int | None = None
    pointer: str = ""


def breaches(checks: Iterable[Check]) -> list[Check]:
    """The hard gates that do not let pass, in their order."""
    return [check for check in checks if check.gate == Gate.HARD and not check.passed]


def warnings(checks: Iterable[Check]) -> list[Check]:
    """What those who decide should know: the warnings that did not pass, in their order."""
    return [check for check in checks if check.gate == Gate.WARNING and not check.passed]
