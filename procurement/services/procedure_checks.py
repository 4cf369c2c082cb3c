"""What an award has to satisfy in some procedures: an agreed price after a negotiation, an output that suffices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from catalog.foundation.errors import DomainError
from catalog.rules.procedure_rules import PriceKind, ProcedureRules
from procurement.errors import NoPriceAgreed, OutputExceeded
from procurement.models import Bid, Lot
from procurement.rules.volumes import agreed_quantities
from procurement.states import Procedure


def unfit_for_procedure(
    lot: Lot, rules: ProcedureRules, provinces_of: Mapping[int, Sequence[str]], bids: Mapping[int, Bid]
) -> Iterator[DomainError]:
    """What stands against bids as suppliers of their provinces; ``bids`` are the ranked ones of the lot."""
    supplying = [bids[bid_id] for bid_id in provinces_of if bid_id in bids]
    demand = dict(lot.areas.order_by("province").values_list("province_id", "quantity"))
    agreed = agreed_quantities(demand, winners=len(supplying), rules=rules)
    for bid in supplying:
        quantity = sum(agreed.get(province, 0) for province in provinces_of[bid.pk])
        yield from unfit_for_quantity(lot, rules, bid, quantity)


def unfit_for_quantity(lot: Lot, rules: ProcedureRules, bid: Bid, quantity: int) -> Iterator[DomainError]:
    """What stands against a bid as the supplier of so many smallest units of the lot."""
    if lot.tender.procedure == Procedure.NEGOTIATION and bid.agreed_price is None:
        yield NoPriceAgreed(supplier=bid.supplier, lot=lot.number)
    if rules.price == PriceKind.UNIFORM and quantity > (bid.output or 0):
        yield OutputExceeded(supplier=bid.supplier, output=bid.output or 0, quantity=quantity)
