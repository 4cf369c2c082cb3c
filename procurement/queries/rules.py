"""The numbers by which a tender is run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from catalog.models import RuleSet
from catalog.rules.invoicing_rules import InvoicingRules
from catalog.rules.procedure_rules import ProcedureRules
from procurement.models import Tender


def rules_of(tender: Tender) -> ProcedureRules:
    """The rules that the tender was bound to when it was drafted.

    A tender from before procedures had rules of their own is read as one with none of them.
    """
    return ProcedureRules.read(tender.procedure_rules.parameters if tender.procedure_rules else {})


def late_interest(on: date) -> Decimal:
    """The interest per day of late payment that agreements of the day state, as a share; none without rules."""
    rows = RuleSet.objects.in_force(on).filter(kind=RuleSet.Kind.INVOICING)
    return InvoicingRules.read(rows.values_list("parameters", flat=True).first() or {}).interest_per_day
