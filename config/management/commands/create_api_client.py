"""Access to the API for an organization's own system."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.accounts.kinds import ROLES_OF_KIND, Role
from catalog.accounts.models import Organization
from catalog.accounts.services import create_api_client
from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import DomainError
from config.terminal import TerminalCommand

# What the admin's form admits, too.
NAME_LENGTH = 100


class Command(TerminalCommand):
    help = "Makes an API client that acts for an organization, and prints its credentials, this once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("organization", metavar="ORGANIZATION_CODE", help="the code of the organization")
        parser.add_argument("--name", default="", help="what the client is called (the name of the organization)")
        parser.add_argument(
            "--role",
            dest="roles",
            action="append",
            choices=Role.values,
            help="what it may do there; may be given several times (the only role that the organization can give)",
        )

    def handle(self, *args: Any, organization: str, name: str, roles: list[str] | None, **options: Any) -> None:
        found = Organization.objects.filter(code=organization, is_active=True).first()
        if found is None:
            raise CommandError(_("There is no active organization “%(code)s”.") % {"code": organization})
        if len(name) > NAME_LENGTH:
            raise CommandError(_("--name is longer than %(length)s characters.") % {"length": NAME_LENGTH})
        try:
            credentials = create_api_client(
                organization=found,
                name=name or found.name[:NAME_LENGTH],
                roles={Role(role) for role in roles or [only_role(found)]},
                actor=Actor.platform(Channel.COMMAND),
                at=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"client_id      {credentials.client_id}")
        self.stdout.write(f"client_secret  {credentials.client_secret}")


def only_role(organization: Organization) -> str:
    """The one role that there is in an organization of the kind.

    Raises:
        CommandError: there are several, of which a client is not given all without being asked.
    """
    # an expert's judgement is a person's
    possible = sorted(ROLES_OF_KIND[organization.kind] - {Role.EXPERT})
    if len(possible) > 1:
        raise CommandError(_("Say with --role which of %(roles)s it is to have.") % {"roles": ", ".join(possible)})
    return possible[0]
