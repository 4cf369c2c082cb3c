"""Medicines that a province adds to the national list for its own institutions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import IntegrityError, transaction

from catalog.errors import PeriodReversed, PeriodTaken, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, unit_of_work
from catalog.models import (
    Medicine,
    Presentation,
    ProvincialAddition,
    Region,
)
from catalog.policies import require_province
from catalog.services.periods import period


def add_for_province(
    *,
    province_id: str,
    medicine: Medicine,
    presentations: Collection[Presentation],
    valid_from: date,
    valid_until: date | None,
    decision: str,
    source: str,
    actor: Actor,
    at: datetime,
) -> ProvincialAddition:
    """Add a medicine to the list for one province, in all presentations where none is named.

    Raises:
        NotAllowed: not an officer of the province.
        RulesBroken: with an ``UnknownCode`` for each presentation of another medicine.
        NotVisible, PeriodReversed
        PeriodTaken: it has been added for the time already.
    """
    require_province(actor, province_id)
    province = find(Region.objects.filter(parent=None), code=province_id)
    refuse(
        [
            UnknownCode(field="presentation", value=item, pointer=f"/presentations/{place}")
            for place, item in enumerate(presentations)
            if item.medicine_id != medicine.pk
        ]
    )
    validity = period(valid_from, valid_until)
    with unit_of_work():
        try:
            with transaction.atomic():
                addition = ProvincialAddition.objects.create(
                    province=province, medicine=medicine, validity=validity, decision=decision, source=source
                )
        except IntegrityError as error:
            raise PeriodTaken(what=medicine.name, period=validity) from error
        addition.presentations.set(presentations)
        record(
            actor=actor,
            action="provincial_addition.add",
            subject=addition,
            at=at,
            changes={"decision": [None, decision], "presentations": [None, [str(item) for item in presentations]]},
        )
    return addition


def end_addition(*, addition_id: int, on: date, actor: Actor, at: datetime) -> ProvincialAddition:
    """Take a medicine off the province's additions from a day on.

    Raises:
        PeriodReversed: it ends by then already, or does not begin before.
        NotVisible, NotAllowed
    """
    with unit_of_work():
        addition = find(ProvincialAddition.objects.select_for_update(of=("self",), no_key=True), pk=addition_id)
        require_province(actor, addition.province_id)
        former = addition.validity.upper
        if former is not None and former <= on:
            raise PeriodReversed(begin=on, end=former, pointer="/on")
        addition.validity = period(addition.validity.lower, on)
        addition.save(update_fields=["validity"])
        record(
            actor=actor,
            action="provincial_addition.end",
            subject=addition,
            at=at,
            changes={"valid_until": [former, on]},
        )
    return addition
