"""Despatches: what is on the way, and what was found of it."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.transitions import find
from distribution.models import Despatch, DespatchLine, GoodsReturn
from distribution.portal.forms import ReturnForm
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.queries.told_checks import told_checks
from distribution.rules.checks import Gate
from distribution.states import GOODS_RETURN, DespatchStatus


@institution_page()
def despatch_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What suppliers sent to the institution, newest first."""
    status = chosen_status(request, DespatchStatus.choices)
    rows = Despatch.objects.visible_to(actor).select_related("order__supplier", "order__distributor")
    if status:
        rows = rows.filter(status=status)
    context = {"page": page_of(request, rows), "status": status, "states": DespatchStatus.choices}
    return render_page(request, actor, "portal/despatches.html", context)


def find_despatch(actor: Actor, pk: int) -> Despatch:
    """The despatch with all that its pages show.

    Raises:
        NotVisible
    """
    lines = DespatchLine.objects.select_related(
        "order_line__product__presentation__medicine", "order_line__product__manufacturer", "receipt_line"
    )
    return find(
        Despatch.objects.visible_to(actor)
        .select_related(
            "order__supplier", "order__distributor", "order__recipient", "receipt__received_by", "cold_chain_log"
        )
        .prefetch_related(Prefetch("lines", lines)),
        pk=pk,
    )


@institution_page()
def despatch_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """What was sent, by lot, what was found of it, how it was checked, and what goes back."""
    return show_despatch(request, actor, find_despatch(actor, pk))


def show_despatch(
    request: HttpRequest, actor: Actor, despatch: Despatch, *, form: ReturnForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a despatch, with the form of a return as it was sent."""
    is_pharmacist = actor.has(Role.PHARMACIST)
    checks = told_checks(despatch.receipt.checks) if despatch.status == DespatchStatus.RECEIVED else []
    kept = [line for line in despatch.lines.all() if line.accepted_packs > line.returned_packs]
    returns = (
        GoodsReturn.objects.visible_to(actor)
        .filter(despatch_line__despatch=despatch)
        .select_related("despatch_line__order_line__product__presentation__medicine")
    )
    context = {
        "despatch": despatch,
        "may_receive": despatch.status == DespatchStatus.SENT and is_pharmacist,
        "findings": [check for check in checks if not check.passed],
        "passed": [check for check in checks if check.passed],
        "warning": Gate.WARNING,
        "lots": {line.pk: line.lot_number for line in despatch.lines.all()},
        "returns": [(row, set(GOODS_RETURN.allowed(row.status)) & {"hand_over", "cancel"}) for row in returns],
        "return_form": (form or ReturnForm(lines=kept)) if kept and is_pharmacist else None,
    }
    return render_page(request, actor, "portal/despatch.html", context, status=status)
