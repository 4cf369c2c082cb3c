"""Binding distributors to townships: whoever has the duty serves the township, whatever it orders."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven, NotVisible, refuse
from catalog.foundation.journal.record import record, record_all
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.models import Township
from catalog.services.periods import period
from distribution.errors import DutyExists
from distribution.models import ServiceDuty
from distribution.policies import may_give_duties
from distribution.services.entrustments import active_distributors, refuse_unfit, shortened


def give_duties(
    *,
    township_codes: Collection[str],
    distributor_code: str,
    valid_from: date,
    valid_until: date | None,
    actor: Actor,
    at: datetime,
) -> list[ServiceDuty]:
    """Bind a distributor to serve townships of a province from a day on; all of them, or none.

    Raises:
        NothingGiven: no township.
        NotVisible: no such township, no active distributor.
        NotAllowed: not an officer of the province.
        PeriodReversed, DistributorBarred, DistributorNotLicensed
        RulesBroken: with a ``DutyExists`` for each township that another duty covers in the period.
    """
    if not township_codes:
        raise NothingGiven(pointer="/townships")
    validity = period(valid_from, valid_until)
    with unit_of_work():
        townships = list(
            Township.objects.filter(pk__in=township_codes)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
            .select_related("county")
        )
        unknown = set(township_codes) - {township.pk for township in townships}
        if unknown:
            raise NotVisible(what=Township._meta.verbose_name, key=min(unknown))
        provinces = sorted({township.county.province_id for township in townships})
        may_give_duties(actor, provinces)
        distributor = find(active_distributors(), code=distributor_code)
        for province_id in provinces:
            refuse_unfit(distributor, province_id, valid_from)
        standing = ServiceDuty.objects.filter(township__in=townships, validity__overlap=validity)
        refuse(
            [
                DutyExists(township=duty.township, distributor=duty.distributor, pointer="/townships")
                for duty in standing.select_related("township", "distributor").order_by("township")
            ]
        )
        given = ServiceDuty.objects.bulk_create(
            ServiceDuty(township=township, distributor=distributor, validity=validity) for township in townships
        )
        changes = {"distributor_id": [None, distributor.pk], "validity": [None, str(validity)]}
        record_all(actor=actor, action="duty.give", changes_of=[(duty, changes) for duty in given], at=at)
    return given


def end_duty(*, duty_id: int, on: date, actor: Actor, at: datetime) -> ServiceDuty:
    """Let a duty end before its time, from the day on.

    Raises:
        NotVisible, NotAllowed, TermNotShortened
    """
    with unit_of_work():
        duty = lock(ServiceDuty.objects.select_related("township__county", "distributor"), pk=duty_id)
        may_give_duties(actor, [duty.township.county.province_id])
        former = duty.validity
        duty.validity = shortened(former, on, at)
        duty.save(update_fields=["validity"])
        changes = {"validity": [str(former), str(duty.validity)]}
        record(actor=actor, action="duty.end", subject=duty, at=at, changes=changes)
    return duty
