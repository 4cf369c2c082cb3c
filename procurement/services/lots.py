"""The lots of a tender: what is bought, how much of it, and under which ceiling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.errors import StrengthNotComparable
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.models import GuidePrice, Presentation
from catalog.rules.price_ratio import carry
from catalog.rules.procedure_rules import ProcedureRules
from procurement.errors import (
    CeilingAboveGuidePrice,
    CeilingAboveSurvey,
    CeilingUnknown,
    DemandTendered,
    LotTwice,
    NoDemand,
    ScopeExceeded,
)
from procurement.models import DemandRound, Lot, LotArea, Tender
from procurement.queries import demand_by_province
from procurement.states import LotStatus, TenderStatus


@dataclass(frozen=True, slots=True)
class LotPlan:
    """A lot to be: the presentation whose strength is the reference, and the ceiling as it was decided.

    ``ceiling_price`` is yuan per smallest unit of ``ceiling_presentation``, where that is another strength; without
    one the ceiling is the lower of the guide price and ``surveyed_price``. Without ``max_winners`` the rule set's
    table decides. ``quantities`` are smallest units per province, where no demand round is behind the tender.
    """

    number: int
    presentation: Presentation
    ceiling_price: Decimal | None = None
    max_winners: int | None = None
    ceiling_presentation: Presentation | None = None
    surveyed_price: Decimal | None = None
    survey_source: str = ""
    quantities: Mapping[str, int] | None = None


def refuse_lots_twice(lots: Sequence[LotPlan]) -> None:
    """Refuse a number or a presentation that comes twice.

    Raises:
        RulesBroken: with every one.
    """
    numbers: set[int] = set()
    presentations: set[int] = set()
    broken: list[DomainError] = []
    for plan in lots:
        if plan.number in numbers or plan.presentation.pk in presentations:
            pointer = f"/lots/{plan.number}"
            broken.append(LotTwice(lot=plan.number, presentation=plan.presentation, pointer=pointer))
        numbers.add(plan.number)
        presentations.add(plan.presentation.pk)
    refuse(broken)


def refuse_too_many_kinds(lots: Sequence[LotPlan], rules: ProcedureRules) -> None:
    """Hold the scope of a tender: so many forms of a medicine, so many strengths of a form (国办发〔2010〕56号).

    Raises:
        RulesBroken: with every medicine and form that exceeds it.
    """
    forms: defaultdict[str, set[str]] = defaultdict(set)
    strengths: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for plan in lots:
        presentation = plan.presentation
        forms[presentation.medicine.name].add(presentation.form)
        strengths[presentation.medicine.name, presentation.form].add(presentation.strength)
    broken: list[DomainError] = []
    if rules.forms_per_medicine is not None:
        broken += [
            ScopeExceeded(what=name, count=len(found), most=rules.forms_per_medicine, kind=_("forms"))
            for name, found in forms.items()
            if len(found) > rules.forms_per_medicine
        ]
    if rules.strengths_per_form is not None:
        broken += [
            ScopeExceeded(what=" ".join(name), count=len(found), most=rules.strengths_per_form, kind=_("strengths"))
            for name, found in strengths.items()
            if len(found) > rules.strengths_per_form
        ]
    refuse(broken)


def tendered_before(
    demand_round: DemandRound, lots: Sequence[LotPlan], province_ids: Collection[str]
) -> list[DomainError]:
    """An error for each lot whose demand, in any strength, stands in another tender of the round.

    There it stands unless the tender was cancelled, or failed in that lot.
    """
    standing = (
        LotArea.objects.filter(lot__tender__demand_round=demand_round, province__in=province_ids, quantity__gt=0)
        .exclude(Q(lot__tender__status=TenderStatus.CANCELLED) | Q(lot__status=LotStatus.FAILED))
        .order_by("lot__tender__number", "province")
    )
    found: defaultdict[tuple[int, str], list[LotArea]] = defaultdict(list)
    for area in standing.select_related("lot__tender", "lot__presentation", "province"):
        found[area.lot.presentation.medicine_id, area.lot.presentation.form].append(area)
    broken: list[DomainError] = []
    for plan in lots:
        taken = [
            area
            for area in found[plan.presentation.medicine_id, plan.presentation.form]
            if plan.quantities is None or plan.quantities.get(area.province_id)
        ]
        if taken:
            broken.append(
                DemandTendered(
                    presentation=plan.presentation,
                    round=demand_round,
                    provinces=", ".join(dict.fromkeys(area.province.name for area in taken)),
                    tender=", ".join(dict.fromkeys(area.lot.tender.number for area in taken)),
                    pointer=f"/lots/{plan.number}",
                )
            )
    return broken


def strength_group(presentation: Presentation) -> list[int]:
    """The presentations that compete in one lot: the same medicine and form in any strength."""
    return list(
        Presentation.objects.filter(medicine=presentation.medicine_id, form=presentation.form).values_list(
            "pk", flat=True
        )
    )


def add_lot(tender: Tender, plan: LotPlan, province_ids: Collection[str]) -> None:
    """Write a lot with its areas, in the caller's transaction.

    Raises:
        NoDemand, CeilingUnknown, CeilingAboveGuidePrice, CeilingAboveSurvey, StrengthNotComparable
    """
    demand = _quantities(tender, plan, province_ids)
    if not sum(demand.values()):
        raise NoDemand(presentation=plan.presentation, provinces=", ".join(sorted(province_ids)))
    ceiling, evidence = _ceiling(tender, plan)
    lot = Lot.objects.create(
        tender=tender,
        number=plan.number,
        presentation=plan.presentation,
        quantity=sum(demand.values()),
        ceiling_price=ceiling,
        ceiling_evidence=evidence,
        max_winners=plan.max_winners,
    )
    LotArea.objects.bulk_create(
        LotArea(lot=lot, province_id=province_id, quantity=demand.get(province_id, 0))
        for province_id in sorted(province_ids)
    )


def _quantities(tender: Tender, plan: LotPlan, province_ids: Collection[str]) -> Mapping[str, int]:
    if plan.quantities is not None:
        return {province_id: units for province_id, units in plan.quantities.items() if province_id in province_ids}
    if tender.demand_round is None:
        return {}
    return demand_by_province(tender.demand_round, strength_group(plan.presentation), province_ids)


def _ceiling(tender: Tender, plan: LotPlan) -> tuple[Decimal, dict[str, str]]:
    """The stated ceiling, carried to the lot's strength; without one the lower of guide and surveyed price.

    国办发〔2010〕56号: an offer lies at or under the surveyed market price and the guide price, whichever is lower.
    """
    guide = _guide_price(tender, plan.presentation)
    bounds = {"guide_price": guide, "surveyed_price": plan.surveyed_price}
    evidence = {name: str(price) for name, price in bounds.items() if price is not None}
    if plan.survey_source:
        evidence["survey_source"] = plan.survey_source
    if plan.ceiling_price is None:
        known = [price for price in bounds.values() if price is not None]
        if not known:
            raise CeilingUnknown(presentation=plan.presentation)
        ceiling = round_half_up(min(known), UNIT_PRICE)
        return ceiling, evidence | {"price": str(ceiling), "strength": plan.presentation.strength}
    ceiling, steps = _stated_ceiling(tender, plan, plan.ceiling_price)
    if guide is not None and ceiling > guide:
        raise CeilingAboveGuidePrice(ceiling=ceiling, presentation=plan.presentation, guide=guide)
    if plan.surveyed_price is not None and ceiling > plan.surveyed_price:
        raise CeilingAboveSurvey(ceiling=ceiling, presentation=plan.presentation, surveyed=plan.surveyed_price)
    return ceiling, evidence | steps


def _stated_ceiling(tender: Tender, plan: LotPlan, price: Decimal) -> tuple[Decimal, dict[str, str]]:
    stated_for = plan.ceiling_presentation or plan.presentation
    if stated_for == plan.presentation:
        return price, {"price": str(price), "strength": plan.presentation.strength}
    source, target = stated_for.content, plan.presentation.content
    if source is None or target is None:
        raise StrengthNotComparable(one=stated_for.strength, other=plan.presentation.strength)
    try:
        carried = carry(
            price,
            source=source,
            target=target,
            strength_base=Decimal(tender.rule_set.parameters["strength_base"]),
        )
    except ValueError as error:
        raise StrengthNotComparable(one=stated_for.strength, other=plan.presentation.strength) from error
    return carried.price, {
        "strength": stated_for.strength,
        "carried_to": plan.presentation.strength,
    } | carried.steps


def _guide_price(tender: Tender, presentation: Presentation) -> Decimal | None:
    """The dearest guide price per unit of the presentation, where one is in force when the supply begins."""
    rows = GuidePrice.objects.in_force(tender.supply_from).filter(presentation=presentation)
    return max((row.unit_price for row in rows), default=None)
