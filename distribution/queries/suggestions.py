"""Whole requisitions to begin from: what use and stock suggest, and what was ordered last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from distribution.models import Requisition, RequisitionLine
from distribution.queries.figures import Figures, figures_of
from distribution.queries.orderers import Orderer, orderer_of
from distribution.queries.ordering import orderable_lines
from distribution.queries.stock import monthly_use
from distribution.rules.packs import Rounded, packs_for
from distribution.rules.suggestion import suggest
from distribution.states import RequisitionStatus
from procurement.models import AgreementLine

HANDED_IN = (RequisitionStatus.SUBMITTED, RequisitionStatus.APPROVED, RequisitionStatus.PLACED)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Packs of a line that may be ordered, and the figures behind them; ``is_cut`` where no more remains of it."""

    line: AgreementLine
    rounded: Rounded
    figures: Figures
    is_cut: bool = False


def suggest_by_use(
    actor: Actor, at: datetime, *, recipient: str = "", cover_months: Decimal | None = None
) -> list[Suggestion]:
    """What brings the stock of all that is used up to so many months of use; by the supply rules where none are said.

    What is on the way or asked for counts as stock. Of several agreed products of which one is used, that one is
    suggested.

    Raises:
        NotYourVillage, RuleSetMissing
    """
    orderer = _orderer(actor, at, recipient)
    months = orderer.rules.cover_months if cover_months is None else cover_months
    use = monthly_use(orderer.holder_id, at=at, months=orderer.rules.use_months)
    lines = list(orderable_lines(actor, at, orderer=orderer).filter(product__in=use))
    figures = figures_of({line.product_id for line in lines}, holder_id=orderer.holder_id, at=at)
    found = []
    for line in lines:
        known = figures[line.product_id]
        rounded = suggest(
            monthly_use=max(known.monthly_use, Decimal(0)),
            stock=known.stock,
            on_the_way=known.on_the_way + known.asked_for,
            cover_months=months,
            pack_quantity=line.product.pack_quantity,
        )
        if rounded is not None:
            found.append(_within(line, rounded, known))
    return found


def last_order(actor: Actor, at: datetime, *, recipient: str = "") -> list[Suggestion]:
    """What the institution handed in last, for itself or for the village: as much of it as may be ordered today.

    A product whose agreement was followed by another is ordered from the one in force.

    Raises:
        NotYourVillage, RuleSetMissing
    """
    orderer = _orderer(actor, at, recipient)
    handed_in = Requisition.objects.filter(
        institution=orderer.institution_id, recipient=orderer.recipient_id, status__in=HANDED_IN
    ).order_by("-submitted_at", "-pk")
    ordered = RequisitionLine.objects.filter(requisition=handed_in.values("pk")[:1])
    packs = dict(ordered.values_list("agreement_line__product", "packs"))
    lines = list(
        orderable_lines(actor, at, orderer=orderer)
        .annotate(was_ordered=Exists(ordered.filter(agreement_line=OuterRef("pk"))))
        .filter(product__in=packs)
    )
    # of several lines of a product the one that was ordered
    chosen = {line.product_id: line for line in sorted(lines, key=lambda line: line.was_ordered)}
    figures = figures_of(list(chosen), holder_id=orderer.holder_id, at=at)
    return [
        _within(line, _whole(packs[key], line.product.pack_quantity), figures[key])
        for key, line in ((line.product_id, line) for line in lines)
        if chosen[key] is line
    ]


def _orderer(actor: Actor, at: datetime, recipient: str) -> Orderer:
    assert actor.organization_id is not None  # whoever has a role has it in an organization
    return orderer_of(actor.organization_id, localdate(at), recipient=recipient)


def _whole(packs: int, pack_quantity: int) -> Rounded:
    return packs_for(packs * pack_quantity, pack_quantity)


def _within(line: AgreementLine, rounded: Rounded, figures: Figures) -> Suggestion:
    left = line.remaining_quantity // line.product.pack_quantity
    if rounded.packs <= left:
        return Suggestion(line, rounded, figures)
    return Suggestion(line, _whole(left, line.product.pack_quantity), figures, is_cut=True)
