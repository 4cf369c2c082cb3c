"""What the institution was told about its orders."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from catalog.foundation.actor import Actor
from distribution.models import OrderNotice
from distribution.portal.page import institution_page, page_of, render_page
from distribution.queries.notice_words import details_of
from distribution.services.notice_reading import read_notice


@institution_page()
def notice_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Notices, the latest first, each with what it is about."""
    page = page_of(request, OrderNotice.objects.visible_to(actor).select_related("order", "requisition"))
    for notice in page:
        notice.details = details_of(notice)
    return render_page(request, actor, "portal/notices.html", {"page": page})


@require_POST
@institution_page()
def read(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Note that it was read, and go on to the order or requisition it is about."""
    notice = read_notice(notice_id=pk, actor=actor, at=timezone.now())
    if notice.order_id is not None:
        return redirect("portal:order", pk=notice.order_id)
    if notice.requisition_id is not None:
        return redirect("portal:requisition", pk=notice.requisition_id)
    return redirect("portal:notices")
