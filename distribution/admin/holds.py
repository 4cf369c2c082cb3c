from __future__ import annotations

from typing import Any

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

from catalog.admin.forms import ReasonForm
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, sent
from catalog.foundation.web.admin.forms import Select, TextInput
from distribution.models import LotHold
from distribution.querysets import OFFICERS
from distribution.services.holds import lift_hold, place_hold
from distribution.states import GOODS_HOLDS, HoldKind


class HoldForm(forms.Form):
    """Which lot, in which way, why, and where it is written."""

    product = forms.CharField(label=gettext_lazy("product (code)"), max_length=32, widget=TextInput)
    lot_number = forms.CharField(
        label=gettext_lazy("lot number (empty: the whole product)"), max_length=20, required=False, widget=TextInput
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("kind"), choices=[(kind.value, kind.label) for kind in GOODS_HOLDS], widget=Select
    )
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextInput)
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, widget=TextInput)


@admin.register(LotHold)
class LotHoldAdmin(DecidingAdmin, ExportingAdmin):
    """Lots that may not be ordered, sent, accepted or dispensed."""

    deciders = OFFICERS
    fields = (
        ("product", "lot_number"),
        ("kind", "state", "province"),
        "reason",
        "source",
        ("organization", "held_by"),
        "held_at",
        ("lifted_at", "lift_reason"),
    )
    list_display = ("product", "lot_number", "kind", "state", "reason", "organization", "held_at", "lifted_at")
    list_filter = (("kind", ChoicesDropdownFilter), ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = (
        "product__presentation__medicine",
        "product__manufacturer",
        "organization",
        "held_by",
        "province",
    )
    search_fields = ("lot_number", "product__code", "product__presentation__medicine__name")
    actions_list = ("place", "export_workbook", "export_csv")
    actions_detail = ("lift",)

    @display(description=gettext_lazy("status"), ordering="lifted_at")
    def state(self, hold: LotHold) -> SafeString:
        return badge(_("held"), "danger") if hold.lifted_at is None else badge(_("lifted"), "success")

    def offered(self, request: HttpRequest, record: LotHold) -> tuple[str, ...]:
        """A hold is lifted once; that of a price alarm by the fall of the price."""
        is_open = record.lifted_at is None and record.kind in GOODS_HOLDS
        return ("lift",) if is_open and self.may_decide(request, record) else ()

    @action(description=gettext_lazy("Hold a lot"), url_path="place", icon="block", variant=ActionVariant.PRIMARY)
    def place(self, request: HttpRequest) -> HttpResponse:
        """Stop a lot, or a whole product, everywhere."""

        def act(values: dict[str, Any]) -> str:
            hold = place_hold(
                product_code=values["product"],
                lot_number=values["lot_number"],
                kind=HoldKind(values["kind"]),
                reason=values["reason"],
                source=values["source"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("“%(lot)s” is held; everybody who has it or awaits it was told.") % {"lot": hold}

        return self.decide(
            request,
            title=_("Hold a lot"),
            act=act,
            form=HoldForm(**sent(request)),
            explanation=_(
                "What is held is neither ordered, sent, accepted nor dispensed, in the whole country. Whoever keeps "
                "it or awaits it gets a notice."
            ),
            confirm=_("Hold"),
        )

    @action(description=gettext_lazy("Lift the hold"), url_path="lift", icon="lock_open")
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Set the lot free again, with the reason."""
        hold = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            lift_hold(hold_id=hold.pk, reason=values["reason"], actor=actor_of(request), at=timezone.now())
            return _("“%(lot)s” is free again.") % {"lot": hold}

        return self.decide(
            request,
            title=_("Lift the hold on “%(lot)s”") % {"lot": hold},
            act=act,
            record=hold,
            form=ReasonForm(**sent(request)),
            confirm=_("Lift the hold"),
        )
