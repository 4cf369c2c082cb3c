"""Documents, questions and amendments of tenders."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, Lines, actor_of, badge, sent
from procurement.admin.labels import AMENDMENT_COLOURS
from procurement.admin.tender_forms import AmendmentForm, AnswerForm, DocumentForm
from procurement.models import Amendment, Clarification, Tender, TenderDocument
from procurement.services.amendments import drop_amendment, propose_amendment, publish_amendment
from procurement.services.clarifications import answer
from procurement.services.documents import Attachment, add_document
from procurement.states import AMENDMENT, LotStatus, TenderStatus


class DocumentLines(Lines):
    model = TenderDocument
    fields = ("file", "title", "added_at", "added_by")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("tender", "added_by").defer("content")

    @display(description=gettext_lazy("file"))
    def file(self, document: TenderDocument) -> SafeString:
        address = reverse("tender-document", args=[document.tender.number, document.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', address, document.file_name)


def add_document_page(model_admin: DecidingAdmin, request: HttpRequest, tender: Tender) -> HttpResponse:
    """Add a file to the documents of a draft."""

    def act(values: dict[str, Any]) -> str:
        document = add_document(
            tender_number=tender.number,
            attachment=Attachment(values["title"], values["file"].name, values["file"].read()),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return _("“%(title)s” is among the documents.") % {"title": document.title}

    return model_admin.decide(
        request,
        title=_("Add a document to %(tender)s") % {"tender": tender.number},
        record=tender,
        form=DocumentForm(**sent(request)),
        act=act,
        confirm=_("Add"),
        explanation=_("PDF, Word or Excel without macros. Everybody can download it once the tender is published."),
    )


def amend_page(model_admin: DecidingAdmin, request: HttpRequest, tender: Tender) -> HttpResponse:
    """Propose a change of what is published."""

    def act(values: dict[str, Any]) -> HttpResponse:
        file = values["file"]
        amendment = propose_amendment(
            tender_number=tender.number,
            text=values["text"],
            deadline_at=values["deadline_at"],
            affects_preparation=values["affects_preparation"],
            documents=[Attachment(values["title"] or file.name, file.name, file.read())] if file else [],
            actor=actor_of(request),
            at=timezone.now(),
        )
        return redirect(reverse("admin:procurement_amendment_change", args=[amendment.pk]))

    return model_admin.decide(
        request,
        title=_("Amend %(tender)s") % {"tender": tender.number},
        record=tender,
        form=AmendmentForm(**sent(request), initial={"deadline_at": tender.deadline_at}),
        act=act,
        confirm=_("Propose"),
        explanation=_(
            "A second officer publishes the amendment; until then nothing changes. The deadline can only move on."
        ),
    )


def may_be_amended(tender: Tender) -> bool:
    """Is the tender published and open?"""
    return tender.status == TenderStatus.PUBLISHED and timezone.now() < tender.deadline_at


def may_be_repeated(tender: Tender) -> bool:
    """Was it cancelled, or did a lot of it fail?"""
    return tender.status == TenderStatus.CANCELLED or tender.lots.filter(status=LotStatus.FAILED).exists()


class OfTenders(DecidingAdmin, ExportingAdmin):
    """What belongs to a tender is decided on by the officers of its agency."""

    def may_decide(self, request: HttpRequest, record: Any = None) -> bool:
        is_own = record is None or record.tender.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)


@admin.register(Amendment)
class AmendmentAdmin(OfTenders):
    """Proposed and published changes."""

    fields = (
        ("tender", "state"),
        "text",
        "affects_preparation",
        ("former_deadline_at", "deadline_at"),
        ("proposed_at", "proposed_by"),
        ("published_at", "published_by"),
    )
    list_display = ("tender", "text", "state", "former_deadline_at", "deadline_at", "proposed_by", "published_at")
    list_filter = (("status", ChoicesDropdownFilter),)
    list_select_related = ("tender", "proposed_by")
    search_fields = ("tender__number", "text")
    actions_list = ("export_workbook", "export_csv")
    actions_detail = ("publish", "drop")

    def offered(self, request: HttpRequest, record: Amendment) -> list[str]:
        return AMENDMENT.allowed(record.status) if self.may_decide(request, record) else []

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, amendment: Amendment) -> SafeString:
        return badge(amendment.get_status_display(), AMENDMENT_COLOURS.get(amendment.status))

    @action(description=gettext_lazy("Publish"), url_path="publish", icon="campaign", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it hold, and move the deadline."""
        amendment = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            publish_amendment(amendment_id=amendment.pk, actor=actor_of(request), at=timezone.now())
            return _("The amendment is published and every bidder reads it.")

        return self.decide(
            request,
            title=_("Publish the amendment of %(tender)s") % {"tender": amendment.tender.number},
            record=amendment,
            act=act,
            confirm=_("Publish"),
            is_final=True,
            explanation=_("Who proposed the amendment does not publish it. The deadline moves with it."),
        )

    @action(description=gettext_lazy("Drop"), url_path="drop", icon="block", variant=ActionVariant.DANGER)
    def drop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the proposal up."""
        amendment = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            drop_amendment(amendment_id=amendment.pk, actor=actor_of(request), at=timezone.now())
            return _("The proposal is dropped.")

        return self.decide(
            request,
            title=_("Drop the amendment of %(tender)s") % {"tender": amendment.tender.number},
            record=amendment,
            act=act,
            confirm=_("Drop"),
        )


@admin.register(Clarification)
class ClarificationAdmin(OfTenders):
    """Questions of suppliers, and the answers that all read."""

    fields = (("tender", "asked_at"), "asked_by", "question", "answer", ("answered_at", "answered_by"))
    list_display = ("tender", "question", "asked_at", "asked_by", "answered_at")
    list_select_related = ("tender", "asked_by")
    list_filter = (("answered_at", admin.EmptyFieldListFilter),)
    search_fields = ("tender__number", "question", "answer")
    actions_list = ("export_workbook", "export_csv")
    actions_detail = ("answer_question",)

    def offered(self, request: HttpRequest, record: Clarification) -> list[str]:
        return ["answer_question"] if record.answered_at is None and self.may_decide(request, record) else []

    @action(description=gettext_lazy("Answer"), url_path="answer", icon="reply", variant=ActionVariant.PRIMARY)
    def answer_question(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer to all."""
        asked = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            answer(clarification_id=asked.pk, text=values["answer"], actor=actor_of(request), at=timezone.now())
            return _("The answer is published.")

        return self.decide(
            request,
            title=_("Answer a question on %(tender)s") % {"tender": asked.tender.number},
            record=asked,
            form=AnswerForm(**sent(request)),
            act=act,
            confirm=_("Publish the answer"),
            explanation=f"“{asked.question}” — " + _("Question and answer are public; who asked is not told."),
        )
