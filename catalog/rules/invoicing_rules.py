"""How many invoices may lie between maker and institution, and when the institution pays.

Sources: 国医改办发〔2016〕4号 (two invoices; one within a group of firms not counted, one more for remote places; free
are emergencies and controlled drugs; no acceptance where goods and invoices do not agree) and 国办发〔2010〕56号
(payment within 30 days of acceptance). The interest is what agreements state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from catalog.rules.parameters import Parameters


class PaymentClock(StrEnum):
    """So many days from acceptance, or by the end of the month after it."""

    DAYS = "days"
    END_OF_NEXT_MONTH = "end_of_next_month"


@dataclass(frozen=True, slots=True)
class InvoicingRules:
    """The numbers and choices of the chain of invoices and of payment.

    ``invoice_limit`` is the longest chain from the maker to the institution, ``remote_extra`` what a remote
    institution may have on top, ``group_invoices_not_counted`` how many sales within a group of firms do not count.
    ``payment_days`` are calendar days from acceptance; ``volume_based_payment`` is the clock of goods from
    volume-based procurement. ``interest_per_day`` is a share of the amount that is overdue.
    """

    invoice_limit: int = 2
    remote_extra: int = 1
    group_invoices_not_counted: int = 1
    exempt_emergency: bool = True
    exempt_controlled: bool = True
    payment_days: int = 30
    volume_based_payment: PaymentClock = PaymentClock.END_OF_NEXT_MONTH
    interest_per_day: Decimal = Decimal(0)
    chain_required_for_acceptance: bool = True

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        usual = cls()
        return cls(
            invoice_limit=read.whole("invoice_limit", usual.invoice_limit),
            remote_extra=read.whole("remote_extra", usual.remote_extra, least=0),
            group_invoices_not_counted=read.whole(
                "group_invoices_not_counted", usual.group_invoices_not_counted, least=0
            ),
            exempt_emergency=read.flag("exempt_emergency", usual.exempt_emergency),
            exempt_controlled=read.flag("exempt_controlled", usual.exempt_controlled),
            payment_days=read.whole("payment_days", usual.payment_days),
            volume_based_payment=read.choice("volume_based_payment", PaymentClock, usual.volume_based_payment),
            interest_per_day=read.decimal("interest_per_day", usual.interest_per_day, most=1),
            chain_required_for_acceptance=read.flag(
                "chain_required_for_acceptance", usual.chain_required_for_acceptance
            ),
        )
