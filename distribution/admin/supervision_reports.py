"""Reports about a province's month or year: asked for here, made by the worker, read by whoever supervises."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.admin.filters import ProvinceFilter
from catalog.admin.forms import beside_fields
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, badge, sent
from catalog.foundation.web.admin.exports import WORKBOOK
from catalog.foundation.web.admin.forms import DayInput
from catalog.rules.months import months_after
from distribution.admin.dashboards import dashboard_of
from distribution.admin.flags import flags_page
from distribution.models import SupervisionReport, SupervisionReportFile
from distribution.services.supervision_reports import request_report
from distribution.states import ReportForm, ReportKind, ReportStatus

STATUS_COLOURS: dict[str, str] = {
    ReportStatus.REQUESTED: "warning",
    ReportStatus.MADE: "success",
    ReportStatus.FAILED: "danger",
}
MEDIA_TYPES: dict[str, str] = {ReportForm.PDF: "application/pdf", ReportForm.WORKBOOK: WORKBOOK}
# Seconds until a page with a report under way is read again.
FOLLOWING = 3


class AskForm(forms.Form):
    """Which month or year."""

    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=ReportKind.choices, widget=UnfoldAdminSelectWidget)
    day = forms.DateField(
        label=gettext_lazy("day"),
        widget=DayInput,
        help_text=gettext_lazy("Any day of a month or year that is over."),
    )


class ReportFiles(Lines):
    """The files of a report, those that were made last first."""

    model = SupervisionReportFile
    fields = ("file", "language", "form", "made_at", "sha256")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("report").defer("content")

    @display(description=gettext_lazy("file"))
    def file(self, file: SupervisionReportFile) -> SafeString:
        address = reverse("admin:distribution_supervisionreport_file", args=[file.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', address, file.name)


@admin.register(SupervisionReport)
class SupervisionReportAdmin(DecidingAdmin, ExportingAdmin):
    """The monthly and yearly reports of a province, as PDF and Excel, in Chinese and English."""

    fields = (
        ("province", "kind", "period"),
        ("state", "requested_by", "requested_at"),
        ("made_at", "problem"),
    )
    list_display = ("report", "kind", "state", "requested_by", "requested_at", "made_at")
    list_filter = (ProvinceFilter, ("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter))
    list_select_related = ("province", "requested_by")
    inlines = (ReportFiles,)
    date_hierarchy = "starts_on"
    actions_list = ("ask", "export_workbook", "export_csv")
    actions_detail = ("ask_again",)
    export_values: ClassVar = {"report": str}

    def get_urls(self) -> list[Any]:
        page = path(
            "file/<int:file_id>/", self.admin_site.admin_view(self.file), name="distribution_supervisionreport_file"
        )
        figures = path(
            "dashboard/", self.admin_site.admin_view(self.dashboard), name="distribution_supervisionreport_dashboard"
        )
        flags = path("flags/", self.admin_site.admin_view(self.flags), name="distribution_supervisionreport_flags")
        return [page, figures, flags, *super().get_urls()]

    @display(description=gettext_lazy("report of supervision"), ordering="starts_on")
    def report(self, report: SupervisionReport) -> str:
        return str(report)

    @display(description=pgettext_lazy("report", "period"))
    def period(self, report: SupervisionReport) -> str:
        return report.period

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, report: SupervisionReport) -> SafeString:
        return badge(report.get_status_display(), STATUS_COLOURS.get(report.status))

    def offered(self, request: HttpRequest, record: SupervisionReport) -> list[str]:
        is_settled = record.status != ReportStatus.REQUESTED
        return ["ask_again"] if is_settled and self.may_decide(request, record) else []

    def may_decide(self, request: HttpRequest, record: SupervisionReport | None = None) -> bool:
        """Officers, about their own province."""
        is_own = record is None or record.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a report, which follows it until it is made."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        report = getattr(response, "context_data", {}).get("original")
        if report is not None and report.status == ReportStatus.REQUESTED:
            response["Refresh"] = str(FOLLOWING)
        return response

    def dashboard(self, request: HttpRequest) -> HttpResponse:
        """The figures that the reports are made of, as they stand now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = dashboard_of(request)
        return self.page(request, "admin/distribution/dashboard.html", title=shown.title, dashboard=shown)

    def flags(self, request: HttpRequest) -> HttpResponseBase:
        """What was noticed in a province: tenders, orders, prices, payments, reports."""
        return flags_page(self, request)

    def file(self, request: HttpRequest, file_id: int) -> HttpResponse:
        """A file of a report, to be kept."""
        if not self.has_view_permission(request):
            raise Http404
        try:
            files = SupervisionReportFile.objects.visible_to(actor_of(request)).select_related("report")
            file = find(files, pk=file_id)
        except NotVisible as error:
            raise Http404(str(error)) from error
        headers = {
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=file.name) or "attachment",
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(bytes(file.content), content_type=MEDIA_TYPES[file.form], headers=headers)

    @action(
        description=gettext_lazy("Ask for a report"), url_path="ask", icon="post_add", variant=ActionVariant.PRIMARY
    )
    def ask(self, request: HttpRequest) -> HttpResponse:
        """Have a month or a year of the own province reported."""
        actor = actor_of(request)
        last_month = months_after(localdate().replace(day=1), -1)
        form = AskForm(initial={"kind": ReportKind.MONTH, "day": last_month}, **sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                report = request_report(
                    province_id=actor.province,
                    kind=ReportKind(values["kind"]),
                    day=values["day"],
                    actor=actor,
                    at=timezone.now(),
                )
            return _("The report “%(report)s” is asked for; its files appear when it is made.") % {"report": report}

        return self.decide(
            request,
            title=_("Ask for a report"),
            form=form,
            act=act,
            explanation=_("The worker makes the report as PDF and Excel, in Chinese and in English."),
            confirm=_("Ask for it"),
        )

    @action(description=gettext_lazy("Make anew"), url_path="ask-again", icon="restart_alt")
    def ask_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have a report made once more, from what is known by now."""
        report = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            request_report(
                province_id=report.province_id,
                kind=ReportKind(report.kind),
                day=report.starts_on,
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("The report “%(report)s” is asked for; its files appear when it is made.") % {"report": report}

        return self.decide(
            request,
            title=_("Make “%(report)s” anew") % {"report": report},
            record=report,
            act=act,
            explanation=_("The new files are put beside the earlier ones, which stay as they are."),
            confirm=_("Make anew"),
        )
