"""Letting people and machines act for an organization."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_application_model

from catalog.accounts.errors import RoleNotOfKind
from catalog.accounts.kinds import ROLES_OF_KIND, Role
from catalog.accounts.models import ApiClient, Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an API client logs in with; the secret is shown once and stored only as a hash."""

    client_id: str
    client_secret: str


def check_roles(organization: Organization, roles: Iterable[str]) -> None:
    """Refuse roles that an organization of the kind does not have.

    Raises:
        RoleNotOfKind
    """
    possible = ROLES_OF_KIND[organization.kind]
    for role in roles:
        if role not in possible:
            raise RoleNotOfKind(
                role=role, kind=organization.get_kind_display(), possible=", ".join(sorted(possible)) or "—"
            )


def give_role(*, user: User, organization: Organization, role: Role, actor: Actor, at: datetime) -> Membership:
    """Give a person a role in an organization; giving it twice changes nothing.

    Raises:
        RoleNotOfKind
    """
    check_roles(organization, [role])
    with transaction.atomic():
        membership, created = Membership.objects.get_or_create(user=user, organization=organization, role=role)
        if created:
            record(
                actor=actor,
                action="membership.give",
                subject=membership,
                at=at,
                changes={"role": [None, role]},
            )
    return membership


def create_api_client(
    *, organization: Organization, name: str, roles: Iterable[Role], actor: Actor, at: datetime
) -> Credentials:
    """Make an OAuth client that acts for the organization and return its credentials, once.

    Raises:
        RoleNotOfKind
    """
    roles = sorted(roles)
    check_roles(organization, roles)
    secret = generate_client_secret()
    application_model = get_application_model()
    with transaction.atomic():
        application = application_model.objects.create(
            name=name,
            client_type=application_model.CLIENT_CONFIDENTIAL,
            authorization_grant_type=application_model.GRANT_CLIENT_CREDENTIALS,
            client_secret=secret,
        )
        client = ApiClient.objects.create(application=application, organization=organization, roles=roles)
        record(actor=actor, action="api_client.create", subject=client, at=at, changes={"roles": [None, roles]})
    return Credentials(client_id=application.client_id, client_secret=secret)
