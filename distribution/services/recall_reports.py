"""What a maker reports about a recall, and who is reminded of what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, Q, When
from django.utils.timezone import localdate, localtime

from catalog.foundation.actor import Actor
from catalog.foundation.errors import WrongState
from catalog.foundation.journal.models import Event
from catalog.foundation.journal.record import record, record_all
from catalog.foundation.transitions import lock, refuse_stale, unit_of_work
from distribution.models import Recall, RecallNotice, RecallReport
from distribution.policies import require_recaller
from distribution.queries.recalls import standing_of
from distribution.queries.rules import recall_rules
from distribution.rules.recalls import next_report_before
from distribution.services.notices import notify_each
from distribution.services.recalls import WITH_PRODUCT, tell_receivers
from distribution.states import NoticeKind, RecallReportKind, RecallStatus
from procurement.errors import TextMissing

REMIND = "recall.remind"
# In which states of the recall a report of a kind is filed.
FILED_WHILE = {
    RecallReportKind.PLAN: (RecallStatus.OPENED, RecallStatus.NOTIFIED),
    RecallReportKind.PROGRESS: (RecallStatus.NOTIFIED,),
}


def file_recall_report(
    *,
    recall_id: int,
    kind: RecallReportKind,
    text: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> RecallReport:
    """File the plan of a recall or how it goes; the platform's figures of the moment are kept with it.

    The limit of the next progress report runs from each one.

    Raises:
        NotVisible, NotAllowed, Stale, TextMissing
        WrongState: nobody opened the recall, or it is closed.
    """
    with unit_of_work():
        recall = lock(Recall.objects.visible_to(actor).select_related(*WITH_PRODUCT), pk=recall_id)
        require_recaller(actor, recall)
        refuse_stale(recall, expected_version)
        if recall.status not in FILED_WHILE[kind]:
            raise WrongState(
                action=kind.label,
                status=recall.get_status_display(),
                allowed=", ".join(str(status.label) for status in FILED_WHILE[kind]),
            )
        if not text.strip():
            raise TextMissing(pointer="/text")
        report = RecallReport.objects.create(
            recall=recall,
            kind=kind,
            text=text.strip(),
            figures=standing_of(recall).effectiveness.kept(),
            due_by=recall.plan_by if kind == RecallReportKind.PLAN else recall.progress_by,
            filed_at=at,
            filed_by_id=actor.user_id,
        )
        if kind == RecallReportKind.PLAN:
            recall.planned_at = recall.planned_at or at
        else:
            recall.progress_by = next_report_before(recall.progress_days or 1, localtime(at))
        recall.version += 1
        recall.save(update_fields=["planned_at", "progress_by", "version", "updated_at"])
        record(actor=actor, action="recall.report", subject=recall, at=at, changes={"kind": [None, kind]})
    return report


def remind_of_recalls(*, actor: Actor, at: datetime) -> int:
    """Tell makers of what is overdue and receivers of what they did not acknowledge, of each recall once a day.

    Whoever got one of the lots after the notice was sent gets it now. Returns of how many recalls was reminded.

    Raises:
        RuleSetMissing
    """
    today = localdate(at)
    with unit_of_work():
        notified = Recall.objects.filter(status=RecallStatus.NOTIFIED).select_related(*WITH_PRODUCT)
        for recall in notified.order_by("pk"):
            tell_receivers(recall, at)
        since = at - timedelta(days=recall_rules(today).acknowledge_days)
        silent = RecallNotice.objects.unanswered().filter(sent_at__lte=since, recall__status=RecallStatus.NOTIFIED)
        of_recalls = ContentType.objects.get_for_model(Recall)
        reminded = Event.objects.filter(action=REMIND, occurred_at__date=today, subject_type=of_recalls)
        due = Q(pk__in=Recall.objects.overdue(at).values("pk"))
        rows = (
            Recall.objects.filter(due | Q(pk__in=silent.values("recall")))
            .exclude(pk__in=reminded.values("subject_id"))
            .annotate(is_due=Case(When(due, then=True), default=False))
            .select_related(*WITH_PRODUCT)
        )
        for recall in rows:
            _remind(recall, dict(silent.filter(recall=recall).values_list("recipient_id", "units_on_hand")), at)
        record_all(actor=actor, action=REMIND, changes_of=[(recall, {}) for recall in rows], at=at)
    return len(rows)


def _remind(recall: Recall, silent: Mapping[int, int], at: datetime) -> None:
    """Who leads the recall of what is due; the receivers that are silent, with what they had."""
    facts: dict[str, str | int] = {"recall": recall.number, "product": str(recall.product)}
    if recall.is_due:  # type: ignore[attr-defined]
        leading = {recall.product.manufacturer_id, recall.organization_id or recall.product.manufacturer_id}
        notify_each(dict.fromkeys(leading, facts), NoticeKind.RECALL_OVERDUE, at=at)
    reminded = {recipient: facts | {"remaining": units} for recipient, units in silent.items()}
    notify_each(reminded, NoticeKind.RECALL_OVERDUE, at=at)
