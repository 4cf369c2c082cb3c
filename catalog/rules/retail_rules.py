"""What retail prices are held against, as a dated rule set of the kind ``retail_check`` states it.

Sources: 卫药政发〔2009〕78号 (zero mark-up). By which multiple of its peers' median a price stands out is a setting of
the platform: 1.3 and half are one reading of 国办发〔2026〕9号 (comparison across channels). A province states its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from catalog.rules.case_rules import CaseRules
from catalog.rules.parameters import Parameters


@dataclass(frozen=True, slots=True)
class RetailRules:
    """The allowed mark-ups, when a price stands out among its peers, and how a case is conducted.

    ``markup`` is the share that may be added to the purchase price, those of a tier go before it. Above ``peer_high``
    times and below ``peer_low`` times the median of a product's prices in the province and the quarter a price is
    abnormal, once at least ``least_peers`` institutions have reported it.
    """

    markup: Decimal
    markup_primary: Decimal | None = None
    markup_secondary: Decimal | None = None
    markup_tertiary: Decimal | None = None
    peer_high: Decimal = Decimal("1.3")
    peer_low: Decimal = Decimal("0.5")
    least_peers: int = 5
    cases: CaseRules = field(default_factory=CaseRules)

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters(parameters)
        return cls(
            markup=read.decimal("markup", most=1),
            markup_primary=read.decimal_or_none("markup_primary", most=1),
            markup_secondary=read.decimal_or_none("markup_secondary", most=1),
            markup_tertiary=read.decimal_or_none("markup_tertiary", most=1),
            peer_high=read.decimal("peer_high", Decimal("1.3"), above=1),
            peer_low=read.decimal("peer_low", Decimal("0.5"), above=0, most=1),
            least_peers=read.whole("least_peers", 5, least=2),
            cases=CaseRules.read(parameters),
        )

    def markup_of(self, tier: str) -> Decimal:
        """The share that institutions of the tier may add."""
        own: Decimal | None = getattr(self, f"markup_{tier}") if tier else None
        return self.markup if own is None else own
