"""Experts, committees and tenders whose technical envelopes are open."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind, Role, Tier
from catalog.accounts.models import Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.models import GuidePrice, Presentation, Product, RuleSet
from procurement.models import Bid, Committee, Expert, Lot, ScoreSheet, Tender
from procurement.queries.rules import rules_of
from procurement.rules.sealing import pad, seal
from procurement.services.bids import submit_bid
from procurement.services.committees import draw_committee
from procurement.services.experts import register_expert
from procurement.services.openings import open_technical
from procurement.services.scores import save_scores, scorable_bids, submit_scores
from procurement.services.shortlists import publish_shortlist, shortlist_tender
from procurement.services.tenders import publish_tender
from procurement.states import Procedure, Stage
from tests.cast import ZHONGYUAN, Cast, actor_in, organization_of, user_of
from tests.factories.awards import firm
from tests.factories.catalog import guide_price, presentation, product
from tests.factories.clock import NOW, _numbers
from tests.factories.procurement import drafted_tender, envelope, lot_plan, opening_key, release

# Of five members four come from outside the agency and two of primary institutions; of three bidders two go on.
DOUBLE_ENVELOPE: dict[str, Any] = {
    "shortlist": {"method": "score", "table": [[7, 4], [6, 3], [3, 2]]},
    "criteria": [
        {"code": "scale", "title": "生产规模", "points": "40"},
        {"code": "delivery", "title": "配送能力", "points": "35"},
        {"code": "quality", "title": "质量抽检", "points": "25"},
    ],
    "committee": {"size": 5, "outside_share": "0.6667", "primary_share": "0.3333"},
}


def clinic() -> Organization:
    """The primary institution that experts come from."""
    return Organization.objects.get_or_create(
        code="CLINIC-HA",
        kind=OrganizationKind.INSTITUTION,
        name="中原区卫生院",
        tier=Tier.PRIMARY,
        region_id=ZHONGYUAN,
    )[0]


def expert(cast: Cast, employer: Organization) -> Expert:
    """A person on the register, with the role at the employer."""
    number = next(_numbers)
    user = User.objects.create(username=f"expert{number}", last_name="专家", first_name=str(number), password="!")
    Membership.objects.create(user=user, organization=employer, role=Role.EXPERT)
    return register_expert(user=user, employer=employer, specialty="药学", actor=cast.officer, at=NOW)


def experts(cast: Cast, *, inside: int = 2, outside: int = 3, primary: int = 3) -> list[Expert]:
    """Experts of the agency, of the hospital and of the primary institution."""
    employers = [cast.agency] * inside + [cast.hospital] * outside + [clinic()] * primary
    return [expert(cast, employer) for employer in employers]


def actor_of(person: Expert) -> Actor:
    """The expert, at work."""
    return actor_in(person.employer, Role.EXPERT, user=person.user)


def double_envelope_rules(**changed: Any) -> RuleSet:
    """The rules of a double-envelope tender, with some of their numbers replaced."""
    # a day of its own, since one rule set of a kind is in force at a time
    day = date.min + timedelta(days=next(_numbers))
    return _rules(DateRange(day, day + timedelta(days=1)), changed)


def _rules(validity: DateRange, changed: Mapping[str, Any]) -> RuleSet:
    return RuleSet.objects.create(
        kind=RuleSet.Kind.DOUBLE_ENVELOPE,
        title="双信封",
        source="国办发〔2010〕56号",
        validity=validity,
        parameters=DOUBLE_ENVELOPE | changed,
    )


def bidding_agents(cast: Cast, count: int) -> list[Actor]:
    """The supplier, the rival, and as many more as are wanted."""
    more = [firm(f"第{number}制药有限公司") for number in range(3, count + 1)]
    return [cast.supplier, cast.rival, *more][:count]


def technical_envelope(lot: Lot, supplier: Organization, offered: Product) -> str:
    """The papers of a bidder: two answers and a certificate."""
    certificate = f"GMP {supplier.code}".encode()
    content = {
        "stage": "technical",
        "tender": lot.tender.number,
        "lot": lot.number,
        "supplier": supplier.code,
        "product": offered.code,
        "answers": {"scale": "年产 10 亿片", "delivery": "覆盖全省", "诚信": "无不良记录"},
        "documents": [
            {
                "name": "GMP证书.pdf",
                "sha256": hashlib.sha256(certificate).hexdigest(),
                "content": base64.b64encode(certificate).decode(),
            }
        ],
        "nonce": f"{next(_numbers):032x}",
    }
    plain = pad(json.dumps(content, ensure_ascii=False).encode(), Stage.TECHNICAL)
    key = lot.tender.keys.get(stage=Stage.TECHNICAL)
    return base64.b64encode(seal(plain, bytes(key.public_key))).decode()


def double_bid(lot: Lot, actor: Actor, offer_price: str = "6.00", *, at: datetime) -> Bid:
    """Both envelopes of the actor's firm for the lot."""
    supplier = organization_of(actor)
    offered = product(supplier, lot.presentation)
    return submit_bid(
        tender_number=lot.tender.number,
        lot_number=lot.number,
        envelope=envelope(lot, supplier, offered, offer_price),
        technical_envelope=technical_envelope(lot, supplier, offered),
        actor=actor,
        at=at,
    )


def technical_opened_tender(
    cast: Cast,
    presentations: Sequence[Presentation] = (),
    *,
    firms: int = 3,
    at: datetime = NOW,
    **rules: Any,
) -> Tender:
    """Its technical envelopes are read: each firm has answered for each lot and added a document."""
    if not RuleSet.objects.filter(kind=RuleSet.Kind.DOUBLE_ENVELOPE, validity__contains=at.date()).exists():
        _rules(DateRange(date(2010, 1, 1), None), {})
    deadline_at = at - timedelta(hours=1)
    begin = deadline_at - timedelta(days=30)
    plans = [lot_plan(item, number) for number, item in enumerate(presentations or [presentation()], start=1)]
    for plan in plans:
        if not GuidePrice.objects.filter(presentation=plan.presentation).exists():
            guide_price(plan.presentation)
    tender = drafted_tender(cast, plans, at=begin, deadline_at=deadline_at, procedure=Procedure.DOUBLE_ENVELOPE)
    Tender.objects.filter(pk=tender.pk).update(procedure_rules=double_envelope_rules(**rules))
    holders = [cast.officer, cast.second_officer, cast.supervisor]
    for holder in holders:
        opening_key(holder, at=begin)
    publish_tender(number=tender.number, holders=[user_of(item) for item in holders], actor=cast.officer, at=begin)
    agents = bidding_agents(cast, firms)
    for lot in Lot.objects.filter(tender=tender).select_related("tender", "presentation").order_by("number"):
        for minutes, actor in enumerate(agents):
            double_bid(lot, actor, at=deadline_at - timedelta(hours=2) + timedelta(minutes=minutes))
    release(tender, cast.officer, cast.second_officer, at=at)
    return open_technical(tender_id=tender.pk, actor=cast.platform, at=at).tender


def committee(cast: Cast, tender: Tender, *, at: datetime = NOW) -> Committee:
    """Drawn for the tender; experts are registered where there are none."""
    if not Expert.objects.exists():
        experts(cast)
    return draw_committee(tender_number=tender.number, actor=cast.second_officer, at=at)


def sheets(drawn: Committee) -> list[ScoreSheet]:
    """The sheets of those who sit, by their number."""
    own = ScoreSheet.objects.filter(member__committee=drawn).standing()
    return list(own.select_related("member__expert__user", "member__expert__employer").order_by("member__number"))


def full_scores(tender: Tender, given: Mapping[int, str] | None = None) -> dict[tuple[int, str], Decimal | None]:
    """For every bid the same share of each criterion's points: by default a tenth less for each later firm."""
    bids = list(scorable_bids(tender).order_by("pk"))
    firms = sorted({bid.supplier_id for bid in bids})
    shares = given or {firm: str(Decimal(10 - place) / 10) for place, firm in enumerate(firms)}
    return {
        (bid.pk, criterion.code): criterion.points * Decimal(shares[bid.supplier_id])
        for bid in bids
        for criterion in rules_of(tender).criteria
    }


def submitted_sheet(
    sheet: ScoreSheet, tender: Tender, given: Mapping[int, str] | None = None, *, at: datetime = NOW
) -> ScoreSheet:
    """Filled by its member and submitted."""
    actor = actor_of(sheet.member.expert)
    save_scores(sheet_id=sheet.pk, points=full_scores(tender, given), actor=actor, at=at)
    return submit_scores(sheet_id=sheet.pk, actor=actor, at=at)


def scored_tender(cast: Cast, presentations: Sequence[Presentation] = (), **options: Any) -> Tender:
    """All of the committee have submitted: the supplier leads, the third firm is last."""
    tender = technical_opened_tender(cast, presentations, **options)
    for sheet in sheets(committee(cast, tender)):
        submitted_sheet(sheet, tender)
    return tender


def shortlisted_tender(cast: Cast, presentations: Sequence[Presentation] = (), **options: Any) -> Tender:
    """It is computed who goes on: the supplier and the rival."""
    tender = scored_tender(cast, presentations, **options)
    return shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=options.get("at", NOW))


def tender_with_published_shortlist(cast: Cast, presentations: Sequence[Presentation] = (), **options: Any) -> Tender:
    """The shortlist is public and can be objected to."""
    tender = shortlisted_tender(cast, presentations, **options)
    at = options.get("at", NOW)
    return publish_shortlist(tender_number=tender.number, actor=cast.second_officer, at=at)
