"""From a refusal with its pointers to the fields that it is about."""

from __future__ import annotations

from collections import defaultdict

from django import forms

from catalog.foundation.errors import DomainError, RulesBroken


def parts_of(error: DomainError) -> list[DomainError]:
    """Every single thing that is wrong."""
    return error.errors if isinstance(error, RulesBroken) else [error]


def by_line(error: DomainError) -> dict[int, list[DomainError]]:
    """What is wrong with each line of the input, by its position: pointers such as ``/lines/3/packs``."""
    found: defaultdict[int, list[DomainError]] = defaultdict(list)
    for part in parts_of(error):
        steps = part.pointer.split("/")
        if len(steps) > 2 and steps[1] == "lines" and steps[2].isdecimal():
            found[int(steps[2])].append(part)
    return dict(found)


def put_on(form: forms.Form, errors: list[DomainError]) -> None:
    """Show each error at the field that its pointer ends in, or at the form as a whole."""
    for error in errors:
        field = error.pointer.rsplit("/", 1)[-1]
        if error.facts.get("field") in form.fields:
            # by the name that the person sees
            error.facts["field"] = form.fields[error.facts["field"]].label
        form.add_error(field if field in form.fields else None, str(error))
