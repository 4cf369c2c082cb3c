"""From demand to agreement, as the demonstration plays it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Count, F, Sum
from django.utils import timezone

from catalog.accounts.models import User
from config.demo import data
from config.demo.demand import ROUND
from config.demo.logins import Logins
from config.demo.network import DISTRIBUTORS
from config.demo.people import person
from config.demo.registers import lot_presentations
from procurement.client import Client, Refused
from procurement.models import Agreement, AwardArea, Bid, Lot, Tender
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import Winner, award_lot
from procurement.services.candidates import publish_candidates
from procurement.services.demand import demand_round_of
from procurement.services.lots import LotPlan
from procurement.services.shares import release_share
from procurement.services.tenders import cancel_tender, draft_tender, publish_tender
from procurement.states import BidStatus, LotStatus, Procedure, TenderStatus

AS_ANNOUNCED = "与规则推算不一致，按2020年1月公告结果执行"
WORKER_PATIENCE = 180

Progress = Callable[[str], None]


class YearStuck(RuntimeError):
    """The year cannot go on; the message says what to do."""


def publish_round(bidding_seconds: int, at: datetime) -> dict[str, Any]:
    """The officer drafts and publishes the tender: one lot per generic, form and strength group."""
    number = f"HA-2027-{Tender.objects.count() + 1:02d}"
    presentations = lot_presentations()
    provinces = [row["code"] for row in data.rows("regions") if row["level"] == "province"]
    today = timezone.localdate(at)
    draft_tender(
        number=number,
        title="2027年度国家基本药物及带量采购药品集中采购",
        demand_round=demand_round_of(ROUND),
        deadline_at=at + timedelta(seconds=bidding_seconds),
        supply_from=today,
        supply_until=_a_year_after(today),
        province_ids=provinces,
        lots=[
            LotPlan(
                number=lot.number,
                presentation=presentations[lot.number, lot.strength],
                ceiling_price=lot.ceiling_price,
            )
            for lot in data.lots()
        ],
        actor=person("officer"),
        at=at,
    )
    holders = list(User.objects.filter(username__in=["officer", "officer2", "supervisor"]))
    publish_tender(number=number, holders=holders, actor=person("officer"), at=at)
    lots = Lot.objects.filter(tender__number=number)
    return {
        "tender": number,
        "lots": lots.count(),
        "units": int(lots.aggregate(total=Sum("quantity"))["total"]),
        "value_at_ceilings": str(lots.aggregate(total=Sum(F("quantity") * F("ceiling_price")))["total"].quantize(1)),
    }


NEXT_DAYS = 21
NEXT_LOTS = (4, 30)


def publish_next(at: datetime) -> dict[str, Any]:
    """A small double-envelope tender that stays open for bids, so that a supplier finds something to try.

    A supplementary purchase: as much again as the province reported, stated by the agency.
    """
    number = f"HA-2027-{Tender.objects.count() + 1:02d}"
    presentations = lot_presentations()
    supply_from = _a_year_after(timezone.localdate(at))
    deadline_at = at + timedelta(days=NEXT_DAYS)
    needed: Counter[int] = Counter()
    for volume in data.volumes():
        if volume.province == data.PROVINCE:
            needed[volume.lot] += volume.quantity
    draft_tender(
        number=number,
        title="2028年度补充采购（演示，开放投标）",
        demand_round=None,
        deadline_at=deadline_at,
        supply_from=supply_from,
        supply_until=_a_year_after(supply_from),
        province_ids=[data.PROVINCE],
        lots=[
            LotPlan(
                number=lot.number,
                presentation=presentations[lot.number, lot.strength],
                ceiling_price=lot.ceiling_price,
                quantities={data.PROVINCE: needed[lot.number]},
            )
            for lot in data.lots()
            if lot.number in NEXT_LOTS
        ],
        procedure=Procedure.DOUBLE_ENVELOPE,
        actor=person("officer"),
        at=at,
    )
    holders = list(User.objects.filter(username__in=["officer", "officer2", "supervisor"]))
    publish_tender(number=number, holders=holders, actor=person("officer"), at=at)
    return {"open_tender": number, "lots": len(NEXT_LOTS), "deadline": f"{timezone.localtime(deadline_at):%Y-%m-%d}"}


def _a_year_after(day: date) -> date:
    return date(day.year + 1, day.month, min(day.day, 28))


def supplier_client(base_url: str, code: str, logins: Logins) -> Client:
    """The reference client of an organization of the demonstration; it keeps its token."""
    return _client(base_url, logins.get(f"client id of {code}"), logins.get(f"client secret of {code}"))


@cache
def _client(base_url: str, client_id: str, secret: str) -> Client:
    # a client asks for a token but a few times a minute before it has to wait
    return Client(base_url, client_id, secret)


def submit_bids(tender_number: str, base_url: str, logins: Logins, progress: Progress) -> dict[str, Any]:
    """Every supplier of the round seals its bids with the reference client and submits them over HTTP.

    Raises:
        YearStuck: the deadline passed before all were in.
    """
    tender: dict[str, Any] = {}
    clients: dict[str, Client] = {}
    rows = data.bids()
    for place, row in enumerate(rows, start=1):
        client = clients.setdefault(row.bidder, supplier_client(base_url, row.bidder, logins))
        tender = tender or client.tender(tender_number)
        try:
            client.submit_bid(
                tender,
                lot=row.lot,
                supplier=row.bidder,
                product=data.product_code(row),
                offer_price=row.offer_price,
            )
        except Refused as refused:
            if refused.problem.get("title") == "bidding-closed":
                raise YearStuck("the deadline for bids passed before all were in") from refused
            # submitted before an interruption
            if refused.problem.get("title") != "second-bid":
                raise
        if place % 40 == 0:
            progress(f"{place} of {len(rows)} bids are in")
    return {"bids": Bid.objects.filter(lot__tender__number=tender_number).count(), "suppliers": len(clients)}


def call_off_round(tender_number: str, at: datetime) -> None:
    """Cancel a tender that missed its bids, so that it can be published anew."""
    cancel_tender(
        number=tender_number, reason="投标截止前未收齐全部投标，撤销后重新发布", actor=person("officer"), at=at
    )


def open_round(tender_number: str, logins: Logins, progress: Progress) -> dict[str, Any]:
    """An officer and the supervisor release their shares; the worker opens, judges, ranks and proposes."""
    tender = Tender.objects.get(number=tender_number)
    wait = (tender.deadline_at - timezone.now()).total_seconds()
    if wait > 0:
        progress(f"waiting {wait:.0f} s for the deadline: before it nobody can open")
        time.sleep(wait + 0.2)
    if tender.status in (TenderStatus.PUBLISHED, TenderStatus.CLOSED):
        for login in ("officer", "supervisor"):
            release_share(
                tender_number=tender_number,
                passphrase=logins.get(f"opening passphrase of {login}"),
                actor=person(login),
                at=timezone.now(),
            )
    await_worker(
        lambda: not Tender.objects.filter(number=tender_number, status=TenderStatus.EVALUATED).exists(),
        "the worker did not evaluate the tender",
    )
    bids = Bid.objects.filter(lot__tender__number=tender_number)
    counts = dict(bids.values_list("status").annotate(count=Count("pk")).order_by())
    verdicts = dict(bids.values_list("finding__verdict").annotate(count=Count("pk")).order_by())
    return {
        "opened": tender.openings.get().opened_count,
        "over_ceiling": verdicts.get("over_ceiling", 0),
        "above_entry_price": verdicts.get("above_entry", 0),
        "ranked": counts.get(BidStatus.RANKED, 0),
        "lots_proposed": Lot.objects.filter(tender=tender, status=LotStatus.PROPOSED).count(),
    }


def await_worker(waiting: Callable[[], bool], complaint: str) -> None:
    """Wait until the worker has done its part.

    Raises:
        YearStuck
    """
    until = time.monotonic() + WORKER_PATIENCE
    while waiting():
        if time.monotonic() > until:
            raise YearStuck(f"{complaint} within {WORKER_PATIENCE} s: look into the worker's log")
        time.sleep(0.25)


def award_round(tender_number: str, at: datetime) -> dict[str, Any]:
    """A second officer awards every lot to the announced winners with the announced supply provinces.

    Where an announced winner's offer is not valid by the rules, its provinces go to the others of the lot.
    """
    awarder = person("officer2")
    if Tender.objects.get(number=tender_number).status == TenderStatus.EVALUATED:
        publish_candidates(tender_number=tender_number, actor=person("officer"), at=at)
    announced: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row in data.bids():
        if row.is_announced_winner:
            announced[row.lot][row.bidder] = row.supply_provinces
    for lot in Lot.objects.filter(tender__number=tender_number, status=LotStatus.PROPOSED).order_by("number"):
        ranked = {
            bid.supplier.code: bid
            for bid in Bid.objects.filter(lot=lot, status=BidStatus.RANKED).select_related("supplier")
        }
        winners = _winners(ranked, announced[lot.number])
        proposed = set(Bid.objects.filter(lot=lot, evaluation_line__is_proposed=True).values_list("pk", flat=True))
        differs = proposed != {winner.bid_id for winner in winners}
        award_lot(lot_id=lot.pk, winners=winners, reason=AS_ANNOUNCED if differs else "", actor=awarder, at=at)
    lots = Lot.objects.filter(tender__number=tender_number, status=LotStatus.AWARDED)
    differing = lots.exclude(decision_reason="").count()
    areas = AwardArea.objects.filter(lot__tender__number=tender_number)
    sums = areas.aggregate(
        value=Sum(F("award__bid__comparable_price") * F("quantity")),
        saving=Sum((F("lot__ceiling_price") - F("award__bid__comparable_price")) * F("quantity")),
    )
    return {
        "lots_awarded": lots.count(),
        "as_proposed": lots.count() - differing,
        "decided_otherwise": differing,
        "value": str(sums["value"].quantize(1)),
        "saving": str(sums["saving"].quantize(1)),
        "saving_percent": f"{100 * sums['saving'] / (sums['saving'] + sums['value']):.1f}",
    }


def _winners(ranked: Mapping[str, Bid], announced: Mapping[str, tuple[str, ...]]) -> list[Winner]:
    """The announced winners among the ranked bids; the provinces of one that is not among them go to the first."""
    valid = [code for code in announced if code in ranked]
    orphaned = tuple(province for code, provinces in announced.items() if code not in ranked for province in provinces)
    return [
        Winner(ranked[code].pk, announced[code] + (orphaned if place == 0 else ())) for place, code in enumerate(valid)
    ]


def conclude_round(tender_number: str, base_url: str, logins: Logins, at: datetime) -> dict[str, Any]:
    """The officer concludes the agreements; the suppliers of the province entrust their distributors over the API."""
    tender = Tender.objects.get(number=tender_number)
    if tender.status == TenderStatus.CANDIDATES_PUBLISHED:
        conclude_agreements(tender_number=tender_number, actor=person("officer"), at=at)
    agreements = Agreement.objects.filter(tender=tender)
    suppliers = sorted(set(agreements.filter(lines__province=data.PROVINCE).values_list("supplier__code", flat=True)))
    for place, code in enumerate(suppliers):
        try:
            supplier_client(base_url, code, logins).file_entrustment(
                distributor=list(DISTRIBUTORS)[place % len(DISTRIBUTORS)],
                region=data.PROVINCE,
                valid_from=tender.supply_from.isoformat(),
                valid_until=tender.supply_until.isoformat(),
            )
        except Refused as refused:
            # filed before an interruption
            if refused.problem.get("title") != "entrustment-exists":
                raise
    volume = agreements.filter(lines__province=data.PROVINCE).aggregate(total=Sum("lines__agreed_quantity"))
    return {
        "agreements": agreements.count(),
        "suppliers_of_the_province": len(suppliers),
        "distributors": len(DISTRIBUTORS),
        "units_for_the_province": int(volume["total"]),
    }
