"""What every page of the portal does: who is it for, what is said when it is refused, and its frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.accounts.requests import actor_of_page
from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import NotAllowed, NotVisible
from distribution.querysets import INSTITUTION_ROLES

P = ParamSpec("P")
ROWS_PER_PAGE = 30


def institution_page(
    *roles: Role,
) -> Callable[[Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Make a view a page for logged-in staff of an institution, with one of the roles where some are named.

    What the services and querysets refuse becomes the page 403 or 404.
    """

    def decorate(view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @never_cache
        @login_required(login_url="portal:login")
        @wraps(view)
        def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            actor = actor_of_page(request, Channel.PORTAL)
            _admit(actor, roles)
            try:
                return view(request, actor, *args, **kwargs)
            except NotVisible as error:
                raise Http404(str(error)) from error
            except NotAllowed as error:
                raise PermissionDenied(str(error)) from error

        return page

    return decorate


def _admit(actor: Actor, roles: tuple[Role, ...]) -> None:
    if not actor.has(*INSTITUTION_ROLES):
        raise PermissionDenied(
            _("The portal is for the buyers, approvers and pharmacists of medical institutions; you have no such role.")
        )
    if roles and not actor.has(*roles):
        names = ", ".join(str(role.label) for role in roles)
        raise PermissionDenied(_("This page needs the role “%(roles)s” in your institution.") % {"roles": names})


def render_page(
    request: HttpRequest, actor: Actor, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """The template in the frame of the portal."""
    assert actor.organization_id is not None  # whoever has a role has it in an organization
    frame = {
        "institution": Organization.objects.get(pk=actor.organization_id),
        "is_buyer": actor.has(Role.BUYER),
        "is_pharmacist": actor.has(Role.PHARMACIST),
    }
    return render(request, template, {**frame, **context}, status=status)


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The page of a list that the address asks for; the nearest one where there is no such page."""
    return Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))


def chosen_status(request: HttpRequest, choices: list[tuple[str, Any]]) -> str:
    """The state that a list is narrowed to, empty for all."""
    status = request.GET.get("status", "")
    return status if status in dict(choices) else ""
