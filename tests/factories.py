"""Records in the states that the services can reach; every function calls the services.

``at`` is the moment at which the record is in the state that the function names; what had to happen before is dated
before it. Times without a word are ``NOW``, which is the present, so that views, which take the time from the clock,
find agreements in force and tenders open.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.imports import Table
from catalog.models import (
    Edition,
    EditionEntry,
    GuidePrice,
    InsuranceListing,
    MergeProposal,
    Presentation,
    PriceAdjustment,
    ProcurementPrice,
    Product,
    ProvincialAddition,
    Region,
    ReimbursementTerms,
    RuleSet,
)
from catalog.services.additions import add_for_province
from catalog.services.adjustments import open_adjustment
from catalog.services.edition_entries import check_edition_table, listings_of, write_entries
from catalog.services.editions import draft_edition, load_edition
from catalog.services.medicines import register_medicines
from catalog.services.merges import propose_merges
from catalog.services.presentations import register_presentations
from catalog.services.prices import NewGuidePrice, enter_price_decision
from catalog.services.procurement_prices import NewProcurementPrice, enter_procurement_prices
from catalog.services.products import NewProduct, register_products
from catalog.services.reimbursement import enter_reimbursement_terms, list_for_insurance
from catalog.services.rulesets import enter_rule_set
from catalog.states import ListClass, PriceSource, Scheme
from distribution.models import (
    Despatch,
    DistributionRun,
    Entrustment,
    Order,
    OrderLine,
    Receipt,
    Requisition,
    RetailReport,
)
from distribution.services.deliveries import Received, Sent, advise_despatch, receive_despatch
from distribution.services.entrustments import file_entrustment
from distribution.services.orders import LineAnswer, confirm_order
from distribution.services.requisitions import (
    Wanted,
    approve_requisition,
    draft_requisition,
    submit_requisition,
)
from distribution.services.retail import ReportedPrice, report_retail_prices
from distribution.services.runs import execute_run, request_run
from procurement.models import AgreementLine, Bid, DemandReport, DemandRound, Lot, OpeningKey, Tender
from procurement.rules.sealing import pad, seal
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import Winner, award_lot
from procurement.services.bids import submit_bid
from procurement.services.demand import Need, close_demand_round, open_demand_round, report_demand
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender, release_share, set_opening_passphrase
from procurement.services.tenders import LotPlan, draft_tender, publish_tender
from tests.cast import HENAN, HUBEI, Cast, organization_of, user_of

NOW: datetime = timezone.localtime().replace(second=0, microsecond=0)
TODAY: date = NOW.date()
PASSPHRASE = "correct horse battery"

_numbers = count(1)


def ago(**span: float) -> datetime:
    """A moment before now."""
    return NOW - timedelta(**span)


def ahead(**span: float) -> datetime:
    """A moment after now."""
    return NOW + timedelta(**span)


# --- the catalogue ---------------------------------------------------------------------------------------------------


def presentation(medicine: str = "阿莫西林", form: str = "胶囊", strength: str = "0.25g") -> Presentation:
    """A registered presentation."""
    registered = register_medicines({medicine: ""})[medicine]
    return register_presentations([(registered.pk, form, strength)])[registered.pk, form, strength]


def product(maker: Organization, of: Presentation | None = None, pack_quantity: int = 24, code: str = "") -> Product:
    """A registered product; the same one where it is registered."""
    of = of or presentation()
    known = Product.objects.filter(presentation=of, manufacturer=maker, pack_quantity=pack_quantity).first()
    if known is not None:
        return known
    new = NewProduct(
        code=code or f"P{next(_numbers):06d}", presentation=of, pack_quantity=pack_quantity, manufacturer=maker
    )
    [created] = register_products(products=[new], actor=Actor.platform(), at=NOW)
    return created


def guide_price(
    of: Presentation | None = None,
    pack_quantity: int = 24,
    price: str = "8.72",
    *,
    manufacturer: Organization | None = None,
    derivation: str = "",
    is_representative: bool = False,
    valid_from: date = date(2009, 10, 22),
    valid_until: date | None = None,
) -> GuidePrice:
    """A guide price by a decision of its own; from a representative the prices of other presentations are derived."""
    decision = enter_price_decision(
        number=f"发改价格〔2009〕{next(_numbers)}号",
        title="国家基本药物零售指导价格",
        issuer="国家发展和改革委员会",
        decided_on=valid_from,
        source="",
        valid_from=valid_from,
        valid_until=valid_until,
        prices=[
            NewGuidePrice(
                presentation=of or presentation(),
                pack_quantity=pack_quantity,
                price=Decimal(price),
                derivation=derivation,
                manufacturer=manufacturer,
                is_representative=is_representative,
            )
        ],
        actor=Actor.platform(),
        at=NOW,
    )
    return decision.guide_prices.get()


def edition_table(*rows: Mapping[str, str]) -> Table:
    """Rows of the sheet of an edition: amoxicillin capsules under number 6, but for what each says otherwise."""
    usual = {
        "part": "chemical",
        "number": "6",
        "name": "阿莫西林",
        "inn": "",
        "category": "抗微生物药",
        "subcategory": "青霉素类",
        "specialist": "no",
    }
    one_form = {"form": "胶囊", "strength": "0.25g"}
    described = [(usual if "forms_and_strengths" in row else usual | one_form) | dict(row) for row in rows]
    header = list(dict.fromkeys(name for row in described for name in row))
    return Table(header, [[row.get(name, "") for name in header] for row in described])


def edition(
    *rows: Mapping[str, str], code: str = "2018", valid_from: date = date(2018, 11, 1), valid_until: date | None = None
) -> Edition:
    """A published edition of these rows, without any of amoxicillin capsules."""
    return load_edition(
        code=code,
        title=f"国家基本药物目录({code}年版)",
        source="国卫药政发〔2018〕31号",
        valid_from=valid_from,
        valid_until=valid_until,
        table=edition_table(*rows or [{}]),
        actor=Actor.platform(),
        at=NOW,
    ).edition


def drafted_edition(
    cast: Cast,
    *rows: Mapping[str, str],
    code: str = "2026",
    valid_from: date = date(2026, 9, 1),
    valid_until: date | None = None,
    **described: Any,
) -> Edition:
    """A draft of the officer with these rows, without any of amoxicillin capsules."""
    draft = draft_edition(
        code=code,
        title=f"国家基本药物目录({code}年版)",
        source="国家卫生健康委员会",
        valid_from=valid_from,
        valid_until=valid_until,
        actor=cast.officer,
        at=NOW,
        **described,
    )
    entries(draft, *rows or [{}])
    return draft


def entries(draft: Edition, *rows: Mapping[str, str]) -> list[EditionEntry]:
    """Entries of a draft."""
    checked = check_edition_table(edition_table(*rows))
    checked.refuse()
    return write_entries(draft, listings_of(row for _number, row in checked.rows))


def addition(
    cast: Cast,
    of: Presentation,
    *,
    only: Collection[Presentation] = (),
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
) -> ProvincialAddition:
    """The medicine of the presentation, added for Henan."""
    return add_for_province(
        province_id=HENAN,
        medicine=of.medicine,
        presentations=only,
        valid_from=valid_from,
        valid_until=valid_until,
        decision="豫卫药政〔2020〕1号",
        source="",
        actor=cast.officer,
        at=NOW,
    )


def merge_proposal(*forms_and_strengths: tuple[str, str], medicine: str = "阿莫西林") -> MergeProposal:
    """Two spellings of one presentation, proposed to be merged: by default 0.25g and 250mg."""
    for form, strength in forms_and_strengths or [("胶囊", "0.25g"), ("胶囊", "250mg")]:
        presentation(medicine, form, strength)
    [proposal] = propose_merges(actor=Actor.platform(), at=NOW)
    return proposal


def rule_set(
    kind: RuleSet.Kind,
    parameters: Mapping[str, Any],
    *,
    valid_from: date = date(2010, 1, 1),
    valid_until: date | None = None,
) -> RuleSet:
    """The numbers of a rule."""
    return enter_rule_set(
        kind=kind,
        title=str(kind.label),
        source="",
        valid_from=valid_from,
        valid_until=valid_until,
        parameters=parameters,
        actor=Actor.platform(),
        at=NOW,
    )


def procurement_price(
    of: Product,
    price: str = "6.00",
    *,
    province_id: str = HENAN,
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
) -> ProcurementPrice:
    """What the province pays after a negotiation."""
    [entered] = enter_procurement_prices(
        prices=[NewProcurementPrice(of, province_id, Decimal(price), "谈判纪要")],
        source=PriceSource.NEGOTIATION,
        valid_from=valid_from,
        valid_until=valid_until,
        actor=Actor.platform(),
        at=NOW,
    )
    return entered


def adjustment(cast: Cast, of: Product, price: str = "5.00", *, valid_from: date = date(2026, 6, 1)) -> PriceAdjustment:
    """Opened by the officer of Henan, for what the province pays."""
    return open_adjustment(
        product_id=of.pk,
        province_id=HENAN,
        price=Decimal(price),
        valid_from=valid_from,
        reason="湖北省的价格更低",
        evidence={"province": HUBEI, "price": price},
        actor=cast.officer,
        at=NOW,
    )


def reimbursement_terms(
    scheme: Scheme = Scheme.EMPLOYEES,
    *,
    province_id: str = HENAN,
    tier: str = "primary",
    rate: str = "0.70",
    essential_bonus: str = "0.10",
    deductible: str = "0",
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
) -> ReimbursementTerms:
    """What a scheme pays back in the province."""
    return enter_reimbursement_terms(
        scheme=scheme,
        province_id=province_id,
        tier=tier,
        rate=Decimal(rate),
        essential_bonus=Decimal(essential_bonus),
        deductible=Decimal(deductible),
        annual_cap=None,
        valid_from=valid_from,
        valid_until=valid_until,
        source="豫医保〔2020〕1号",
        actor=Actor.platform(),
        at=NOW,
    )


def insurance_listing(
    of: Presentation,
    list_class: ListClass = ListClass.A,
    self_pay_share: str = "0",
    *,
    is_only_this: bool = False,
    province_id: str = "",
    valid_from: date = date(2020, 1, 1),
) -> InsuranceListing:
    """The medicine of the presentation on a list of the insurance."""
    return list_for_insurance(
        medicine=of.medicine,
        presentation=of if is_only_this else None,
        province_id=province_id,
        list_class=list_class,
        self_pay_share=Decimal(self_pay_share),
        valid_from=valid_from,
        valid_until=None,
        source="国家医保目录",
        actor=Actor.platform(),
        at=NOW,
    )


# --- demand and tenders ----------------------------------------------------------------------------------------------


def demand_round(cast: Cast, *, at: datetime = NOW) -> DemandRound:
    """A round that is being answered."""
    code = f"D{next(_numbers):04d}"
    return open_demand_round(code=code, title=f"{code} 采购需求", year=at.year, actor=cast.officer, at=at)


def demand_report(
    demand_round: DemandRound, quantities: Mapping[Presentation, int], actor: Actor, *, at: datetime = NOW
) -> DemandReport:
    """What the actor's organization will need."""
    needs = [Need(item.pk, quantity) for item, quantity in quantities.items()]
    return report_demand(round_code=demand_round.code, needs=needs, actor=actor, at=at)


def demand(
    cast: Cast,
    presentations: Collection[Presentation] = (),
    *,
    quantity: int = 240_000,
    closed: bool = True,
    at: datetime = NOW,
) -> DemandRound:
    """A closed round: the hospital needs ``quantity`` units of each, the other province's hospital half of it."""
    asked = demand_round(cast, at=at)
    wanted = presentations or [presentation()]
    demand_report(asked, dict.fromkeys(wanted, quantity), cast.buyer, at=at)
    demand_report(asked, dict.fromkeys(wanted, quantity // 2), cast.outsider, at=at)
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


# --- bids and the opening --------------------------------------------------------------------------------------------


def sealed(tender: Tender, content: bytes) -> str:
    """Anything at all, padded and sealed for the tender: an envelope in base64."""
    return base64.b64encode(seal(pad(content), bytes(tender.key.public_key))).decode()


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
    tender = evaluated_tender(cast, plans, at=at, **options)
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


# --- from the basket to the shelf ------------------------------------------------------------------------------------


def requisition(
    cast: Cast,
    packs: Mapping[AgreementLine, int] | None = None,
    *,
    actor: Actor | None = None,
    at: datetime = NOW,
) -> Requisition:
    """A draft of the buyer: by default ten packs of the one agreed product."""
    wanted = packs if packs is not None else dict.fromkeys(agreement_lines(cast, at=at), 10)
    lines = [Wanted(line.pk, number) for line, number in wanted.items()]
    return draft_requisition(lines=lines, actor=actor or cast.buyer, at=at)


def submitted_requisition(
    cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW
) -> Requisition:
    """Waiting for the approver."""
    draft = requisition(cast, packs, at=at)
    return submit_requisition(requisition_id=draft.pk, actor=cast.buyer, at=at)


def approved_requisition(
    cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW
) -> Requisition:
    """Waiting for the run."""
    submitted = submitted_requisition(cast, packs, at=at)
    return approve_requisition(requisition_id=submitted.pk, actor=cast.approver, at=at)


def run(cast: Cast, *, province_id: str = HENAN, at: datetime = NOW) -> DistributionRun:
    """A finished run of the province."""
    requested = request_run(province_id=province_id, actor=cast.platform, at=at)
    return execute_run(run_id=requested.pk, actor=cast.platform, at=at)


def entrustment(
    cast: Cast, region: str = HENAN, *, distributor: Organization | None = None, at: datetime = NOW
) -> Entrustment:
    """The supplier's deliveries in the region are the distributor's."""
    return file_entrustment(
        distributor_code=(distributor or cast.distributor_firm).code,
        region_code=region,
        valid_from=at.date() - timedelta(days=1),
        valid_until=at.date() + timedelta(days=365),
        actor=cast.supplier,
        at=at,
    )


def placed_order(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Order:
    """The hospital's order, waiting for the supplier's answer."""
    approved = approved_requisition(cast, packs, at=at)
    run(cast, at=at)
    return Order.objects.get(requisition=approved)


def confirmed_order(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Order:
    """Confirmed in full."""
    order = placed_order(cast, packs, at=at)
    answers = [LineAnswer(line.pk, line.packs) for line in order.lines.all()]
    return confirm_order(order_id=order.pk, answers=answers, actor=cast.supplier, at=at)


def sent(line: OrderLine, packs: int | None = None, *, lot_number: str = "L001", days: int = 720) -> Sent:
    """Packs of one lot that keep for ``days``; by default all that were confirmed."""
    return Sent(
        line_id=line.pk,
        lot_number=lot_number,
        expires_on=TODAY + timedelta(days=days),
        packs=line.confirmed_packs if packs is None else packs,
    )


def despatch(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Despatch:
    """On the way: all of a confirmed order under one delivery note."""
    order = confirmed_order(cast, packs, at=at)
    lines = [sent(line) for line in order.lines.all()]
    return advise_despatch(
        order_id=order.pk, reference=f"DN{next(_numbers):04d}", sent=lines, actor=cast.supplier, at=at
    )


def receipt(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Receipt:
    """All of an order has arrived and was accepted."""
    on_the_way = despatch(cast, packs, at=at)
    lines = [Received(line.pk, accepted=line.packs) for line in on_the_way.lines.all()]
    return receive_despatch(despatch_id=on_the_way.pk, received=lines, actor=cast.pharmacist, at=at)


def retail_report(
    cast: Cast, prices: Mapping[Product, str], *, observed_on: date = TODAY, at: datetime = NOW
) -> RetailReport:
    """What the hospital's patients pay, waiting for the check."""
    reported = [
        ReportedPrice(item.code, Decimal(price), observed_on, f"/prices/{index}")
        for index, (item, price) in enumerate(prices.items())
    ]
    return report_retail_prices(prices=reported, actor=cast.pharmacist, at=at)


def region(code: str) -> Region:
    """The region of the code."""
    return Region.objects.get(code=code)
