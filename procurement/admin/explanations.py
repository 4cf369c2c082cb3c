"""Explanations of abnormally low prices: what was asked, what was answered, and the officer's judgement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    actor_of,
    badge,
    evidence_table,
    link_to,
    sent,
    yuan,
)
from catalog.foundation.web.admin.forms import TextArea
from procurement.admin.labels import FACTS
from procurement.models import Explanation
from procurement.services.explanations import judge_explanation


class JudgementForm(forms.Form):
    """Why the explanation holds, or does not."""

    judgement = forms.CharField(label=gettext_lazy("judgement"), strip=True, widget=TextArea)


@admin.register(Explanation)
class ExplanationAdmin(DecidingAdmin, ExportingAdmin):
    """Candidates are not published while one of them is not judged."""

    fields = (
        ("lot", "supplier", "state"),
        "why",
        ("asked_at", "due_at"),
        "answer",
        "answered_at",
        "judgement",
        ("judged_at", "judged_by"),
    )
    list_display = ("lot", "supplier", "price", "asked_at", "due_at", "answered_at", "state")
    list_select_related = ("bid__lot__tender", "bid__lot__presentation__medicine", "bid__supplier", "judged_by")
    list_filter = (("answered_at", admin.EmptyFieldListFilter), ("judged_at", admin.EmptyFieldListFilter))
    search_fields = ("bid__lot__tender__number", "bid__supplier__name", "bid__lot__presentation__medicine__name")
    actions_list = ("export_workbook", "export_csv")
    actions_detail = ("accept", "reject")
    export_values = {"price": lambda asked: asked.bid.comparable_price}

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("bid__envelope", "bid__technical_envelope")

    def may_decide(self, request: HttpRequest, record: Explanation | None = None) -> bool:
        """Officers of the agency that leads the tender."""
        is_own = record is None or record.bid.lot.tender.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Explanation) -> list[str]:
        is_due = record.answered_at is not None or record.due_at <= timezone.now()
        is_open = record.judged_at is None and is_due
        return ["accept", "reject"] if is_open and self.may_decide(request, record) else []

    @display(description=gettext_lazy("lot"), ordering="bid__lot")
    def lot(self, asked: Explanation) -> str | SafeString:
        return link_to(asked.bid.lot)

    @display(description=gettext_lazy("supplier"), ordering="bid__supplier")
    def supplier(self, asked: Explanation) -> str:
        return str(asked.bid.supplier)

    @display(description=gettext_lazy("comparable price"), ordering="bid__comparable_price")
    def price(self, asked: Explanation) -> str:
        return yuan(asked.bid.comparable_price, 4)

    @display(description=gettext_lazy("why it was asked"))
    def why(self, asked: Explanation) -> str | SafeString:
        return evidence_table(asked.figures, FACTS)

    @display(description=gettext_lazy("status"))
    def state(self, asked: Explanation) -> SafeString:
        if asked.judged_at is not None:
            if asked.is_accepted:
                return badge(pgettext("explanation", "accepted"), "success")
            return badge(pgettext("explanation", "rejected"), "danger")
        return badge(_("answered"), "info") if asked.answered_at else badge(_("waits for the bidder"), "warning")

    @action(description=gettext_lazy("Accept"), url_path="accept", icon="check", variant=ActionVariant.PRIMARY)
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The bid stays where it is."""
        return self._judge(request, object_id, is_accepted=True)

    @action(description=gettext_lazy("Reject"), url_path="reject", icon="block", variant=ActionVariant.DANGER)
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The bid is to be set aside."""
        return self._judge(request, object_id, is_accepted=False)

    def _judge(self, request: HttpRequest, object_id: str, *, is_accepted: bool) -> HttpResponse:
        asked = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            judge_explanation(
                explanation_id=asked.pk,
                is_accepted=is_accepted,
                judgement=values["judgement"],
                actor=actor_of(request),
                at=trusted_now(),
            )
            if is_accepted:
                return _("The explanation is accepted.")
            return _("The explanation is rejected: now set the bid aside on the page of its lot.")

        title = _("Accept the explanation of %(bid)s") if is_accepted else _("Reject the explanation of %(bid)s")
        return self.decide(
            request,
            title=title % {"bid": asked.bid.supplier},
            record=asked,
            form=JudgementForm(**sent(request)),
            act=act,
            confirm=_("Accept") if is_accepted else _("Reject"),
            is_final=True,
            explanation=_("The judgement and its reason are kept and cannot be changed."),
        )
