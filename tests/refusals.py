"""Expecting a refusal, alone or as one of several that came together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from catalog.foundation.errors import DomainError, RulesBroken


@dataclass(slots=True)
class Refusal:
    """What was refused, filled in when the block has ended."""

    errors: list[DomainError] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """The values of the only error."""
        [error] = self.errors
        return error.facts

    @property
    def pointers(self) -> list[str]:
        """Where in the input each error lies."""
        return [error.pointer for error in self.errors]


@contextmanager
def refused(*types: type[DomainError]) -> Iterator[Refusal]:
    """The block is refused with exactly these errors, in this order; each can be said in words."""
    refusal = Refusal()
    with pytest.raises(DomainError) as caught:
        yield refusal
    error = caught.value
    refusal.errors = error.errors if isinstance(error, RulesBroken) else [error]
    assert [type(part) for part in refusal.errors] == list(types)
    assert all(str(part) for part in [error, *refusal.errors])
