"""The families of anticipated failure. Services raise them; the web layer alone knows their HTTP status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A failure that was foreseen: a stable code, a sentence with the values, and the way out.

    ``pointer`` names the field or row of the input that it is about, as a JSON pointer without the leading ``#``.
    """

    code: ClassVar[str] = "error"
    template: ClassVar[str | Promise] = ""
    # Who was refused because of who they are, or when they came, is written down.
    is_attempt: ClassVar[bool] = False

    def __init__(self, *, pointer: str = "", **facts: Any) -> None:
        self.pointer = pointer
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.template) % self.facts


class Malformed(DomainError):
    """The input cannot be read as what it should be."""

    code = "malformed"
    template = _("The input cannot be read: %(problem)s.")


class NotAllowed(DomainError):
    """The actor may see the record but may not do this to it."""

    code = "not-allowed"
    is_attempt = True
    template = _("You may not do this: %(reason)s.")


class NotVisible(DomainError):
    """The record does not exist, or not for this actor; the two are told apart to nobody."""

    code = "not-found"
    template = _("There is no %(what)s “%(key)s”, or it is not yours to see.")


class WrongState(DomainError):
    """The action does not start from the state that the record is in."""

    code = "wrong-state"
    template = _("“%(action)s” is not possible while this is “%(status)s”; it starts from: %(allowed)s.")


class AlreadyDone(WrongState):
    """The action has been carried out before."""

    code = "already-done"
    template = _("“%(action)s” has already been done: this is “%(status)s”.")


class Conflict(DomainError):
    """The act contradicts something that already stands."""

    code = "conflict"


class Stale(DomainError):
    """The actor decided on a version that is no longer the current one."""

    code = "stale"
    template = _(
        "This was changed meanwhile (you saw version %(expected)s, it is now %(current)s): reload and decide again."
    )


class RuleBroken(DomainError):
    """The input is readable and contradicts a rule."""

    code = "rule-broken"


class RulesBroken(RuleBroken):
    """Several rules are broken at once; ``errors`` lists every one, so that the actor can mend them together."""

    code = "rules-broken"
    template = _("Nothing was changed; lines that are not acceptable: %(count)s.")

    def __init__(self, errors: Sequence[DomainError], *, count: int | None = None) -> None:
        self.errors = list(errors)
        super().__init__(count=len(self.errors) if count is None else count)


class NothingGiven(RuleBroken):
    """A document without a single line."""

    code = "nothing-given"
    template = _("There is nothing in it: give at least one line.")


class Busy(DomainError):
    """A lock was not to be had in time; the same request may succeed a moment later."""

    code = "busy"
    template = _("Somebody else is working on this right now: try again in a moment.")


def refuse(errors: Sequence[DomainError]) -> None:
    """Raise all errors together when there are any.

    Raises:
        RulesBroken: with every error.
    """
    if errors:
        raise RulesBroken(errors)
