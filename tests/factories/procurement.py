"""Demand, tenders, bids and agreements."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.models import (
    GuidePrice,
    Presentation,
    Product,
)
from procurement.models import AgreementLine, Bid, DemandReport, DemandRound, Lot, OpeningKey, Tender
from procurement.rules.sealing import pad, seal
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import Winner, award_lot
from procurement.services.bids import submit_bid
from procurement.services.candidates import publish_candidates
from procurement.services.demand import Need, close_demand_round, open_demand_round, report_demand
from procurement.services.demand_confirmation import confirm_all_demand
from procurement.services.evaluations import evaluate_tender
from procurement.services.lots import LotPlan
from procurement.services.openings import open_tender
from procurement.services.prior_use import Use, tell_prior_use
from procurement.services.shares import release_share, set_opening_passphrase
from procurement.services.tenders import draft_tender, publish_tender
from procurement.states import Procedure, Stage
from tests.cast import HENAN, HUBEI, ZHONGYUAN, Cast, actor_in, organization_of, user_of
from tests.factories.catalog import guide_price, presentation, product
from tests.factories.clock import NOW, _numbers

PASSPHRASE = "correct horse battery"


def demand_round(cast: Cast, *, at: datetime = NOW) -> DemandRound:
    """A round that is being answered."""
    code = f"D{next(_numbers):04d}"
    return open_demand_round(code=code, title=f"{code} 采购需求", year=at.year, actor=cast.officer, at=at)


def demand_report(
    demand_round: DemandRound,
    quantities: Mapping[Presentation, int],
    actor: Actor,
    *,
    reason: str = "",
    at: datetime = NOW,
) -> DemandReport:
    """What the actor's organization will need, and why less than before."""
    needs = [Need(item.pk, quantity, reason=reason) for item, quantity in quantities.items()]
    return report_demand(round_code=demand_round.code, needs=needs, actor=actor, at=at)


def health_officer(region: str = ZHONGYUAN) -> Actor:
    """The officer of a new health authority of the county, prefecture or province."""
    number = next(_numbers)
    authority = Organization.objects.create(
        code=f"HEALTH{number}", name=f"{region}卫生健康委员会", kind=OrganizationKind.AUTHORITY, region_id=region
    )
    user = User.objects.create(username=f"health{number}")
    Membership.objects.create(user=user, organization=authority, role=Role.HEALTH_OFFICER)
    return actor_in(authority, Role.HEALTH_OFFICER, user=user)


def prior_use(quantities: Mapping[Presentation, int], actor: Actor, *, year: int = NOW.year - 1) -> None:
    """What the actor's organization used in a year: by default in the one before that of a round."""
    tell_prior_use(year=year, uses=[Use(item.pk, units) for item, units in quantities.items()], actor=actor, at=NOW)


def confirm_all(asked: DemandRound, *officers: Actor, at: datetime = NOW) -> None:
    """Each confirms every report that waits for them."""
    for officer in officers:
        confirm_all_demand(round_code=asked.code, actor=officer, at=at)


def demand(
    cast: Cast,
    presentations: Collection[Presentation] = (),
    *,
    quantity: int = 240_000,
    closed: bool = True,
    at: datetime = NOW,
) -> DemandRound:
    """A closed round: the hospital needs ``quantity`` units of each, the other province's hospital half; confirmed."""
    asked = demand_round(cast, at=at)
    wanted = presentations or [presentation()]
    demand_report(asked, dict.fromkeys(wanted, quantity), cast.buyer, at=at)
    demand_report(asked, dict.fromkeys(wanted, quantity // 2), cast.outsider, at=at)
    confirm_all(asked, cast.officer, cast.foreign_officer, at=at)
    if closed:
        close_demand_round(code=asked.code, actor=cast.officer, at=at)
    return asked


def opening_key(actor: Actor, *, at: datetime = NOW) -> OpeningKey:
    """The person's own key, made where they have none; it opens with ``PASSPHRASE``."""
    known = OpeningKey.objects.filter(user_id=actor.user_id).first()
    return known or set_opening_passphrase(passphrase=PASSPHRASE, actor=actor, at=at)


def lot_plan(of: Presentation, number: int = 1, *, ceiling: str = "0.3600", max_winners: int = 1) -> LotPlan:
    """A lot to be."""
    return LotPlan(number=number, presentation=of, ceiling_price=Decimal(ceiling), max_winners=max_winners)


def drafted_tender(
    cast: Cast,
    plans: Sequence[LotPlan] = (),
    *,
    deadline_at: datetime | None = None,
    supply_from: date | None = None,
    at: datetime = NOW,
    quantity: int = 240_000,
    procedure: Procedure = Procedure.VOLUME_BASED,
    invited: Sequence[Organization] = (),
) -> Tender:
    """A draft for both provinces; without plans of one lot, amoxicillin under a guide price of 8.72 for 24."""
    if not plans:
        amoxicillin = presentation()
        if not GuidePrice.objects.filter(presentation=amoxicillin).exists():
            guide_price(amoxicillin)
        plans = [lot_plan(amoxicillin)]
    deadline_at = deadline_at or at + timedelta(days=30)
    supply_from = supply_from or (deadline_at + timedelta(days=30)).date()
    return draft_tender(
        number=f"T{next(_numbers):04d}",
        title="基本药物集中采购",
        demand_round=demand(cast, [plan.presentation for plan in plans], quantity=quantity, at=at),
        deadline_at=deadline_at,
        supply_from=supply_from,
        supply_until=supply_from + timedelta(days=730),
        province_ids=[HENAN, HUBEI],
        lots=plans,
        procedure=procedure,
        invited=invited,
        actor=cast.officer,
        at=at,
    )


def published_tender(cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, **options: Any) -> Tender:
    """Published by the officer; officer, second officer and supervisor hold its key."""
    tender = drafted_tender(cast, plans, at=at, **options)
    holders = [cast.officer, cast.second_officer, cast.supervisor]
    for holder in holders:
        opening_key(holder, at=at)
    return publish_tender(
        number=tender.number, holders=[user_of(holder) for holder in holders], actor=cast.officer, at=at
    )


# --- bids and the opening ---------------------------------------------------------------------------------------------


def sealed(tender: Tender, content: bytes) -> str:
    """Anything at all, padded and sealed for the tender: an envelope in base64."""
    return base64.b64encode(seal(pad(content), bytes(tender.keys.get(stage=Stage.COMMERCIAL).public_key))).decode()


def envelope(lot: Lot, supplier: Organization, offered: Product, offer_price: Decimal | str, /, **changed: Any) -> str:
    """A bid sealed as the reference client does it; ``changed`` replaces what stands in it."""
    content = {
        "tender": lot.tender.number,
        "lot": lot.number,
        "supplier": supplier.code,
        "product": offered.code,
        "offer_price": f"{Decimal(offer_price):.2f}",
        "nonce": f"{next(_numbers):032x}",
    } | changed
    return sealed(lot.tender, json.dumps(content, ensure_ascii=False).encode())


def bid(
    lot: Lot,
    actor: Actor,
    offer_price: Decimal | str = "6.00",
    *,
    offered: Product | None = None,
    at: datetime | None = None,
    **changed: Any,
) -> Bid:
    """A sealed bid of the actor's firm for the lot, by default for a pack of 24, a day before the deadline."""
    firm = organization_of(actor)
    offered = offered or product(firm, lot.presentation)
    return submit_bid(
        tender_number=lot.tender.number,
        lot_number=lot.number,
        envelope=envelope(lot, firm, offered, offer_price, **changed),
        actor=actor,
        at=at or lot.tender.deadline_at - timedelta(days=1),
    )


def tender_with_bids(
    cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, supply_from: date | None = None, **options: Any
) -> Tender:
    """Past its deadline since an hour: for each lot the supplier has offered 6.00 for 24, the rival 7.20."""
    deadline_at = at - timedelta(hours=1)
    tender = published_tender(
        cast,
        plans,
        at=deadline_at - timedelta(days=30),
        deadline_at=deadline_at,
        supply_from=supply_from or at.date() + timedelta(days=30),
        **options,
    )
    for lot in tender.lots.select_related("tender", "presentation").order_by("number"):
        bid(lot, cast.supplier, "6.00")
        bid(lot, cast.rival, "7.20", at=deadline_at - timedelta(hours=23))
    return tender


def release(tender: Tender, *holders: Actor, at: datetime = NOW) -> Tender:
    """The holders release their shares."""
    for holder in holders:
        tender = release_share(tender_number=tender.number, passphrase=PASSPHRASE, actor=holder, at=at)
    return tender


def assembled_tender(cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, **options: Any) -> Tender:
    """Two shares are released; the worker has not opened yet."""
    return release(tender_with_bids(cast, plans, at=at, **options), cast.officer, cast.second_officer, at=at)


def opened_tender(cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, **options: Any) -> Tender:
    """Its bids are readable."""
    tender = assembled_tender(cast, plans, at=at, **options)
    return open_tender(tender_id=tender.pk, actor=cast.platform, at=at).tender


def evaluated_tender(cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, **options: Any) -> Tender:
    """Its winners are proposed: the supplier everywhere."""
    tender = opened_tender(cast, plans, at=at, **options)
    return evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=at).tender


def publish(tender: Tender, cast: Cast, *, at: datetime = NOW) -> Tender:
    """The officer publishes the candidates of an evaluated tender."""
    return publish_candidates(tender_number=tender.number, actor=cast.officer, at=at)


def tender_with_candidates(cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, **options: Any) -> Tender:
    """Its candidates are published, and nobody can object any more."""
    return publish(evaluated_tender(cast, plans, at=at, **options), cast, at=at)


def bid_of(lot: Lot, actor: Actor) -> Bid:
    """The standing bid of the actor's firm."""
    return Bid.objects.standing().get(lot=lot, supplier_id=actor.organization_id)


def award(lot: Lot, cast: Cast, *, winner: Actor | None = None, reason: str = "", at: datetime = NOW) -> Lot:
    """The second officer awards the lot, with both provinces, to one firm: by default the supplier."""
    won = bid_of(lot, winner or cast.supplier)
    return award_lot(
        lot_id=lot.pk, winners=[Winner(won.pk, (HENAN, HUBEI))], reason=reason, actor=cast.second_officer, at=at
    )


def awarded_tender(cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, **options: Any) -> Tender:
    """Every lot is awarded to the supplier."""
    tender = tender_with_candidates(cast, plans, at=at, **options)
    for lot in tender.lots.order_by("number"):
        award(lot, cast, at=at)
    return tender


def concluded_tender(cast: Cast, plans: Sequence[LotPlan] = (), *, at: datetime = NOW, **options: Any) -> Tender:
    """Its agreements are in force since ten days."""
    started = at.date() - timedelta(days=10)
    tender = awarded_tender(cast, plans, at=at - timedelta(days=20), supply_from=started, **options)
    conclude_agreements(tender_number=tender.number, actor=cast.officer, at=at - timedelta(days=15))
    return Tender.objects.get(pk=tender.pk)


def agreement_lines(
    cast: Cast, medicines: Sequence[str] = ("阿莫西林",), *, at: datetime = NOW, **options: Any
) -> list[AgreementLine]:
    """Volumes agreed with the supplier for the hospital's province, one per medicine: 240,000 units at 6.00 for 24."""
    plans = []
    for number, medicine in enumerate(medicines, start=1):
        item = presentation(medicine)
        if not GuidePrice.objects.filter(presentation=item).exists():
            guide_price(item)
        plans.append(lot_plan(item, number))
    tender = concluded_tender(cast, plans, at=at, **options)
    lines = AgreementLine.objects.filter(lot__tender=tender, province_id=HENAN)
    return list(lines.select_related("product", "agreement", "lot").order_by("lot__number"))
