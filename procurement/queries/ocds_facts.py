"""The public facts of a tender, read as sets: what its OCDS releases are written from.

Nothing of a sealed bid is read. What an evaluation found becomes public with the candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Prefetch
from django.urls import reverse

from catalog.accounts.models import Organization
from catalog.foundation.journal.models import Event
from catalog.models import Presentation
from procurement.models import Agreement, Amendment, Bid, Clarification, Lot, LotArea, Opening, Tender, TenderDocument
from procurement.queries import ocds_outcome as outcome
from procurement.rules.ocds import facts
from procurement.states import AmendmentStatus, BidStatus, Procedure

# What a tablet, a capsule or a vial is called in the documents of every round.
SMALLEST_UNIT = "最小制剂单位"
# "The tender failed": the reason of a lot for which nobody wrote another.
FAILED = "流标"


def facts_of(tender_id: int, *, site: str) -> facts.Tender:
    """Everything public about a tender; ``site`` is the address of the platform (``https://…``).

    As many queries for three thousand lots as for one.
    """
    tender = Tender.objects.select_related("agency__region", "procedure_rules", "retender_of", "demand_round").get(
        pk=tender_id
    )
    lots = list(
        Lot.objects.filter(tender=tender)
        .select_related("presentation__medicine")
        .prefetch_related(Prefetch("areas", LotArea.objects.select_related("province")))
        .order_by("number")
    )
    moments = Moments.of(tender, lots)
    bids = outcome.opened_bids(tender)
    results = outcome.Results(tender, {lot.pk: lot for lot in lots}, moments, bids)
    awards = results.awards()
    terms = facts.Terms(
        deadline_at=tender.deadline_at,
        supply_from=tender.supply_from,
        supply_until=tender.supply_until,
        lots=tuple(_lot(lot) for lot in lots),
    )
    openings = dict(Opening.objects.filter(tender=tender).values_list("stage", "opened_at"))
    return facts.Tender(
        number=tender.number,
        title=tender.title,
        procedure=facts.Procedure(tender.procedure),
        rules=f"{rules.title} ({rules.source})" if (rules := tender.procedure_rules) else "",
        agency=tender.agency.code,
        parties=tuple(map(_party, {tender.agency: None, **{bid.supplier: None for bid in bids}})),
        terms=terms,
        planning=_planning(tender, lots),
        published_at=tender.published_at,
        amendments=_amendments(tender, terms),
        clarifications=_clarifications(tender),
        documents=_documents(tender, site),
        opened_at=min(openings.values(), default=None),
        bids=tuple(results.bid(bid, openings) for bid in bids),
        failures=_failures(lots, moments),
        awards=awards,
        contracts=results.contracts({award.number for award in awards}),
        cancelled_at=moments.cancelled_at,
        cancellation_reason=tender.cancel_reason,
        repeats=tender.retender_of.number if tender.retender_of else "",
    )


@dataclass(frozen=True, slots=True)
class Lowering:
    """A listed price that its firm lowered: yuan per pack, before and after."""

    at: datetime
    former: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Reproposal:
    """The bids that were proposed before a lot was judged anew, and after it."""

    at: datetime
    former: list[int]
    proposed: list[int]


@dataclass(frozen=True, slots=True)
class Moments:
    """When things happened that no record says, from the journal; ``results_at`` is when results became public first.

    ``failed`` and ``ended`` are by lot and by agreement, ``set_aside`` by bid: the last time. ``lowered`` holds every
    lowering of a listed price, ``reproposed`` every time that a lot with public candidates was judged anew, the oldest
    first.
    """

    cancelled_at: datetime | None
    concluded_at: datetime | None
    results_at: datetime | None
    failed: dict[int, datetime]
    set_aside: dict[int, datetime]
    ended: dict[int, datetime]
    lowered: dict[int, list[Lowering]]
    reproposed: dict[int, list[Reproposal]]

    @classmethod
    def of(cls, tender: Tender, lots: Collection[Lot]) -> Moments:
        """Read them in one query for each kind of record."""
        of_tender = Event.objects.filter(
            subject_type=ContentType.objects.get_for_model(Tender),
            subject_id=tender.pk,
            action__in=["tender.cancel", "tender.conclude", "tender.publish_candidates"],
        )
        first = dict(of_tender.order_by("-pk").values_list("action", "occurred_at"))
        published, concluded = first.get("tender.publish_candidates"), first.get("tender.conclude")
        bids = Bid.objects.filter(lot__tender=tender, status=BidStatus.SET_ASIDE).order_by().values("pk")
        return cls(
            cancelled_at=first.get("tender.cancel"),
            concluded_at=concluded,
            # procedures without candidates publish their results with the agreements
            results_at=published or concluded,
            failed=_last(Lot, ["lot.lapse", "lot.fail"], [lot.pk for lot in lots]),
            set_aside=_last(Bid, ["bid.set_aside"], bids),
            ended=_last(Agreement, ["agreement.end"], tender.agreements.order_by().values("pk")),
            lowered=_lowered(tender),
            reproposed=_reproposed(lots, published) if published else {},
        )


def _last(model: type[Model], actions: Collection[str], ids: Any) -> dict[int, datetime]:
    events = Event.objects.filter(
        subject_type=ContentType.objects.get_for_model(model), subject_id__in=ids, action__in=actions
    )
    return dict(events.order_by("pk").values_list("subject_id", "occurred_at"))


def _lowered(tender: Tender) -> dict[int, list[Lowering]]:
    found: defaultdict[int, list[Lowering]] = defaultdict(list)
    if tender.procedure == Procedure.DIRECT_LISTING:
        events = Event.objects.filter(
            subject_type=ContentType.objects.get_for_model(Bid),
            subject_id__in=Bid.objects.filter(lot__tender=tender).order_by().values("pk"),
            action="listing_offer.lower",
        )
        for bid, at, changes in events.order_by("pk").values_list("subject_id", "occurred_at", "changes"):
            former, price = changes["offer_price"]
            found[bid].append(Lowering(at, Decimal(former), Decimal(price)))
    return found


def _reproposed(lots: Collection[Lot], published_at: datetime) -> dict[int, list[Reproposal]]:
    found: defaultdict[int, list[Reproposal]] = defaultdict(list)
    events = Event.objects.filter(
        subject_type=ContentType.objects.get_for_model(Lot),
        subject_id__in=[lot.pk for lot in lots],
        action="lot.propose",
        occurred_at__gt=published_at,
        changes__has_key="proposed",
    )
    for lot, at, changes in events.order_by("pk").values_list("subject_id", "occurred_at", "changes"):
        former, proposed = changes["proposed"]
        found[lot].append(Reproposal(at, former, proposed))
    return found


def _party(organization: Organization) -> facts.Party:
    return facts.Party(
        code=organization.code,
        name=organization.name,
        uscc=organization.uscc or "",
        region=organization.region.name if organization.region else "",
    )


def _medicine(presentation: Presentation) -> facts.Medicine:
    medicine = presentation.medicine
    ingredient = facts.Ingredient(
        name=medicine.inn or medicine.name, amount=presentation.amount, unit=presentation.amount_unit
    )
    return facts.Medicine(
        description=str(presentation), ingredients=(ingredient,), form=presentation.form, atc=medicine.atc
    )


def _lot(lot: Lot) -> facts.Lot:
    return facts.Lot(
        number=lot.number,
        medicine=_medicine(lot.presentation),
        quantity=lot.quantity,
        unit=SMALLEST_UNIT,
        ceiling=lot.ceiling_price,
        areas=tuple(facts.Area(name=area.province.name, quantity=area.quantity) for area in lot.areas.all()),
    )


def _planning(tender: Tender, lots: Collection[Lot]) -> facts.Planning | None:
    """The demand behind the lots, which becomes public with the tender."""
    if tender.demand_round is None or tender.published_at is None:
        return None
    demand = tuple(
        facts.Demand(description=str(lot.presentation), quantity=lot.quantity, unit=SMALLEST_UNIT) for lot in lots
    )
    return facts.Planning(title=tender.demand_round.title, confirmed_at=tender.published_at, demand=demand)


def _amendments(tender: Tender, terms: facts.Terms) -> tuple[facts.Amendment, ...]:
    published = Amendment.objects.filter(tender=tender, status=AmendmentStatus.PUBLISHED).order_by("published_at")
    return tuple(
        facts.Amendment(
            number=number,
            published_at=amendment.published_at,
            rationale=amendment.text,
            description=f"{amendment.former_deadline_at.isoformat()} → {amendment.deadline_at.isoformat()}",
            before=replace(terms, deadline_at=amendment.former_deadline_at),
        )
        for number, amendment in enumerate(published, start=1)
        if amendment.published_at is not None
    )


def _clarifications(tender: Tender) -> tuple[facts.Clarification, ...]:
    answered = Clarification.objects.filter(tender=tender, answered_at__isnull=False).order_by("answered_at", "pk")
    return tuple(
        facts.Clarification(
            number=number,
            asked_at=item.asked_at,
            question=item.question,
            answer=item.answer,
            answered_at=item.answered_at,
        )
        for number, item in enumerate(answered, start=1)
        if item.answered_at is not None
    )


def _documents(tender: Tender, site: str) -> tuple[facts.Document, ...]:
    rows = TenderDocument.objects.filter(tender=tender).select_related("amendment").defer("content").order_by("pk")
    published = [(row, row.amendment.published_at if row.amendment else tender.published_at) for row in rows]
    return tuple(
        facts.Document(
            id=str(row.pk),
            kind="biddingDocuments",
            title=row.title,
            url=site + reverse("tender-document", args=[tender.number, row.pk]),
            published_at=at,
            format=row.media_type,
        )
        for row, at in published
        if at is not None
    )


def _failures(lots: Collection[Lot], moments: Moments) -> tuple[facts.LotFailure, ...]:
    """Lots that failed, from when the results are public."""
    if moments.results_at is None:
        return ()
    return tuple(
        facts.LotFailure(
            lot=lot.number,
            failed_at=max(moments.failed[lot.pk], moments.results_at),
            reason=lot.decision_reason or FAILED,
        )
        for lot in lots
        if lot.pk in moments.failed
    )
