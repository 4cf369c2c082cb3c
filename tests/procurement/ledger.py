"""The ledger of agreed volumes against their balances."""

from __future__ import annotations

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from procurement.models import AgreementLine, VolumeEntry


def assert_ledger_equals_balance() -> None:
    """Every line's volume of each kind is the sum of its entries of that kind."""
    kinds = {
        VolumeEntry.Kind.AGREE: "agreed_quantity",
        VolumeEntry.Kind.CALL_OFF: "called_off_quantity",
        VolumeEntry.Kind.DELIVER: "delivered_quantity",
    }
    sums = {f"sum_{kind}": Coalesce(Sum("entries__quantity", filter=Q(entries__kind=kind)), 0) for kind in kinds}
    for line in AgreementLine.objects.annotate(**sums):
        assert {name: getattr(line, f"sum_{kind}") for kind, name in kinds.items()} == {
            name: getattr(line, name) for name in kinds.values()
        }
