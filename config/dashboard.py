"""The first page of the admin: what waits and what was saved; each figure leads to the list behind it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.figures.bars import Bar, draw_bars
from catalog.foundation.figures.figure import Column, Figure, Kind
from catalog.foundation.web.admin import READERS, actor_of, whole, yuan
from distribution.models import Despatch, Order, RetailFinding
from distribution.states import VIOLATIONS, DespatchStatus, OrderStatus, RetailVerdict
from procurement.models import AwardArea, Lot, Tender
from procurement.states import TENDER, LotStatus, SupplyRole, TenderStatus

# Whatever can still move and is no longer a draft.
UNDER_WAY = [status for status in TenderStatus if TENDER.allowed(status) and status != TenderStatus.DRAFT]
CHARTED_LOTS = 20

# The ceiling less the comparable price is saved on every unit that is awarded; both are at the strength of the lot.
SAVING = ExpressionWrapper(
    (F("lot__ceiling_price") - F("award__bid__comparable_price")) * F("quantity"),
    output_field=DecimalField(max_digits=30, decimal_places=4),
)
CEILING = ExpressionWrapper(
    F("lot__ceiling_price") * F("quantity"), output_field=DecimalField(max_digits=30, decimal_places=4)
)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures for whoever reads records; operators without a role see none."""
    actor = actor_of(request)
    context["title"] = _("Overview")
    if actor.has(*READERS):
        areas = _awarded_areas(actor)
        context.update(cards=_cards(actor, areas), awarded_savings=_saving_by_lot(areas))
    return context


def _awarded_areas(actor: Actor) -> Any:
    """What the officer's agency awarded; for supervisors, what anybody did."""
    areas = AwardArea.objects.filter(ended_at=None, role=SupplyRole.MAIN)
    return areas if actor.has(Role.SUPERVISOR) else areas.filter(lot__tender__agency_id=actor.organization_id)


def _cards(actor: Actor, areas: Any) -> list[dict[str, Any]]:
    is_all = actor.has(Role.SUPERVISOR)
    tenders = Tender.objects.all() if is_all else Tender.objects.of_agency(actor)
    lots = Lot.objects.all() if is_all else Lot.objects.of_agency(actor)
    counted = tenders.aggregate(
        under_way=Count("pk", filter=Q(status__in=UNDER_WAY)), drafts=Count("pk", filter=Q(status=TenderStatus.DRAFT))
    )
    decided = lots.aggregate(
        awarded=Count("pk", filter=Q(status=LotStatus.AWARDED)),
        waiting=Count("pk", filter=Q(status=LotStatus.PROPOSED)),
    )
    money = areas.aggregate(saving=Sum(SAVING), ceiling=Sum(CEILING))
    orders = Order.objects.visible_to(actor).aggregate(
        total=Count("pk"), open=Count("pk", filter=~Q(status__in=[OrderStatus.RECEIVED, OrderStatus.REFUSED]))
    )
    despatches = Despatch.objects.visible_to(actor).aggregate(
        received=Count("pk", filter=Q(status=DespatchStatus.RECEIVED)),
        under_way=Count("pk", filter=Q(status=DespatchStatus.SENT)),
    )
    findings = (
        RetailFinding.objects.visible_to(actor)
        .standing()
        .aggregate(
            above=Count("pk", filter=Q(verdict__in=VIOLATIONS)),
            unknown=Count("pk", filter=Q(verdict=RetailVerdict.NO_CEILING)),
        )
    )
    return [
        {
            "title": _("Tenders under way"),
            "figure": whole(counted["under_way"]),
            "note": ngettext("%(count)s draft", "%(count)s drafts", counted["drafts"]) % {"count": counted["drafts"]},
            "link": _list("procurement_tender"),
            "icon": "gavel",
        },
        {
            "title": _("Lots waiting for an award"),
            "figure": whole(decided["waiting"]),
            "note": _("%(count)s awarded") % {"count": whole(decided["awarded"])},
            "link": _list("procurement_lot", f"status__exact={LotStatus.PROPOSED}"),
            "icon": "emoji_events",
        },
        {
            "title": _("Saved against the ceilings"),
            "figure": yuan(money["saving"] or Decimal(0), 0),
            "note": _share(money["saving"], money["ceiling"]),
            "link": _list("procurement_lot", f"status__exact={LotStatus.AWARDED}"),
            "icon": "savings",
        },
        {
            "title": _("Orders not yet received"),
            "figure": whole(orders["open"]),
            "note": _("of %(count)s placed") % {"count": whole(orders["total"])},
            "link": _list("distribution_order"),
            "icon": "receipt_long",
        },
        {
            "title": _("Deliveries on the way"),
            "figure": whole(despatches["under_way"]),
            "note": _("%(count)s received") % {"count": whole(despatches["received"])},
            "link": _list("distribution_despatch"),
            "icon": "local_shipping",
        },
        {
            "title": _("Retail prices above a limit"),
            "figure": whole(findings["above"]),
            "note": _("%(count)s without a known guide price") % {"count": whole(findings["unknown"])},
            "link": _list("distribution_retailfinding"),
            "icon": "warning",
        },
    ]


def _list(name: str, query: str = "") -> str:
    address = reverse(f"admin:{name}_changelist")
    return f"{address}?{query}" if query else address


def _share(saving: Decimal | None, ceiling: Decimal | None) -> str:
    if not saving or not ceiling:
        return _("nothing awarded yet")
    return _("%(percent)s%% of what the ceilings would cost") % {"percent": f"{saving * 100 / ceiling:.1f}"}


def _saving_by_lot(areas: Any) -> Figure:
    """The lots with the largest savings."""
    presentation = "lot__presentation__medicine__name"
    rows = list(
        areas.order_by()
        .values("lot_id", "lot__number", "lot__tender__number", presentation)
        .annotate(saving=Sum(SAVING))
        .order_by("-saving")[:CHARTED_LOTS]
    )
    saved = sum((row["saving"] for row in rows), Decimal(0))
    total = areas.order_by().values("lot_id").distinct().count() if len(rows) == CHARTED_LOTS else len(rows)
    title = _("Saved against the ceilings, by lot (yuan)")
    if total > len(rows):
        title = _("Saved against the ceilings, the %(shown)s largest of %(total)s lots (yuan)") % {
            "shown": len(rows),
            "total": whole(total),
        }
    return Figure(
        name="awarded-savings",
        title=title,
        words=_("%(saving)s are saved by the awards of these lots.") % {"saving": yuan(saved, 0)},
        source=_("awarded quantity × (ceiling − comparable price), both per smallest unit at the lot's strength"),
        columns=[
            Column(_("tender")),
            Column(_("lot"), Kind.COUNT),
            Column(_("medicine")),
            Column(_("saving (yuan)"), Kind.YUAN),
        ],
        rows=[[row["lot__tender__number"], row["lot__number"], row[presentation], row["saving"]] for row in rows],
        drawing=draw_bars(
            [Bar(f"{row['lot__number']} {row[presentation]}", row["saving"]) for row in rows if row["saving"] > 0],
            unit=_("saving (yuan)"),
            worded=lambda amount: yuan(amount, 0),
        ),
        links=[reverse("admin:procurement_lot_change", args=[row["lot_id"]]) for row in rows],
        address=_list("procurement_lot", f"status__exact={LotStatus.AWARDED}"),
    )
