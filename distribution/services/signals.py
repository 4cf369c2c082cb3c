"""Signals in the reports of adverse reactions: reckoned for all pairs, and judged by officers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import perform, unit_of_work
from distribution.errors import ReasonMissing
from distribution.models import SafetySignal
from distribution.policies import may_judge_safety
from distribution.queries.reactions import two_by_two
from distribution.queries.rules import safety_rules
from distribution.queries.stock import since
from distribution.rules.signals import methods_passed, statistics, told
from distribution.states import SIGNAL


def refresh_signals(*, actor: Actor, at: datetime) -> int:
    """Reckon every pair of product and event anew, and return how many signals stand.

    What is found for the first time is written down; what is not found any more has faded and stays. Done twice it
    changes only the moment.

    Raises:
        RuleSetMissing
    """
    rules = safety_rules(localdate(at))
    found: list[SafetySignal] = []
    for product_id, event, counts in two_by_two(since=since(at, rules.signal_months), at=at):
        reckoned = statistics(counts)
        if methods := methods_passed(counts, reckoned, rules):
            found.append(
                SafetySignal(
                    product_id=product_id,
                    event=event,
                    figures=told(counts, reckoned),
                    methods=list(methods),
                    found_at=at,
                    refreshed_at=at,
                )
            )
    with unit_of_work():
        _store(found, actor, at)
        SafetySignal.objects.current().filter(refreshed_at__lt=at).update(faded_at=at)
    return len(found)


def _store(found: Sequence[SafetySignal], actor: Actor, at: datetime) -> None:
    SafetySignal.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["product", "event"],
        update_fields=["figures", "methods", "refreshed_at", "faded_at"],
    )
    new = SafetySignal.objects.filter(found_at=at, refreshed_at=at).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )
    record_all(
        actor=actor,
        action="safety_signal.find",
        changes_of=[(signal, {"methods": [None, signal.methods]}) for signal in new],
        at=at,
    )


def judge_signal(
    *, signal_id: int, action: str, remark: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> SafetySignal:
    """Take a signal for real (``confirm``) or not (``refute``), and say why.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with perform(
        action,
        SafetySignal.objects.visible_to(actor),
        pk=signal_id,
        machine=SIGNAL,
        policy=may_judge_safety,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as signal:
        if not remark.strip():
            raise ReasonMissing(product=signal, pointer="/remark")
        signal.remark = remark.strip()
    return signal
