"""Purchases that are told to the supervision afterwards: by agencies, and by institutions in emergencies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, sent, whole, yuan
from catalog.foundation.web.admin.forms import TextArea
from procurement.admin.procedure_words import EMERGENCY_COLOURS
from procurement.admin.tender_forms import ReasonForm
from procurement.models import EmergencyPurchase, Filing
from procurement.services.emergencies import judge_emergency_purchase
from procurement.services.filings import file_purchase
from procurement.states import EMERGENCY_PURCHASE


class NoteForm(forms.Form):
    """What the supervision should know."""

    note = forms.CharField(
        label=gettext_lazy("what was bought and why"),
        max_length=4000,
        required=False,
        widget=TextArea(attrs={"rows": 4}),
    )


class JudgementForm(forms.Form):
    """What the agency has to say to an accepted purchase, if anything."""

    judgement = forms.CharField(
        label=gettext_lazy("judgement"), max_length=2000, required=False, widget=TextArea(attrs={"rows": 3})
    )


class FilingFilter(DropdownFilter):
    """Filed, waiting, or overdue."""

    title = gettext_lazy("filing")
    parameter_name = "filing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", _("overdue")), ("open", _("not filed")), ("filed", _("filed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "overdue":
                return queryset.filing_overdue(localdate())  # type: ignore[attr-defined]
            case "open":
                return queryset.filter(filed_at=None)
            case "filed":
                return queryset.exclude(filed_at=None)
        return queryset


@admin.register(Filing)
class FilingAdmin(DecidingAdmin, ExportingAdmin):
    """Concluded small-quantity and emergency purchases, and whether they were filed in time."""

    fields = (
        ("number", "agency"),
        "title",
        "urgency_reason",
        ("filing_due_on", "state"),
        ("filed_at", "filing_note"),
    )
    list_display = ("number", "title", "agency", "filing_due_on", "filed_at", "state")
    list_filter = (FilingFilter,)
    list_select_related = ("agency",)
    search_fields = ("number", "title", "agency__name")
    ordering = ("filing_due_on",)
    actions_list = ("export_workbook", "export_csv")
    actions_detail = ("file",)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).to_be_filed()

    def may_decide(self, request: HttpRequest, record: Filing | None = None) -> bool:
        """Officers of the agency whose purchase it is."""
        is_own = record is None or record.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Filing) -> list[str]:
        return ["file"] if record.filed_at is None and self.may_decide(request, record) else []

    @display(description=gettext_lazy("filing"))
    def state(self, filing: Filing) -> SafeString:
        if filing.filed_at is None:
            is_overdue = filing.filing_due_on is not None and filing.filing_due_on < localdate()
            return badge(_("overdue"), "danger") if is_overdue else badge(_("not filed"), "warning")
        return badge(_("filed late"), "warning") if filing.is_late else badge(_("filed"), "success")

    @action(description=gettext_lazy("File"), url_path="file", icon="outbox", variant=ActionVariant.PRIMARY)
    def file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """With the supervision."""
        filing = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            file_purchase(tender_number=filing.number, note=values["note"], actor=actor_of(request), at=timezone.now())
            return _("The purchase is filed.")

        return self.decide(
            request,
            title=_("File %(tender)s") % {"tender": filing.number},
            record=filing,
            form=NoteForm(**sent(request)),
            act=act,
            confirm=_("File"),
            explanation=_(
                "To be filed until %(due)s, counted in working days without public holidays. What comes late is "
                "recorded as late."
            )
            % {"due": filing.filing_due_on},
        )


@admin.register(EmergencyPurchase)
class EmergencyPurchaseAdmin(DecidingAdmin, ExportingAdmin):
    """What institutions bought off the platform in emergencies."""

    fields = (
        ("institution", "state"),
        ("product", "supplier"),
        ("amount", "paid"),
        ("bought_on", "due_on"),
        ("filed_at", "is_late"),
        "reason",
        "judgement",
        ("judged_at", "judged_by"),
    )
    list_display = ("institution", "product", "supplier", "amount", "paid", "bought_on", "is_late", "state")
    list_filter = (("status", ChoicesDropdownFilter), ("is_late", BooleanRadioFilter))
    list_select_related = (
        "institution",
        "supplier",
        "product__presentation__medicine",
        "product__manufacturer",
        "judged_by",
    )
    search_fields = ("institution__name", "supplier__name", "product__code")
    actions_list = ("export_workbook", "export_csv")
    actions_detail = ("accept", "object")

    def offered(self, request: HttpRequest, record: EmergencyPurchase) -> list[str]:
        return EMERGENCY_PURCHASE.allowed(record.status) if self.may_decide(request, record) else []

    @display(description=gettext_lazy("units"), ordering="units")
    def amount(self, purchase: EmergencyPurchase) -> str:
        return whole(purchase.units)

    @display(description=gettext_lazy("price (yuan per pack)"), ordering="price")
    def paid(self, purchase: EmergencyPurchase) -> str:
        return yuan(purchase.price)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, purchase: EmergencyPurchase) -> SafeString:
        return badge(purchase.get_status_display(), EMERGENCY_COLOURS.get(purchase.status))

    @action(description=gettext_lazy("Accept"), url_path="accept", icon="check", variant=ActionVariant.PRIMARY)
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It was an emergency."""
        return self._judge(request, object_id, is_accepted=True)

    @action(description=gettext_lazy("Object"), url_path="object", icon="block", variant=ActionVariant.DANGER)
    def object(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It was none, or too dear."""
        return self._judge(request, object_id, is_accepted=False)

    def _judge(self, request: HttpRequest, object_id: str, *, is_accepted: bool) -> HttpResponse:
        purchase = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            judged = judge_emergency_purchase(
                purchase_id=purchase.pk,
                is_accepted=is_accepted,
                judgement=values.get("judgement") or values.get("reason", ""),
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("The purchase is “%(status)s”.") % {"status": judged.get_status_display()}

        words = {"purchase": purchase}
        return self.decide(
            request,
            title=_("Accept %(purchase)s") % words if is_accepted else _("Object to %(purchase)s") % words,
            record=purchase,
            form=JudgementForm(**sent(request)) if is_accepted else ReasonForm(**sent(request)),
            act=act,
        )
