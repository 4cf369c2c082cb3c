"""How what was agreed is ordered, answered, delivered, accepted and kept in stock, as a dated rule set states it.

Sources: 卫药政发〔2009〕78号 (primary institutions stock essential medicines alone), 国办发〔2015〕7号 (delivery to
towns and villages, small-quantity and emergency orders), the Pharmacopoeia (classes of temperature), annex 3 of the
GSP (recording every 5 minutes on the way), 国经贸医药〔1999〕544号 and 工信部联消费〔2021〕195号 (reserves). Hours,
remaining life and limits of amount are those of contracts and provinces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext

from catalog.accounts.kinds import Role, Tier
from catalog.rules.parameters import Parameters
from catalog.states import Storage

# Below zero too, which no other number of a rule set is.
CELSIUS = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,2})?")
ORDERING_ROLES = (Role.BUYER.value, Role.APPROVER.value)
TIERS = tuple(tier for tier in Tier.values if tier)


@dataclass(frozen=True, slots=True)
class TemperatureLimit:
    """From the lowest to the highest degree Celsius, both allowed; without a lowest there is no bound below."""

    lowest: Decimal | None
    highest: Decimal


def _usual_temperatures() -> dict[str, TemperatureLimit]:
    return {
        Storage.ROOM.value: TemperatureLimit(Decimal(10), Decimal(30)),
        Storage.COOL.value: TemperatureLimit(None, Decimal(20)),
        Storage.DARK_COOL.value: TemperatureLimit(None, Decimal(20)),
        Storage.COLD.value: TemperatureLimit(Decimal(2), Decimal(8)),
        Storage.FROZEN.value: TemperatureLimit(Decimal(-25), Decimal(-10)),
    }


@dataclass(frozen=True, slots=True)
class SupplyRules:
    """The numbers and choices of ordering, delivery, acceptance, stock and reserve.

    ``answer_hours`` are hours of working days, all other hours run by the clock; ``escalate_after_hours`` count from
    when the answer was due. ``temperature`` is asked by storage (``catalog.states.Storage``). ``limits`` are yuan per
    order by role and tier; a pair that is not stated has no limit. ``off_platform_filing_days`` are working days,
    ``reserve_refill_days`` calendar days. Shares are parts of one; what is compared with them is rounded half-up to
    four places first, since 0.6667 states two thirds.
    """

    answer_hours: int = 24
    answer_hours_emergency: int = 2
    delivery_hours: int = 48
    delivery_hours_remote: int = 72
    delivery_hours_emergency: int = 4
    remaining_life_months: int = 6
    remaining_life_share: Decimal = Decimal("0.6667")
    near_expiry_months: int = 6
    temperature: Mapping[str, TemperatureLimit] = field(default_factory=_usual_temperatures)
    reading_interval_minutes: int = 5
    essential_only_tiers: tuple[str, ...] = (Tier.PRIMARY.value,)
    limits: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    distributors_per_county: int | None = None
    backup_on_refusal: bool = True
    escalate_after_hours: int = 0
    off_platform_filing_days: int = 3
    cover_months: Decimal = Decimal(1)
    use_months: int = 3
    reserve_floor_share: Decimal = Decimal("0.7")
    reserve_rotation_months: int = 6
    reserve_refill_days: int = 30

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        usual = cls()
        rules = cls(
            answer_hours=read.whole("answer_hours", usual.answer_hours),
            answer_hours_emergency=read.whole("answer_hours_emergency", usual.answer_hours_emergency),
            delivery_hours=read.whole("delivery_hours", usual.delivery_hours),
            delivery_hours_remote=read.whole("delivery_hours_remote", usual.delivery_hours_remote),
            delivery_hours_emergency=read.whole("delivery_hours_emergency", usual.delivery_hours_emergency),
            remaining_life_months=read.whole("remaining_life_months", usual.remaining_life_months, least=0),
            remaining_life_share=read.decimal("remaining_life_share", usual.remaining_life_share, above=0, most=1),
            near_expiry_months=read.whole("near_expiry_months", usual.near_expiry_months),
            temperature=_temperatures(read, usual.temperature),
            reading_interval_minutes=read.whole("reading_interval_minutes", usual.reading_interval_minutes),
            essential_only_tiers=_tiers(read, usual.essential_only_tiers),
            limits=_limits(read),
            distributors_per_county=read.whole_or_none("distributors_per_county"),
            backup_on_refusal=read.flag("backup_on_refusal", usual.backup_on_refusal),
            escalate_after_hours=read.whole("escalate_after_hours", usual.escalate_after_hours, least=0),
            off_platform_filing_days=read.whole("off_platform_filing_days", usual.off_platform_filing_days),
            cover_months=read.decimal("cover_months", usual.cover_months, above=0),
            use_months=read.whole("use_months", usual.use_months),
            reserve_floor_share=read.decimal("reserve_floor_share", usual.reserve_floor_share, above=0, most=1),
            reserve_rotation_months=read.whole("reserve_rotation_months", usual.reserve_rotation_months),
            reserve_refill_days=read.whole("reserve_refill_days", usual.reserve_refill_days),
        )
        _refuse_reversed_hours(rules, read)
        return rules


def _temperatures(read: Parameters, usual: Mapping[str, TemperatureLimit]) -> Mapping[str, TemperatureLimit]:
    if not read.states("temperature"):
        return usual
    classes = read.part("temperature", Storage.values)
    return {
        storage: _temperature(classes.part(storage, ("lowest", "highest"))) if classes.states(storage) else limit
        for storage, limit in usual.items()
    }


def _temperature(part: Parameters) -> TemperatureLimit:
    lowest = _celsius(part, "lowest") if part.states("lowest") else None
    highest = _celsius(part, "highest")
    if lowest is not None and lowest >= highest:
        raise part.unfit("highest", gettext("must be above %(limit)s") % {"limit": lowest})
    return TemperatureLimit(lowest, highest)


def _celsius(part: Parameters, name: str) -> Decimal:
    value = part.text(name)
    if not CELSIUS.fullmatch(value):
        raise part.unfit(name, gettext("is not a temperature in degrees Celsius as text, such as “-10” or “2.5”"))
    return Decimal(value)


def _tiers(read: Parameters, usual: tuple[str, ...]) -> tuple[str, ...]:
    """The tiers of a list, which may be empty: then no institution is bound to essential medicines alone."""
    if "essential_only_tiers" not in read.given:
        return usual
    value = read.given["essential_only_tiers"]
    if not isinstance(value, list):
        raise read.unfit("essential_only_tiers", gettext("is not a list"))
    if any(tier not in TIERS for tier in value):
        raise read.unfit("essential_only_tiers", gettext("is not one of %(choices)s") % {"choices": ", ".join(TIERS)})
    return tuple(tier for tier in TIERS if tier in value)


def _limits(read: Parameters) -> Mapping[tuple[str, str], Decimal]:
    if not read.states("limits"):
        return {}
    roles = read.part("limits", ORDERING_ROLES)
    limits: dict[tuple[str, str], Decimal] = {}
    for role in roles.given:
        tiers = roles.part(role, TIERS)
        limits |= {(role, tier): tiers.decimal(tier, above=0) for tier in tiers.given if tiers.states(tier)}
    return limits


def _refuse_reversed_hours(rules: SupplyRules, read: Parameters) -> None:
    for quicker, slower in (
        ("answer_hours_emergency", "answer_hours"),
        ("delivery_hours_emergency", "delivery_hours"),
        ("delivery_hours", "delivery_hours_remote"),
    ):
        if getattr(rules, quicker) > (limit := getattr(rules, slower)):
            raise read.unfit(
                quicker,
                gettext("must be at most “%(other)s”, which is %(limit)s") % {"other": slower, "limit": limit},
            )
