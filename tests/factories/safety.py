"""Adverse reactions, the lots that they warn of, and recalls."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.models import Product
from distribution.models import AdverseReaction, LotAlert, Recall, RecallNotice, SafetySignal
from distribution.services.lot_alerts import watch_lot
from distribution.services.reactions import Observed, report_reaction
from distribution.services.recalls import notify_recall, open_recall, propose_recall
from distribution.services.signals import refresh_signals
from distribution.states import RecallClass, Seriousness
from tests.cast import Cast
from tests.factories.catalog import presentation, product
from tests.factories.clock import NOW


def reaction(
    actor: Actor,
    product: Product,
    event: str = "皮疹",
    *,
    lot_number: str = "",
    seriousness: Seriousness = Seriousness.OTHER,
    onset_on: date | None = None,
    known_on: date | None = None,
    at: datetime = NOW,
    **observed: Any,
) -> AdverseReaction:
    """Reported by the actor, on the day on which it began and was known."""
    began_on = onset_on or localdate(at)
    return report_reaction(
        product_code=product.code,
        lot_number=lot_number,
        observed=Observed(event, seriousness, began_on, known_on or began_on, **observed),
        actor=actor,
        at=at,
    )


def safety_signal(cast: Cast, about: Product) -> SafetySignal:
    """Three reactions of a kind after the product alone, and four of four kinds after another."""
    medicine = about.presentation.medicine.name
    event = f"{medicine}性肝损害"
    for _number in range(3):
        reaction(cast.pharmacist, about, event)
    other = product(cast.rival_firm, presentation("布洛芬"))
    for number in range(4):
        reaction(cast.pharmacist, other, f"{medicine}后反应{number}")
    refresh_signals(actor=cast.platform, at=NOW)
    return SafetySignal.objects.get(product=about, event=event)


def lot_alert(cast: Cast, product: Product, lot_number: str = "L001") -> LotAlert:
    """Two serious reactions crowd on the lot."""
    for event in ("过敏性休克", "发热"):
        last = reaction(cast.pharmacist, product, event, lot_number=lot_number, seriousness=Seriousness.SERIOUS)
    alert = watch_lot(reaction_id=last.pk, actor=cast.platform, at=NOW)
    assert alert is not None
    return alert


def proposed_recall(
    cast: Cast,
    product: Product,
    *lots: str,
    level: RecallClass = RecallClass.SECOND,
    actor: Actor | None = None,
    at: datetime = NOW,
) -> Recall:
    """By the maker; of the whole product where no lot is named."""
    return propose_recall(
        product_code=product.code, lots=lots, level=level, reason="可见异物", actor=actor or cast.supplier, at=at
    )


def opened_recall(cast: Cast, product: Product, *lots: str, at: datetime = NOW, **options: Any) -> Recall:
    """By an officer, whom the maker asked to."""
    recall = proposed_recall(cast, product, *lots, at=at, **options)
    return open_recall(recall_id=recall.pk, actor=cast.officer, at=at)


def notified_recall(cast: Cast, product: Product, *lots: str, at: datetime = NOW, **options: Any) -> Recall:
    """Everybody who received the lots has a notice."""
    recall = opened_recall(cast, product, *lots, at=at, **options)
    return notify_recall(recall_id=recall.pk, instructions="停止使用并封存", actor=cast.supplier, at=at)


def recall_notice(recall: Recall, actor: Actor) -> RecallNotice:
    """The one of the actor's organization."""
    return RecallNotice.objects.get(recall=recall, recipient=actor.organization_id)
