"""Tenders as plain facts, from the demand to the end of an agreement, for what is written of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from procurement.rules.ocds.facts import (
    Amendment,
    Area,
    Award,
    Bid,
    Clarification,
    Contract,
    ContractAmendment,
    ContractLine,
    Demand,
    Document,
    Ingredient,
    Lot,
    LotFailure,
    Medicine,
    Milestone,
    Party,
    Planning,
    Procedure,
    Publisher,
    Tender,
    Terms,
)

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PUBLISHER = Publisher(
    name="某省药品采购平台",
    ocid_prefix="ocds-000000",
    uscc="12330000MB0000001X",
    uri="https://ypcg.example.cn/",
    license="https://creativecommons.org/publicdomain/zero/1.0/",
    policy="https://ypcg.example.cn/policy",
)
URI = "https://ypcg.example.cn/tenders/2026-01/ocds"
AGENCY = Party(code="AG", name="某省医药集中采购中心", uscc="12330000MB0000002X", region="浙江省")
PARTIES = (
    AGENCY,
    Party(code="S1", name="甲制药", uscc="91330000000000001A", region="浙江省"),
    Party(code="S2", name="乙制药", uscc="91330000000000002B"),
    Party(code="S3", name="丙制药"),
)


def days(number: int) -> datetime:
    return START + timedelta(days=number)


LOTS = (
    Lot(
        number=1,
        medicine=Medicine(
            description="阿莫西林 胶囊 0.25g",
            ingredients=(Ingredient(name="amoxicillin", amount=Decimal("0.25"), unit="g"),),
            form="胶囊",
            form_code="PILL",
            container="铝塑板",
            container_code="blstrpk",
            atc="J01CA04",
        ),
        quantity=1000,
        unit="粒",
        ceiling=Decimal("0.1234"),
        areas=(Area(name="浙江省", quantity=700), Area(name="安徽省", quantity=300)),
    ),
    Lot(number=2, medicine=Medicine(description="丹参片", form="片"), quantity=50, unit="片"),
)
TERMS = Terms(
    deadline_at=days(30),
    supply_from=date(2026, 7, 1),
    supply_until=date(2027, 7, 1),
    lots=LOTS,
    enquiries_until=days(15),
)
EARLIER = replace(TERMS, deadline_at=days(25), lots=(replace(LOTS[0], quantity=900), LOTS[1]))


def bid(number: int, *, lot: int = 1, price: str | None = "0.1000", rank: int | None = None) -> Bid:
    return Bid(
        reference=f"b-{lot}-{number}",
        lot=lot,
        supplier=f"S{number}",
        received_at=days(29),
        opened_at=days(30),
        priced_at=days(35) if price else None,
        price=Decimal(price) if price else None,
        product="阿莫西林胶囊 0.25g×24",
        judged_at=days(36),
        is_valid=rank is not None,
        rank=rank,
    )


def award(winner: int, **changes: object) -> Award:
    stated = Award(
        number=f"A{winner}",
        lot=1,
        supplier=f"S{winner}",
        bid=f"b-1-{winner}",
        product="阿莫西林胶囊 0.25g×24",
        price=Decimal("0.1000"),
        proposed_at=days(37),
        awarded_at=days(42),
        areas=LOTS[0].areas[:1] if winner == 1 else LOTS[0].areas[1:],
    )
    return replace(stated, **changes)  # type: ignore[arg-type]


LINES = (
    ContractLine(award="A1", product="阿莫西林胶囊", area=Area(name="浙江省", quantity=770), price=Decimal("0.1000")),
)
CONTRACT = Contract(
    number="HT-2026-01-S1",
    signed_at=days(45),
    valid_from=date(2026, 7, 1),
    valid_until=date(2027, 7, 1),
    lines=LINES,
    amendments=(
        ContractAmendment(
            number=1,
            agreed_at=days(200),
            rationale="用量增加",
            description="浙江省 700 → 770",
            before=(replace(LINES[0], area=Area(name="浙江省", quantity=700)),),
        ),
    ),
    ended_at=days(486),
    reason="期满",
)

WHOLE = Tender(
    number="2026-01",
    title="某省基本药物集中采购 (2026)",
    procedure=Procedure.DOUBLE_ENVELOPE,
    rules="双信封 2010",
    agency="AG",
    parties=PARTIES,
    terms=TERMS,
    description="基层医疗卫生机构用药",
    planning=Planning(
        title="2026年度用量",
        confirmed_at=days(-20),
        demand=(Demand(description="阿莫西林 胶囊 0.25g", quantity=1000, unit="粒"),),
        estimated_value=Decimal("123.40"),
    ),
    published_at=days(0),
    amendments=(
        Amendment(
            number=1, published_at=days(10), rationale="用量更正", description="第1包 900 → 1000; 延期", before=EARLIER
        ),
    ),
    clarifications=(
        Clarification(number=1, asked_at=days(3), question="包装?", answer="不限", answered_at=days(5), lot=1),
        Clarification(number=2, asked_at=days(11), question="配送?", answer="见文件", answered_at=days(12)),
    ),
    documents=(
        Document(
            id="d1",
            kind="biddingDocuments",
            title="采购文件",
            url="https://ypcg.example.cn/d1.pdf",
            published_at=days(0),
            format="application/pdf",
        ),
        Document(
            id="d2",
            kind="evaluationReports",
            title="开标记录",
            url="https://ypcg.example.cn/d2",
            published_at=days(30),
            lot=1,
        ),
    ),
    milestones=(
        Milestone(id="m1", kind="procurement", title="技术标开启", due_at=days(30), met_at=days(30)),
        Milestone(id="m2", kind="assessment", title="公示期满", due_at=days(42)),
    ),
    opened_at=days(30),
    bids=(bid(1, rank=1), bid(2, price="0.1100", rank=2), bid(3, price=None)),
    failures=(LotFailure(lot=2, failed_at=days(36), reason="无有效投标"),),
    awards=(award(1), award(2, awarded_at=None, withdrawn_at=days(40), reason="放弃中选")),
    contracts=(CONTRACT,),
)
PLANNED = replace(
    WHOLE,
    published_at=None,
    amendments=(),
    clarifications=(),
    documents=(),
    opened_at=None,
    bids=(),
    failures=(),
    awards=(),
    contracts=(),
)
CANCELLED = replace(
    WHOLE,
    planning=None,
    documents=WHOLE.documents[:1],
    milestones=WHOLE.milestones[1:],
    opened_at=None,
    bids=(),
    failures=(),
    awards=(),
    contracts=(),
    cancelled_at=days(20),
    cancellation_reason="需求变化",
)
LISTED = replace(
    WHOLE,
    procedure=Procedure.DIRECT_LISTING,
    planning=None,
    amendments=(),
    clarifications=(),
    bids=(),
    opened_at=None,
    awards=(award(1, bid="", proposed_at=None),),
)
EVERY_SHAPE = {
    "whole": WHOLE,
    "planned": PLANNED,
    "cancelled": CANCELLED,
    "listed": LISTED,
    **{procedure.value: replace(WHOLE, procedure=procedure) for procedure in Procedure},
}
