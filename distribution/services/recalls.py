"""Recalls: proposed by one, opened by another, told to everybody who received the lots, closed with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from django.utils.timezone import localdate, localtime

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import Product, RuleSet
from distribution.errors import LotsTwice, ReasonMissing, RecallUnderWay
from distribution.models import LotHold, Recall, RecallNotice
from distribution.policies import may_handle_recall, may_hold
from distribution.queries.lot_trace import holders_of
from distribution.queries.recalls import standing_of
from distribution.queries.rules import recall_rules, source_of
from distribution.rules.recalls import limits_of, next_report_before
from distribution.services.holds import ensure_hold, lift_hold
from distribution.services.notices import notify_each
from distribution.states import RECALL, HoldKind, NoticeKind, RecallClass, RecallStatus
from procurement.errors import TextMissing

# What is neither dropped nor closed.
UNDER_WAY = (RecallStatus.PROPOSED, RecallStatus.OPENED, RecallStatus.NOTIFIED)
WITH_PRODUCT = ("product__presentation__medicine", "product__manufacturer")


def propose_recall(
    *, product_code: str, lots: Sequence[str], level: RecallClass, reason: str, actor: Actor, at: datetime
) -> Recall:
    """Propose to recall lots of a product, or the whole product where none is named; they are held at once.

    From then on nothing of it is ordered (where the whole product is meant), sent, accepted or dispensed.

    Raises:
        NotVisible, NotAllowed, ReasonMissing, LotsTwice
        RecallUnderWay: one of the lots is being recalled already.
    """
    product = find(Product.objects.select_related("presentation__medicine", "manufacturer"), code=product_code)
    may_hold(actor, product, HoldKind.RECALL)
    named = [lot.strip() for lot in lots if lot.strip()]
    broken: list[DomainError] = [
        LotsTwice(lot=lot, pointer=f"/lots/{index}")
        for index, lot in enumerate(named)
        if lot.upper() in {other.upper() for other in named[:index]}
    ]
    if not reason.strip():
        broken.append(ReasonMissing(product=product, pointer="/reason"))
    refuse(broken)
    with unit_of_work():
        # two who recall one lot at one moment: the second is told of the first
        lock(Product.objects.all(), pk=product.pk)
        _refuse_overlap(product, named)
        recall = Recall.objects.create(
            product=product,
            lots=named,
            level=level,
            reason=reason.strip(),
            organization_id=actor.organization_id,
            proposed_at=at,
            proposed_by_id=actor.user_id,
        )
        _hold(recall, HoldKind.QUARANTINE, actor, at)
        changes = {"product_id": [None, product.pk], "lots": [None, named], "level": [None, level]}
        record(actor=actor, action="recall.propose", subject=recall, at=at, changes=changes)
    return recall


def _refuse_overlap(product: Product, lots: Sequence[str]) -> None:
    named = {lot.upper() for lot in lots}
    for other in Recall.objects.filter(product=product, status__in=UNDER_WAY):
        if not lots or not other.lots or named & {lot.upper() for lot in other.lots}:
            raise RecallUnderWay(product=product, recall=other.number)


def _hold(recall: Recall, kind: HoldKind, actor: Actor, at: datetime) -> None:
    for lot in recall.lots or [""]:
        ensure_hold(
            product_code=recall.product.code,
            lot_number=lot,
            kind=kind,
            reason=recall.reason,
            source=recall.number,
            actor=actor,
            at=at,
        )


def _lift_quarantine(recall: Recall, reason: str, actor: Actor, at: datetime) -> None:
    """Those holds alone that the proposal placed."""
    placed = LotHold.objects.in_force().filter(product=recall.product, kind=HoldKind.QUARANTINE, source=recall.number)
    for hold_id in placed.order_by("pk").values_list("pk", flat=True):
        lift_hold(hold_id=hold_id, reason=reason, actor=actor, at=at)


def open_recall(*, recall_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> Recall:
    """Decide on a proposed recall: the limits of the day run, and the supplier has to take the lots back.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, RuleSetMissing
    """
    with _handled("open", recall_id, actor, at, expected_version) as recall:
        today = localdate(at)
        rules = recall_rules(today)
        limits = limits_of(recall.level, opened_at=localtime(at), rules=rules)
        recall.opened_at, recall.opened_by_id = at, actor.user_id
        recall.rule, recall.limits_source = rules.rule, source_of(RuleSet.Kind.RECALL, today)
        recall.notify_by, recall.plan_by = limits.notify_by, limits.plan_by
        recall.progress_days = limits.progress_days
        recall.is_public = recall.level in rules.public_classes
        _hold(recall, HoldKind.RECALL, actor, at)
        _lift_quarantine(recall, recall.number, actor, at)
    return recall


def drop_recall(
    *, recall_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Recall:
    """Give a proposal up, with the reason; the lots that it held are free again.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with _handled("drop", recall_id, actor, at, expected_version) as recall:
        if not reason.strip():
            raise ReasonMissing(product=recall, pointer="/reason")
        recall.status_reason = reason.strip()
        _lift_quarantine(recall, reason, actor, at)
    return recall


def notify_recall(
    *, recall_id: int, instructions: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Recall:
    """Send the notice to everybody who received the lots or keeps them, with what they are to do.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, TextMissing
    """
    with _handled("notify", recall_id, actor, at, expected_version) as recall:
        recall.instructions, recall.notified_at = _said(instructions, "instructions"), at
        recall.progress_by = next_report_before(recall.progress_days or 1, localtime(at))
        tell_receivers(recall, at)
    return recall


def tell_receivers(recall: Recall, at: datetime) -> int:
    """Send the notice to those who have or had the lots and got none yet; returns to how many.

    Part of the caller's transaction.
    """
    told = set(RecallNotice.objects.filter(recall=recall).values_list("recipient_id", flat=True))
    new = [
        holder
        for holder in holders_of(recall.product_id, recall.lots, since=recall.proposed_at)
        if holder.id not in told
    ]
    RecallNotice.objects.bulk_create(
        RecallNotice(
            recall=recall,
            recipient_id=holder.id,
            units_received=holder.received,
            units_on_hand=holder.on_hand,
            sent_at=at,
        )
        for holder in new
    )
    facts: dict[str, str | int] = {"recall": recall.number, "product": str(recall.product)}
    facts |= {"lot": ", ".join(recall.lots), "reason": recall.reason}
    notify_each({holder.id: {**facts, "remaining": holder.on_hand} for holder in new}, NoticeKind.RECALL_SENT, at=at)
    return len(new)


def close_recall(
    *, recall_id: int, conclusion: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Recall:
    """Close a recall with its figures of the day and what is concluded from them; the lots stay held.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, TextMissing
    """
    with _handled("close", recall_id, actor, at, expected_version) as recall:
        recall.conclusion, recall.closed_at = _said(conclusion, "conclusion"), at
        recall.effectiveness = standing_of(recall).effectiveness.kept()
    return recall


def _said(text: str, name: str) -> str:
    """What was said, once something was.

    Raises:
        TextMissing
    """
    if not text.strip():
        raise TextMissing(pointer=f"/{name}")
    return text.strip()


def _handled(
    action: str, recall_id: int, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[Recall]:
    return perform(
        action,
        Recall.objects.visible_to(actor).select_related(*WITH_PRODUCT),
        pk=recall_id,
        machine=RECALL,
        policy=may_handle_recall,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )
