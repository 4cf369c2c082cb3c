"""Negotiations: with whom, round by round, and how they end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    link_to,
    sent,
    yuan,
)
from catalog.foundation.web.admin.forms import MomentInput, Select, TextArea, TextInput
from procurement.admin.filters import TenderFilter
from procurement.admin.procedure_words import NEGOTIATION_COLOURS
from procurement.admin.tender_forms import ReasonForm
from procurement.models import Negotiation, NegotiationRound
from procurement.queries.negotiations import bids_in_order, negotiable_lots
from procurement.services.negotiations import agree, break_off, open_negotiation, record_round
from procurement.states import NEGOTIATION, NegotiationStatus


class OpenForm(forms.Form):
    """The bid to negotiate about, of those whose turn it can be."""

    bid = forms.TypedChoiceField(label=gettext_lazy("bidder"), coerce=int, widget=Select)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bid"].choices = [  # type: ignore[attr-defined]
            (bid.pk, f"{lot} · {bid.supplier} · {yuan(bid.offer_price)}")
            for lot in negotiable_lots(actor)
            for bid in bids_in_order(lot)
            if getattr(bid, "negotiation", None) is None
        ]


class RoundForm(forms.Form):
    """A meeting as it was held."""

    held_at = forms.DateTimeField(label=gettext_lazy("held at"), widget=MomentInput)
    attendees = forms.CharField(
        label=gettext_lazy("attendees"), max_length=1000, required=False, widget=TextArea(attrs={"rows": 2})
    )
    asked_price = forms.DecimalField(
        label=gettext_lazy("asked (yuan per pack)"), min_value=0, max_digits=12, decimal_places=2, widget=TextInput
    )
    offered_price = forms.DecimalField(
        label=gettext_lazy("offered (yuan per pack)"), min_value=0, max_digits=12, decimal_places=2, widget=TextInput
    )
    minutes = forms.CharField(
        label=gettext_lazy("minutes"), max_length=20_000, required=False, widget=TextArea(attrs={"rows": 6})
    )


class RoundLines(Lines):
    model = NegotiationRound
    fields = ("number", "held_at", "attendees", "asked", "offered", "minutes", "recorded_by", "confirmed_at")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("recorded_by", "negotiation__bid__supplier")

    @display(description=gettext_lazy("asked (yuan per pack)"))
    def asked(self, held: NegotiationRound) -> str:
        return yuan(held.asked_price)

    @display(description=gettext_lazy("offered (yuan per pack)"))
    def offered(self, held: NegotiationRound) -> str:
        return yuan(held.offered_price)


@admin.register(Negotiation)
class NegotiationAdmin(DecidingAdmin, ExportingAdmin):
    """Talks about the price of a lot, one bidder after another."""

    fields = (
        ("lot_link", "supplier"),
        ("state", "agreed"),
        ("opened_at", "ended_at"),
        "reason",
    )
    list_display = ("lot_link", "supplier", "state", "agreed", "opened_at", "ended_at")

    class LotTenderFilter(TenderFilter):
        field = "lot__tender"

    list_filter = (LotTenderFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("lot__tender", "lot__presentation__medicine", "bid__supplier")
    search_fields = ("lot__tender__number", "bid__supplier__name", "lot__presentation__medicine__name")
    inlines = (RoundLines,)
    actions_list = ("begin", "export_workbook", "export_csv")
    actions_detail = ("record_meeting", "agree", "break_off")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).defer("bid__envelope", "bid__technical_envelope")

    def may_decide(self, request: HttpRequest, record: Negotiation | None = None) -> bool:
        """Officers of the agency whose tender it is."""
        is_own = record is None or record.lot.tender.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Negotiation) -> list[str]:
        if not self.may_decide(request, record) or record.status != NegotiationStatus.OPEN:
            return []
        return ["record_meeting", *NEGOTIATION.allowed(record.status)]

    @display(description=gettext_lazy("lot"), ordering="lot")
    def lot_link(self, negotiation: Negotiation) -> str | SafeString:
        return link_to(negotiation.lot, str(negotiation.lot))

    @display(description=gettext_lazy("bidder"), ordering="bid__supplier__name")
    def supplier(self, negotiation: Negotiation) -> str:
        return str(negotiation.bid.supplier)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, negotiation: Negotiation) -> SafeString:
        return badge(negotiation.get_status_display(), NEGOTIATION_COLOURS.get(negotiation.status))

    @display(description=gettext_lazy("negotiated price (yuan per pack)"), ordering="bid__agreed_price")
    def agreed(self, negotiation: Negotiation) -> str:
        return yuan(negotiation.bid.agreed_price)

    @action(
        description=gettext_lazy("Open a negotiation"), url_path="open", icon="forum", variant=ActionVariant.PRIMARY
    )
    def begin(self, request: HttpRequest) -> HttpResponse:
        """With the bidder whose turn it is."""

        def act(values: dict[str, Any]) -> HttpResponse:
            opened = open_negotiation(bid_id=values["bid"], actor=actor_of(request), at=timezone.now())
            return redirect(self.address_of(opened))

        return self.decide(
            request,
            title=_("Open a negotiation"),
            form=OpenForm(actor_of(request), **sent(request)),
            act=act,
            confirm=_("Open"),
            explanation=_(
                "Lots of evaluated tenders whose price is negotiated, or whose bids are all above the ceiling. One "
                "bidder after another, the lowest offer first. Who negotiates does not award."
            ),
        )

    @action(description=gettext_lazy("Record a round"), url_path="round", icon="edit_note")
    def record_meeting(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What was asked, offered and said."""
        negotiation = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            held = record_round(negotiation_id=negotiation.pk, **values, actor=actor_of(request), at=timezone.now())
            return _("Round %(number)s is recorded: the bidder confirms it.") % {"number": held.number}

        return self.decide(
            request,
            title=_("Record a round with %(supplier)s") % {"supplier": negotiation.bid.supplier},
            record=negotiation,
            form=RoundForm(**sent(request)),
            act=act,
            confirm=_("Record"),
            explanation=_("The bidder reads the minutes and confirms them; an offer never rises."),
        )

    @action(description=gettext_lazy("Agree"), url_path="agree", icon="handshake", variant=ActionVariant.PRIMARY)
    def agree(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """On the last confirmed offer."""
        negotiation = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            agree(negotiation_id=negotiation.pk, actor=actor_of(request), at=timezone.now())
            return _("The price is agreed: the lot can be awarded at it once the candidates are published.")

        return self.decide(
            request,
            title=_("Agree with %(supplier)s") % {"supplier": negotiation.bid.supplier},
            record=negotiation,
            act=act,
            confirm=_("Agree"),
            is_final=True,
            explanation=_("The last offer that the bidder has confirmed is the price of the lot."),
        )

    @action(description=gettext_lazy("Break off"), url_path="break-off", icon="block", variant=ActionVariant.DANGER)
    def break_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Without a price."""
        negotiation = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            break_off(
                negotiation_id=negotiation.pk, reason=values["reason"], actor=actor_of(request), at=timezone.now()
            )
            return _("The negotiation is broken off: the next bidder's turn comes.")

        return self.decide(
            request,
            title=_("Break off with %(supplier)s") % {"supplier": negotiation.bid.supplier},
            record=negotiation,
            form=ReasonForm(**sent(request)),
            act=act,
            confirm=_("Break off"),
            is_final=True,
        )
