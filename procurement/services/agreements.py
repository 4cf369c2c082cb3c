"""Concluding agreements from awards, and taking from the agreed volume."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import groupby

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import perform
from procurement.errors import LotsUndecided
from procurement.models import Agreement, AgreementLine, AwardArea, Lot, Tender, VolumeEntry
from procurement.policies import may_run_agreement, may_run_tender
from procurement.states import AGREEMENT, TENDER, LotStatus


def conclude_agreements(*, tender_number: str, actor: Actor, at: datetime) -> list[Agreement]:
    """Make one agreement per winning supplier from the awards, with a volume per lot and province.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone
        LotsUndecided
    """
    with perform(
        "conclude",
        Tender.objects.of_agency(actor),
        number=tender_number,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        undecided = Lot.objects.filter(tender=tender).exclude(status__in=[LotStatus.AWARDED, LotStatus.FAILED])
        if undecided.exists():
            numbers = undecided.order_by("number").values_list("number", flat=True)
            raise LotsUndecided(lots=", ".join(map(str, numbers)))
        areas = (
            AwardArea.objects.filter(lot__tender=tender)
            .select_related("award__bid__supplier", "award__bid__product")
            .order_by("award__bid__supplier__code", "lot__number", "province")
        )
        agreements = []
        for supplier, group in groupby(areas, key=lambda area: area.award.bid.supplier):
            agreement = Agreement.objects.create(
                number=f"{tender.number}-{supplier.code}",
                tender=tender,
                agency_id=tender.agency_id,
                supplier=supplier,
                validity=DateRange(tender.supply_from, tender.supply_until),
            )
            AgreementLine.objects.bulk_create(
                AgreementLine(
                    agreement=agreement,
                    lot_id=area.lot_id,
                    product=area.award.bid.product,
                    province_id=area.province_id,
                    price=area.award.price,
                    agreed_quantity=area.quantity,
                )
                for area in group
            )
            agreements.append(agreement)
    return agreements


def change_agreement(*, number: str, action: str, actor: Actor, at: datetime) -> Agreement:
    """Suspend, resume or end an agreement; ``action`` is one of its machine's.

    Raises:
        NotVisible, NotAllowed, WrongState
    """
    with perform(
        action,
        Agreement.objects.visible_to(actor),
        number=number,
        machine=AGREEMENT,
        policy=may_run_agreement,
        actor=actor,
        at=at,
    ) as agreement:
        pass
    return agreement


TAKE = """
WITH wanted AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(units)s::bigint[]) AS wanted (line_id, units)
), locked AS (
    SELECT line.id, wanted.units
    FROM procurement_agreementline line JOIN wanted ON wanted.line_id = line.id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
)
UPDATE procurement_agreementline line
SET called_off_quantity = called_off_quantity + locked.units
FROM locked
WHERE line.id = locked.id AND line.agreed_quantity - line.called_off_quantity >= locked.units
RETURNING line.id
"""


def take_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> set[int]:
    """Call off units of agreed volumes; return the ids of the lines that had enough left.

    Part of the caller's transaction. One statement locks the lines in the order of their keys, so that two callers
    cannot wait for each other, and takes only where the volume suffices; the ledger says why.
    """
    if not units_of_line:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"lines": list(units_of_line), "units": list(units_of_line.values())})
        taken = {row[0] for row in cursor.fetchall()}
    _enter(taken, units_of_line, reference, at)
    return taken


def _enter(line_ids: Collection[int], units_of_line: Mapping[int, int], reference: str, at: datetime) -> None:
    VolumeEntry.objects.bulk_create(
        VolumeEntry(line_id=line_id, quantity=units_of_line[line_id], reference=reference, entered_at=at)
        for line_id in sorted(line_ids)
    )


GIVE_BACK = """
WITH given AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(units)s::bigint[]) AS given (line_id, units)
), locked AS (
    SELECT line.id, given.units
    FROM procurement_agreementline line JOIN given ON given.line_id = line.id
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
)
UPDATE procurement_agreementline line
SET called_off_quantity = called_off_quantity - locked.units
FROM locked
WHERE line.id = locked.id
"""


def give_back_volume(units_of_line: Mapping[int, int], *, reference: str, at: datetime) -> None:
    """Return units that were called off and will not be supplied. Part of the caller's transaction."""
    if not units_of_line:
        return
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"lines": list(units_of_line), "units": list(units_of_line.values())})
    _enter(units_of_line, {line_id: -units for line_id, units in units_of_line.items()}, reference, at)
