"""Flags of the collusion screens: figures to look at, and what a supervisor made of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    actor_of,
    badge,
    evidence_table,
    sent,
)
from procurement.admin.labels import FLAG_FIGURES, FLAG_KINDS
from procurement.admin.tender_forms import NoteForm
from procurement.models import Bid, ScreenFlag
from procurement.rules.screens.flags import RULES, SOURCES, Kind
from procurement.services.screens import review_flag


@admin.register(ScreenFlag)
class ScreenFlagAdmin(DecidingAdmin, ExportingAdmin):
    """What the screens found on opened bids."""

    deciders = (Role.SUPERVISOR,)
    fields = (
        ("tender", "lot"),
        ("what", "raised_at"),
        "source",
        "suppliers",
        "facts",
        ("reviewed_at", "reviewed_by"),
        "note",
    )
    list_display = ("what", "tender", "lot", "suppliers", "in_words", "raised_at", "state")
    list_display_links = ("what",)
    list_filter = (
        ("tender", RelatedDropdownFilter),
        ("raised_at", RangeDateTimeFilter),
    )
    search_fields = ("tender__number", "bids__supplier__name", "kind")
    list_select_related = ("tender", "lot__tender", "lot__presentation__medicine")
    actions_detail = ("review",)
    export_columns = (
        ExportColumn(gettext_lazy("flag"), lambda flag: str(kind_in_words(flag))),
        ExportColumn(gettext_lazy("tender"), lambda flag: flag.tender.number),
        ExportColumn(gettext_lazy("lot"), lambda flag: flag.lot.number if flag.lot else None),
        ExportColumn(gettext_lazy("suppliers"), lambda flag: suppliers_of(flag)),
        ExportColumn(gettext_lazy("figures"), lambda flag: figures_in_words(flag)),
        ExportColumn(gettext_lazy("rule"), lambda flag: SOURCES[RULES[Kind(flag.kind)]]),
        ExportColumn(gettext_lazy("raised at"), lambda flag: flag.raised_at),
        ExportColumn(gettext_lazy("reviewed at"), lambda flag: flag.reviewed_at),
        ExportColumn(gettext_lazy("note"), lambda flag: flag.note),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        bids = (
            Bid.objects.select_related("supplier").only("supplier__name", "supplier__code").order_by("supplier__code")
        )
        return rows.visible_to(actor).prefetch_related(Prefetch("bids", bids))

    def offered(self, request: HttpRequest, record: ScreenFlag) -> list[str]:
        return ["review"] if record.reviewed_at is None and self.may_decide(request, record) else []

    @display(description=gettext_lazy("flag"), ordering="kind")
    def what(self, flag: ScreenFlag) -> str:
        return str(kind_in_words(flag))

    @display(description=gettext_lazy("suppliers"))
    def suppliers(self, flag: ScreenFlag) -> str:
        return suppliers_of(flag)

    @display(description=gettext_lazy("figures"))
    def in_words(self, flag: ScreenFlag) -> str:
        return figures_in_words(flag)

    @display(description=gettext_lazy("figures"))
    def facts(self, flag: ScreenFlag) -> str | SafeString:
        return evidence_table(flag.figures, FLAG_FIGURES)

    @display(description=gettext_lazy("why it is looked at"))
    def source(self, flag: ScreenFlag) -> str:
        return SOURCES[RULES[Kind(flag.kind)]]

    @display(description=gettext_lazy("looked at"), ordering="reviewed_at")
    def state(self, flag: ScreenFlag) -> SafeString:
        return badge(_("reviewed"), "success") if flag.reviewed_at else badge(_("to be reviewed"), "warning")

    @action(description=gettext_lazy("Review"), url_path="review", icon="rate_review", variant=ActionVariant.PRIMARY)
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the flag comes to."""
        flag = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            review_flag(flag_id=flag.pk, note=values["note"], actor=actor_of(request), at=timezone.now())
            return _("The review is written down.")

        return self.decide(
            request,
            title=_("Review: %(flag)s") % {"flag": kind_in_words(flag)},
            record=flag,
            form=NoteForm(**sent(request)),
            act=act,
            confirm=_("Write down the review"),
            explanation=figures_in_words(flag),
        )


def kind_in_words(flag: ScreenFlag) -> Any:
    """What was noticed."""
    return FLAG_KINDS[Kind(flag.kind)]


def figures_in_words(flag: ScreenFlag) -> str:
    """The figures in one line."""
    order = list(FLAG_FIGURES)
    known = sorted(flag.figures.items(), key=lambda fact: order.index(fact[0]) if fact[0] in order else len(order))
    return "; ".join(f"{FLAG_FIGURES.get(name, name)} {value}" for name, value in known)


def suppliers_of(flag: ScreenFlag) -> str:
    """Whose bids they are, each once, with the code that the figures name."""
    return ", ".join(dict.fromkeys(f"{bid.supplier.name} ({bid.supplier.code})" for bid in flag.bids.all()))
