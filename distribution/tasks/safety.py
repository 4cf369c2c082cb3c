"""Adverse reactions and recalls on the worker: clusters, signals, reminders."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.hearing import hears
from catalog.models import RuleSet
from catalog.queries.rulesets import are_in_force
from distribution.models import AdverseReaction
from distribution.services.lot_alerts import watch_lot
from distribution.services.recall_reports import remind_of_recalls
from distribution.services.signals import refresh_signals
from distribution.states import ReactionStatus


def _counts(reaction_id: int) -> bool:
    return AdverseReaction.objects.filter(pk=reaction_id).exclude(status=ReactionStatus.SET_ASIDE).exists()


@hears("distribution.watch_lot", waits=_counts)
def watch_lot_task(reaction_id: int) -> None:
    """Look whether reactions crowd on the lot of one that was reported."""
    watch_lot(reaction_id=reaction_id, actor=Actor.platform(), at=timezone.now())


@shared_task(name="distribution.refresh_signals")
def refresh_signals_task() -> int:
    """Reckon the signals of all products and events anew; beat calls this every night."""
    if not are_in_force(RuleSet.Kind.SAFETY, on=localdate()):
        return 0
    return refresh_signals(actor=Actor.platform(), at=timezone.now())


@shared_task(name="distribution.remind_of_recalls")
def remind_of_recalls_task() -> int:
    """Tell of overdue steps of recalls; beat calls this every hour, and each recall is told of once a day."""
    if not are_in_force(RuleSet.Kind.RECALL, on=localdate()):
        return 0
    return remind_of_recalls(actor=Actor.platform(), at=timezone.now())
