"""The dosages of a guideline or of the prescription set out of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.errors import UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import Column, one_of, optional_text_up_to, text_up_to
from catalog.foundation.journal.record import record
from catalog.models import DosageEntry, GuidanceDocument, Medicine
from catalog.queries import presentations_of
from catalog.services.guidance import NewDosage, add_dosages, enter_guidance
from catalog.services.imports.kinds import Context, Kind, Option, Planned, Row, compared, day_option, refused
from catalog.services.imports.presentations import name_of
from catalog.services.periods import period
from catalog.states import GuidanceKind

COLUMNS = [
    Column("medicine", text_up_to(200), label=_("Chinese generic name"), synonyms=("通用名", "药品名称")),
    Column("form", optional_text_up_to(50), label=_("dosage form"), is_required=False),
    Column("strength", optional_text_up_to(100), label=_("strength"), is_required=False),
    Column("indication", text_up_to(300), label=_("indication"), synonyms=("适应症",)),
    Column("population", optional_text_up_to(100), label=_("for whom"), is_required=False),
    Column("route", optional_text_up_to(50), label=_("route"), is_required=False, synonyms=("给药途径",)),
    Column("dose", text_up_to(200), label=_("dose"), synonyms=("用量",)),
    Column("frequency", optional_text_up_to(100), label=_("how often"), is_required=False),
    Column("course", optional_text_up_to(100), label=_("how long"), is_required=False),
    Column("caution", optional_text_up_to(500), label=_("caution"), is_required=False),
]
OPTIONS = [
    Option("kind", _("kind"), one_of(*GuidanceKind.values), choices=lambda: GuidanceKind.choices),
    Option("title", _("title"), text_up_to(200)),
    Option("edition_label", _("version of the document"), text_up_to(50)),
    Option("issuer", _("issued by"), text_up_to(100)),
    Option("source", _("source"), text_up_to(300)),
    day_option("valid_from", _("in force from")),
    day_option("valid_until", _("in force until (exclusive)"), is_required=False),
]


SAID = ("indication", "population", "route", "dose", "frequency", "course", "caution")
# Medicine, form, strength, indication, population, route.
Identity = tuple[str, str, str, str, str, str]


def admit(context: Context) -> None:
    """The days in their order.

    Raises:
        PeriodReversed
    """
    period(context.options["valid_from"], context.options["valid_until"])


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    names = {row["medicine"] for _number, row in rows}
    medicines = set(Medicine.objects.filter(name__in=names).values_list("name", flat=True))
    presentations = presentations_of(names)
    standing = _standing(context, names)
    planned = []
    for number, row in rows:
        errors: list[DomainError] = []
        if row["medicine"] not in medicines:
            errors.append(UnknownCode(field="medicine", value=row["medicine"], pointer=f"/rows/{number}/medicine"))
        elif row["form"] and _presentation_key(row) not in presentations:
            value = name_of(row)
            errors.append(UnknownCode(field="form", value=value, pointer=f"/rows/{number}/form"))
        if errors:
            planned.append(refused(number, *errors))
            continue
        dosage = standing.get(_identity(row))
        before = dosage and {name: getattr(dosage, name) for name in SAID}
        planned.append(compared(number, before or None, {name: row[name] for name in SAID}))
    return planned


def _version(context: Context) -> QuerySet[GuidanceDocument]:
    """The version of the document, where it is known."""
    named = {name: context.options[name] for name in ("kind", "title", "edition_label")}
    return GuidanceDocument.objects.filter(**named)


def _standing(context: Context, names: set[str]) -> dict[Identity, DosageEntry]:
    """What the version says of these medicines."""
    entries = DosageEntry.objects.filter(document__in=_version(context), medicine__name__in=names)
    return {
        (
            entry.medicine.name,
            entry.presentation.form if entry.presentation else "",
            entry.presentation.strength if entry.presentation else "",
            entry.indication,
            entry.population,
            entry.route,
        ): entry
        for entry in entries.select_related("medicine", "presentation")
    }


def _identity(row: dict[str, Any]) -> Identity:
    """What no two dosages of a version agree in."""
    return *_presentation_key(row), row["indication"], row["population"], row["route"]


def _presentation_key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["medicine"], row["form"], row["strength"]


def write(rows: Sequence[Row], context: Context) -> None:
    names = {row["medicine"] for _number, row in rows}
    medicines = {medicine.name: medicine for medicine in Medicine.objects.filter(name__in=names)}
    presentations = presentations_of(names)
    dosages = [
        NewDosage(
            medicine=medicines[row["medicine"]],
            presentation=presentations.get(_presentation_key(row)),
            **{name: row[name] for name in SAID},
        )
        for _number, row in rows
    ]
    document = _version(context).first()
    if document is None:
        options = context.options | {"kind": GuidanceKind(context.options["kind"])}
        enter_guidance(**options, dosages=dosages, actor=context.actor, at=context.at)
        return
    standing = _standing(context, names)
    replaced = [standing[key].pk for key in (_identity(row) for _number, row in rows) if key in standing]
    document.entries.filter(pk__in=replaced).delete()
    add_dosages(document, dosages)
    record(
        actor=context.actor,
        action="guidance.mend",
        subject=document,
        at=context.at,
        changes={"dosages": [None, len(dosages)]},
    )


DOSAGES = Kind(
    name="dosages",
    label=_("guidelines and prescription set"),
    help=_("The dosages of one version of a document, one row for each; the former version ends where this begins."),
    columns=COLUMNS,
    key=("medicine", "form", "strength", "indication", "population", "route"),
    plan=plan,
    write=write,
    options=OPTIONS,
    admit=admit,
    is_whole=True,
)
