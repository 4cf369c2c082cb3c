"""Lots that several firms contest, up to their candidates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization, User
from catalog.foundation.actor import Actor
from catalog.models import GuidePrice, RuleSet
from procurement.models import Lot, Objection
from procurement.services.evaluations import evaluate_tender
from procurement.services.objections import answer_objection, file_objection
from procurement.services.openings import open_tender
from tests.cast import Cast, actor_in
from tests.factories.catalog import guide_price, presentation
from tests.factories.clock import NOW, _numbers
from tests.factories.procurement import bid, lot_plan, publish, published_tender, release


def firm(name: str) -> Actor:
    """An agent of one more supplier."""
    number = next(_numbers)
    organization = Organization.objects.create(code=f"FIRM-{number}", kind=OrganizationKind.SUPPLIER, name=name)
    user = User.objects.create(username=f"agent-{number}", first_name=name)
    return actor_in(organization, Role.SUPPLIER_AGENT, user=user)


def procedure_rules(**numbers: Any) -> None:
    """Change numbers of the plain rules of volume-based procurement, for the tenders that are bound to them."""
    rules = RuleSet.objects.get(kind=RuleSet.Kind.VOLUME_BASED)
    rules.parameters = {**rules.parameters, **numbers}
    rules.save()


def contested_lot(
    cast: Cast,
    offers: Mapping[Actor, str],
    *,
    winners: int = 1,
    is_published: bool = True,
    at: datetime = NOW,
    medicine: str = "阿莫西林",
) -> Lot:
    """One lot of 240,000 and 120,000 units; the firms offered so much for 24, and the candidates are published."""
    procedure_rules(winners=[[1, winners]])
    item = presentation(medicine)
    if not GuidePrice.objects.filter(presentation=item).exists():
        guide_price(item)
    deadline = at - timedelta(hours=1)
    tender = published_tender(
        cast,
        [lot_plan(item, max_winners=winners)],
        at=deadline - timedelta(days=30),
        deadline_at=deadline,
        supply_from=at.date() + timedelta(days=30),
    )
    lot = tender.lots.select_related("tender", "presentation").get()
    for minutes, (actor, price) in enumerate(offers.items()):
        bid(lot, actor, price, at=deadline - timedelta(hours=2) + timedelta(minutes=minutes))
    release(tender, cast.officer, cast.second_officer, at=at)
    open_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    if is_published:
        publish(tender, cast, at=at)
    return Lot.objects.select_related("tender", "presentation").get(pk=lot.pk)


def objection(lot: Lot, actor: Actor, *, at: datetime = NOW, text: str = "评审有误", of_lot: bool = True) -> Objection:
    """An objection of the actor's firm."""
    return file_objection(
        tender_number=lot.tender.number, lot_number=lot.number if of_lot else None, text=text, actor=actor, at=at
    )


def answered(
    filed: Objection, cast: Cast, *, is_upheld: bool = False, reply: str = "复核无误", at: datetime = NOW
) -> Objection:
    """The officer's reply to it."""
    return answer_objection(objection_id=filed.pk, is_upheld=is_upheld, reply=reply, actor=cast.officer, at=at)
