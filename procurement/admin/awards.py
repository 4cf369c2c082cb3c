"""Deciding a lot: who wins, which province each winner supplies, or that nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.web.admin import DecidingAdmin, actor_of, hindrance, sent, whole, yuan
from catalog.foundation.web.admin.forms import Select, TextArea
from procurement.admin.ranking import RankedBid, awardable, marks, ranking_of
from procurement.admin.tender_forms import ReasonForm
from procurement.models import Lot, LotArea
from procurement.policies import may_decide_lot
from procurement.services.awards import Winner, award_lot, fail_lot

REDISTRIBUTE = "_redistribute"


def in_turn(areas: Sequence[LotArea], bid_ids: Sequence[int]) -> dict[str, int]:
    """Give the provinces to the winners in turn, the largest first, the lowest price first."""
    if not bid_ids:
        return {}
    largest_first = sorted(areas, key=lambda area: (-area.quantity, area.province_id))
    return {area.province_id: bid_ids[place % len(bid_ids)] for place, area in enumerate(largest_first)}


class AwardForm(forms.Form):
    """Winners among the ranked bids, a winner for each area, a reason where the choice is not the proposal."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    winners = forms.MultipleChoiceField(label=gettext_lazy("winners"))
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        required=False,
        widget=TextArea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed where the winners are not those proposed."),
    )

    def __init__(
        self, lot: Lot, rows: Sequence[RankedBid], areas: Sequence[LotArea], *args: Any, **kwargs: Any
    ) -> None:
        proposed = [row.bid.pk for row in rows if row.is_proposed]
        initial = {"version": lot.version, "winners": proposed, **area_values(in_turn(areas, proposed))}
        super().__init__(*args, **{**kwargs, "initial": initial | kwargs.get("initial", {})})
        self.areas = areas
        self.fields["winners"].choices = [(row.bid.pk, row.label) for row in rows]  # type: ignore[attr-defined]
        for area in areas:
            self.fields[area_name(area.province_id)] = forms.TypedChoiceField(
                label=area.province.name,
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", "–"), *((row.bid.pk, row.label) for row in rows)],
                widget=Select,
            )

    @property
    def chosen(self) -> set[str]:
        """The ids of the bids that are ticked."""
        return {str(value) for value in self["winners"].value() or ()}

    @property
    def area_rows(self) -> list[tuple[str, str, Any]]:
        """Each area with its quantity and its field."""
        return [(area.province.name, whole(area.quantity), self[area_name(area.province_id)]) for area in self.areas]

    def clean(self) -> dict[str, Any]:
        """An area goes to one of the winners."""
        values = super().clean() or {}
        chosen = {int(value) for value in values.get("winners", ())}
        for area in self.areas:
            bid_id = values.get(area_name(area.province_id))
            if bid_id is not None and bid_id not in chosen:
                self.add_error(area_name(area.province_id), _("This bid is not among the winners that are ticked."))
        return values

    def winners_with_areas(self) -> list[Winner]:
        """The choice as the service takes it."""
        given = {area.province_id: self.cleaned_data[area_name(area.province_id)] for area in self.areas}
        return [
            Winner(bid_id, tuple(province for province, winner in given.items() if winner == bid_id))
            for bid_id in map(int, self.cleaned_data["winners"])
        ]


def area_name(province_id: str) -> str:
    """The name of the field for a province."""
    return f"area_{province_id}"


def area_values(bid_of: dict[str, int]) -> dict[str, int]:
    """Values of the fields for the provinces."""
    return {area_name(province): bid_id for province, bid_id in bid_of.items()}


def award_page(model_admin: DecidingAdmin, request: HttpRequest, lot: Lot) -> HttpResponse:
    """The ranking with boxes to tick, the areas with a winner each, and the reason."""
    rows = ranking_of(lot, actor_of(request))
    possible = awardable(rows)
    areas = list(LotArea.objects.filter(lot=lot).select_related("province"))
    form = _award_form(request, lot, possible, areas)

    def act(values: dict[str, Any]) -> HttpResponse:
        award_lot(
            lot_id=lot.pk,
            winners=form.winners_with_areas(),
            reason=values["reason"],
            actor=actor_of(request),
            at=timezone.now(),
            expected_version=values["version"],
        )
        messages.success(request, _("Lot %(lot)s is awarded.") % {"lot": lot.number})
        return redirect(model_admin.address_of(lot))

    return model_admin.decide(
        request,
        title=_("Award lot %(lot)s: %(presentation)s") % {"lot": lot.number, "presentation": lot.presentation},
        record=lot,
        form=form,
        act=act,
        confirm=_("Award"),
        template="admin/procurement/award.html",
        context={
            "lot": lot,
            "rows": rows,
            **marks(),
            "ceiling": yuan(lot.ceiling_price, 4),
            "possible": {row.bid.pk for row in possible},
            "hindrance": hindrance(may_decide_lot, request, "award", lot),
            "redistribute": REDISTRIBUTE,
        },
    )


def _award_form(request: HttpRequest, lot: Lot, rows: Sequence[RankedBid], areas: Sequence[LotArea]) -> AwardForm:
    """The form as it was sent, or filled anew with the areas given in turn to the winners that are ticked."""
    if REDISTRIBUTE not in request.POST:
        return AwardForm(lot, rows, areas, **sent(request))
    ticked = set(request.POST.getlist("winners"))
    chosen = [row.bid.pk for row in rows if str(row.bid.pk) in ticked]
    none = {area_name(area.province_id): None for area in areas}
    initial = {
        **none,
        **area_values(in_turn(areas, chosen)),
        "winners": chosen,
        "reason": request.POST.get("reason", ""),
        "version": request.POST.get("version", lot.version),
    }
    return AwardForm(lot, rows, areas, initial=initial)


def fail_page(model_admin: DecidingAdmin, request: HttpRequest, lot: Lot) -> HttpResponse:
    """Declare a lot failed, with the reason."""

    def act(values: dict[str, Any]) -> str:
        fail_lot(lot_id=lot.pk, reason=values["reason"], actor=actor_of(request), at=timezone.now())
        return _("Lot %(lot)s is declared failed.") % {"lot": lot.number}

    return model_admin.decide(
        request,
        title=_("Declare lot %(lot)s failed: %(presentation)s") % {"lot": lot.number, "presentation": lot.presentation},
        record=lot,
        form=ReasonForm(**sent(request)),
        act=act,
        is_final=True,
        confirm=_("Declare failed"),
        explanation=_("None of the ranked bids is awarded. This cannot be undone."),
        context={"hindrance": hindrance(may_decide_lot, request, "fail", lot)},
    )
