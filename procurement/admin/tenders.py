from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.web.admin import (
    READERS,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    link_to,
    sent,
    whole,
    yuan,
)
from procurement.admin.candidates import candidates_page
from procurement.admin.dossiers import DocumentLines, add_document_page, amend_page, may_be_amended, may_be_repeated
from procurement.admin.labels import LOT_COLOURS, TENDER_COLOURS
from procurement.admin.openings import may_follow, opening_key_page, opening_page
from procurement.admin.publications import JobLines
from procurement.admin.shortlists import TechnicalEvaluation, evaluation_actions
from procurement.admin.tender_endings import cancel_page, retender_page
from procurement.admin.tender_forms import DraftForm, PublishForm
from procurement.models import Lot, Tender
from procurement.services.agreements import conclude_agreements
from procurement.services.clarifications import questions_until
from procurement.services.listings import conclude_listing
from procurement.services.tenders import draft_tender, publish_tender
from procurement.states import TENDER, Procedure, TenderStatus


class LotLines(Lines):
    model = Lot
    fields = ("lot", "presentation", "units", "ceiling", "max_winners", "state")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("presentation__medicine", "tender")

    @display(description=gettext_lazy("lot"))
    def lot(self, lot: Lot) -> str | SafeString:
        return link_to(lot, f"{lot.number}")

    @display(description=gettext_lazy("quantity (smallest units)"))
    def units(self, lot: Lot) -> str:
        return whole(lot.quantity)

    @display(description=gettext_lazy("ceiling (yuan per unit)"))
    def ceiling(self, lot: Lot) -> str:
        return yuan(lot.ceiling_price, 4)

    @display(description=gettext_lazy("status"))
    def state(self, lot: Lot) -> SafeString:
        return badge(lot.get_status_display(), LOT_COLOURS.get(lot.status))


@admin.register(Tender)
class TenderAdmin(TechnicalEvaluation, ExportingAdmin):
    """Tenders from the draft to the agreements."""

    fields = (
        ("number", "state"),
        ("title", "agency"),
        ("deadline_at", "demand_round"),
        ("supply_from", "supply_until"),
        ("published_at", "published_by"),
        ("procedure", "procedure_rules"),
        ("rule_set", "retender_of"),
        ("questions_end", "objections_until"),
        "urgency_reason",
        "cancel_reason",
    )
    list_display = (
        "number",
        "title",
        "procedure",
        "agency",
        "state",
        "deadline_at",
        "lot_count",
        "supply_from",
        "supply_until",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("procedure", ChoicesDropdownFilter),
        ("deadline_at", RangeDateTimeFilter),
        ("demand_round", RelatedDropdownFilter),
    )
    list_select_related = ("agency",)
    search_fields = ("number", "title", "agency__name")
    inlines = (LotLines, DocumentLines, JobLines)
    actions_list = ("draft", "opening_key", "export_workbook", "export_csv")
    actions_detail = (
        "opening",
        "technical",
        "readings",
        "publish",
        "document",
        "amend",
        "draw_committee",
        "publish_shortlist",
        "correct_shortlist",
        "publish_candidates",
        "conclude",
        "retender",
        "cancel",
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).annotate(lot_count=Count("lots"))

    def may_decide(self, request: HttpRequest, record: Tender | None = None) -> bool:
        """Officers of the agency whose it is."""
        is_own = record is None or record.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Tender) -> list[str]:
        actor = actor_of(request)
        offered = ["opening"] if may_follow(actor, record) else []
        offered += ["readings"] if actor.has(Role.SUPERVISOR) else []
        offered += evaluation_actions(actor, record, may_decide=self.may_decide(request, record))
        if self.may_decide(request, record):
            offered += TENDER.allowed(record.status)
            offered += ["document"] if record.status == TenderStatus.DRAFT else []
            offered += ["amend"] if may_be_amended(record) else []
            offered += ["retender"] if may_be_repeated(record) else []
        return offered

    def offered_in_list(self, request: HttpRequest) -> list[str]:
        own = ["opening_key"] if actor_of(request).has(*READERS) else []
        return ["draft", *own] if self.may_decide(request) else own

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, tender: Tender) -> SafeString:
        return badge(tender.get_status_display(), TENDER_COLOURS.get(tender.status))

    @display(description=gettext_lazy("questions until"))
    def questions_end(self, tender: Tender) -> str:
        return spoken(questions_until(tender))

    @display(description=gettext_lazy("lots"), ordering="lot_count")
    def lot_count(self, tender: Any) -> int:
        return int(tender.lot_count)

    @action(description=gettext_lazy("My opening key"), url_path="my-opening-key", icon="key")
    def opening_key(self, request: HttpRequest) -> HttpResponse:
        """One's own passphrase."""
        return opening_key_page(self, request)

    @action(description=gettext_lazy("Draft a tender"), url_path="draft", icon="add", variant=ActionVariant.PRIMARY)
    def draft(self, request: HttpRequest) -> HttpResponse:
        """A tender with its lots from a sheet."""
        actor = actor_of(request)
        form = DraftForm(**sent(request), initial={"provinces": [actor.province]})

        def act(values: dict[str, Any]) -> HttpResponse | str:
            tender = draft_tender(
                number=values["number"],
                title=values["title"],
                procedure=Procedure(values["procedure"]),
                invited=list(values["invited"]),
                urgency_reason=values["urgency_reason"],
                demand_round=values["demand_round"],
                deadline_at=values["deadline_at"],
                supply_from=values["supply_from"],
                supply_until=values["supply_until"],
                province_ids=[region.pk for region in values["provinces"]],
                lots=form.plans,
                actor=actor,
                at=timezone.now(),
            )
            messages.success(
                request, _("The draft of “%(tender)s” is made: read it and publish it.") % {"tender": tender}
            )
            return redirect(self.address_of(tender))

        return self.decide(
            request,
            title=_("Draft a tender"),
            form=form,
            act=act,
            confirm=_("Make the draft"),
            template="admin/procurement/draft_tender.html",
            explanation=_(
                "Each lot's quantity is what the provinces reported for its medicine and form, in all strengths."
            ),
        )

    @action(description=gettext_lazy("Publish"), url_path="publish", icon="campaign", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the key, give the shares to their holders, accept bids."""
        tender = self.record_of(request, object_id)
        actor = actor_of(request)

        def act(values: dict[str, Any]) -> str:
            publish_tender(
                number=tender.number,
                holders=list(values["holders"]),
                threshold=values["threshold"],
                actor=actor,
                at=timezone.now(),
            )
            return _("“%(tender)s” is published: sealed bids are accepted until its deadline.") % {"tender": tender}

        return self.decide(
            request,
            title=_("Publish %(tender)s") % {"tender": tender.number},
            record=tender,
            form=PublishForm(actor, **sent(request)),
            act=act,
            confirm=_("Publish"),
            explanation=_(
                "Publishing makes the key that seals the bids. Its secret half is split among the holders and kept "
                "nowhere else; so many of them as you say open the bids together after the deadline. Whoever "
                "publishes cannot award."
            ),
        )

    @action(description=gettext_lazy("Opening"), url_path="opening", icon="lock_open")
    def opening(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shares released, shares needed, one's own share, and the opening record."""
        return opening_page(self, request, self.record_of(request, object_id))

    @action(description=gettext_lazy("Who looked at it before the opening"), url_path="readings", icon="visibility")
    def readings(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The readings of the tender and of all that belongs to it."""
        tender = self.record_of(request, object_id)
        kind = ContentType.objects.get_for_model(Tender)
        address = reverse("admin:journal_reading_changelist")
        return redirect(f"{address}?subject_type__id__exact={kind.pk}&subject_id={tender.pk}")

    @action(description=gettext_lazy("Publish the candidates"), url_path="publish-candidates", icon="campaign")
    def publish_candidates(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who is proposed for every lot."""
        tender = self.record_of(request, object_id)
        return candidates_page(self, request, tender, record=tender)

    @action(description=gettext_lazy("Conclude agreements"), url_path="conclude", icon="handshake")
    def conclude(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From awards to agreements."""
        tender = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            if tender.procedure == Procedure.DIRECT_LISTING:
                conclude_listing(tender_number=tender.number, actor=actor_of(request), at=timezone.now())
                return _("The listing is concluded; its agreements stand since their offers were listed.")
            made = conclude_agreements(tender_number=tender.number, actor=actor_of(request), at=timezone.now())
            return ngettext("%(count)s agreement is concluded.", "%(count)s agreements are concluded.", len(made)) % {
                "count": len(made)
            }

        winners = Organization.objects.filter(bids__won_award__lot__tender=tender).distinct().count()
        return self.decide(
            request,
            title=_("Conclude the agreements of %(tender)s") % {"tender": tender.number},
            record=tender,
            act=act,
            is_final=True,
            confirm=_("Conclude"),
            explanation=_(
                "One agreement with each of the %(count)s winners, over the awarded quantities, from %(begin)s until "
                "%(end)s (exclusive). From its first day institutions can order."
            )
            % {"count": winners, "begin": tender.supply_from, "end": tender.supply_until},
        )

    @action(
        description=gettext_lazy("Cancel the tender"), url_path="cancel", icon="block", variant=ActionVariant.DANGER
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give up a tender, with the reason."""
        return cancel_page(self, request, self.record_of(request, object_id))

    @action(description=gettext_lazy("Add a document"), url_path="document", icon="attach_file")
    def document(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A file of the tender documents."""
        return add_document_page(self, request, self.record_of(request, object_id))

    @action(description=gettext_lazy("Amend"), url_path="amend", icon="edit_document")
    def amend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A change of what is published."""
        return amend_page(self, request, self.record_of(request, object_id))

    @action(description=gettext_lazy("Tender again"), url_path="retender", icon="replay")
    def retender(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new draft of the lots that found no supplier."""
        return retender_page(self, request, self.record_of(request, object_id))
