"""What waits for the institution's staff."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.models import Despatch, Order, Requisition, RetailFinding, RetailReport
from distribution.portal.page import institution_page, render_page
from distribution.queries.dashboards import Scope, institution_figures, months_until
from distribution.states import (
    VIOLATIONS,
    DespatchStatus,
    OrderStatus,
    RequisitionStatus,
    RetailReportStatus,
    RetailVerdict,
)

FEW = 5


@institution_page()
def dashboard(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Open requisitions, orders under way, despatches to receive, retail violations; the figures of twelve months."""
    requisitions = Requisition.objects.visible_to(actor)
    despatches = Despatch.objects.visible_to(actor).filter(status=DespatchStatus.SENT)
    submitted = requisitions.filter(status=RequisitionStatus.SUBMITTED)
    to_approve = submitted.exclude(countersigner=actor.user_id).select_related("author")
    reports = RetailReport.objects.visible_to(actor)
    context = {
        "requisitions": requisitions.aggregate(
            draft=Count("pk", filter=Q(status=RequisitionStatus.DRAFT)),
            submitted=Count("pk", filter=Q(status=RequisitionStatus.SUBMITTED)),
            approved=Count("pk", filter=Q(status=RequisitionStatus.APPROVED)),
        ),
        "orders": Order.objects.visible_to(actor).aggregate(
            placed=Count("pk", filter=Q(status=OrderStatus.PLACED)),
            confirmed=Count("pk", filter=Q(status=OrderStatus.CONFIRMED)),
            despatched=Count("pk", filter=Q(status=OrderStatus.DESPATCHED)),
        ),
        "despatch_count": despatches.count(),
        "findings": RetailFinding.objects.visible_to(actor)
        .standing()
        .aggregate(
            violations=Count("pk", filter=Q(verdict__in=VIOLATIONS)),
            unknown=Count("pk", filter=Q(verdict=RetailVerdict.NO_CEILING)),
        ),
        "unchecked_count": reports.filter(status=RetailReportStatus.RECEIVED).count(),
        "to_approve": to_approve.prefetch_related("lines")[:FEW] if actor.has(Role.APPROVER) else [],
        "to_receive": despatches.select_related("order__supplier").order_by("despatched_at")[:FEW]
        if actor.has(Role.PHARMACIST)
        else [],
        "figures": institution_figures(_scope(actor)),
    }
    return render_page(request, actor, "portal/dashboard.html", context)


def _scope(actor: Actor) -> Scope:
    """The institution, over the last twelve months."""
    at = timezone.now()
    since, until = months_until(localdate(at))
    return Scope(
        province_id=actor.province,
        since=since,
        until=until,
        at=at,
        institution_id=actor.organization_id,
        lists={
            "orders": reverse("portal:orders"),
            "deliveries": reverse("portal:despatches"),
            "findings": reverse("portal:violations"),
            "shortages": reverse("portal:shortages"),
            "use": reverse("portal:use"),
        },
    )
