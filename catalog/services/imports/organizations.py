"""Organizations out of a file: hospitals, makers, distributors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.accounts.kinds import OrganizationKind, Tier
from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, BadIdentifier, UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import Column, one_of, optional_text_up_to, text_up_to
from catalog.foundation.journal.record import record_all
from catalog.models import Region
from catalog.rules.identifiers import check_identifier, normalise_identifier
from catalog.services.imports.kinds import Context, Kind, Planned, Row, compared, refused
from catalog.services.organizations import kind_problems

COLUMNS = [
    Column("code", text_up_to(32), label=_("code")),
    Column("kind", one_of(*OrganizationKind.values), label=_("kind")),
    Column("name", text_up_to(200), label=_("name"), synonyms=("名称", "单位名称", "hospital")),
    Column("short_name", optional_text_up_to(100), label=_("short name"), is_required=False),
    Column("region", optional_text_up_to(6), label=_("region"), is_required=False),
    Column("tier", one_of(*Tier.values), label=_("tier"), is_required=False),
    Column("uscc", optional_text_up_to(18), label=_("unified social credit code"), is_required=False),
]


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    codes = {row["code"] for _number, row in rows}
    usccs = {row["uscc"] for _number, row in rows if row["uscc"]}
    standing = Organization.objects.in_bulk(codes, field_name="code")
    owner = dict(Organization.objects.filter(uscc__in=usccs).values_list("uscc", "code"))
    regions = set(
        Region.objects.filter(code__in={row["region"] for _number, row in rows}).values_list("code", flat=True)
    )
    planned = []
    for number, row in rows:
        errors: list[DomainError] = kind_problems(number, row)
        if row["region"] and row["region"] not in regions:
            errors.append(UnknownCode(field="region", value=row["region"], pointer=f"/rows/{number}/region"))
        if row["uscc"]:
            errors += _uscc_problems(number, row, owner)
        organization = standing.get(row["code"])
        if organization is not None and organization.kind != row["kind"]:
            errors.append(AlreadyRegistered(field="code", value=row["code"], pointer=f"/rows/{number}/code"))
        if errors:
            planned.append(refused(number, *errors))
            continue
        before = organization and {name: getattr(organization, name) or "" for name in _fields(row)}
        planned.append(compared(number, before or None, {name: value or "" for name, value in _fields(row).items()}))
    return planned


def _uscc_problems(number: int, row: dict[str, Any], owner: dict[str | None, str]) -> list[DomainError]:
    pointer = f"/rows/{number}/uscc"
    problem = check_identifier("uscc", row["uscc"])
    if problem is not None:
        label = _("unified social credit code")
        return [BadIdentifier(kind=label, value=row["uscc"], problem=problem, pointer=pointer)]
    if owner.get(row["uscc"], row["code"]) != row["code"]:
        return [AlreadyRegistered(field="uscc", value=row["uscc"], pointer=pointer)]
    return []


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "short_name": row["short_name"],
        "region_id": row["region"] or None,
        "tier": row["tier"],
        "uscc": normalise_identifier("uscc", row["uscc"]) if row["uscc"] else None,
    }


def write(rows: Sequence[Row], context: Context) -> None:
    written = Organization.objects.bulk_create(
        (Organization(code=row["code"], kind=row["kind"], **_fields(row)) for _number, row in rows),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "short_name", "region", "tier", "uscc"],
    )
    record_all(
        actor=context.actor,
        action="organization.register",
        changes_of=[(organization, {"code": [None, organization.code]}) for organization in written],
        at=context.at,
    )


ORGANIZATIONS = Kind(
    name="organizations",
    label=_("organizations"),
    help=_("One row per organization; a known code is brought up to date."),
    columns=COLUMNS,
    key=("code",),
    plan=plan,
    write=write,
)
