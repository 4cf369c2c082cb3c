"""Packs that will not come any more, whoever said so: their volume goes back to the agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from distribution.models import OrderLine
from procurement.services.volumes import give_back_volume


def close_packs(packs_of_line: Mapping[OrderLine, int], *, reference: str, at: datetime) -> None:
    """Close packs of order lines: what was not confirmed, the rest that is not sent, goods returned for none.

    Part of the caller's transaction, which has locked the order; the lines are as read (or changed, unsaved) since
    then, with their products. A caller whose packs had been sent or accepted takes them off those counters first; what
    was confirmed shrinks here. ``reference`` names the act in the ledger, once per agreed volume.
    """
    closing = {line: packs for line, packs in packs_of_line.items() if packs}
    units: Counter[int] = Counter()
    for line, packs in closing.items():
        line.closed_packs += packs
        line.confirmed_packs = min(line.confirmed_packs, line.packs - line.closed_packs)
        units[line.agreement_line_id] += packs * line.product.pack_quantity
    OrderLine.objects.bulk_update(closing, ["closed_packs", "confirmed_packs"])
    give_back_volume(units, reference=reference, at=at)
