"""State machines as data: which action leads from which states to which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise

from catalog.foundation.errors import AlreadyDone, WrongState


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: ``action`` leads from any of ``sources`` to ``target``."""

    action: str
    label: str | Promise
    sources: frozenset[str]
    target: str


class Machine:
    """The life of one kind of record.

    ``table`` maps an action to its label, the states it starts from and the state it leads to.
    """

    def __init__(
        self,
        name: str,
        states: type[models.TextChoices],
        table: Mapping[str, tuple[str | Promise, Iterable[str], str]],
    ) -> None:
        self.name = name
        self.states = states
        self.transitions = {
            action: Transition(action, label, frozenset(sources), target)
            for action, (label, sources, target) in table.items()
        }

    def resolve(self, status: str, action: str) -> Transition:
        """Return the arrow for the action.

        Raises:
            AlreadyDone: the record already is where the action would lead.
            WrongState: the action does not start from this state.
        """
        transition = self.transitions[action]
        if status in transition.sources:
            return transition
        error = AlreadyDone if status == transition.target else WrongState
        raise error(
            action=transition.label,
            status=self.states(status).label,
            allowed=", ".join(str(self.states(source).label) for source in sorted(transition.sources)),
        )

    def allowed(self, status: str) -> list[str]:
        """The actions that start from this state."""
        return [action for action, transition in self.transitions.items() if status in transition.sources]
