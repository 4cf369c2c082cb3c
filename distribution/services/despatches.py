"""What the supplier or its entrusted distributor sends, and the temperatures of its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, unit_of_work
from distribution.errors import DespatchExists, ReadingImpossible
from distribution.models import ColdChainLog, Despatch, DespatchLine, Order, OrderLine
from distribution.policies import may_despatch
from distribution.rules.cold_chain import Reading
from distribution.services.pack_codes import store_codes
from distribution.services.sent_lots import Sent, SentLot, read_lots
from distribution.states import DESPATCH, ORDER

# What a sensor can have measured, in degrees Celsius; everything else is an error of writing.
HIGHEST = Decimal(100)


def advise_despatch(
    *,
    order_id: int,
    reference: str,
    sent: Sequence[Sent],
    actor: Actor,
    at: datetime,
    carrier: str = "",
    expected_at: datetime | None = None,
    readings: Sequence[Reading] = (),
    device: str = "",
    expected_version: int | None = None,
) -> Despatch:
    """Advise that goods have left, by lot, expiry and codes; an order may take several despatches.

    ``carrier`` is who drives, in words. The first readings of the cold chain may come along.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState
        DespatchExists: the delivery note was advised before.
        RulesBroken: a foreign line, a lot twice on one note, more than confirmed, expired or held goods, a code that
            is foreign, in use or contradicts its line, a distributor that is not entrusted or licensed.
    """
    with perform(
        "despatch",
        Order.objects.visible_to(actor).select_related("supplier", "distributor", "institution", "recipient"),
        pk=order_id,
        machine=ORDER,
        policy=may_despatch,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as order:
        lines = {
            line.pk: line
            for line in OrderLine.objects.filter(order=order).select_related(
                "product__presentation__medicine", "product__manufacturer"
            )
        }
        lots = read_lots(order, lines, sent, localdate(at))
        try:
            with transaction.atomic():
                despatch = Despatch.objects.create(
                    order=order, reference=reference, carrier=carrier, despatched_at=at, expected_at=expected_at
                )
        except IntegrityError as error:
            raise DespatchExists(reference=reference) from error
        _write_lots(despatch, lots)
        packs: Counter[int] = Counter()
        for lot in lots:
            packs[lot.line.pk] += lot.packs
        for line_id, count in packs.items():
            lines[line_id].despatched_packs += count
        OrderLine.objects.bulk_update([lines[line_id] for line_id in packs], ["despatched_packs"])
        if readings:
            _add_readings(despatch, readings, device, at)
        record(actor=actor, action="despatch.advise", subject=despatch, at=at)
    return despatch


def _write_lots(despatch: Despatch, lots: Sequence[SentLot]) -> None:
    rows = DespatchLine.objects.bulk_create(
        DespatchLine(
            despatch=despatch,
            order_line=lot.line,
            lot_number=lot.lot_number,
            expires_on=lot.expires_on,
            made_on=lot.made_on,
            packs=lot.packs,
        )
        for lot in lots
    )
    store_codes((row, code) for row, lot in zip(rows, lots, strict=True) for code in lot.codes)


def file_cold_chain_log(
    *, despatch_id: int, readings: Sequence[Reading], device: str = "", actor: Actor, at: datetime
) -> ColdChainLog:
    """Add readings to the log of a journey, until the goods are received; what was filed stays.

    Raises:
        NotVisible, NotAllowed, NothingGiven
        AlreadyDone: the goods were received.
        RulesBroken: a reading from the future, or one that no sensor shows.
    """
    with unit_of_work():
        despatch = lock(Despatch.objects.visible_to(actor).select_related("order"), pk=despatch_id)
        may_despatch(actor, "file_log", despatch.order)
        # a log is open for as long as the goods can be received
        DESPATCH.resolve(despatch.status, "receive")
        log = _add_readings(despatch, readings, device, at)
        record(
            actor=actor,
            action="cold_chain_log.file",
            subject=despatch,
            at=at,
            changes={"readings": [None, len(readings)]},
        )
    return log


def _add_readings(despatch: Despatch, readings: Sequence[Reading], device: str, at: datetime) -> ColdChainLog:
    if not readings:
        raise NothingGiven(pointer="/readings")
    refuse(
        [
            ReadingImpossible(
                celsius=reading.celsius, taken_at=reading.taken_at.isoformat(), pointer=f"/readings/{index}"
            )
            for index, reading in enumerate(readings)
            if reading.taken_at > at or not -HIGHEST <= reading.celsius <= HIGHEST
        ]
    )
    log, _is_new = ColdChainLog.objects.get_or_create(despatch=despatch, defaults={"readings": [], "filed_at": at})
    log.readings += [[reading.taken_at.isoformat(), str(reading.celsius)] for reading in readings]
    log.device, log.filed_at = device or log.device, at
    log.save()
    return log
