"""The page of a supplier or distributor: how it delivers, what is owed to it, and which of its medicines are short."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.accounts.models import Organization
from catalog.accounts.requests import actor_of_page
from catalog.foundation.actor import Channel
from distribution.queries.dashboards import Scope, firm_figures, months_until
from distribution.querysets import SELLERS


@require_safe
@never_cache
@login_required(login_url="portal:login")
def firm(request: HttpRequest) -> HttpResponse:
    """The figures of the person's own firm over the last twelve months, in all provinces together."""
    actor = actor_of_page(request, Channel.PORTAL)
    if not actor.has(*SELLERS):
        raise PermissionDenied(_("This page is for the agents of suppliers and distributors."))
    at = timezone.now()
    since, until = months_until(localdate(at))
    context = {
        "firm": get_object_or_404(Organization, pk=actor.organization_id),
        "figures": firm_figures(Scope(None, since, until, at, firm_id=actor.organization_id)),
    }
    return render(request, "portal/firm.html", context)
