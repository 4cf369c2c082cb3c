"""Registering organizations."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.accounts.kinds import OrganizationKind, Tier
from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict, DomainError, NothingGiven
from catalog.foundation.imports import (
    BadCell,
    Checked,
    Column,
    DuplicateRow,
    Table,
    check,
    one_of,
    optional_text_up_to,
    text_up_to,
)
from catalog.foundation.journal.record import record_all
from catalog.models import Region

COLUMNS = [
    Column("code", text_up_to(32)),
    Column("kind", one_of(*OrganizationKind.values)),
    Column("name", text_up_to(200)),
    Column("short_name", optional_text_up_to(100)),
    Column("region", optional_text_up_to(6)),
    Column("tier", one_of(*Tier.values)),
    Column("uscc", optional_text_up_to(18)),
]
# What lies in a region by its nature; of the others it may be unknown.
IN_A_REGION = (OrganizationKind.AGENCY, OrganizationKind.INSTITUTION)


class OrganizationExists(Conflict):
    """The organization was registered at the same moment by another way."""

    code = "organization-exists"
    template = _("One of the organizations, or its unified social credit code, is already registered.")


def check_organization_table(table: Table) -> Checked:
    """Check a sheet with one row per organization, down to whether its region is known and it is new itself.

    Raises:
        MissingColumns
    """
    checked = check(table, COLUMNS, key=("code",))
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for _number, row in checked.rows:
        for name in ("code", "region", "uscc"):
            wanted[name].add(row[name])
    regions = set(Region.objects.filter(code__in=wanted["region"]).values_list("code", flat=True))
    known = {
        name: set(Organization.objects.filter(**{f"{name}__in": wanted[name]}).values_list(name, flat=True))
        for name in ("code", "uscc")
    }
    first_row_of: dict[str, int] = {}
    for number, row in checked.rows:
        for name in ("code", "uscc"):
            if row[name] and row[name] in known[name]:
                pointer = f"/rows/{number}/{name}"
                checked.add(number, AlreadyRegistered(field=name, value=row[name], pointer=pointer))
        first = first_row_of.setdefault(row["uscc"], number) if row["uscc"] else number
        if first != number:
            checked.add(number, DuplicateRow(row=number, first=first, key=row["uscc"]))
        if row["region"] and row["region"] not in regions:
            pointer = f"/rows/{number}/region"
            checked.add(number, UnknownCode(field="region", value=row["region"], pointer=pointer))
        for problem in kind_problems(number, row):
            checked.add(number, problem)
    return checked


def kind_problems(number: int, row: dict[str, Any]) -> list[DomainError]:
    """Agencies and institutions lie in a region, and institutions alone have a tier."""
    problems = {}
    if row["kind"] in IN_A_REGION and not row["region"]:
        problems["region"] = gettext("must not be empty for an agency or an institution")
    if row["kind"] != OrganizationKind.INSTITUTION and row["tier"]:
        problems["tier"] = gettext("must be empty: only institutions have a tier")
    return [
        BadCell(row=number, column=column, value=row[column], problem=problem, pointer=f"/rows/{number}/{column}")
        for column, problem in problems.items()
    ]


def load_organizations(*, table: Table, actor: Actor, at: datetime) -> list[Organization]:
    """Register the organizations of a sheet; all or nothing.

    Raises:
        RulesBroken: with every bad row.
        MissingColumns, NothingGiven, OrganizationExists
    """
    checked = check_organization_table(table)
    checked.refuse()
    if not checked.rows:
        raise NothingGiven(pointer="/rows")
    with transaction.atomic():
        try:
            with transaction.atomic():
                created = Organization.objects.bulk_create(
                    Organization(
                        code=row["code"],
                        kind=row["kind"],
                        name=row["name"],
                        short_name=row["short_name"],
                        region_id=row["region"] or None,
                        tier=row["tier"],
                        uscc=row["uscc"] or None,
                    )
                    for _number, row in checked.rows
                )
        except IntegrityError as error:
            raise OrganizationExists() from error
        record_all(
            actor=actor,
            action="organization.register",
            changes_of=[(organization, {"code": [None, organization.code]}) for organization in created],
            at=at,
        )
    return created
