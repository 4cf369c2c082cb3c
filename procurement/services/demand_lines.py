"""The lines of a demand report: what they name, and whether they reach the floor of last year's use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING

from catalog.errors import UnknownCode
from catalog.foundation.errors import DomainError, refuse
from catalog.models import Presentation, Product
from procurement.errors import BrandNotAsked, BrandOfAnother, PresentationTwice, QuantityNotPositive, UnderLastUse
from procurement.models import DemandLine, DemandRound
from procurement.queries.demand import last_use, rules_of_round


@dataclass(frozen=True, slots=True)
class Need:
    """Smallest units of a presentation for the year, or of one brand of it by the code of its product.

    ``reason`` says why it is less than the floor asks for.
    """

    presentation_id: int
    quantity: int
    brand: str = ""
    reason: str = ""


def lines_of(needs: Sequence[Need], demand_round: DemandRound, organization_id: int) -> list[DemandLine]:
    """The lines to be written, with the use of the year before that they were measured by.

    Raises:
        RulesBroken: with every line that names what is unknown, something twice, a brand where none is asked or another
            medicine's, no positive quantity, or less than the floor without a reason.
    """
    presentations = Presentation.objects.select_related("medicine").in_bulk([need.presentation_id for need in needs])
    brands = Product.objects.select_related("presentation__medicine").in_bulk(
        {need.brand for need in needs if need.brand}, field_name="code"
    )
    by_brand = rules_of_round(demand_round).demand_by_brand
    broken: list[DomainError] = []
    seen: set[tuple[int, str]] = set()
    for index, need in enumerate(needs):
        pointer = f"/lines/{index}"
        presentation, brand = presentations.get(need.presentation_id), brands.get(need.brand)
        if presentation is None:
            broken.append(
                UnknownCode(field="presentation", value=need.presentation_id, pointer=f"{pointer}/presentation")
            )
        elif (need.presentation_id, need.brand) in seen:
            broken.append(PresentationTwice(presentation=brand or presentation, pointer=pointer))
        elif need.brand:
            broken += _brand_problems(need, demand_round if not by_brand else None, presentation, brand, pointer)
        if need.quantity < 1:
            broken.append(QuantityNotPositive(quantity=need.quantity, pointer=f"{pointer}/quantity"))
        seen.add((need.presentation_id, need.brand))
    refuse(broken)
    used = last_use(organization_id, demand_round.year - 1)
    _refuse_under_floor(needs, demand_round, used, presentations)
    return [
        DemandLine(
            presentation_id=need.presentation_id,
            brand=brands.get(need.brand),
            quantity=need.quantity,
            last_use=used.get(need.presentation_id),
            reason=need.reason.strip(),
        )
        for need in needs
    ]


def _brand_problems(
    need: Need, asks_generics: DemandRound | None, presentation: Presentation, brand: Product | None, pointer: str
) -> list[DomainError]:
    pointer = f"{pointer}/brand"
    if asks_generics is not None:
        return [BrandNotAsked(round=asks_generics, brand=need.brand, presentation=presentation, pointer=pointer)]
    if brand is None:
        return [UnknownCode(field="brand", value=need.brand, pointer=pointer)]
    if brand.presentation_id != presentation.pk:
        return [BrandOfAnother(brand=brand, other=brand.presentation, presentation=presentation, pointer=pointer)]
    return []


def _refuse_under_floor(
    needs: Sequence[Need], demand_round: DemandRound, used: dict[int, int], presentations: dict[int, Presentation]
) -> None:
    """A presentation with all its brands reaches the floor, or one of its lines says why not."""
    floor = rules_of_round(demand_round).demand_floor
    if floor is None:
        return
    reported: defaultdict[int, int] = defaultdict(int)
    first_line: dict[int, int] = {}
    for index, need in enumerate(needs):
        reported[need.presentation_id] += need.quantity
        first_line.setdefault(need.presentation_id, index)
    explained = {need.presentation_id for need in needs if need.reason.strip()}
    refuse(
        [
            UnderLastUse(
                presentation=presentations[key],
                quantity=quantity,
                percent=f"{floor * 100:f}".rstrip("0").rstrip("."),
                used=used[key],
                year=demand_round.year - 1,
                least=(floor * used[key]).to_integral_value(ROUND_CEILING),
                pointer=f"/lines/{first_line[key]}/reason",
            )
            for key, quantity in reported.items()
            if key in used and key not in explained and quantity < floor * used[key]
        ]
    )
