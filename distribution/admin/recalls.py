"""Recalls: proposed, opened by a second person, told, followed and closed with their figures."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import READERS, ExportingAdmin, Lines, actor_of, badge, link_to, sent, table
from catalog.foundation.web.admin.forms import Select, TextArea, TextInput
from catalog.foundation.web.admin.values import EMPTY
from distribution.admin.holder_tables import holder_table
from distribution.admin.numbers import NumberedAdmin
from distribution.admin.safety_pages import ReasonForm, SafetyAdmin, VersionForm
from distribution.models import Recall, RecallNotice, RecallReport
from distribution.policies import may_handle_recall
from distribution.queries.recalls import standing_of
from distribution.services.recall_reports import file_recall_report
from distribution.services.recalls import close_recall, drop_recall, notify_recall, open_recall, propose_recall
from distribution.states import RECALL, RecallClass, RecallNoticeStatus, RecallReportKind, RecallStatus

RECALL_COLOURS: dict[str, str] = {
    RecallStatus.PROPOSED: "warning",
    RecallStatus.OPENED: "danger",
    RecallStatus.NOTIFIED: "info",
    RecallStatus.CLOSED: "success",
}
EFFECTIVENESS = {
    "receivers": gettext_lazy("organizations that received or keep the lots"),
    "told": gettext_lazy("of them notified"),
    "acknowledged": gettext_lazy("of them have acknowledged"),
    "share_acknowledged": gettext_lazy("share acknowledged"),
    "received": gettext_lazy("units received"),
    "reachable": gettext_lazy("units that were not used"),
    "recovered": gettext_lazy("of them handed back or destroyed"),
    "share_recovered": gettext_lazy("share recovered of what was not used"),
    "hours_to_stop": gettext_lazy("hours until everything was stopped"),
    "hours_to_acknowledge": gettext_lazy("hours until acknowledgement (median)"),
}


def effectiveness_table(figures: dict[str, Any]) -> str | SafeString:
    """The figures of a recall, one per line."""
    if not figures:
        return EMPTY
    rows = [(label, EMPTY if figures[name] is None else figures[name]) for name, label in EFFECTIVENESS.items()]
    return table([_("figure"), _("value")], rows)


class ProposalForm(forms.Form):
    """What is to be recalled, how gravely, and why."""

    product = forms.CharField(label=gettext_lazy("product (code)"), max_length=32, widget=TextInput)
    lots = forms.CharField(
        label=gettext_lazy("lot numbers, one per line (empty: the whole product)"),
        max_length=4000,
        required=False,
        widget=TextArea(attrs={"rows": 4}),
    )
    level = forms.ChoiceField(label=gettext_lazy("class"), choices=RecallClass.choices, widget=Select)
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextInput)

    def clean_lots(self) -> list[str]:
        lots = [lot.strip() for lot in self.cleaned_data["lots"].splitlines() if lot.strip()]
        if any(len(lot) > 20 for lot in lots):
            raise forms.ValidationError(_("A lot number has at most 20 characters."))
        return lots


class InstructionsForm(VersionForm):
    instructions = forms.CharField(
        label=gettext_lazy("what the receivers are to do"), max_length=4000, widget=TextArea(attrs={"rows": 5})
    )


class ConclusionForm(VersionForm):
    conclusion = forms.CharField(label=gettext_lazy("conclusion"), max_length=4000, widget=TextArea(attrs={"rows": 5}))


class ReportForm(VersionForm):
    kind = forms.TypedChoiceField(
        label=gettext_lazy("kind"), choices=RecallReportKind.choices, coerce=RecallReportKind, widget=Select
    )
    text = forms.CharField(label=pgettext_lazy("recall", "report"), max_length=4000, widget=TextArea(attrs={"rows": 5}))


class OverdueFilter(DropdownFilter):
    """What waits longer than it may."""

    title = gettext_lazy("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("notice, plan or report overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=Recall.objects.overdue(timezone.now()).values("pk"))


class RecallReportLines(Lines):
    model = RecallReport
    fields = ("kind", "text", "due_by", "filed_at", "filed_by")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("filed_by")


@admin.register(Recall)
class RecallAdmin(NumberedAdmin, SafetyAdmin):
    """Lots, or whole products, that their makers take back."""

    machine = RECALL
    policy = may_handle_recall
    decisions: ClassVar = {"open": "open_it", "drop": "drop", "notify": "notify", "close": "close"}
    fields = (
        ("name", "state"),
        ("product", "lot_numbers"),
        ("level", "is_public"),
        ("reason", "status_reason"),
        ("organization", "proposed_at", "proposed_by"),
        ("opened_at", "opened_by"),
        ("rule", "limits_source"),
        ("notify_by", "notified_at"),
        ("plan_by", "planned_at"),
        "progress_by",
        "instructions",
        "receivers",
        "figures",
        ("closed_at", "conclusion"),
    )
    list_display = (
        *("name", "product", "lot_numbers", "level", "proposed_at", "notify_by", "notified_at", "progress_by"),
        "state",
    )
    list_filter = (("status", ChoicesDropdownFilter), ("level", ChoicesDropdownFilter), OverdueFilter)
    list_select_related = (
        *("product__presentation__medicine", "product__manufacturer", "organization", "proposed_by", "opened_by"),
    )
    search_fields = ("product__code", "product__presentation__medicine__name", "reason", "lots")
    inlines = (RecallReportLines,)
    actions_list = ("propose", "export_workbook", "export_csv")
    actions_detail = (*decisions.values(), "report")
    export_values: ClassVar = {"name": lambda recall: recall.number}

    def offered(self, request: HttpRequest, record: Recall) -> list[str]:
        pages = list(super().offered(request, record))
        is_led = record.status in (RecallStatus.OPENED, RecallStatus.NOTIFIED)
        return [*pages, "report"] if is_led and self.may_decide(request, record) else pages

    @display(description=gettext_lazy("number"), ordering="pk")
    def name(self, recall: Recall) -> str | SafeString:
        return link_to(recall, recall.number)

    @display(description=gettext_lazy("lot numbers"))
    def lot_numbers(self, recall: Recall) -> str:
        return ", ".join(recall.lots) or _("the whole product")

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, recall: Recall) -> SafeString:
        now = timezone.now()
        if recall.status == RecallStatus.OPENED and recall.notify_by and recall.notify_by <= now:
            return badge(_("notice overdue"), "danger")
        if recall.status == RecallStatus.NOTIFIED and recall.progress_by and recall.progress_by <= now:
            return badge(_("report overdue"), "danger")
        return badge(recall.get_status_display(), RECALL_COLOURS.get(recall.status))

    @display(description=gettext_lazy("who received it"))
    def receivers(self, recall: Recall) -> str | SafeString:
        return holder_table([item.holder for item in standing_of(recall).receivers])

    @display(description=gettext_lazy("effectiveness"))
    def figures(self, recall: Recall) -> str | SafeString:
        return effectiveness_table(recall.effectiveness or standing_of(recall).effectiveness.kept())

    @action(
        description=gettext_lazy("Propose a recall"), url_path="propose", icon="undo", variant=ActionVariant.PRIMARY
    )
    def propose(self, request: HttpRequest) -> HttpResponse:
        """Hold the lots, and ask a second person to open the recall."""

        def act(values: dict[str, Any]) -> str:
            recall = propose_recall(
                product_code=values["product"],
                lots=values["lots"],
                level=RecallClass(values["level"]),
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("%(recall)s is proposed; the lots are held.") % {"recall": recall.number}

        return self.decide(
            request,
            title=_("Propose a recall"),
            form=ProposalForm(**sent(request)),
            act=act,
            explanation=_(
                "The lots are held at once, in the whole country. A second person opens the recall; the limits run "
                "from then."
            ),
        )

    @action(description=pgettext_lazy("recall", "Open"), url_path="open", icon="gavel", variant=ActionVariant.DANGER)
    def open_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decide on it."""
        return self.handle(
            request,
            object_id,
            "open",
            VersionForm,
            open_recall,
            title=_("Open %(record)s"),
            explanation=_("The supplier has to take the lots back; the limits of the regime in force run from now."),
            id_name="recall_id",
        )

    @action(description=pgettext_lazy("recall", "Drop"), url_path="drop", icon="close")
    def drop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the proposal up."""
        return self.handle(
            request, object_id, "drop", ReasonForm, drop_recall, title=_("Drop %(record)s"), id_name="recall_id"
        )

    @action(description=gettext_lazy("Notify"), url_path="notify", icon="campaign", variant=ActionVariant.PRIMARY)
    def notify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the notice to everybody who received the lots."""
        return self.handle(
            request,
            object_id,
            "notify",
            InstructionsForm,
            notify_recall,
            title=_("Notify everybody of %(record)s"),
            explanation=_("Everybody who received the lots or keeps them gets the notice and has to acknowledge it."),
            id_name="recall_id",
        )

    @action(description=gettext_lazy("File a report"), url_path="report", icon="description")
    def report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """File the plan, or how it goes, for the maker."""
        return self.handle(
            request,
            object_id,
            "notify",
            ReportForm,
            file_recall_report,
            title=_("File a report about %(record)s"),
            is_final=False,
            id_name="recall_id",
        )

    @action(description=pgettext_lazy("recall", "Close"), url_path="close", icon="task_alt")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close it with the figures of the day."""
        return self.handle(
            request,
            object_id,
            "close",
            ConclusionForm,
            close_recall,
            title=_("Close %(record)s"),
            explanation=_("The figures of today are kept; the lots stay held."),
            id_name="recall_id",
        )


@admin.register(RecallNotice)
class RecallNoticeAdmin(ExportingAdmin):
    """Which organization was told of which recall, and what it answered."""

    readers = (*READERS, Role.HEALTH_OFFICER)
    fields = (
        ("recall", "recipient"),
        ("state", "sent_at"),
        ("units_received", "units_on_hand"),
        ("acknowledged_at", "acknowledged_by", "units_found"),
    )
    list_display = (
        *("recall", "recipient", "state", "units_received", "units_on_hand", "units_found", "sent_at"),
        "acknowledged_at",
    )
    list_filter = (("status", ChoicesDropdownFilter), ("recall__level", ChoicesDropdownFilter))
    list_select_related = ("recall", "recipient", "acknowledged_by")
    search_fields = ("recipient__name", "recipient__code")

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, notice: RecallNotice) -> SafeString:
        is_open = notice.status == RecallNoticeStatus.SENT
        return badge(notice.get_status_display(), "warning" if is_open else "success")
