"""How large the share of essential medicines has to be in an institution's use, as a dated rule set states it.

Sources: 卫药政发〔2009〕78号 (government primary institutions use essential medicines alone), 卫药政发〔2013〕16号
(secondary hospitals 40 to 50 %, reform-pilot county hospitals about 50 %, tertiary hospitals 25 to 30 % of quantity
and money), 国办发〔2019〕47号 (“986”: 90, 80 and 60 % of the varieties). Chinese herbal pieces are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from django.utils.translation import gettext

from catalog.accounts.kinds import Tier
from catalog.rules.parameters import Parameters

TIERS = tuple(tier for tier in Tier.values if tier)


class Measure(StrEnum):
    """What a share is a share of: the generic names kept, the units issued to patients, their worth in yuan."""

    VARIETIES = "varieties"
    QUANTITY = "quantity"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class TierShare:
    """The least share (a part of one, inclusive) of each measure at a level of institution.

    ``aim`` is the upper end of a range such as 40 to 50 %, told and not required. ``pilot_least`` takes the place of
    ``least`` in the counties that pilot the reform of hospitals.
    """

    measures: tuple[Measure, ...]
    least: Decimal
    aim: Decimal | None = None
    pilot_least: Decimal | None = None


def _usual_shares() -> dict[str, TierShare]:
    return {
        Tier.TERTIARY.value: TierShare((Measure.VARIETIES,), Decimal("0.6")),
        Tier.SECONDARY.value: TierShare((Measure.VARIETIES,), Decimal("0.8")),
        Tier.PRIMARY.value: TierShare((Measure.VARIETIES,), Decimal("0.9")),
    }


@dataclass(frozen=True, slots=True)
class UseShareRules:
    """The shares by level, and what primary institutions have to keep.

    ``rule`` is how the rule is called in evidence. A level that ``shares`` does not name is not judged.
    ``pilot_counties`` are region codes. ``excluded_forms`` are dosage forms that are not counted at all.
    ``must_stock`` names, by code of the province, the generic names that its institutions of ``must_stock_tiers``
    keep; where a province is not named, these are the essential medicines that it has an agreement for.
    ``substitute_atc_length`` is how many characters of the ATC code two medicines share that may replace each other.
    """

    rule: str = "CN.2019-47.986"
    shares: Mapping[str, TierShare] = field(default_factory=_usual_shares)
    pilot_counties: tuple[str, ...] = ()
    excluded_forms: tuple[str, ...] = ("饮片", "中药饮片")
    must_stock_tiers: tuple[str, ...] = (Tier.PRIMARY.value,)
    must_stock: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    substitute_atc_length: int = 5

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        usual = cls()
        return cls(
            rule=read.text("rule") if read.states("rule") else usual.rule,
            shares=_shares(read) if read.states("shares") else usual.shares,
            pilot_counties=_texts(read, "pilot_counties", usual.pilot_counties),
            excluded_forms=_texts(read, "excluded_forms", usual.excluded_forms),
            must_stock_tiers=_tiers(read, usual.must_stock_tiers),
            must_stock=_must_stock(read),
            substitute_atc_length=_atc_length(read, usual.substitute_atc_length),
        )

    def least_for(self, tier: str, county: str) -> Decimal | None:
        """The least share at an institution of the tier in the county; none where the rules do not judge it."""
        share = self.shares.get(tier)
        if share is None:
            return None
        if share.pilot_least is not None and county in self.pilot_counties:
            return share.pilot_least
        return share.least


def _shares(read: Parameters) -> dict[str, TierShare]:
    tiers = read.part("shares", TIERS)
    return {tier: _share(tiers.part(tier, [f.name for f in fields(TierShare)])) for tier in TIERS if tiers.states(tier)}


def _share(part: Parameters) -> TierShare:
    least = part.decimal("least", most=1)
    share = TierShare(
        measures=part.choices("measures", Measure, (Measure.VARIETIES,)),
        least=least,
        aim=part.decimal_or_none("aim", most=1),
        pilot_least=part.decimal_or_none("pilot_least", most=1),
    )
    for name in ("aim", "pilot_least"):
        higher = getattr(share, name)
        if higher is not None and higher < least:
            raise part.unfit(
                name, gettext("must be at least “%(other)s”, which is %(limit)s") % {"other": "least", "limit": least}
            )
    return share


def _texts(read: Parameters, name: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    if name not in read.given:
        return usual
    value = read.given[name]
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise read.unfit(name, gettext("is not a list of texts"))
    return tuple(dict.fromkeys(item.strip() for item in value))


def _tiers(read: Parameters, usual: tuple[str, ...]) -> tuple[str, ...]:
    tiers = _texts(read, "must_stock_tiers", usual)
    if any(tier not in TIERS for tier in tiers):
        raise read.unfit("must_stock_tiers", gettext("is not one of %(choices)s") % {"choices": ", ".join(TIERS)})
    return tiers


def _must_stock(read: Parameters) -> dict[str, tuple[str, ...]]:
    if not read.states("must_stock"):
        return {}
    named = read.given["must_stock"]
    provinces = read.part("must_stock", list(named) if isinstance(named, Mapping) else ())
    return {province: _texts(provinces, province, ()) for province in provinces.given}


def _atc_length(read: Parameters, usual: int) -> int:
    length = read.whole("substitute_atc_length", usual)
    # the levels of the code: A, A01, A01B, A01BC, A01BC02
    if length not in (1, 3, 4, 5, 7):
        raise read.unfit("substitute_atc_length", gettext("is not one of %(choices)s") % {"choices": "1, 3, 4, 5, 7"})
    return length
