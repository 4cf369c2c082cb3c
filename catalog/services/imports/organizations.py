"""Organizations out of a file: hospitals, makers, distributors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.accounts.kinds import OrganizationKind, Tier
from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, BadIdentifier, KeptByOperators, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import BadCell, Column, one_of, optional_text_up_to, text_up_to
from catalog.foundation.journal.record import record_all
from catalog.models import Region, Township
from catalog.rules.identifiers import check_identifier, normalise_identifier
from catalog.services.imports.kinds import Context, Kind, Planned, Row, compared, refused
from catalog.services.imports.standing import lock_all
from catalog.services.imports.villages import Centres
from catalog.states import RowOutcome

USCC = _("unified social credit code")
COLUMNS = [
    Column("code", text_up_to(32), label=_("code")),
    Column("kind", one_of(*OrganizationKind.values), label=_("kind")),
    Column("name", text_up_to(200), label=_("name"), synonyms=("名称", "单位名称", "hospital")),
    Column("short_name", optional_text_up_to(100), label=_("short name"), is_required=False),
    Column("region", optional_text_up_to(6), label=_("region"), is_required=False),
    Column("township", optional_text_up_to(9), label=_("township"), is_required=False, synonyms=("乡镇代码",)),
    Column("tier", one_of(*Tier.values), label=_("tier"), is_required=False),
    Column(
        "ordering_centre",
        optional_text_up_to(32),
        label=_("township centre that orders for it"),
        is_required=False,
        synonyms=("代购卫生院",),
    ),
    Column("uscc", optional_text_up_to(18), label=USCC, is_required=False),
]


WRITTEN = (RowOutcome.ADDED, RowOutcome.CHANGED)
# What lies in a region by its nature; of the others it may be unknown.
IN_A_REGION = (OrganizationKind.AGENCY, OrganizationKind.INSTITUTION)
# What a row brings up to date; an empty cell leaves alone what is there.
FIELDS = ("name", "short_name", "region", "township", "tier", "ordering_centre", "uscc")


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    usccs = {normalise_identifier("uscc", row["uscc"]) for _number, row in rows if row["uscc"]}
    standing = _standing(rows)
    owner = dict(Organization.objects.filter(uscc__in=usccs).values_list("uscc", "code"))
    regions = set(
        Region.objects.filter(code__in={row["region"] for _number, row in rows}).values_list("code", flat=True)
    )
    townships = set(
        Township.objects.filter(code__in={row["township"] for _number, row in rows}).values_list("code", flat=True)
    )
    centres = Centres(rows)
    planned = []
    for number, row in rows:
        organization = standing.get(row["code"])
        before = organization and _as_it_stands(organization)
        after = _as_it_would_be(row, before or {})
        errors: list[DomainError] = _kind_problems(number, {"kind": row["kind"], **after})
        if row["region"] and row["region"] not in regions:
            errors.append(UnknownCode(field="region", value=row["region"], pointer=f"/rows/{number}/region"))
        if row["township"] and row["township"] not in townships:
            errors.append(UnknownCode(field="township", value=row["township"], pointer=f"/rows/{number}/township"))
        errors += centres.problems(number, {"code": row["code"], "kind": row["kind"], **after})
        if row["uscc"]:
            errors += _uscc_problems(number, row, owner)
        if organization is not None and organization.kind != row["kind"]:
            errors.append(AlreadyRegistered(field="code", value=row["code"], pointer=f"/rows/{number}/code"))
        if errors:
            planned.append(refused(number, *errors))
            continue
        item = compared(number, before or None, after)
        if item.outcome in WRITTEN and not _is_the_officers(context.actor, row["kind"], organization, after):
            error = KeptByOperators(organization=row["name"] or row["code"], pointer=f"/rows/{number}/code")
            planned.append(refused(number, error))
            continue
        item.claims = [f"{USCC} {after['uscc']}"] if after["uscc"] else []
        planned.append(item)
    return planned


def _is_the_officers(actor: Actor, kind: str, known: Organization | None, after: dict[str, str]) -> bool:
    """Officers register and keep the institutions and distributors of their province, and register new suppliers.

    Who tenders, supervises, or already supplies the whole country is the operators' to change.
    """
    if actor.is_platform:
        return True
    if kind == OrganizationKind.SUPPLIER:
        return known is None
    regions = {after["region"], known.region_id or "" if known else after["region"]}
    return kind in (OrganizationKind.INSTITUTION, OrganizationKind.DISTRIBUTOR) and all(
        region[:2] == actor.province[:2] for region in regions
    )


def _standing(rows: Sequence[Row]) -> dict[str, Organization]:
    known = Organization.objects.select_related("ordering_centre")
    return known.in_bulk({row["code"] for _number, row in rows}, field_name="code")


def _as_it_stands(organization: Organization) -> dict[str, str]:
    return {
        "name": organization.name,
        "short_name": organization.short_name,
        "region": organization.region_id or "",
        "township": organization.township_id or "",
        "tier": organization.tier,
        "ordering_centre": organization.ordering_centre.code if organization.ordering_centre else "",
        "uscc": organization.uscc or "",
    }


def _as_it_would_be(row: dict[str, Any], before: dict[str, str]) -> dict[str, str]:
    given = {name: row[name] for name in FIELDS} | {"uscc": normalise_identifier("uscc", row["uscc"])}
    return {name: value or before.get(name, "") for name, value in given.items()}


def _uscc_problems(number: int, row: dict[str, Any], owner: dict[str | None, str]) -> list[DomainError]:
    pointer = f"/rows/{number}/uscc"
    value = normalise_identifier("uscc", row["uscc"])
    problem = check_identifier("uscc", value)
    if problem is not None:
        return [BadIdentifier(kind=USCC, value=row["uscc"], problem=problem, pointer=pointer)]
    if owner.get(value, row["code"]) != row["code"]:
        return [AlreadyRegistered(field="uscc", value=row["uscc"], pointer=pointer)]
    return []


def _kind_problems(number: int, row: dict[str, Any]) -> list[DomainError]:
    """Agencies and institutions lie in a region, and a township in it; institutions alone have a tier."""
    problems = {}
    if row["kind"] in IN_A_REGION and not row["region"]:
        problems["region"] = gettext("must not be empty for an agency or an institution")
    if row["township"] and row["township"][:6] != row["region"]:
        problems["township"] = gettext("does not lie in the region “%(region)s”") % {"region": row["region"]}
    if row["kind"] != OrganizationKind.INSTITUTION and row["tier"]:
        problems["tier"] = gettext("must be empty: only institutions have a tier")
    return [
        BadCell(row=number, column=column, value=row[column], problem=problem, pointer=f"/rows/{number}/{column}")
        for column, problem in problems.items()
    ]


def lock(rows: Sequence[Row], context: Context) -> None:
    lock_all(Organization.objects.filter(code__in={row["code"] for _number, row in rows}))


def write(rows: Sequence[Row], context: Context) -> None:
    standing = _standing(rows)
    centres = Centres(rows)
    changes_of: dict[str, dict[str, Any]] = {}
    organizations = []
    for _number, row in rows:
        former = standing.get(row["code"])
        before = _as_it_stands(former) if former else dict.fromkeys(FIELDS, "")
        after = _as_it_would_be(row, before)
        changes_of[row["code"]] = {name: [before[name], after[name]] for name in FIELDS if before[name] != after[name]}
        organizations.append(
            Organization(
                code=row["code"],
                kind=row["kind"],
                name=after["name"],
                short_name=after["short_name"],
                region_id=after["region"] or None,
                township_id=after["township"] or None,
                tier=after["tier"],
                ordering_centre_id=centres.id_of(after["ordering_centre"]),
                uscc=after["uscc"] or None,
            )
        )
    written = Organization.objects.bulk_create(
        organizations, update_conflicts=True, unique_fields=["code"], update_fields=[*FIELDS]
    )
    for action, is_known in (("organization.register", False), ("organization.change", True)):
        changed = [(item, changes_of[item.code]) for item in written if (item.code in standing) == is_known]
        if changed:
            record_all(actor=context.actor, action=action, changes_of=changed, at=context.at)


ORGANIZATIONS = Kind(
    name="organizations",
    label=_("organizations"),
    help=_("One row per organization. A known code is brought up to date: empty cells leave alone what is there."),
    columns=COLUMNS,
    key=("code",),
    plan=plan,
    lock=lock,
    write=write,
)
