"""The numbers by which a tender is run."""

from __future__ import annotations

from catalog.rules.procedure_rules import ProcedureRules
from procurement.models import Tender


def rules_of(tender: Tender) -> ProcedureRules:
    """The rules that the tender was bound to when it was drafted.

    A tender from before procedures had rules of their own is read as one with none of them.
    """
    return ProcedureRules.read(tender.procedure_rules.parameters if tender.procedure_rules else {})
