"""The licences of suppliers and distributors out of a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import Licence, Organization
from catalog.errors import NotAFirm, PeriodReversed, PeriodTaken, UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import BadValue, Column, day, one_of, text_up_to
from catalog.foundation.journal.record import record_all
from catalog.services.imports.kinds import Context, Kind, Planned, Row, compared, refused
from catalog.services.imports.standing import lock_all
from catalog.services.licences import FIRMS
from catalog.services.periods import period

# Organization, kind, number.
Key = tuple[str, str, str]


def _scopes(value: str) -> list[str]:
    """Words of the scopes, with commas or semicolons between them."""
    words = [word.strip() for word in value.replace("；", ";").replace("，", ";").replace(",", ";").split(";")]
    read: Callable[[str], str] = one_of(*Licence.Scope.values)
    scopes = sorted({read(word) for word in words if word})
    if not scopes:
        raise BadValue(gettext("must not be empty"))
    return scopes


COLUMNS = [
    Column("organization", text_up_to(32), label=_("organization"), synonyms=("企业代码",)),
    Column("kind", one_of(*Licence.Kind.values), label=_("kind")),
    Column("number", text_up_to(40), label=_("number"), synonyms=("许可证编号", "许可证号")),
    Column("scopes", _scopes, label=_("scopes")),
    Column("valid_from", day, label=_("valid from"), synonyms=("发证日期",)),
    Column("valid_until", day, label=_("until (exclusive)")),
]


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    firms = _firms(rows)
    on_file = _on_file(rows)
    planned = []
    for number, row in rows:
        error = _problem(number, row, firms)
        if error is not None:
            planned.append(refused(number, error))
            continue
        validity = period(row["valid_from"], row["valid_until"])
        standing = [licence for licence in on_file[_key(row)] if _overlap(licence.validity, validity)]
        if [licence for licence in standing if licence.validity.lower != validity.lower]:
            taken = PeriodTaken(what=row["number"], period=validity, pointer=f"/rows/{number}/valid_from")
            planned.append(refused(number, taken))
            continue
        before = _said(standing[0].scopes, standing[0].validity.upper) if standing else None
        planned.append(compared(number, before, _said(row["scopes"], row["valid_until"])))
    return planned


def _said(scopes: Sequence[str], valid_until: Any) -> dict[str, Any]:
    return {"scopes": sorted(scopes), "valid_until": valid_until}


def _overlap(one: DateRange, other: DateRange) -> bool:
    return bool(one.lower < other.upper and other.lower < one.upper)


def _key(row: dict[str, Any]) -> Key:
    return row["organization"], row["kind"], row["number"]


def _firms(rows: Sequence[Row]) -> dict[str, Organization]:
    return Organization.objects.in_bulk({row["organization"] for _number, row in rows}, field_name="code")


def _licences(rows: Sequence[Row]) -> QuerySet[Licence]:
    return Licence.objects.filter(
        organization__code__in={row["organization"] for _number, row in rows},
        number__in={row["number"] for _number, row in rows},
    )


def _on_file(rows: Sequence[Row]) -> defaultdict[Key, list[Licence]]:
    on_file: defaultdict[Key, list[Licence]] = defaultdict(list)
    for licence in _licences(rows).select_related("organization"):
        on_file[licence.organization.code, licence.kind, licence.number].append(licence)
    return on_file


def _problem(number: int, row: dict[str, Any], firms: dict[str, Organization]) -> DomainError | None:
    firm = firms.get(row["organization"])
    pointer = f"/rows/{number}/organization"
    if firm is None:
        return UnknownCode(field="organization", value=row["organization"], pointer=pointer)
    if firm.kind not in FIRMS:
        return NotAFirm(organization=firm, pointer=pointer)
    if row["valid_until"] <= row["valid_from"]:
        pointer = f"/rows/{number}/valid_until"
        return PeriodReversed(begin=row["valid_from"], end=row["valid_until"], pointer=pointer)
    return None


def lock(rows: Sequence[Row], context: Context) -> None:
    lock_all(_licences(rows))


def write(rows: Sequence[Row], context: Context) -> None:
    firms, on_file = _firms(rows), _on_file(rows)
    entered: list[tuple[Licence, dict[str, Any]]] = []
    changed: list[tuple[Licence, dict[str, Any]]] = []
    for _number, row in rows:
        validity = period(row["valid_from"], row["valid_until"])
        licence = next((item for item in on_file[_key(row)] if item.validity.lower == validity.lower), None)
        after = _said(row["scopes"], row["valid_until"])
        if licence is None:
            licence = Licence(organization=firms[row["organization"]], kind=row["kind"], number=row["number"])
            entered.append((licence, {name: [None, value] for name, value in after.items()}))
        else:
            before = _said(licence.scopes, licence.validity.upper)
            changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
            changed.append((licence, changes))
        licence.scopes, licence.validity = row["scopes"], validity
    Licence.objects.bulk_create(licence for licence, _changes in entered)
    Licence.objects.bulk_update([licence for licence, _changes in changed], ["scopes", "validity"])
    for action, written in (("licence.enter", entered), ("licence.change", changed)):
        record_all(actor=context.actor, action=action, changes_of=written, at=context.at)


LICENCES = Kind(
    name="licences",
    label=_("licences"),
    help=_("One row per licence of a supplier or distributor; scopes in one cell, with semicolons between them."),
    columns=COLUMNS,
    key=("organization", "kind", "number"),
    plan=plan,
    lock=lock,
    write=write,
)
