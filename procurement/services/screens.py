"""Screening the opened bids of a tender for collusion, and what a supervisor makes of each flag."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from procurement.errors import FlagReviewed, TextMissing
from procurement.models import Bid, Lot, ScreenFlag, Tender
from procurement.policies import may_review_flag, may_run_tender, require_person
from procurement.queries.screening import UNOPENED, evidence_of, opened_bids_of
from procurement.rules import screens
from procurement.rules.screens.flags import Flag, ScreenLimits

LIMITS = ScreenLimits()
# What makes two flags the same: kind, lot, figures, bids.
Identity = tuple[str, int | None, tuple[tuple[str, str], ...], frozenset[int]]


def screen_tender(*, tender_id: int, limits: ScreenLimits = LIMITS, actor: Actor, at: datetime) -> list[ScreenFlag]:
    """Raise the flags of a tender's opened bids; return those that wait for a review.

    What was found before and is found no more goes, unless it was reviewed; what was reviewed is not raised again.

    Raises:
        NotVisible, NotAllowed
    """
    with unit_of_work():
        tender = lock(Tender.objects.all(), pk=tender_id)
        may_run_tender(actor, "screen", tender)
        found = screens.screen_tender(opened_bids_of(tender), evidence_of(tender), limits)
        wanted = _identities(found, tender)
        standing = _standing(tender)
        gone = [flag.pk for identity, flag in standing.items() if identity not in wanted and flag.reviewed_at is None]
        new = [identity for identity in wanted if identity not in standing]
        ScreenFlag.objects.filter(pk__in=gone).delete()
        _raise(new, tender, at)
        if gone or new:
            record(actor=actor, action="tender.screen", subject=tender, at=at, changes={"flags": [None, len(wanted)]})
    return list(ScreenFlag.objects.filter(tender=tender, reviewed_at=None))


def _identities(found: Iterable[Flag], tender: Tender) -> list[Identity]:
    """The flags as they are stored, each about its own bids, or those of its suppliers in the lots that it names."""
    lots = dict(Lot.objects.filter(tender=tender).values_list("number", "pk"))
    bids: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    opened = Bid.objects.filter(lot__tender=tender).exclude(status__in=UNOPENED).order_by("pk")
    for pk, supplier, lot in opened.values_list("pk", "supplier__code", "lot__number"):
        bids[supplier].append((pk, lot))
    identities: list[Identity] = []
    for flag in found:
        named = {int(lot) for lot in flag.figures["lots"].split(", ")} if "lots" in flag.figures else lots.keys()
        theirs = (pk for supplier in flag.suppliers for pk, lot in bids[supplier] if lot in named)
        lot_id = None if flag.lot is None else lots[flag.lot]
        figures = tuple(sorted(flag.figures.items()))
        identities.append((str(flag.kind), lot_id, figures, frozenset(flag.bids or theirs)))
    return identities


def _standing(tender: Tender) -> dict[Identity, ScreenFlag]:
    flags = list(ScreenFlag.objects.filter(tender=tender))
    bids: defaultdict[int, set[int]] = defaultdict(set)
    links = ScreenFlag.bids.through.objects.filter(screenflag__tender=tender)
    for flag_id, bid_id in links.values_list("screenflag_id", "bid_id"):
        bids[flag_id].add(bid_id)
    return {
        (flag.kind, flag.lot_id, tuple(sorted(flag.figures.items())), frozenset(bids[flag.pk])): flag for flag in flags
    }


def _raise(new: Sequence[Identity], tender: Tender, at: datetime) -> None:
    flags = ScreenFlag.objects.bulk_create(
        ScreenFlag(tender=tender, lot_id=lot, kind=kind, figures=dict(figures), raised_at=at)
        for kind, lot, figures, _bids in new
    )
    through = ScreenFlag.bids.through
    through.objects.bulk_create(
        through(screenflag_id=flag.pk, bid_id=bid)
        for flag, (*_about, bids) in zip(flags, new, strict=True)
        for bid in sorted(bids)
    )


def review_flag(*, flag_id: int, note: str, actor: Actor, at: datetime) -> ScreenFlag:
    """Write down what a flag comes to; a supervisor does so, once.

    Raises:
        NotVisible, NotAllowed, TextMissing, FlagReviewed
    """
    person = require_person(actor)
    with unit_of_work():
        flag = lock(ScreenFlag.objects.visible_to(actor).select_related("tender"), pk=flag_id)
        may_review_flag(actor)
        if not note.strip():
            raise TextMissing(pointer="/note")
        if flag.reviewed_at is not None:
            raise FlagReviewed(reviewed=spoken(flag.reviewed_at), note=flag.note)
        flag.note, flag.reviewed_at, flag.reviewed_by_id = note.strip(), at, person
        flag.save(update_fields=["note", "reviewed_at", "reviewed_by"])
        record(actor=actor, action="screen_flag.review", subject=flag, at=at, changes={"note": ["", flag.note]})
    return flag
