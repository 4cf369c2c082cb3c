"""The lines of a requisition: judged, written, and their volume taken and given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role, Tier
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.prepared import prepared_cursor
from distribution.errors import AboveLimit, EmptyRequisition, NotOrderable, PacksNotPositive, ProductTwice
from distribution.models import Requisition, RequisitionLine
from distribution.queries.orderers import Orderer
from distribution.queries.ordering import Hindrance, JudgedLine, judge_lines
from distribution.states import LineOutcome
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine
from procurement.services.volumes import give_back_volume, take_volume


@dataclass(frozen=True, slots=True)
class Wanted:
    """Packs of an agreed product, by the id of the agreement line."""

    agreement_line_id: int
    packs: int


def check_lines(wanted: Sequence[Wanted], orderer: Orderer, at: datetime) -> dict[int, JudgedLine]:
    """The agreed products behind the wishes.

    Raises:
        EmptyRequisition
        RulesBroken: with every line that cannot be ordered, comes twice, or asks for more than remains.
    """
    if not wanted:
        raise EmptyRequisition(pointer="/lines")
    judged = judge_lines({item.agreement_line_id for item in wanted}, orderer, localdate(at))
    seen: set[int] = set()
    wrong = []
    for index, item in enumerate(wanted):
        line = judged.get(item.agreement_line_id)
        is_twice = item.agreement_line_id in seen
        seen.add(item.agreement_line_id)
        if (
            line is None
            or line.hindrances
            or item.packs < 1
            or is_twice
            or item.packs * line.pack_quantity > line.remaining
        ):
            wrong.append((index, item, line, is_twice))
    products = _products([item.agreement_line_id for _index, item, _line, _twice in wrong], orderer)
    refuse([_refusal(index, item, line, is_twice, products) for index, item, line, is_twice in wrong])
    return judged


def _products(line_ids: Sequence[int], orderer: Orderer) -> dict[int, AgreementLine]:
    if not line_ids:
        return {}
    lines = AgreementLine.objects.filter(pk__in=line_ids, province=orderer.province_id)
    return {row.pk: row for row in lines.select_related("product__presentation__medicine", "product__manufacturer")}


def _refusal(
    index: int, item: Wanted, line: JudgedLine | None, is_twice: bool, lines: Mapping[int, AgreementLine]
) -> DomainError:
    pointer = f"/lines/{index}"
    if line is None:
        return NotOrderable(line=item.agreement_line_id, reasons=Hindrance.NOT_AGREED.label, pointer=pointer)
    product = lines[item.agreement_line_id].product
    if line.hindrances:
        reasons = "; ".join(str(Hindrance(name).label) for name in line.hindrances)
        return NotOrderable(line=product, reasons=reasons, hindrances=line.hindrances, pointer=pointer)
    if item.packs < 1:
        return PacksNotPositive(product=product, packs=item.packs, pointer=f"{pointer}/packs")
    if is_twice:
        return ProductTwice(product=product, pointer=pointer)
    return _exceeded(index, lines[item.agreement_line_id], item.packs * line.pack_quantity)


def _exceeded(index: int, line: AgreementLine, units: int) -> AgreedVolumeExceeded:
    return AgreedVolumeExceeded(
        product=line.product, wanted=units, remaining=line.remaining_quantity, pointer=f"/lines/{index}/packs"
    )


def refuse_above_limit(amount: Decimal, orderer: Orderer) -> None:
    """Let pass what a buyer of the institution's tier may submit.

    Raises:
        AboveLimit
    """
    limit = orderer.limit(Role.BUYER)
    if limit is not None and amount > limit:
        raise AboveLimit(amount=amount, limit=limit, tier=Tier(orderer.tier).label)


# Fifty records would take longer than all the rest.
LINES = f"""
INSERT INTO distribution_requisitionline (requisition_id, agreement_line_id, packs, price, outcome, outcome_reason)
SELECT written.id, line_id, packs, price, '{LineOutcome.OPEN}', ''
FROM written CROSS JOIN unnest(%(lines)s::bigint[], %(packs)s::integer[], %(prices)s::numeric[])
    WITH ORDINALITY AS wanted (line_id, packs, price, place)
ORDER BY place
"""
HEAD = [field for field in Requisition._meta.concrete_fields if not field.primary_key]
WRITE = f"""
WITH written AS (
    INSERT INTO distribution_requisition ({", ".join(str(field.column) for field in HEAD)})
    VALUES ({", ".join(f"%({field.name})s" for field in HEAD)})
    RETURNING id
), lines AS ({LINES})
SELECT id FROM written
"""
REWRITE = f"WITH written AS (SELECT %(id)s::bigint AS id) {LINES}"


def head_of(requisition: Requisition) -> dict[str, Any]:
    """What a new requisition is written with, by the names of the fields in ``HEAD``."""
    return {field.name: field.get_db_prep_save(field.pre_save(requisition, True), connection) for field in HEAD}


def write_with_lines(requisition: Requisition, wanted: Sequence[Wanted], judged: Mapping[int, JudgedLine]) -> None:
    """Write a new requisition and its lines, at the agreed prices, in one statement."""
    with prepared_cursor() as cursor:
        cursor.execute(WRITE, {**head_of(requisition), **_columns(wanted, judged)})
        (requisition.pk,) = cursor.fetchone()
    requisition._state.adding, requisition._state.db = False, connection.alias


def write_lines(requisition: Requisition, wanted: Sequence[Wanted], judged: Mapping[int, JudgedLine]) -> None:
    """Write lines of a requisition that has none, at the agreed prices."""
    with prepared_cursor() as cursor:
        cursor.execute(REWRITE, {"id": requisition.pk, **_columns(wanted, judged)})


def _columns(wanted: Sequence[Wanted], judged: Mapping[int, JudgedLine]) -> dict[str, list[Any]]:
    return {
        "lines": [item.agreement_line_id for item in wanted],
        "packs": [item.packs for item in wanted],
        "prices": [judged[item.agreement_line_id].price for item in wanted],
    }


def amount_of(wanted: Sequence[Wanted], judged: Mapping[int, JudgedLine]) -> Decimal:
    """Yuan, of all lines."""
    return sum((item.packs * judged[item.agreement_line_id].price for item in wanted), Decimal(0))


def take_lines(
    requisition: Requisition, wanted: Sequence[Wanted], judged: Mapping[int, JudgedLine], at: datetime
) -> None:
    """Take the volume of all lines or of none. Part of the caller's transaction.

    Raises:
        RulesBroken: with every line of which less remains, as it is under the lock.
    """
    units = {item.agreement_line_id: item.packs * judged[item.agreement_line_id].pack_quantity for item in wanted}
    taken = take_volume(units, reference=_reference(requisition), at=at)
    if len(taken) == len(units):
        return
    lines = AgreementLine.objects.select_related("product__presentation__medicine", "product__manufacturer")
    short = lines.in_bulk([key for key in units if key not in taken])
    refuse(
        [
            _exceeded(index, short[item.agreement_line_id], units[item.agreement_line_id])
            for index, item in enumerate(wanted)
            if item.agreement_line_id in short
        ]
    )


def give_back_lines(requisition: Requisition, at: datetime) -> None:
    """Give back the volume of all lines. Part of the caller's transaction."""
    lines = RequisitionLine.objects.filter(requisition=requisition)
    units = F("packs") * F("agreement_line__product__pack_quantity")
    give_back_volume(dict(lines.values_list("agreement_line", units)), reference=_reference(requisition), at=at)


def _reference(requisition: Requisition) -> str:
    # taken and given back in turn, as often as it is sent back: each is entered once
    return f"{requisition.number}/{requisition.version}"
