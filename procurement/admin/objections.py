from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.actor import Actor
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    actor_of,
    badge,
    hindrance,
    link_to,
    sent,
)
from catalog.foundation.web.admin.forms import Select, TextArea
from procurement.admin.filters import TenderFilter
from procurement.admin.labels import OBJECTION_COLOURS
from procurement.models import Objection
from procurement.policies import may_answer_objection
from procurement.services.objections import answer_objection
from procurement.states import OBJECTION, ObjectionStatus


class AnswerForm(forms.Form):
    """Upheld or dismissed, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=gettext_lazy("what is decided"),
        choices=[("", "–"), ("dismiss", gettext_lazy("dismiss")), ("uphold", gettext_lazy("uphold"))],
        widget=Select,
    )
    reply = forms.CharField(label=gettext_lazy("reply"), required=False, widget=TextArea(attrs={"rows": 5}))


@admin.register(Objection)
class ObjectionAdmin(DecidingAdmin, ExportingAdmin):
    """Objections to tenders of the own agency, and the replies to them; supervisors read all."""

    fields = (
        ("tender_link", "lot"),
        ("kind", "state"),
        ("organization", "filed_at"),
        "text",
        ("reply_due_at", "replied_at"),
        ("reply", "replied_by"),
        ("remedy", "remedied_at"),
    )
    list_display = ("tender_link", "lot_number", "kind", "organization", "filed_at", "reply_due_at", "state")
    list_filter = (TenderFilter, ("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter))
    list_select_related = ("tender", "lot", "organization")
    search_fields = ("tender__number", "organization__name", "text")
    ordering = ("-filed_at",)
    actions_detail = ("answer",)
    export_values: ClassVar = {"tender_link": lambda objection: objection.tender.number}

    def visible(self, rows: Any, actor: Actor) -> Any:
        """The admin names the objector: those see it who may know."""
        return rows.named_to(actor)

    def may_decide(self, request: HttpRequest, record: Objection | None = None) -> bool:
        """Officers of the agency whose tender it is about."""
        is_own = record is None or record.tender.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Objection) -> list[str]:
        """A reply, while there is none."""
        return ["answer"] if self.may_decide(request, record) and OBJECTION.allowed(record.status) else []

    @display(description=gettext_lazy("tender"), ordering="tender__number")
    def tender_link(self, objection: Objection) -> str | SafeString:
        return link_to(objection.tender, objection.tender.number)

    @display(description=gettext_lazy("lot"), ordering="lot__number")
    def lot_number(self, objection: Objection) -> str:
        return str(objection.lot.number) if objection.lot else _("whole tender")

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, objection: Objection) -> SafeString:
        if objection.status == ObjectionStatus.FILED and objection.reply_due_at <= timezone.now():
            return badge(_("reply overdue"), "danger")
        return badge(objection.get_status_display(), OBJECTION_COLOURS.get(objection.status))

    @action(description=gettext_lazy("Answer"), url_path="answer", icon="reply", variant=ActionVariant.PRIMARY)
    def answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Uphold or dismiss, with the reply."""
        objection = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            answer_objection(
                objection_id=objection.pk,
                is_upheld=values["decision"] == "uphold",
                reply=values["reply"],
                actor=actor_of(request),
                at=trusted_now(),
                expected_version=values["version"],
            )
            return _("The objection is answered.")

        return self.decide(
            request,
            title=_("Answer the objection of %(objector)s") % {"objector": objection.organization},
            record=objection,
            form=AnswerForm(**sent(request), initial={"version": objection.version}),
            act=act,
            is_final=True,
            confirm=_("Answer"),
            explanation=_(
                "“%(text)s”\nThe reply is published. After an objection is upheld nothing is awarded until a bid is "
                "set aside, the lot declared failed or the tender cancelled."
            )
            % {"text": objection.text},
            context={"hindrance": hindrance(may_answer_objection, request, "dismiss", objection)},
        )
