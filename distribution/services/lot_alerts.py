"""Lots on which adverse reactions crowd: an alert, an early warning to whoever received the lot, and a quarantine."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, unit_of_work
from catalog.models import Product, RuleSet
from distribution.errors import ReasonMissing
from distribution.models import AdverseReaction, LotAlert
from distribution.policies import may_judge_safety
from distribution.queries.agencies import agencies_of
from distribution.queries.holds import holds_on
from distribution.queries.lot_trace import holders_of
from distribution.queries.reactions import exposure_of, reports_of_lot
from distribution.queries.rules import safety_rules, source_of
from distribution.rules.lot_clusters import Ground, clusters
from distribution.services.holds import ensure_hold
from distribution.services.notices import notify_each
from distribution.states import LOT_ALERT, HoldKind, LotAlertStatus, NoticeKind


def watch_lot(*, reaction_id: int, actor: Actor, at: datetime) -> LotAlert | None:
    """Raise an alert where a report makes the reactions to its lot crowd, or bring the open one up to date.

    Everybody who received the lot is warned when it is raised, and again when it gets a ground that it had not. A lot
    that is held already is warned of no more. Done twice it changes nothing.

    Raises:
        NotVisible, RuleSetMissing
    """
    with unit_of_work():
        reaction = AdverseReaction.objects.get(pk=reaction_id)
        if not reaction.lot_number:
            return None
        # two reports at one moment raise one alert
        product = lock(Product.objects.select_related("presentation__medicine", "manufacturer"), pk=reaction.product_id)
        alerts = LotAlert.objects.filter(product=product, lot_number__iexact=reaction.lot_number)
        alert = alerts.filter(status=LotAlertStatus.RAISED).first()
        if alert is None and holds_on([product.pk]).of(product.pk, reaction.lot_number):
            return None
        decided_at = alerts.aggregate(last=Max("decided_at"))["last"]
        today = localdate(at)
        rules = safety_rules(today)
        grounds = clusters(
            reports_of_lot(product.pk, reaction.lot_number, decided_at=decided_at),
            exposure_of(product.pk, reaction.lot_number),
            rules,
        )
        if not grounds:
            return alert
        before = {ground["rule"] for ground in alert.grounds} if alert else set()
        if alert is None:
            alert = LotAlert(product=product, lot_number=reaction.lot_number, raised_at=at)
            alert.investigate_by = today + timedelta(days=rules.investigate_days)
        else:
            alert.product, alert.version = product, alert.version + 1
        alert.grounds = _told(grounds, source_of(RuleSet.Kind.SAFETY, today))
        alert.save()
        if new := {ground.rule for ground in grounds} - before:
            _warn(alert, at)
            record(
                actor=actor, action="lot_alert.raise", subject=alert, at=at, changes={"grounds": [None, sorted(new)]}
            )
    return alert


def _told(grounds: Iterable[Ground], source: str) -> list[dict[str, Any]]:
    return [
        {
            "rule": ground.rule,
            "source": source,
            "values": ground.values,
            "first_on": ground.first_on.isoformat(),
            "last_on": ground.last_on.isoformat(),
        }
        for ground in grounds
    ]


def _warn(alert: LotAlert, at: datetime) -> None:
    """Whoever received the lot, each with what it still has; the maker, and the agencies of their provinces."""
    holders = holders_of(alert.product_id, [alert.lot_number], since=alert.raised_at)
    facts: dict[str, str | int] = {"product": str(alert.product), "lot": alert.lot_number}
    left = {holder.id: holder.on_hand + holder.under_way for holder in holders}
    others = {alert.product.manufacturer_id, *agencies_of(holder.region for holder in holders)}
    remaining = dict.fromkeys(others, sum(left.values())) | left
    told = {recipient: facts | {"remaining": units} for recipient, units in remaining.items()}
    notify_each(told, NoticeKind.LOT_WARNED, at=at)


def quarantine_alert(
    *, alert_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> LotAlert:
    """Hold the lot that an alert warns of: it is neither sent, accepted nor dispensed from now on.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with _decided("quarantine", alert_id, actor, at, expected_version) as alert:
        alert.remark, alert.decided_at = reason.strip(), at
        alert.hold = ensure_hold(
            product_code=alert.product.code,
            lot_number=alert.lot_number,
            kind=HoldKind.QUARANTINE,
            reason=reason,
            source=", ".join(ground["rule"] for ground in alert.grounds),
            actor=actor,
            at=at,
        )
    return alert


def dismiss_alert(
    *, alert_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> LotAlert:
    """Decide that the lot is not to blame, and say why; a report that comes later may raise another alert.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with _decided("dismiss", alert_id, actor, at, expected_version) as alert:
        if not reason.strip():
            raise ReasonMissing(product=alert, pointer="/reason")
        alert.remark, alert.decided_at = reason.strip(), at
    return alert


def _decided(
    action: str, alert_id: int, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[LotAlert]:
    return perform(
        action,
        LotAlert.objects.visible_to(actor).select_related("product__presentation__medicine", "product__manufacturer"),
        pk=alert_id,
        machine=LOT_ALERT,
        policy=may_judge_safety,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )
