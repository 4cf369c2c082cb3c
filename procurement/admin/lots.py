from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    evidence_table,
    hindrance,
    link_to,
    whole,
    yuan,
)
from procurement.admin.awards import award_page, fail_page
from procurement.admin.candidates import candidates_page
from procurement.admin.filters import TenderFilter
from procurement.admin.labels import FACTS, LOT_COLOURS, WORDS
from procurement.admin.lot_decisions import pick_page, revoke_page, set_aside_page
from procurement.admin.ranking import marks, ranking_of
from procurement.models import AwardArea, Bid, Lot, LotArea, Opening
from procurement.policies import may_decide_lot
from procurement.queries.awards import areas_without_supplier
from procurement.queries.picks import picking_of
from procurement.states import LOT, TENDER, LotStatus


class AreaLines(Lines):
    model = LotArea
    fields = ("province", "units")
    tab = True

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("province", "lot")

    @display(description=_("quantity (smallest units)"))
    def units(self, area: LotArea) -> str:
        return whole(area.quantity)


class AwardLines(Lines):
    model = AwardArea
    fields = ("province", "role", "units", "winner", "price", "ended_at")
    verbose_name_plural = _("awarded areas")
    tab = True

    def visible(self, rows: Any, actor: Actor) -> Any:
        """What was awarded is seen by those who see the bid behind it."""
        bids = Bid.objects.visible_to(actor).order_by().values("pk")
        return rows.filter(award__bid__in=bids).select_related("province", "award__bid__supplier")

    @display(description=_("quantity (smallest units)"))
    def units(self, area: AwardArea) -> str:
        return whole(area.quantity)

    @display(description=_("supplier"))
    def winner(self, area: AwardArea) -> str:
        return str(area.award.bid.supplier)

    @display(description=_("price (yuan per pack)"))
    def price(self, area: AwardArea) -> str:
        return yuan(area.award.price)


@admin.register(Lot)
class LotAdmin(DecidingAdmin, ExportingAdmin):
    """Lots with the ranking of their bids, once those are opened."""

    fields = (
        ("tender", "number"),
        ("presentation", "state"),
        ("units", "max_winners"),
        "ceiling",
        "ceiling_source",
        ("decision_reason", "without_supplier"),
    )
    list_display = ("lot", "tender_link", "presentation", "units", "ceiling", "max_winners", "state")
    list_filter = (TenderFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("tender", "presentation__medicine")
    search_fields = (
        "tender__number",
        "tender__title",
        "presentation__medicine__name",
        "presentation__medicine__inn",
        "presentation__medicine__initials",
    )
    ordering = ("-tender__deadline_at", "tender", "number")
    inlines = (AwardLines, AreaLines)
    actions_detail = ("candidates", "award", "pick", "set_aside", "revoke", "fail")
    export_values: ClassVar = {
        "lot": lambda lot: lot.number,
        "units": lambda lot: lot.quantity,
        "ceiling": lambda lot: lot.ceiling_price,
    }
    change_form_outer_after_template = "admin/procurement/lot_ranking.html"

    def may_decide(self, request: HttpRequest, record: Lot | None = None) -> bool:
        """Officers of the agency whose it is."""
        is_own = record is None or record.tender.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Lot) -> list[str]:
        """What can be decided about winners that were proposed, and about those that were awarded."""
        if not self.may_decide(request, record):
            return []
        if record.status == LotStatus.AWARDED:
            return ["revoke"]
        if "award" not in LOT.allowed(record.status):
            return []
        is_due = picking_of(record).turn is not None
        return [
            *(["candidates"] if "publish_candidates" in TENDER.allowed(record.tender.status) else []),
            *(["pick"] if is_due else []),
            "award",
            "set_aside",
            "fail",
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("tender__procedure_rules", "presentation__medicine")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The lot, and below it what was bid."""
        lot = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        context: dict[str, Any] = {}
        if lot is not None:
            actor = actor_of(request)
            context = {
                "rows": ranking_of(lot, actor),
                **marks(),
                "ceiling": self.ceiling(lot),
                "is_sealed": not Opening.objects.filter(tender=lot.tender_id).exists(),
                "is_own": actor.has(Role.SUPERVISOR) or lot.tender.agency_id == actor.organization_id,
                "hindrance": hindrance(may_decide_lot, request, "award", lot) if self.offered(request, lot) else "",
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @display(description=_("lot"), ordering="number")
    def lot(self, lot: Lot) -> str:
        return f"{lot.number}"

    @display(description=_("tender"), ordering="tender__number")
    def tender_link(self, lot: Lot) -> str | SafeString:
        return link_to(lot.tender, lot.tender.number)

    @display(description=_("quantity (smallest units)"), ordering="quantity")
    def units(self, lot: Lot) -> str:
        return whole(lot.quantity)

    @display(description=_("ceiling (yuan per unit)"), ordering="ceiling_price")
    def ceiling(self, lot: Lot) -> str:
        return yuan(lot.ceiling_price, 4)

    @display(description=_("where the ceiling comes from"))
    def ceiling_source(self, lot: Lot) -> str | SafeString:
        return evidence_table(lot.ceiling_evidence, FACTS, WORDS)

    @display(description=_("areas without a supplier"))
    def without_supplier(self, lot: Lot) -> str:
        areas = areas_without_supplier(lot.tender).filter(lot=lot)
        return "、".join(areas.values_list("province__name", flat=True)) or "–"

    @display(description=_("status"), ordering="status")
    def state(self, lot: Lot) -> SafeString:
        return badge(lot.get_status_display(), LOT_COLOURS.get(lot.status))

    @action(description=_("Award"), url_path="award", icon="gavel", variant=ActionVariant.PRIMARY)
    def award(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose the winners and give each its provinces."""
        return award_page(self, request, self.record_of(request, object_id))

    @action(description=_("Publish the candidates"), url_path="candidates", icon="campaign")
    def candidates(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of the lot's whole tender."""
        lot = self.record_of(request, object_id)
        return candidates_page(self, request, lot.tender, record=lot)

    @action(description=_("Choose for a candidate"), url_path="pick", icon="touch_app")
    def pick(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """An area for a firm that does not answer."""
        return pick_page(self, request, self.record_of(request, object_id))

    @action(description=_("Set a bid aside"), url_path="set-aside", icon="remove_circle")
    def set_aside(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """With the reason; the next in rank is proposed."""
        return set_aside_page(self, request, self.record_of(request, object_id))

    @action(description=_("Revoke an award"), url_path="revoke", icon="undo", variant=ActionVariant.DANGER)
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """With the reason; the next in rank moves up."""
        return revoke_page(self, request, self.record_of(request, object_id))

    @action(description=_("Declare failed"), url_path="fail", icon="block", variant=ActionVariant.DANGER)
    def fail(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """No winner, with the reason."""
        return fail_page(self, request, self.record_of(request, object_id))
