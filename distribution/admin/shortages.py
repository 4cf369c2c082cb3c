"""What is short: one list of the province, its answers and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.admin.filters import ProvinceFilter
from catalog.admin.forms import beside_fields
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    READERS,
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    hindrance,
    link_to,
    sent,
    table,
)
from distribution.admin.labels import GRADE_COLOURS, SHORTAGE_COLOURS
from distribution.admin.numbers import NumberedAdmin
from distribution.admin.shortage_forms import (
    BackupForm,
    EndForm,
    FollowUpForm,
    MeasureForm,
    ProductionForm,
    RedistributionForm,
    ReserveForm,
    ShortageForm,
)
from distribution.models import ShortageAnswer, ShortageItem
from distribution.policies import may_handle_shortage
from distribution.queries.shortage_words import said
from distribution.querysets import OFFICERS
from distribution.services.shortages import answer_shortage, close_shortage, dismiss_shortage, follow_up_shortage
from distribution.states import LISTED_SHORTAGE, SHORTAGE, AnswerOutcome, ShortageStatus

# The pages of the decisions, by the action of the machine.
DECISIONS = {
    "answer": ("call_backup", "redistribute", "release_reserve", "have_made"),
    "follow_up": ("follow_up",),
    "close": ("close",),
    "dismiss": ("dismiss",),
}


class StandingFilter(DropdownFilter):
    """What stands on the list, and what of it waits too long."""

    title = gettext_lazy("on the list")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("listed", gettext_lazy("on the list")),
            ("overdue", gettext_lazy("not answered or followed up in time")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "listed":
            return queryset.filter(status__in=LISTED_SHORTAGE)
        if self.value() == "overdue":
            return queryset.filter(pk__in=ShortageItem.objects.overdue(localdate()).values("pk"))
        return queryset


class AnswerLines(Lines):
    model = ShortageAnswer
    fields = ("kind", "carried_out", "units", "reason", "follow_up_on", "result", "outcome_note")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("backup_line__agreement", "transfer", "release", "tender")

    @display(description=gettext_lazy("carried out by"))
    def carried_out(self, answer: ShortageAnswer) -> str | SafeString:
        if answer.backup_line is not None:
            return link_to(answer.backup_line.agreement)
        return link_to(answer.transfer or answer.release or answer.tender)

    @display(description=pgettext_lazy("shortage", "outcome"))
    def result(self, answer: ShortageAnswer) -> str | SafeString:
        if answer.outcome:
            is_over = answer.outcome == AnswerOutcome.RESOLVED
            return badge(answer.get_outcome_display(), "success" if is_over else "danger")
        return badge(_("overdue"), "danger") if answer.follow_up_on < localdate() else badge(_("under way"), "info")


@admin.register(ShortageItem)
class ShortageItemAdmin(DecidingAdmin, NumberedAdmin, ExportingAdmin):
    """The shortages of the own province; supervisors read all."""

    readers: ClassVar = (*READERS, Role.HEALTH_OFFICER)
    deciders: ClassVar = OFFICERS
    fields = (
        ("presentation", "province"),
        ("badge_of_grade", "state"),
        "signals",
        ("opened_at", "answer_by"),
        ("seen_at", "cleared_at"),
        ("closed_at", "status_reason"),
    )
    list_display = (
        "number",
        "presentation",
        "province",
        "badge_of_grade",
        "state",
        "sources",
        "opened_at",
        "answer_by",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("grade", ChoicesDropdownFilter),
        StandingFilter,
        ProvinceFilter,
    )
    list_select_related = ("presentation__medicine", "province")
    search_fields = ("presentation__medicine__name", "presentation__medicine__initials")
    search_help_text = gettext_lazy("Number (SH…) or medicine")
    inlines = (AnswerLines,)
    actions_detail = tuple(page for pages in DECISIONS.values() for page in pages)
    export_columns = (
        ExportColumn(gettext_lazy("number"), lambda item: item.number),
        ExportColumn(gettext_lazy("presentation"), lambda item: item.presentation),
        ExportColumn(gettext_lazy("province"), lambda item: item.province),
        ExportColumn(pgettext_lazy("shortage", "grade"), lambda item: item.get_grade_display()),
        ExportColumn(gettext_lazy("status"), lambda item: item.get_status_display()),
        ExportColumn(gettext_lazy("signals"), lambda item: "\n".join(told.sentence for told in said(item.checks))),
        ExportColumn(gettext_lazy("on the list since"), lambda item: item.opened_at),
        ExportColumn(gettext_lazy("to be answered by"), lambda item: item.answer_by),
    )

    def may_decide(self, request: HttpRequest, record: ShortageItem | None = None) -> bool:
        """Officers of the province."""
        is_own = record is None or record.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: ShortageItem) -> list[str]:
        allowed = SHORTAGE.allowed(record.status) if self.may_decide(request, record) else ()
        return [page for name, pages in DECISIONS.items() if name in allowed for page in pages]

    @display(description=gettext_lazy("number"), ordering="pk")
    def number(self, item: ShortageItem) -> str:
        return item.number

    @display(description=pgettext_lazy("shortage", "grade"), ordering="grade")
    def badge_of_grade(self, item: ShortageItem) -> SafeString:
        return badge(item.get_grade_display(), GRADE_COLOURS[item.grade])

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, item: ShortageItem) -> SafeString:
        if item.status == ShortageStatus.OPEN and item.answer_by is not None and item.answer_by < localdate():
            return badge(_("not answered in time"), "danger")
        return badge(item.get_status_display(), SHORTAGE_COLOURS[item.status])

    @display(description=gettext_lazy("signals"))
    def sources(self, item: ShortageItem) -> int:
        return len(item.checks)

    @display(description=gettext_lazy("signals"))
    def signals(self, item: ShortageItem) -> SafeString:
        return told_checks(item.checks)

    @action(
        description=gettext_lazy("Call the backup supplier"),
        url_path="call-backup",
        icon="swap_calls",
        variant=ActionVariant.PRIMARY,
    )
    def call_backup(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let who stands by take over agreed volume."""
        explanation = _("The backup supplier takes the units over at its own price.")
        return self._answer(request, object_id, BackupForm, explanation)

    @action(description=gettext_lazy("Redistribute"), url_path="redistribute", icon="swap_horiz")
    def redistribute(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let an institution that has some give to another."""
        explanation = _("The transfer is proposed; the institution that takes agrees, the one that gives sends.")
        return self._answer(request, object_id, RedistributionForm, explanation)

    @action(description=gettext_lazy("Release from the reserve"), url_path="release-reserve", icon="outbound")
    def release_reserve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Release the reserve."""
        explanation = _("Another officer approves it before the holder issues.")
        return self._answer(request, object_id, ReserveForm, explanation)

    @action(description=gettext_lazy("Have it made"), url_path="have-made", icon="factory")
    def have_made(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Designated production, by a tender of the agency."""
        explanation = _("Draft the tender for designated production first; it is then chosen here.")
        return self._answer(request, object_id, ProductionForm, explanation)

    @action(description=gettext_lazy("Follow up"), url_path="follow-up", icon="fact_check")
    def follow_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say whether the answer helped."""
        explanation = _("Where it did not help wholly the shortage is open again and waits for another answer.")
        return self._handle(request, object_id, "follow_up", FollowUpForm, follow_up_shortage, explanation)

    @action(description=pgettext_lazy("shortage", "Close"), url_path="close", icon="task_alt")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it off the list."""
        explanation = _("The institutions that reported it are told; it is not listed again at once.")
        return self._handle(request, object_id, "close", EndForm, close_shortage, explanation)

    @action(description=gettext_lazy("Dismiss"), url_path="dismiss", icon="close", variant=ActionVariant.DANGER)
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is no shortage."""
        explanation = _("The institutions that reported it are told; it is not listed again at once.")
        return self._handle(request, object_id, "dismiss", EndForm, dismiss_shortage, explanation)

    def _answer(
        self, request: HttpRequest, object_id: str, form_class: type[MeasureForm], explanation: str
    ) -> HttpResponse:
        item, at = self.record_of(request, object_id), timezone.now()
        form = form_class(item=item, actor=actor_of(request), at=at, **sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                answer = answer_shortage(
                    item_id=item.pk,
                    measure=form.measure(),
                    reason=values["reason"],
                    follow_up_on=values["follow_up_on"],
                    actor=actor_of(request),
                    at=at,
                    expected_version=values["version"],
                )
            return f"{item.number}: {answer.get_kind_display()}"

        return self._ask(request, item, "answer", form, act, explanation)

    def _handle(
        self,
        request: HttpRequest,
        object_id: str,
        name: str,
        form_class: type[ShortageForm],
        service: Callable[..., ShortageItem],
        explanation: str,
    ) -> HttpResponse:
        item = self.record_of(request, object_id)
        form = form_class(**sent(request), initial={"version": item.version})

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = service(
                    item_id=item.pk,
                    expected_version=values.pop("version"),
                    actor=actor_of(request),
                    at=timezone.now(),
                    **values,
                )
            return f"{after.number}: {after.get_status_display()}"

        return self._ask(request, item, name, form, act, explanation)

    def _ask(
        self,
        request: HttpRequest,
        item: ShortageItem,
        name: str,
        form: ShortageForm,
        act: Callable[[dict[str, Any]], str],
        explanation: str,
    ) -> HttpResponse:
        return self.decide(
            request,
            title=f"{item.number}: {item.presentation}",
            record=item,
            form=form,
            act=act,
            explanation="\n".join([*(told.sentence for told in said(item.checks)), explanation]),
            is_final=name in ("close", "dismiss"),
            context={"hindrance": hindrance(may_handle_shortage, request, name, item)},
        )


def told_checks(checks: list[dict[str, Any]]) -> SafeString:
    """The signals with rule and source."""
    rows = [(told.rule, told.source, told.sentence, told.steps, told.grade) for told in said(checks)]
    headers = [_("rule"), _("source"), pgettext("shortage", "finding"), _("steps"), _("grade")]
    return table(headers, rows)
