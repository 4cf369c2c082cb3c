"""The one list of what is short: listed, graded anew and cleared by the signals, province by province.

Who waits for what: the row of the province is locked first, so that two looks at it follow each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import lock, perform_all, unit_of_work
from catalog.models import Presentation, Region
from catalog.rules.shortage_rules import ShortageRules
from distribution.models import ShortageAnswer, ShortageItem, ShortageReport
from distribution.queries import supply_rules
from distribution.queries.agencies import agency_ids
from distribution.queries.rules import shortage_rules
from distribution.queries.shortage_signals import signals
from distribution.rules.shortage import answer_days, findings, grade_of, rank
from distribution.services.notices import notify
from distribution.states import SHORTAGE, NoticeKind, ShortageGrade, ShortageStatus
from procurement.rules.working_days import working_days_after


@dataclass(frozen=True, slots=True)
class Judged:
    """How short a presentation is, and by which signals."""

    grade: ShortageGrade
    checks: list[dict[str, Any]]


def watch_shortages(
    *, province_id: str, presentation_ids: Collection[int] | None = None, actor: Actor, at: datetime
) -> int:
    """Bring the list of a province up to the signals of the moment; return how many of its shortages changed.

    Of the ``presentation_ids`` alone where some are named. What is new is listed, what is graver or milder is graded
    anew, what nobody signals any more and nobody is about to follow up is closed. Done twice it changes nothing more.

    Raises:
        NotVisible: no such province.
        RuleSetMissing
    """
    today = localdate(at)
    rules, supply = shortage_rules(today), supply_rules(today)
    with unit_of_work():
        lock(Region.objects.filter(parent=None), pk=province_id)
        items = ShortageItem.objects.listed().filter(province=province_id)
        if presentation_ids is not None:
            items = items.filter(presentation__in=presentation_ids)
        listed = {
            item.presentation_id: item
            for item in items.select_for_update(of=("self",), no_key=True)
            .select_related("presentation__medicine")
            .order_by("pk")
        }
        figures = signals(province_id, at=at, rules=rules, supply=supply, presentations=presentation_ids)
        judged = {
            presentation_id: Judged(grade, [finding.as_check() for finding in found])
            for presentation_id, known in figures.items()
            for found in [findings(known, rules)]
            if (grade := grade_of(found, rules)) is not None
        }
        quiet = _closed_lately(province_id, at, rules)
        new = _list(
            province_id,
            {
                presentation_id: found
                for presentation_id, found in judged.items()
                if presentation_id not in listed
                and not (presentation_id in quiet and rank(found.grade) >= rank(quiet[presentation_id]))
            },
            rules,
            actor=actor,
            at=at,
        )
        graver, changed = _regrade(listed, judged, rules, actor=actor, at=at)
        gone = _clear([item for pk, item in listed.items() if pk not in judged], actor=actor, at=at)
        _tell(province_id, [item for item in [*new, *graver] if item.grade != ShortageGrade.WATCH], at=at)
    return len(new) + changed + gone


def _closed_lately(province_id: str, at: datetime, rules: ShortageRules) -> dict[int, str]:
    """By presentation, the grade of what an officer closed although it was signalled, while that is to hold."""
    closed = ShortageItem.objects.filter(
        province=province_id,
        status=ShortageStatus.CLOSED,
        cleared_at=None,
        closed_at__gt=at - timedelta(days=rules.quiet_days),
    )
    return dict(closed.order_by("closed_at").values_list("presentation", "grade"))


def _list(
    province_id: str, judged: Mapping[int, Judged], rules: ShortageRules, *, actor: Actor, at: datetime
) -> list[ShortageItem]:
    presentations = Presentation.objects.select_related("medicine").in_bulk(judged)
    items = ShortageItem.objects.bulk_create(
        ShortageItem(
            province_id=province_id,
            presentation=presentations[presentation_id],
            grade=found.grade,
            checks=found.checks,
            opened_at=at,
            seen_at=at,
            answer_by=_answer_by(found.grade, at, rules),
        )
        for presentation_id, found in sorted(judged.items())
    )
    changes = [(item, {"grade": [None, item.grade], "answer_by": [None, item.answer_by]}) for item in items]
    record_all(actor=actor, action="shortage.list", changes_of=changes, at=at)
    return items


def _answer_by(grade: str, at: datetime, rules: ShortageRules) -> Any:
    days = answer_days(grade, rules)
    return None if days is None else working_days_after(localdate(at), days)


def _regrade(
    listed: Mapping[int, ShortageItem],
    judged: Mapping[int, Judged],
    rules: ShortageRules,
    *,
    actor: Actor,
    at: datetime,
) -> tuple[list[ShortageItem], int]:
    """Keep the signals of today on what stands on the list; return what became graver, and how many grades changed."""
    graver: list[ShortageItem] = []
    changes: list[tuple[ShortageItem, dict[str, list[object]]]] = []
    seen = [item for pk, item in listed.items() if pk in judged]
    for item in seen:
        found = judged[item.presentation_id]
        if found.grade != item.grade:
            changes.append((item, {"grade": [item.grade, found.grade]}))
            item.version += 1
            if rank(found.grade) < rank(item.grade):
                graver.append(item)
                limits = [item.answer_by, _answer_by(found.grade, at, rules)]
                item.answer_by = min((limit for limit in limits if limit is not None), default=None)
        item.grade, item.checks, item.seen_at, item.cleared_at = found.grade, found.checks, at, None
    ShortageItem.objects.bulk_update(seen, ["grade", "checks", "seen_at", "cleared_at", "answer_by", "version"])
    record_all(actor=actor, action="shortage.grade", changes_of=changes, at=at)
    return graver, len(changes)


def _clear(gone: Iterable[ShortageItem], *, actor: Actor, at: datetime) -> int:
    """Close what nobody signals any more; what was answered waits for its follow-up."""
    seen = list(gone)
    closing = [item for item in seen if "clear" in SHORTAGE.allowed(item.status)]
    for item in seen:
        item.seen_at, item.cleared_at = at, item.cleared_at or at
    for item in closing:
        item.closed_at = at
    ShortageItem.objects.bulk_update(seen, ["seen_at", "cleared_at", "closed_at"])
    ids = [item.pk for item in closing]
    perform_all("clear", ShortageItem.objects.filter(pk__in=ids), machine=SHORTAGE, actor=actor, at=at)
    for item in closing:
        tell_reporters(item, NoticeKind.SHORTAGE_CLOSED, at=at)
    return len(closing)


def _tell(province_id: str, items: Iterable[ShortageItem], *, at: datetime) -> None:
    agencies = agency_ids(province_id)
    for item in items:
        notify(
            agencies,
            NoticeKind.SHORTAGE_LISTED,
            at=at,
            shortage=item.number,
            presentation=str(item.presentation),
            grade=str(item.grade),
            answer_by=f"{item.answer_by:%Y-%m-%d}" if item.answer_by else "",
        )


def tell_reporters(item: ShortageItem, kind: NoticeKind, *, at: datetime, reason: str = "") -> None:
    """Tell the institutions whose report about it stands. Part of the caller's transaction."""
    reports = ShortageReport.objects.standing().filter(
        province=item.province_id, product__presentation=item.presentation_id
    )
    recipients = reports.values_list("institution", flat=True)
    notify(recipients, kind, at=at, shortage=item.number, presentation=str(item.presentation), reason=reason)


def remind_of_follow_ups(*, at: datetime) -> int:
    """Tell the agencies, once, of the answers whose day of follow-up has come; how many there were."""
    with unit_of_work():
        due = list(
            ShortageAnswer.objects.filter(outcome="", reminded_at=None, follow_up_on__lte=localdate(at))
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .select_related("item__presentation__medicine")
            .order_by("pk")
        )
        for answer in due:
            notify(
                agency_ids(answer.item.province_id),
                NoticeKind.SHORTAGE_OVERDUE,
                at=at,
                shortage=answer.item.number,
                presentation=str(answer.item.presentation),
                follow_up_on=f"{answer.follow_up_on:%Y-%m-%d}",
            )
        ShortageAnswer.objects.filter(pk__in=[answer.pk for answer in due]).update(reminded_at=at)
    return len(due)
