"""Standing offers of direct listings: read, listed, and the listing concluded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    actor_of,
    badge,
    evidence_table,
    hindrance,
    link_to,
    sent,
    whole,
    yuan,
)
from catalog.foundation.web.admin.forms import Checkboxes, Select
from procurement.admin.filters import TenderFilter
from procurement.admin.labels import BID_COLOURS, FACTS, WORDS
from procurement.models import ListingOffer, Tender
from procurement.policies import may_list_offer
from procurement.services.listings import conclude_listing, list_offers
from procurement.states import BidStatus, Procedure, TenderStatus


def waiting_offers(actor: Actor) -> Any:
    """The offers that the officer's agency can list."""
    rows = ListingOffer.objects.visible_to(actor).filter(
        status=BidStatus.RANKED,
        lot__tender__procedure=Procedure.DIRECT_LISTING,
        lot__tender__agency=actor.organization_id,
        lot__tender__status__in=[TenderStatus.PUBLISHED, TenderStatus.CLOSED],
    )
    return rows.select_related("lot__tender", "supplier", "product__presentation__medicine", "product__manufacturer")


class OffersField(forms.ModelMultipleChoiceField):
    """Offers by their firm, product and price."""

    def label_from_instance(self, offer: Any) -> str:
        return f"{offer.lot.tender.number}/{offer.lot.number} · {offer.product} · {yuan(offer.offer_price)}"


class OffersForm(forms.Form):
    """The offers to list at once."""

    offers = OffersField(ListingOffer.objects.none(), label=gettext_lazy("standing offers"), widget=Checkboxes)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offers"].queryset = waiting_offers(actor)  # type: ignore[attr-defined]


class ConcludeForm(forms.Form):
    """A listing whose window has closed."""

    tender = forms.ModelChoiceField(Tender.objects.none(), label=gettext_lazy("tender"), widget=Select)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tender"].queryset = Tender.objects.of_agency(actor).filter(  # type: ignore[attr-defined]
            procedure=Procedure.DIRECT_LISTING, status=TenderStatus.CLOSED
        )


@admin.register(ListingOffer)
class ListingOfferAdmin(DecidingAdmin, ExportingAdmin):
    """Standing offers: what firms supply at which price, and which of them are listed."""

    fields = (
        ("lot_link", "state"),
        ("supplier", "product"),
        ("offer", "units"),
        "provinces",
        "received_at",
        "evidence",
    )
    list_display = ("lot_link", "supplier", "product", "offer", "units", "provinces", "state", "received_at")

    class LotTenderFilter(TenderFilter):
        field = "lot__tender"

    list_filter = (LotTenderFilter, ("status", ChoicesDropdownFilter))
    list_select_related = (
        "lot__tender",
        "lot__presentation__medicine",
        "supplier",
        "product__presentation__medicine",
        "product__manufacturer",
    )
    search_fields = ("lot__tender__number", "supplier__name", "product__code")
    ordering = ("-received_at",)
    actions_list = ("list_many", "conclude", "export_workbook", "export_csv")
    actions_detail = ("list_one",)

    def visible(self, rows: Any, actor: Actor) -> Any:
        offers = rows.visible_to(actor).filter(lot__tender__procedure=Procedure.DIRECT_LISTING)
        return offers.defer("envelope", "technical_envelope").prefetch_related("listing_areas__province")

    def may_decide(self, request: HttpRequest, record: ListingOffer | None = None) -> bool:
        """Officers of the agency whose listing it is."""
        is_own = record is None or record.lot.tender.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: ListingOffer) -> list[str]:
        is_waiting = record.status == BidStatus.RANKED and self.may_decide(request, record)
        return ["list_one"] if is_waiting else []

    @display(description=gettext_lazy("lot"), ordering="lot")
    def lot_link(self, offer: ListingOffer) -> str | SafeString:
        return link_to(offer.lot, str(offer.lot))

    @display(description=gettext_lazy("offer (yuan per pack)"), ordering="offer_price")
    def offer(self, offer: ListingOffer) -> str:
        return yuan(offer.offer_price)

    @display(description=gettext_lazy("units a year for each province"), ordering="output")
    def units(self, offer: ListingOffer) -> str:
        return whole(offer.output)

    @display(description=gettext_lazy("provinces"))
    def provinces(self, offer: ListingOffer) -> str:
        return ", ".join(area.province.name for area in offer.listing_areas.all())

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, offer: ListingOffer) -> SafeString:
        words = {
            BidStatus.RANKED: _("waits to be listed"),
            BidStatus.AWARDED: _("listed"),
            BidStatus.REVOKED: _("ended"),
        }
        status = BidStatus(offer.status)
        return badge(words.get(status, status.label), BID_COLOURS.get(status))

    @display(description=gettext_lazy("finding"))
    def evidence(self, offer: ListingOffer) -> str | SafeString:
        return evidence_table(offer.finding, FACTS, WORDS)

    @action(description=gettext_lazy("List"), url_path="list", icon="playlist_add", variant=ActionVariant.PRIMARY)
    def list_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let institutions order it."""
        offer = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            list_offers(offer_ids=[offer.pk], actor=actor_of(request), at=timezone.now())
            return _("%(product)s is listed.") % {"product": offer.product}

        return self.decide(
            request,
            title=_("List %(product)s") % {"product": offer.product},
            record=offer,
            act=act,
            confirm=_("List"),
            explanation=_("Its price is fixed for its provinces, and their institutions can order it."),
            context={"hindrance": hindrance(may_list_offer, request, "award", offer)},
        )

    @action(description=gettext_lazy("List several"), url_path="list-several", icon="playlist_add_check")
    def list_many(self, request: HttpRequest) -> HttpResponse:
        """All that are ticked, or none."""

        def act(values: dict[str, Any]) -> HttpResponse | str:
            offers = [offer.pk for offer in values["offers"]]
            awards = list_offers(offer_ids=offers, actor=actor_of(request), at=timezone.now())
            return ngettext("%(count)s offer is listed.", "%(count)s offers are listed.", len(awards)) % {
                "count": len(awards)
            }

        return self.decide(
            request,
            title=_("List several offers"),
            form=OffersForm(actor_of(request), **sent(request)),
            act=act,
            confirm=_("List"),
            explanation=_("All that are ticked are listed, or none. Who published a listing does not list its offers."),
        )

    @action(description=gettext_lazy("Conclude a listing"), url_path="conclude", icon="handshake")
    def conclude(self, request: HttpRequest) -> HttpResponse:
        """Its window has closed."""

        def act(values: dict[str, Any]) -> HttpResponse:
            tender = conclude_listing(tender_number=values["tender"].number, actor=actor_of(request), at=timezone.now())
            return redirect(self.address_of_tender(tender))

        return self.decide(
            request,
            title=_("Conclude a listing"),
            form=ConcludeForm(actor_of(request), **sent(request)),
            act=act,
            confirm=_("Conclude"),
            is_final=True,
            explanation=_("Offers that were not listed are lost, and lots without a listed offer fail."),
        )

    def address_of_tender(self, tender: Tender) -> str:
        """The page of the tender."""
        return str(reverse("admin:procurement_tender_change", args=[tender.pk]))
