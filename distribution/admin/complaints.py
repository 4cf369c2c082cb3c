"""Complaints: taken up or not, and decided, each within its days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.admin.filters import ProvinceFilter
from catalog.foundation.web.admin import (
    READERS,
    DecidingAdmin,
    ExportingAdmin,
    actor_of,
    badge,
    hindrance,
    link_to,
    sent,
)
from catalog.foundation.web.admin.forms import Select, TextArea
from catalog.foundation.web.admin.values import EMPTY
from distribution.models import Complaint
from distribution.policies import may_handle_complaint
from distribution.querysets import OFFICERS
from distribution.services.complaints import accept_complaint, decide_complaint, reject_complaint
from distribution.states import COMPLAINT, ComplaintStatus
from procurement.models import ConductRecord

COLOURS: dict[str, str] = {
    ComplaintStatus.FILED: "warning",
    ComplaintStatus.ACCEPTED: "info",
    ComplaintStatus.ANSWERED: "primary",
    ComplaintStatus.DECIDED: "success",
}
# The pages of the decisions, by the action of the machine.
DECISIONS = {"accept": "accept", "reject": "reject", "decide": "decide_it"}


class VersionForm(forms.Form):
    """The version that the decision is about."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class RejectionForm(VersionForm):
    """Why it is not taken up."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=4000, widget=TextArea(attrs={"rows": 4}))


class DecisionForm(VersionForm):
    """Upheld or not, and why."""

    is_upheld = forms.TypedChoiceField(
        label=gettext_lazy("what is decided"),
        choices=[("", "–"), ("yes", gettext_lazy("uphold")), ("no", gettext_lazy("dismiss"))],
        coerce=lambda value: value == "yes",
        widget=Select,
    )
    decision = forms.CharField(
        label=pgettext_lazy("complaint", "decision"), max_length=4000, widget=TextArea(attrs={"rows": 5})
    )


class OverdueFilter(DropdownFilter):
    """What waits longer than it may."""

    title = gettext_lazy("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("not accepted or decided in time"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        # of what the person sees
        return queryset.filter(pk__in=Complaint.objects.overdue(localdate()).values("pk"))


@admin.register(Complaint)
class ComplaintAdmin(DecidingAdmin, ExportingAdmin):
    """The complaints of the own province; supervisors read all."""

    readers = (*READERS, Role.HEALTH_OFFICER)
    deciders = OFFICERS
    fields = (
        ("subject", "state"),
        ("complainant", "about"),
        ("order_link", "province"),
        "text",
        "filed_at",
        ("accept_by", "decide_by"),
        "answer",
        ("decision", "is_upheld"),
        "consequence",
    )
    list_display = ("name", "subject", "complainant", "about", "filed_at", "accept_by", "decide_by", "state")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("subject", ChoicesDropdownFilter),
        OverdueFilter,
        ProvinceFilter,
    )
    list_select_related = ("complainant", "about", "order", "province")
    search_fields = ("complainant__name", "about__name", "about__code", "text")
    actions_detail = tuple(DECISIONS.values())
    export_values: ClassVar = {"name": lambda complaint: complaint.number}

    def may_decide(self, request: HttpRequest, record: Complaint | None = None) -> bool:
        """Officers of the province."""
        is_own = record is None or record.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Complaint) -> list[str]:
        allowed = COMPLAINT.allowed(record.status) if self.may_decide(request, record) else ()
        return [page for name, page in DECISIONS.items() if name in allowed]

    @display(description=gettext_lazy("number"), ordering="pk")
    def name(self, complaint: Complaint) -> str | SafeString:
        return link_to(complaint, complaint.number)

    @display(description=gettext_lazy("order"))
    def order_link(self, complaint: Complaint) -> str | SafeString:
        return link_to(complaint.order)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, complaint: Complaint) -> SafeString:
        today = localdate()
        if complaint.status == ComplaintStatus.FILED and complaint.accept_by < today:
            return badge(_("not accepted in time"), "danger")
        if complaint.status in (ComplaintStatus.ACCEPTED, ComplaintStatus.ANSWERED) and complaint.decide_by < today:
            return badge(_("not decided in time"), "danger")
        return badge(complaint.get_status_display(), COLOURS.get(complaint.status))

    @display(description=gettext_lazy("what follows"))
    def consequence(self, complaint: Complaint) -> str | SafeString:
        """A firm about which a complaint was upheld may be proposed for a conduct record."""
        if not complaint.is_upheld or complaint.about.kind == OrganizationKind.INSTITUTION:
            return EMPTY
        question = {
            "organization": complaint.about_id,
            "offence": ConductRecord.Offence.FAILED_SUPPLY,
            "facts": complaint.text,
            "source": _("complaint %(number)s, upheld: %(decision)s")
            % {"number": complaint.number, "decision": complaint.decision[:200]},
        }
        address = f"{reverse('admin:procurement_conductrecord_propose')}?{urlencode(question)}"
        return format_html('<a class="text-link" href="{}">{}</a>', address, _("Propose a conduct record"))

    @action(
        description=pgettext_lazy("complaint", "Accept"), url_path="accept", icon="check", variant=ActionVariant.PRIMARY
    )
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it up."""
        return self._handle(
            request,
            object_id,
            "accept",
            VersionForm,
            accept_complaint,
            title=_("Accept %(complaint)s"),
            explanation=_("Whom it is about learns of it and may answer; the days until the decision run from today."),
        )

    @action(description=gettext_lazy("Do not accept"), url_path="reject", icon="close")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Do not take it up."""
        return self._handle(
            request,
            object_id,
            "reject",
            RejectionForm,
            reject_complaint,
            title=_("Do not accept %(complaint)s"),
            explanation=_("Who complains reads the reason; whom it is about never learns of it."),
        )

    @action(description=gettext_lazy("Decide"), url_path="decide", icon="gavel", variant=ActionVariant.DANGER)
    def decide_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Uphold it or not."""
        return self._handle(
            request,
            object_id,
            "decide",
            DecisionForm,
            decide_complaint,
            title=_("Decide %(complaint)s"),
            explanation=_("Both sides read the decision. An upheld one may lead to a conduct record of the firm."),
        )

    def _handle(
        self,
        request: HttpRequest,
        object_id: str,
        name: str,
        form_class: type[VersionForm],
        service: Callable[..., Complaint],
        *,
        title: str,
        explanation: str,
    ) -> HttpResponse:
        complaint = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            after = service(
                complaint_id=complaint.pk,
                expected_version=values.pop("version"),
                actor=actor_of(request),
                at=timezone.now(),
                **values,
            )
            return f"{after.number}: {after.get_status_display()}"

        return self.decide(
            request,
            title=title % {"complaint": complaint.number},
            record=complaint,
            form=form_class(**sent(request), initial={"version": complaint.version}),
            act=act,
            explanation=f"“{complaint.text}”\n{explanation}",
            is_final=name != "accept",
            context={"hindrance": hindrance(may_handle_complaint, request, name, complaint)},
        )
