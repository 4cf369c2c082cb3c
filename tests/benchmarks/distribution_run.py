"""A distribution run of the whole nation: 46,000 requisitions of 50 lines, in 31 provinces, by two workers.

Every institution has one requisition of all the products of ten suppliers. Suppliers entrust distributors with
provinces, prefectures, counties and single products there; some of these are not licensed, some cannot carry what is
cold. One line in twenty cannot be placed. The task is the workers' own, in two processes, on growing parts of the same
world: more of it may take longer, but hardly by more than it is more, and takes no more memory.
"""

from __future__ import annotations

import gc
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

from django.db import connections
from django.db.models import F, Sum

from catalog.accounts.models import Licence
from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Event
from catalog.states import ProductStatus
from distribution.models import (
    DistributionRun,
    Entrustment,
    LotHold,
    Order,
    OrderLine,
    OrderNotice,
    Requisition,
    RequisitionLine,
)
from distribution.rules.distributor_licences import Goods, lacking_scopes
from distribution.services.runs import request_run
from distribution.states import LineOutcome, NoticeKind, RequisitionStatus, RunStatus
from distribution.tasks import execute_run_task
from procurement.models import AgreementLine
from procurement.states import AgreementStatus
from tests.benchmarks import Comparison, Run, timed
from tests.worlds.distribution import CALLED_OFF, DAY, NOON, PROVINCES, make_requisitions, make_world

ROWS = 46_000
WORKERS = 2
# Four times as many may take this many times as long: growth with the power of 1.1.
GROWTH = 4**1.1
# What the peak memory of a worker may differ by, whatever the number.
MEMORY = 1.15
SAMPLE = 100


@dataclass(slots=True)
class World:
    """How many requisitions there are, and the greatest peak memory of a worker for each number that was run, in MB."""

    rows: int
    peaks: dict[int, float] = field(default_factory=dict)


def seed(rows: int) -> World:
    make_world(rows)
    return World(rows)


def by_workers(world: World, rows: int) -> Run:
    """Place so many requisitions, of the first institutions; they lie in all provinces alike."""
    make_requisitions(rows)
    gc.collect()
    events = [_request(province, rows) for province in PROVINCES]
    connections.close_all()
    with ProcessPoolExecutor(WORKERS, get_context("fork"), initializer=_begin) as workers, timed(rows) as run:
        peaks = list(workers.map(_work, events))
    world.peaks[rows] = max(peaks)
    check(rows)
    assert max(world.peaks.values()) <= MEMORY * min(world.peaks.values()), world.peaks
    run.note = f"{Order.objects.count():,} orders, a worker's VmHWM at most {max(peaks):.0f} MB"
    return run


def _request(province: str, rows: int) -> int:
    """The journal entry of a run whose cut-off is when the last of so many requisitions was approved."""
    cut_off = NOON + timedelta(milliseconds=rows - 1)
    # the workers here are given the message without a broker
    with patch("catalog.foundation.journal.record._wake_relay"):
        run = request_run(province_id=province, actor=Actor.platform(), at=cut_off)
    return Event.objects.values_list("pk", flat=True).get(action="distribution_run.request", subject_id=run.pk)


def _begin() -> None:
    """A worker's peak counts from here, not from what it was forked with."""
    Path("/proc/self/clear_refs").write_text("5")


def _work(event_id: int) -> float:
    """What the worker does with the message; its peak memory so far in MB."""
    execute_run_task(event_id)
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def check(rows: int) -> None:
    """Everything that could be placed was, and everything is counted once; nothing here is asked of the run itself."""
    runs = DistributionRun.objects.filter(status=RunStatus.FINISHED)
    placed = Requisition.objects.filter(status=RequisitionStatus.PLACED)
    lines = RequisitionLine.objects.filter(requisition__approved_at__lt=NOON + timedelta(milliseconds=rows))
    good = lines.filter(
        agreement_line__product__status=ProductStatus.TRADING,
        agreement_line__agreement__status=AgreementStatus.IN_FORCE,
    ).exclude(agreement_line__product__in=LotHold.objects.values("product"))
    bad = lines.filter(outcome=LineOutcome.REFUSED)
    sums = {"wanted": Sum("packs"), "yuan": Sum(F("packs") * F("price"))}
    wanted, ordered = good.aggregate(**sums), OrderLine.objects.aggregate(**sums)
    told = runs.aggregate(*(Sum(name) for name in ("requisition_count", "order_count", "refused_line_count", "amount")))
    orders, count, refused = Order.objects.count(), good.count(), bad.count()
    assert runs.count() == len(PROVINCES)
    assert placed.count() == rows == placed.filter(run__isnull=False).count()
    assert ordered == wanted
    assert OrderLine.objects.count() == count == lines.filter(outcome=LineOutcome.PLACED).count()
    assert lines.count() == count + refused
    assert tuple(told.values()) == (rows, orders, refused, wanted["yuan"])
    assert Event.objects.filter(action="order.place").count() == orders
    parties = orders + Order.objects.filter(distributor__isnull=False).count()
    assert OrderNotice.objects.filter(kind=NoticeKind.ORDER_PLACED).count() == parties
    assert OrderNotice.objects.filter(kind=NoticeKind.LINE_NOT_PLACED).count() == refused
    assert not Order.objects.exclude(
        delivery__county=F("institution__region"), delivery__storage=F("storage"), delivery__run=F("run")
    ).exists()


def agree(world: World) -> None:
    """A sixteenth by the run leaves the orders that are found line by line, and gives back what it does not place."""
    called_off = AgreementLine.objects.count() * CALLED_OFF
    by_workers(world, part(world, 16))
    rest = AgreementLine.objects.aggregate(units=Sum("called_off_quantity"))["units"]
    refused = RequisitionLine.objects.filter(outcome=LineOutcome.REFUSED)
    assert called_off - rest == refused.aggregate(units=Sum("packs"))["units"] * 24
    licences = scopes_on_file()
    for line in OrderLine.objects.filter(
        order__requisition__in=Requisition.objects.order_by("pk")[:SAMPLE]
    ).select_related("order__institution__township", "product__presentation__medicine", "agreement_line__agreement"):
        order = line.order
        assert order.supplier_id == line.agreement_line.agreement.supplier_id
        assert order.storage == line.product.storage
        assert order.distributor_id == distributor_of(line, licences)
        hours = 72 if order.institution.township.is_remote else 48
        assert order.deliver_by == order.placed_at + timedelta(hours=hours)


def scopes_on_file() -> dict[int, set[str]]:
    """What each distributor is licensed for on the day, where a licence is on file."""
    scopes: dict[int, set[str]] = {}
    for licence in Licence.objects.all():
        valid = licence.scopes if DAY in licence.validity else []
        scopes.setdefault(licence.organization_id, set()).update(valid)
    return scopes


def distributor_of(line: OrderLine, licences: dict[int, set[str]]) -> int | None:
    """Who is to bring it, found among all entrustments of the supplier."""
    product, county = line.product, line.order.institution.region_id or ""
    goods = Goods(product.approval_number, False, product.is_controlled, product.storage)
    fit = [
        entrustment
        for entrustment in Entrustment.objects.filter(
            supplier=line.order.supplier_id, region__in=[county, f"{county[:4]}00", f"{county[:2]}0000"]
        )
        if entrustment.product_id in (None, product.pk)
        and licences.get(entrustment.distributor_id) != set()
        and not lacking_scopes(goods, licences.get(entrustment.distributor_id))
    ]
    best = max(fit, key=lambda found: (found.product_id is not None, found.region_id), default=None)
    return best and best.distributor_id


def part(world: World, of: int) -> int:
    return max(1, world.rows // of)


COMPARISONS = [
    Comparison(
        name=f"{more} of all requisitions / {less} (requisitions a second)",
        unit="requisitions",
        goal=4 / GROWTH,
        agree=agree,
        baseline=lambda world, of=divisor * 4: by_workers(world, part(world, of)),
        product=lambda world, of=divisor: by_workers(world, part(world, of)),
        pairs=3,
    )
    for more, less, divisor in (("a quarter", "a sixteenth", 4), ("the whole", "a quarter", 1))
]
