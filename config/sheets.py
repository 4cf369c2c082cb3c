"""The kinds of file that the command line takes, and what is said about each on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.errors import RulesBroken
from catalog.foundation.imports import optional_text_up_to, text_up_to, whole_number
from catalog.foundation.readers import optional
from catalog.services.imports.kinds import BadOption, Kind, Option, day_option
from catalog.services.imports.registry import KINDS as IMPORTED
from catalog.services.people import NewLogin

TITLE = Option("title", "its full title", text_up_to(200))
SOURCE = Option("source", "where it was published", text_up_to(300))
PERIOD = (
    day_option("valid_from", "the first day in force"),
    day_option("valid_until", "the first day no longer in force; none: open", is_required=False),
)
RULE_OPTIONS = (TITLE, SOURCE, *PERIOD)
# An edition, drafted with its entries and published at once.
LIST = replace(
    IMPORTED["entries"],
    name="list",
    help="an edition of the list with its entries, in force at once",
    options=(
        Option("code", "a short name of the edition, such as 2026", text_up_to(20)),
        *RULE_OPTIONS,
        Option("decision", "the number of the decision", optional_text_up_to(100), is_required=False),
        day_option("decided_on", "the day of the decision", is_required=False),
        Option("announced_chemical", "chemical medicines as announced", optional(whole_number), is_required=False),
        Option("announced_tcm", "Chinese patent medicines as announced", optional(whole_number), is_required=False),
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in (LIST, *IMPORTED.values())}


class BadFlags(Exception):
    """What is said on the command line cannot be; the text names the flags."""


def flag(option: Option) -> str:
    """How an option is written on the command line."""
    return f"--{option.name.removeprefix('valid_').replace('_', '-')}"


def about(options: Sequence[Option], given: Mapping[str, str], *, is_check: bool = False) -> dict[str, str]:
    """What is said about the whole; a file that is only looked at goes without.

    Raises:
        BadFlags
    """
    said = {option.name: given[option.name] for option in options}
    if is_check:
        return said | {name: _stand_in(option) for option in options if not said[name := option.name]}
    missing = ", ".join(flag(option) for option in options if option.is_required and not said[option.name])
    if missing:
        raise BadFlags(_("Missing: %(missing)s (only --check goes without).") % {"missing": missing})
    return said


def _stand_in(option: Option) -> str:
    """Something that can be said where nothing has to be."""
    if not option.is_required:
        return ""
    if option.choices is not None:
        return next((value for value, _words in option.choices()), "")
    return localdate().isoformat() if option.is_day else "–"


def read_options(options: Sequence[Option], said: Mapping[str, str]) -> dict[str, Any]:
    """What is said as values.

    Raises:
        BadFlags
    """
    try:
        values = replace(LIST, options=options).read_options(said)
    except RulesBroken as error:
        flags = {option.label: flag(option) for option in options}
        parts = [part for part in error.errors if isinstance(part, BadOption)]
        lines = (f"{flags[part.facts['option']]}: “{part.facts['value']}” {part.facts['problem']}." for part in parts)
        raise BadFlags("\n".join(lines)) from error
    first, end = values.get("valid_from"), values.get("valid_until")
    if isinstance(first, date) and isinstance(end, date) and end <= first:
        raise BadFlags(_("--until %(end)s must lie after --from %(first)s.") % {"end": end, "first": first})
    return values


def tell_logins(logins: Sequence[NewLogin]) -> Iterable[str]:
    """The passwords of the new people, which are stored only as hashes."""
    if not logins:
        return []
    said = _("Passwords of the new people, shown this once:")
    return [said, *(f"  {login.username}  {login.password}" for login in logins)]
