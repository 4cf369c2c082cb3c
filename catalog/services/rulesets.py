"""Entering the numbers of the rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict, DomainError, RuleBroken, refuse
from catalog.foundation.imports import BadValue
from catalog.foundation.journal.record import record
from catalog.models import RuleSet

# As text, since a JSON number would be read as a binary fraction.
DECIMAL = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?")


class BadParameter(RuleBroken):
    """A number of a rule that is missing, unknown, or not one that the rule could use."""

    code = "bad-parameter"
    template = _("Parameter “%(name)s”: “%(value)s” %(problem)s.")


class RuleSetExists(Conflict):
    """Another rule set of the kind holds in the same period."""

    code = "rule-set-exists"
    template = _("A rule set “%(kind)s” that holds in the same period is already entered.")


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        raise BadValue(gettext("is not a decimal number as text, such as “1.7”"))
    return Decimal(value)


def _strength_base(value: Any) -> None:
    """The price ratio for twice the strength: more costs more (发改价格〔2011〕2452号)."""
    if not _decimal(value) > 1:
        raise BadValue(gettext("must be above 1"))


def _markup(value: Any) -> None:
    """The share that may be added to the purchase price: from nothing to as much again."""
    if not 0 <= _decimal(value) <= 1:
        raise BadValue(gettext("must lie between 0 and 1"))


PARAMETERS: dict[str, dict[str, Callable[[Any], None]]] = {
    RuleSet.Kind.PRICE_RATIO: {"strength_base": _strength_base},
    RuleSet.Kind.RETAIL_CHECK: {"markup": _markup},
}


def check_parameters(kind: RuleSet.Kind, parameters: Mapping[str, Any]) -> list[DomainError]:
    """What is wrong with the numbers of a rule set of the kind; nothing where they are complete and possible."""
    errors: list[DomainError] = []

    def bad(name: str, problem: str) -> None:
        value = parameters.get(name, "")
        errors.append(BadParameter(name=name, value=value, problem=problem, pointer=f"/parameters/{name}"))

    readers = PARAMETERS[kind]
    for name, read in readers.items():
        if name not in parameters:
            bad(name, gettext("is missing"))
            continue
        try:
            read(parameters[name])
        except BadValue as error:
            bad(name, str(error))
    for name in sorted(parameters.keys() - readers.keys()):
        bad(name, gettext("is not a parameter of this kind; possible: %(names)s") % {"names": ", ".join(readers)})
    return errors


def enter_rule_set(
    *,
    kind: RuleSet.Kind,
    title: str,
    source: str,
    valid_from: date,
    valid_until: date | None,
    parameters: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> RuleSet:
    """Enter a rule set with its numbers.

    Raises:
        RulesBroken: with a ``BadParameter`` for each number that is missing, unknown or impossible.
        RuleSetExists
    """
    refuse(check_parameters(kind, parameters))
    with transaction.atomic():
        try:
            with transaction.atomic():
                entered = RuleSet.objects.create(
                    kind=kind,
                    title=title,
                    source=source,
                    validity=DateRange(valid_from, valid_until),
                    parameters=dict(parameters),
                )
        except IntegrityError as error:
            raise RuleSetExists(kind=kind.label) from error
        record(
            actor=actor,
            action="rule_set.enter",
            subject=entered,
            at=at,
            changes={name: [None, value] for name, value in parameters.items()},
        )
    return entered
