"""From a logged-in person or an API client to the actor that services know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.accounts.models import ApiClient, Membership
from catalog.foundation.actor import Actor, Channel

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from oauth2_provider.models import AbstractApplication

    from catalog.accounts.models import Organization, User


def actor_of_user(
    user: User | AnonymousUser, *, channel: Channel, organization_id: int | None = None, request_id: str = ""
) -> Actor:
    """The person, acting for one of their organizations: the one named, else the first they joined.

    Somebody without a membership in an active organization is a visitor with a name.
    """
    if not user.is_authenticated:
        return Actor.visitor(channel)
    memberships = list(
        Membership.objects.filter(user=user, organization__is_active=True).select_related("organization").order_by("pk")
    )
    if organization_id is not None:
        memberships = [item for item in memberships if item.organization_id == organization_id]
    if not memberships:
        return Actor(channel=channel, user_id=user.pk, request_id=request_id)
    organization = memberships[0].organization
    roles = frozenset(item.role for item in memberships if item.organization_id == organization.pk)
    return _actor(organization, roles, channel=channel, user_id=user.pk, request_id=request_id)


def actor_of_application(application: AbstractApplication, *, request_id: str = "") -> Actor:
    """The organization's system behind an OAuth client; a client of no active organization is a visitor."""
    client: ApiClient | None = getattr(application, "api_client", None)
    if client is None or not client.organization.is_active:
        return Actor.visitor(Channel.API)
    return _actor(client.organization, frozenset(client.roles), channel=Channel.API, request_id=request_id)


def _actor(
    organization: Organization,
    roles: frozenset[str],
    *,
    channel: Channel,
    user_id: int | None = None,
    request_id: str = "",
) -> Actor:
    return Actor(
        channel=channel,
        user_id=user_id,
        organization_id=organization.pk,
        kind=organization.kind,
        province=organization.province_id,
        roles=roles,
        request_id=request_id,
    )
