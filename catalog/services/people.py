"""Registering people and giving them their roles."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.accounts.errors import RoleNotOfKind
from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization, User
from catalog.accounts.services import check_roles, give_role
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict, NothingGiven
from catalog.foundation.imports import BadCell, BadValue, Checked, Column, Table, check, one_of, text_up_to
from catalog.foundation.journal.record import record_all

# Who works in the admin.
STAFF_ROLES = (Role.PROCUREMENT_OFFICER, Role.SUPERVISOR)


class PersonExists(Conflict):
    """The log-in was registered at the same moment by another way."""

    code = "person-exists"
    template = _("One of the people is already registered.")


@dataclass(frozen=True, slots=True)
class NewLogin:
    """What a new person logs in with; the password is shown once and stored only as a hash."""

    username: str
    password: str


def login_name(value: str) -> str:
    """A name to log in with: letters, digits and ``@.+-_``."""
    value = User.normalize_username(text_up_to(150)(value))
    try:
        UnicodeUsernameValidator()(value)
    except ValidationError:
        raise BadValue(gettext("must hold letters, digits and @/./+/-/_ only")) from None
    return value


COLUMNS = [
    Column("username", login_name),
    Column("name", text_up_to(150)),
    Column("organization", text_up_to(32)),
    Column("role", one_of(*Role.values)),
]


def check_people_table(table: Table) -> Checked:
    """Check a sheet with one row per person, organization and role; a person has one name on every row.

    Somebody who is registered is given the role as well, if the name is theirs: a log-in that was mistyped must not
    make somebody else an officer.

    Raises:
        MissingColumns
    """
    checked = check(table, COLUMNS, key=("username", "organization", "role"))
    rows = [row for _number, row in checked.rows]
    organizations = Organization.objects.in_bulk({row["organization"] for row in rows}, field_name="code")
    known = User.objects.filter(username__in={row["username"] for row in rows})
    name_of = {user.username: user.get_full_name() for user in known}
    for number, row in checked.rows:

        def bad(column: str, problem: str, number: int = number, value: str = "") -> None:
            pointer = f"/rows/{number}/{column}"
            checked.add(number, BadCell(row=number, column=column, value=value, problem=problem, pointer=pointer))

        name = name_of.setdefault(row["username"], row["name"])
        if name != row["name"]:
            problem = gettext("is not the name of “%(username)s”: that is “%(name)s”")
            bad("name", problem % {"username": row["username"], "name": name}, value=row["name"])
        organization = organizations.get(row["organization"])
        if organization is None:
            value = row["organization"]
            error = UnknownCode(field="organization", value=value, pointer=f"/rows/{number}/organization")
            checked.add(number, error)
            continue
        if not organization.is_active:
            bad("organization", gettext("is no longer active"), value=organization.code)
        try:
            check_roles(organization, [row["role"]])
        except RoleNotOfKind as refused:
            refused.pointer = f"/rows/{number}/role"
            checked.add(number, refused)
    return checked


def load_people(*, table: Table, actor: Actor, at: datetime) -> list[NewLogin]:
    """Register the people of a sheet and give them their roles, all or nothing; return the log-ins of who is new.

    Raises:
        RulesBroken: with every bad row.
        MissingColumns, NothingGiven, PersonExists
    """
    checked = check_people_table(table)
    checked.refuse()
    if not checked.rows:
        raise NothingGiven(pointer="/rows")
    rows = [row for _number, row in checked.rows]
    name_of = {row["username"]: row["name"] for row in rows}
    staff = {row["username"] for row in rows if row["role"] in STAFF_ROLES}
    registered = set(User.objects.filter(username__in=name_of).values_list("username", flat=True))
    logins = [NewLogin(username, _password()) for username in name_of if username not in registered]
    # slow by design, and therefore before the transaction
    hashes = {login.username: make_password(login.password) for login in logins}
    with transaction.atomic():
        try:
            with transaction.atomic():
                created = User.objects.bulk_create(
                    User(
                        username=username,
                        first_name=name_of[username],
                        password=password,
                        is_staff=username in staff,
                        date_joined=at,
                    )
                    for username, password in hashes.items()
                )
        except IntegrityError as error:
            raise PersonExists() from error
        record_all(
            actor=actor,
            action="person.register",
            changes_of=[
                (user, {"username": [None, user.username], "is_staff": [None, user.is_staff]}) for user in created
            ],
            at=at,
        )
        _admit_to_admin(staff, actor, at)
        users = {user.username: user for user in User.objects.filter(username__in=name_of)}
        organizations = Organization.objects.in_bulk({row["organization"] for row in rows}, field_name="code")
        for row in rows:
            give_role(
                user=users[row["username"]],
                organization=organizations[row["organization"]],
                role=Role(row["role"]),
                actor=actor,
                at=at,
            )
    return logins


def _password() -> str:
    """64 bits, easy to read out."""
    return "-".join(secrets.token_hex(2) for _place in range(4))


def _admit_to_admin(usernames: set[str], actor: Actor, at: datetime) -> None:
    """Let those of them into the admin who were registered without it."""
    admitted = list(User.objects.select_for_update(no_key=True).filter(username__in=usernames, is_staff=False))
    User.objects.filter(pk__in=[user.pk for user in admitted]).update(is_staff=True)
    changes = {"is_staff": [False, True]}
    record_all(actor=actor, action="person.change", changes_of=[(user, changes) for user in admitted], at=at)
