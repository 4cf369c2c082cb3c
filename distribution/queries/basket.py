"""The lines that may be ordered with all that somebody who chooses among them looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.queries import guide_prices
from catalog.queries.essential import essentiality
from catalog.queries.guidance import dosages_of
from distribution.queries.figures import Figures, figures_of
from procurement.models import AgreementLine


@dataclass(frozen=True, slots=True)
class Orderable:
    """A line that may be ordered; ``ceiling`` is yuan per pack, the guide price of the day where there is one."""

    line: AgreementLine
    ceiling: Decimal | None
    is_essential: bool
    has_guideline: bool
    figures: Figures

    @property
    def remaining_packs(self) -> int:
        """Whole packs left of the agreed volume."""
        return self.line.remaining_quantity // self.line.product.pack_quantity


def with_figures(
    lines: Sequence[AgreementLine], actor: Actor, at: datetime, *, holder_id: int | None
) -> list[Orderable]:
    """As many queries for a hundred lines as for one; who keeps no stock (``holder_id`` None) has no figures."""
    on, products = localdate(at), [line.product for line in lines]
    ceilings = guide_prices(products, on)
    essential = essentiality(products, on, actor.province)
    dosages = dosages_of(products, on)
    figures: dict[int, Figures] = {}
    if holder_id is not None:
        figures = figures_of({product.pk for product in products}, holder_id=holder_id, at=at)
    return [
        Orderable(
            line=line,
            ceiling=ceiling.price if (ceiling := ceilings.get(line.product_id)) else None,
            is_essential=essential[line.product_id].is_essential,
            has_guideline=bool(dosages[line.product_id]),
            figures=figures.get(line.product_id, Figures()),
        )
        for line in lines
    ]
