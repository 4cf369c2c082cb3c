"""Cases about retail prices: told to the institution, answered, corrected or penalised with four eyes, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.admin.filters import ProvinceFilter, provinces_and_chosen
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    actor_of,
    badge,
    hindrance,
    link_to,
    sent,
    yuan,
)
from catalog.foundation.web.admin.exports import csv_response, workbook_response
from catalog.models import RuleSet
from catalog.queries.rulesets import rule_set
from catalog.rules.case_rules import CaseRules
from distribution.admin.case_forms import CaseReasonForm, LetterForm, PenaltyForm, VersionForm
from distribution.admin.case_papers import CASE_READERS, FindingLines, LetterLines, OverdueCaseFilter, RepeatedFilter
from distribution.models import RetailCase
from distribution.policies import may_handle_case
from distribution.queries.cases import repeat_offenders
from distribution.querysets import OFFICERS
from distribution.services.cases import (
    close_case,
    confirm_penalty,
    dismiss_case,
    drop_penalty,
    notify_institution,
    propose_penalty,
    write_in_case,
)
from distribution.states import OPEN_CASE, RETAIL_CASE, CaseStatus

COLOURS: dict[str, str] = {
    CaseStatus.OPENED: "warning",
    CaseStatus.NOTIFIED: "info",
    CaseStatus.ANSWERED: "primary",
    CaseStatus.CORRECTED: "success",
    CaseStatus.PENALISED: "danger",
}


@admin.register(RetailCase)
class RetailCaseAdmin(DecidingAdmin, ExportingAdmin):
    """The cases of the own province; supervisors read all."""

    readers = CASE_READERS
    deciders = OFFICERS
    fields = (
        ("institution", "state"),
        ("product", "province"),
        ("opened_at", "rules"),
        "repetition",
        ("notify_by", "answer_by", "correct_by"),
        ("corrected_price", "corrected_at"),
        ("penalty", "penalty_yuan"),
        ("proposed_by", "confirmed_by"),
        "penalty_reason",
        ("ended_at", "end_reason"),
    )
    list_display = (
        *("name", "institution", "product", "state", "opened_at", "notify_by", "answer_by", "correct_by"),
        *("repetition", "penalty"),
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        OverdueCaseFilter,
        RepeatedFilter,
        ("penalty", ChoicesDropdownFilter),
        ProvinceFilter,
    )
    list_select_related = (
        *("institution", "province", "rules", "proposed_by", "confirmed_by", "product__presentation__medicine"),
        *("product__manufacturer", "corrected_price__product__presentation__medicine"),
        *("corrected_price__product__manufacturer", "corrected_price__institution"),
    )
    search_fields = ("institution__name", "institution__code", "product__code", "product__presentation__medicine__name")
    inlines = (FindingLines, LetterLines)
    actions_list = ("export_workbook", "export_csv")
    actions_detail = ("notify_it", "write", "propose", "confirm", "drop_it", "close_it", "dismiss_it")
    export_values: ClassVar = {"name": lambda case: case.number}

    def get_urls(self) -> list[Any]:
        name = "distribution_retailcase_repeaters"
        return [path("repeaters/", self.admin_site.admin_view(self.repeaters), name=name), *super().get_urls()]

    def may_decide(self, request: HttpRequest, record: RetailCase | None = None) -> bool:
        """Officers of the province."""
        is_own = record is None or record.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: RetailCase) -> list[str]:
        if not self.may_decide(request, record):
            return []
        allowed = RETAIL_CASE.allowed(record.status)
        is_pending = bool(record.penalty) and record.confirmed_by_id is None
        offers = {
            "notify_it": "notify" in allowed,
            "write": record.status in (*OPEN_CASE, CaseStatus.PENALISED),
            "propose": "penalise" in allowed and not record.penalty,
            "confirm": "penalise" in allowed and is_pending,
            "drop_it": is_pending,
            "close_it": "close" in allowed and not is_pending,
            "dismiss_it": "dismiss" in allowed and not is_pending,
        }
        return [name for name, is_offered in offers.items() if is_offered]

    @display(description=gettext_lazy("number"), ordering="pk")
    def name(self, case: RetailCase) -> str | SafeString:
        return link_to(case, case.number)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, case: RetailCase) -> SafeString:
        late = _late(case)
        if late:
            return badge(late, "danger")
        return badge(case.get_status_display(), COLOURS.get(case.status))

    @display(description=gettext_lazy("earlier cases"), ordering="earlier_cases")
    def repetition(self, case: RetailCase) -> int | SafeString:
        return badge(case.earlier_cases, "danger") if case.earlier_cases else 0

    @display(description=gettext_lazy("amount"), ordering="penalty_amount")
    def penalty_yuan(self, case: RetailCase) -> str:
        return yuan(case.penalty_amount)

    @action(
        description=gettext_lazy("Notify the institution"),
        url_path="notify",
        icon="outgoing_mail",
        variant=ActionVariant.PRIMARY,
    )
    def notify_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tell it what was found, and by when it answers and corrects."""
        return self._handle(request, object_id, "notify", LetterForm, notify_institution, _("Notify the institution"))

    @action(description=gettext_lazy("Write a letter"), url_path="write", icon="mail")
    def write(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write to the institution, or file evidence."""

        def service(expected_version: int, **values: Any) -> RetailCase:
            return write_in_case(**values).case

        return self._handle(request, object_id, "write", LetterForm, service, _("Write a letter"))

    @action(description=gettext_lazy("Propose a penalty"), url_path="propose", icon="gavel")
    def propose(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the institution is to bear; another officer confirms it."""
        title = _("Propose a penalty")
        return self._handle(request, object_id, "propose_penalty", PenaltyForm, propose_penalty, title)

    @action(
        description=gettext_lazy("Confirm the penalty"), url_path="confirm", icon="gavel", variant=ActionVariant.DANGER
    )
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The second pair of eyes."""
        title = _("Confirm the penalty")
        return self._handle(request, object_id, "penalise", VersionForm, confirm_penalty, title, is_final=True)

    @action(description=gettext_lazy("Drop the penalty"), url_path="drop", icon="delete")
    def drop_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the proposal up."""
        return self._handle(request, object_id, "drop_penalty", VersionForm, drop_penalty, _("Drop the penalty"))

    @action(description=pgettext_lazy("case", "Close"), url_path="close", icon="task_alt")
    def close_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Nothing is left to do."""
        return self._handle(request, object_id, "close", VersionForm, close_case, _("Close the case"), is_final=True)

    @action(description=pgettext_lazy("case", "Dismiss"), url_path="dismiss", icon="close")
    def dismiss_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it without consequence."""
        title = _("Dismiss the case")
        return self._handle(request, object_id, "dismiss", CaseReasonForm, dismiss_case, title, is_final=True)

    def repeaters(self, request: HttpRequest) -> HttpResponseBase:
        """The institutions of a province that repeat; ``?format=xlsx`` or ``csv`` gives them as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        provinces, province = provinces_and_chosen(request)
        if not (actor_of(request).has(Role.SUPERVISOR) or actor_of(request).province == province.code):
            raise PermissionDenied
        today = localdate()
        months = CaseRules.read(rule_set(RuleSet.Kind.RETAIL_CHECK, today).parameters).repeat_months
        headings = [_("code"), _("institution"), _("cases"), _("penalties"), _("sum (yuan)"), _("last case")]
        rows = [
            [item.code, item.name, item.case_count, item.penalised_count, item.penalty_total or 0, item.last_case_at]
            for item in repeat_offenders(province.code, today, months=months)
        ]
        form = request.GET.get("format", "")
        if form in ("xlsx", "csv"):
            answer = workbook_response if form == "xlsx" else csv_response
            return answer(f"repeated-cases-{province.code}", headings, rows)
        return self.page(
            request,
            "admin/distribution/repeaters.html",
            title=_("Institutions with repeated cases"),
            explanation=_("More than one case in %(months)s months, dismissed ones not counted.") % {"months": months},
            provinces=provinces,
            province=province,
            repeaters={"headers": headings, "rows": rows},
        )

    def _handle(
        self,
        request: HttpRequest,
        object_id: str,
        name: str,
        form_class: type[VersionForm],
        service: Callable[..., RetailCase],
        title: str,
        *,
        is_final: bool = False,
    ) -> HttpResponse:
        case = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            expected_version = values.pop("version")
            after = service(
                case_id=case.pk,
                expected_version=expected_version,
                actor=actor_of(request),
                at=timezone.now(),
                **form_class.as_arguments(values),
            )
            return f"{after.number}: {after.get_status_display()}"

        return self.decide(
            request,
            title=f"{title}: {case.number}",
            record=case,
            form=form_class(**sent(request), initial={"version": case.version}),
            act=act,
            explanation=f"{case.institution} · {case.product}\n{case.penalty_reason}".strip(),
            is_final=is_final,
            context={"hindrance": hindrance(may_handle_case, request, name, case)},
        )


def _late(case: RetailCase) -> str:
    """Who is late, and with what; empty where nobody is."""
    today = localdate()
    if case.status == CaseStatus.OPENED and case.notify_by < today:
        return _("not notified in time")
    if case.status == CaseStatus.NOTIFIED and case.answer_by is not None and case.answer_by < today:
        return _("not answered in time")
    is_waiting = case.status in (CaseStatus.NOTIFIED, CaseStatus.ANSWERED)
    return _("not corrected in time") if is_waiting and case.correct_by and case.correct_by < today else ""
