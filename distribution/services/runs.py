"""The unified distribution run: a province's approved requisitions become orders to suppliers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict, WrongState
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform
from catalog.models import Region
from catalog.states import ProductStatus
from distribution.models import DistributionRun, Order, OrderLine, Requisition, RequisitionLine
from distribution.policies import may_handle_requisition, may_run_distribution
from distribution.queries import entrusted_distributors
from distribution.states import REQUISITION, RUN, LineOutcome, RequisitionStatus, RunStatus
from procurement.models import AgreementLine
from procurement.queries import barred_supplier_ids
from procurement.services.volumes import take_volume
from procurement.states import AgreementStatus


class RunUnderWay(Conflict):
    """The province's run has not finished."""

    code = "run-under-way"
    template = gettext_lazy("A distribution run of %(province)s is under way: wait until it has finished.")


def request_run(*, province_id: str, actor: Actor, at: datetime) -> DistributionRun:
    """Ask the worker for a run of the province.

    Raises:
        NotAllowed, NotVisible
        RunUnderWay
    """
    may_run_distribution(actor, province_id)
    province = find(Region.objects.filter(parent=None), code=province_id)
    with transaction.atomic():
        try:
            with transaction.atomic():
                run = DistributionRun.objects.create(province=province, requested_by_id=actor.user_id)
        except IntegrityError as error:
            raise RunUnderWay(province=province) from error
        record(actor=actor, action="distribution_run.request", subject=run, at=at)
    return run


def execute_run(*, run_id: int, actor: Actor, at: datetime) -> DistributionRun:
    """Place every approved requisition of the run's province and close the run.

    Each requisition is a transaction of its own: killed at any point and started again, the run goes on with the next
    one and nothing is placed twice.

    Raises:
        NotVisible
        WrongState: the run has finished.
    """
    run = find(DistributionRun.objects.all(), pk=run_id)
    if run.status != RunStatus.RUNNING:
        with perform(
            "start",
            DistributionRun.objects.all(),
            pk=run_id,
            machine=RUN,
            policy=_platform,
            actor=actor,
            at=at,
        ) as run:
            run.started_at = at
    waiting = Requisition.objects.filter(province_id=run.province_id, status=RequisitionStatus.APPROVED)
    for requisition_id in waiting.order_by("approved_at", "pk").values_list("pk", flat=True):
        try:
            place_requisition(requisition_id=requisition_id, run=run, actor=actor, at=at)
        except WrongState:
            # cancelled or placed by a second worker since the list was read
            continue
    with perform(
        "finish", DistributionRun.objects.all(), pk=run_id, machine=RUN, policy=_platform, actor=actor, at=at
    ) as run:
        amount = OrderLine.objects.filter(order__run=run).aggregate(amount=Sum(F("packs") * F("price")))["amount"]
        lines = RequisitionLine.objects.filter(requisition__run=run)
        run.order_count = Order.objects.filter(run=run).count()
        run.requisition_count = Requisition.objects.filter(run=run).count()
        run.refused_line_count = lines.filter(outcome=LineOutcome.REFUSED).count()
        run.amount, run.finished_at = amount or 0, at
    return run


def _platform(actor: Actor, action: str, run: DistributionRun) -> None:
    may_run_distribution(actor, run.province_id)


def place_requisition(*, requisition_id: int, run: DistributionRun, actor: Actor, at: datetime) -> list[Order]:
    """Split one requisition by supplier and entrusted distributor, take the volume, create the orders.

    A line whose agreed volume no longer suffices, whose agreement is not in force, whose supplier is barred or whose
    product is not trading is refused whole, with the reason; the others go on.

    Raises:
        WrongState, AlreadyDone
    """
    with perform(
        "place",
        Requisition.objects.select_related("institution"),
        pk=requisition_id,
        machine=REQUISITION,
        policy=may_handle_requisition,
        actor=actor,
        at=at,
    ) as requisition:
        requisition.run = run
        lines = list(
            requisition.lines.select_related("agreement_line__agreement", "agreement_line__product").order_by("pk")
        )
        suppliers = {line.agreement_line.agreement.supplier_id for line in lines}
        distributors = entrusted_distributors(suppliers, requisition.institution, localdate(at))
        barred = barred_supplier_ids(localdate(at), requisition.province_id)
        barred_here = set(barred.filter(organization__in=suppliers).values_list("organization", flat=True))
        possible = []
        for line in lines:
            line.outcome_reason = _hindrance(line, barred_here, at)
            if not line.outcome_reason:
                possible.append(line)
        taken = take_volume(
            {line.agreement_line_id: line.units for line in possible}, reference=requisition.number, at=at
        )
        _note_outcomes(lines, taken)
        orders = _create_orders(requisition, run, lines, distributors, at)
        for order in orders:
            record(actor=actor, action="order.place", subject=order, at=at)
    return orders


def _hindrance(line: RequisitionLine, barred: Collection[int], at: datetime) -> str:
    """Why the line cannot be placed, whatever the volume; empty if it can. ``barred`` are ids of suppliers."""
    agreement, product = line.agreement_line.agreement, line.agreement_line.product
    if agreement.supplier_id in barred:
        return _("the supplier is barred in the province for its conduct")
    if agreement.status != AgreementStatus.IN_FORCE or localdate(at) not in agreement.validity:
        return _("the agreement %(number)s is not in force") % {"number": agreement.number}
    if product.status != ProductStatus.TRADING:
        return _("the product is %(status)s") % {"status": product.get_status_display()}
    return ""


def _note_outcomes(lines: list[RequisitionLine], taken: set[int]) -> None:
    short = [line for line in lines if line.agreement_line_id not in taken and not line.outcome_reason]
    remaining = {
        row.pk: row.remaining_quantity
        for row in AgreementLine.objects.filter(pk__in=[line.agreement_line_id for line in short])
    }
    for line in lines:
        line.outcome = LineOutcome.PLACED if line.agreement_line_id in taken else LineOutcome.REFUSED
    for line in short:
        line.outcome_reason = _("%(wanted)s units wanted, %(remaining)s of the agreed volume remain") % {
            "wanted": line.units,
            "remaining": remaining[line.agreement_line_id],
        }
    RequisitionLine.objects.bulk_update(lines, ["outcome", "outcome_reason"])


def _create_orders(
    requisition: Requisition,
    run: DistributionRun,
    lines: list[RequisitionLine],
    distributors: dict[int, int],
    at: datetime,
) -> list[Order]:
    by_supplier: defaultdict[int, list[RequisitionLine]] = defaultdict(list)
    for line in lines:
        if line.outcome == LineOutcome.PLACED:
            by_supplier[line.agreement_line.agreement.supplier_id].append(line)
    orders = Order.objects.bulk_create(
        Order(
            run=run,
            requisition=requisition,
            institution_id=requisition.institution_id,
            province_id=requisition.province_id,
            supplier_id=supplier_id,
            distributor_id=distributors.get(supplier_id),
            placed_at=at,
        )
        for supplier_id in sorted(by_supplier)
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            requisition_line=line,
            agreement_line_id=line.agreement_line_id,
            product_id=line.agreement_line.product_id,
            packs=line.packs,
            price=line.price,
        )
        for order in orders
        for line in by_supplier[order.supplier_id]
    )
    return orders
