"""Entering the numbers of the rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict, DomainError, RuleBroken, refuse
from catalog.foundation.imports import BadValue
from catalog.foundation.journal.record import record
from catalog.models import RuleSet
from catalog.policies import require_officer
from catalog.rules.conduct_rules import ConductRules, Offence
from catalog.rules.delivery_rules import DeliveryRules
from catalog.rules.invoicing_rules import InvoicingRules
from catalog.rules.order_screen_rules import OrderScreenRules
from catalog.rules.price_alarm_rules import PriceAlarmRules
from catalog.rules.procedure_rules import ProcedureRules
from catalog.rules.ratio_rules import RatioRules, UnfitParameter
from catalog.rules.recall_rules import RecallRules
from catalog.rules.retail_rules import RetailRules
from catalog.rules.safety_rules import SafetyRules
from catalog.rules.shortage_rules import ShortageRules
from catalog.rules.supply_rules import SupplyRules
from catalog.rules.use_share_rules import UseShareRules
from catalog.services.periods import period, until

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


def _share(value: Any) -> None:
    """A share of a whole: from nothing to as much again."""
    if not 0 <= _decimal(value) <= 1:
        raise BadValue(gettext("must lie between 0 and 1"))


# What a rule set of the kind must say, and what it may say besides, each with how its value is read.
Readers = dict[str, Callable[[Any], None]]
PARAMETERS: dict[str, tuple[Readers, Readers]] = {
    RuleSet.Kind.REIMBURSEMENT: ({"least_bonus": _share}, {}),
}
# Kinds whose numbers belong together and are read as one.
RULES: dict[
    str,
    type[RatioRules]
    | type[ProcedureRules]
    | type[ConductRules]
    | type[SupplyRules]
    | type[InvoicingRules]
    | type[DeliveryRules]
    | type[OrderScreenRules]
    | type[PriceAlarmRules]
    | type[RecallRules]
    | type[RetailRules]
    | type[SafetyRules]
    | type[ShortageRules]
    | type[UseShareRules],
] = {
    RuleSet.Kind.PRICE_RATIO: RatioRules,
    RuleSet.Kind.RETAIL_CHECK: RetailRules,
    RuleSet.Kind.DOUBLE_ENVELOPE: ProcedureRules,
    RuleSet.Kind.VOLUME_BASED: ProcedureRules,
    RuleSet.Kind.NEGOTIATION: ProcedureRules,
    RuleSet.Kind.DIRECT_LISTING: ProcedureRules,
    RuleSet.Kind.DESIGNATED_PRODUCTION: ProcedureRules,
    RuleSet.Kind.SMALL_QUANTITY: ProcedureRules,
    RuleSet.Kind.CONDUCT: ConductRules,
    RuleSet.Kind.SUPPLY: SupplyRules,
    RuleSet.Kind.INVOICING: InvoicingRules,
    RuleSet.Kind.DELIVERY_PERFORMANCE: DeliveryRules,
    RuleSet.Kind.ORDER_SCREENS: OrderScreenRules,
    RuleSet.Kind.PRICE_ALARM: PriceAlarmRules,
    RuleSet.Kind.SAFETY: SafetyRules,
    RuleSet.Kind.RECALL: RecallRules,
    RuleSet.Kind.SHORTAGE: ShortageRules,
    RuleSet.Kind.USE_SHARE: UseShareRules,
}


def parameter_names(kind: str) -> list[str]:
    """The names that a rule set of the kind may use."""
    if kind == RuleSet.Kind.CONDUCT:
        return list(Offence)
    if kind in RULES:
        return [field.name for field in fields(RULES[kind])]
    needed, possible = PARAMETERS[kind]
    return [*needed, *possible]


def check_parameters(kind: RuleSet.Kind, parameters: Mapping[str, Any]) -> list[DomainError]:
    """What is wrong with the numbers of a rule set of the kind; nothing where they are complete and possible."""
    errors: list[DomainError] = []

    def bad(name: str, problem: str) -> None:
        value = parameters.get(name.partition(".")[0], "")
        errors.append(BadParameter(name=name, value=value, problem=problem, pointer=f"/parameters/{name}"))

    if kind in RULES:
        try:
            RULES[kind].read(parameters)
        except UnfitParameter as error:
            bad(error.name, error.problem)
    else:
        needed, possible = PARAMETERS[kind]
        for name in [*needed, *(parameters.keys() & possible.keys())]:
            if name not in parameters:
                bad(name, gettext("is missing"))
                continue
            try:
                (needed | possible)[name](parameters[name])
            except BadValue as error:
                bad(name, str(error))
    names = parameter_names(kind)
    for name in sorted(parameters.keys() - set(names)):
        bad(name, gettext("is not a parameter of this kind; possible: %(names)s") % {"names": ", ".join(names)})
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
    """Enter a rule set with its numbers; the one that stood until then ends where this one begins.

    Raises:
        RulesBroken: with a ``BadParameter`` for each number that is missing, unknown or impossible.
        NotAllowed, PeriodReversed, RuleSetExists
    """
    require_officer(actor)
    refuse(check_parameters(kind, parameters))
    validity = period(valid_from, valid_until)
    with transaction.atomic():
        RuleSet.objects.in_force(valid_from).filter(kind=kind, validity__startswith__lt=valid_from).update(
            validity=until(valid_from)
        )
        try:
            with transaction.atomic():
                entered = RuleSet.objects.create(
                    kind=kind,
                    title=title,
                    source=source,
                    validity=validity,
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
