"""The lists of the basic insurance out of a file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.errors import BadShare, PeriodTaken, UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import Column, one_of, optional_text_up_to, text_up_to
from catalog.foundation.journal.record import record_all
from catalog.foundation.readers import optional, share
from catalog.models import InsuranceListing, Medicine, Region
from catalog.policies import require_officer, require_province
from catalog.queries import presentations_of
from catalog.services.imports.kinds import Context, Kind, Option, Planned, Row, day_option, refused
from catalog.services.imports.presentations import name_of
from catalog.services.imports.standing import covers, ends, lock_all
from catalog.services.periods import period, until
from catalog.states import ListClass, RegionLevel, RowOutcome

COLUMNS = [
    Column("medicine", text_up_to(200), label=_("Chinese generic name"), synonyms=("通用名", "药品名称")),
    Column("form", optional_text_up_to(50), label=_("dosage form"), is_required=False),
    Column("strength", optional_text_up_to(100), label=_("strength"), is_required=False),
    Column("list_class", one_of(*ListClass.values), label=_("list"), synonyms=("甲乙类",)),
    Column("self_pay_share", optional(share), label=_("patient pays first"), is_required=False),
]


def _places() -> list[tuple[str, Any]]:
    provinces = Region.objects.filter(level=RegionLevel.PROVINCE).order_by("code")
    return [("", _("everywhere")), *provinces.values_list("code", "name")]


OPTIONS = [
    Option("province", _("province"), optional_text_up_to(6), is_required=False, choices=_places),
    Option("source", _("source"), text_up_to(300)),
    day_option("valid_from", _("in force from")),
    day_option("valid_until", _("in force until (exclusive)"), is_required=False),
]


def admit(context: Context) -> None:
    """Only a province's own officers set what its patients pay first.

    Raises:
        NotAllowed, PeriodReversed
        UnknownCode: there is no such province.
    """
    province = context.options["province"]
    if province:
        if not Region.objects.filter(code=province, level=RegionLevel.PROVINCE).exists():
            raise UnknownCode(field="province", value=province, pointer="/options/province")
        require_province(context.actor, province)
    else:
        require_officer(context.actor)
    period(context.options["valid_from"], context.options["valid_until"])


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    known = _Known(rows, context)
    validity = period(context.options["valid_from"], context.options["valid_until"])
    planned = []
    for number, row in rows:
        errors = known.problems(number, row)
        if errors:
            planned.append(refused(number, *errors))
            continue
        former = known.standing.get(known.key(row))
        if former is None:
            planned.append(Planned(number, RowOutcome.ADDED))
            continue
        before = (former.list_class, former.self_pay_share)
        after = (row["list_class"], row["self_pay_share"] or Decimal(0))
        if before == after and covers(former.validity, validity):
            planned.append(Planned(number, RowOutcome.UNCHANGED))
        elif former.validity.lower >= validity.lower:
            planned.append(refused(number, PeriodTaken(what=row["medicine"], period=former.validity)))
        else:
            changes: dict[str, list[Any]] = {
                name: [str(old), str(new)]
                for name, old, new in zip(
                    ("list_class", "self_pay_share"), _plain(*before), _plain(*after), strict=True
                )
                if old != new
            }
            changes |= ends(former.validity, validity)
            planned.append(Planned(number, RowOutcome.CHANGED, changes))
    return planned


def _plain(list_class: str, share_paid: Decimal) -> tuple[str, str]:
    return list_class, f"{share_paid.normalize():f}"


def _overlapping(rows: Sequence[Row], context: Context) -> QuerySet[InsuranceListing]:
    return InsuranceListing.objects.filter(
        validity__overlap=period(context.options["valid_from"], context.options["valid_until"]),
        medicine__name__in={row["medicine"] for _number, row in rows},
        province=context.options["province"] or None,
    )


def lock(rows: Sequence[Row], context: Context) -> None:
    lock_all(_overlapping(rows, context))


class _Known:
    """What the rows refer to, read in a constant number of queries."""

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        names = {row["medicine"] for _number, row in rows}
        self.medicines = {medicine.name: medicine for medicine in Medicine.objects.filter(name__in=names)}
        self.presentations = presentations_of(names)
        self.standing = {
            (item.medicine_id, item.presentation_id): item for item in _overlapping(rows, context).order_by("validity")
        }

    def key(self, row: dict[str, Any]) -> tuple[int, int | None]:
        """The medicine, and the presentation where the row names one."""
        presentation = self.presentations.get((row["medicine"], row["form"], row["strength"]))
        return self.medicines[row["medicine"]].pk, presentation.pk if presentation else None

    def problems(self, number: int, row: dict[str, Any]) -> list[DomainError]:
        """Everything for which the row cannot be written."""
        at = f"/rows/{number}"
        errors: list[DomainError] = []
        if row["medicine"] not in self.medicines:
            errors.append(UnknownCode(field="medicine", value=row["medicine"], pointer=f"{at}/medicine"))
        elif row["form"] and (row["medicine"], row["form"], row["strength"]) not in self.presentations:
            value = name_of(row)
            errors.append(UnknownCode(field="form", value=value, pointer=f"{at}/form"))
        paid = row["self_pay_share"] or Decimal(0)
        if (row["list_class"] == ListClass.A and paid) or paid == 1:
            errors.append(BadShare(field="self_pay_share", value=paid, pointer=f"{at}/self_pay_share"))
        return errors


def write(rows: Sequence[Row], context: Context) -> None:
    known = _Known(rows, context)
    begin = context.options["valid_from"]
    ended = [known.standing[known.key(row)].pk for _number, row in rows if known.key(row) in known.standing]
    InsuranceListing.objects.filter(pk__in=ended).update(validity=until(begin))
    validity = period(begin, context.options["valid_until"] or None)
    created = InsuranceListing.objects.bulk_create(
        InsuranceListing(
            medicine_id=known.key(row)[0],
            presentation_id=known.key(row)[1],
            province_id=context.options["province"] or None,
            list_class=row["list_class"],
            self_pay_share=row["self_pay_share"] or Decimal(0),
            validity=validity,
            source=context.options["source"],
        )
        for _number, row in rows
    )
    record_all(
        actor=context.actor,
        action="insurance_listing.enter",
        changes_of=[
            (item, {"list": [None, item.list_class], "self_pay_share": [None, str(item.self_pay_share)]})
            for item in created
        ],
        at=context.at,
    )


INSURANCE_LISTINGS = Kind(
    name="insurance-listings",
    label=_("insurance listings"),
    help=_("One row per medicine, or per form and strength, with its list and what the patient pays first of list B."),
    columns=COLUMNS,
    key=("medicine", "form", "strength"),
    plan=plan,
    lock=lock,
    write=write,
    options=OPTIONS,
    admit=admit,
)
