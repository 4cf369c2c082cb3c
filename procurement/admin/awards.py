"""Deciding a lot: who wins, which province each winner supplies, or that nobody does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.web.admin import DecidingAdmin, actor_of, hindrance, sent, whole, yuan
from catalog.foundation.web.admin.forms import Select, TextArea
from procurement.admin.ranking import RankedBid, awardable, marks, ranking_of
from procurement.admin.tender_forms import ReasonForm
from procurement.models import Lot, LotArea
from procurement.policies import may_decide_lot
from procurement.queries import rules_of
from procurement.queries.candidates import most_winners
from procurement.queries.picks import Picking, picking_of
from procurement.services.awards import Winner, award_lot, fail_lot

REDISTRIBUTE = "_redistribute"
MAIN, BACKUP = "area", "backup"


def in_turn(areas: Sequence[LotArea], bid_ids: Sequence[int]) -> dict[str, int]:
    """Give the provinces to the winners in turn, the largest first, the lowest price first."""
    if not bid_ids:
        return {}
    largest_first = sorted(areas, key=lambda area: (-area.quantity, area.province_id))
    return {area.province_id: bid_ids[place % len(bid_ids)] for place, area in enumerate(largest_first)}


def standing_by(mains: Mapping[str, int], bid_ids: Sequence[int]) -> dict[str, int]:
    """For each area the winner that follows its main supplier in the order of price; nobody stands by for one alone."""
    if len(bid_ids) < 2:
        return {}
    follower = dict(zip(bid_ids, [*bid_ids[1:], bid_ids[0]], strict=True))
    return {area: follower[bid_id] for area, bid_id in mains.items()}


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area with its quantity, the field of its main supplier, and of its backup where one is asked for."""

    name: str
    quantity: str
    main: Any
    backup: Any


class AwardForm(forms.Form):
    """Winners among the ranked bids, a winner for each area, a reason where the choice is not the proposal.

    A bid without volume is ticked and has no areas of its own: it is listed in all of them.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    winners = forms.MultipleChoiceField(label=gettext_lazy("winners"))
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        required=False,
        widget=TextArea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Needed where the winners are not those proposed, or the areas not as they were chosen."
        ),
    )

    def __init__(
        self, lot: Lot, rows: Sequence[RankedBid], areas: Sequence[LotArea], *args: Any, **kwargs: Any
    ) -> None:
        self.areas = areas
        self.has_backups = rules_of(lot.tender).backup
        self.without_volume = {row.bid.pk for row in rows if row.bid.evaluation_line.is_zero_volume}
        proposed = [row.bid.pk for row in rows if row.is_proposed]
        initial = {"version": lot.version, "winners": proposed, **self.shared_out(proposed, picking_of(lot))}
        super().__init__(*args, **{**kwargs, "initial": initial | kwargs.get("initial", {})})
        self.fields["winners"].choices = [(row.bid.pk, row.label) for row in rows]  # type: ignore[attr-defined]
        choices = [("", "–"), *((row.bid.pk, row.label) for row in rows if row.bid.pk not in self.without_volume)]
        for part in self.parts:
            for area in areas:
                self.fields[area_name(area.province_id, part)] = forms.TypedChoiceField(
                    label=area.province.name,
                    required=False,
                    coerce=int,
                    empty_value=None,
                    choices=choices,
                    widget=Select,
                )

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts in which an area has a supplier."""
        return (MAIN, BACKUP) if self.has_backups else (MAIN,)

    def shared_out(self, bid_ids: Sequence[int], picking: Picking | None = None) -> dict[str, int]:
        """Values of the fields: as the areas were chosen, and otherwise in turn."""
        supplying = [bid_id for bid_id in bid_ids if bid_id not in self.without_volume]
        mains = (picking and picking.mains) or in_turn(self.areas, supplying)
        backups = (picking and picking.backups) or standing_by(mains, supplying)
        values = {area_name(area): bid_id for area, bid_id in mains.items()}
        return values | {area_name(area, BACKUP): bid_id for area, bid_id in backups.items() if self.has_backups}

    @property
    def chosen(self) -> set[str]:
        """The ids of the bids that are ticked."""
        return {str(value) for value in self["winners"].value() or ()}

    @property
    def area_rows(self) -> list[AreaRow]:
        """Each area with its fields."""
        return [
            AreaRow(
                area.province.name,
                whole(area.quantity),
                self[area_name(area.province_id)],
                self[area_name(area.province_id, BACKUP)] if self.has_backups else None,
            )
            for area in self.areas
        ]

    def clean(self) -> dict[str, Any]:
        """An area goes to one of the winners."""
        values = super().clean() or {}
        chosen = {int(value) for value in values.get("winners", ())}
        for name in [area_name(area.province_id, part) for part in self.parts for area in self.areas]:
            if values.get(name) is not None and values[name] not in chosen:
                self.add_error(name, _("This bid is not among the winners that are ticked."))
        return values

    def winners_with_areas(self) -> list[Winner]:
        """The choice as the service takes it."""
        return [
            Winner(bid_id, self._given(bid_id, MAIN), self._given(bid_id, BACKUP))
            for bid_id in map(int, self.cleaned_data["winners"])
        ]

    def _given(self, bid_id: int, part: str) -> tuple[str, ...]:
        codes = [area.province_id for area in self.areas]
        if bid_id in self.without_volume:
            return tuple(codes) if part == MAIN else ()
        return tuple(code for code in codes if self.cleaned_data.get(area_name(code, part)) == bid_id)


def area_name(province_id: str, part: str = MAIN) -> str:
    """The name of the field for a province."""
    return f"{part}_{province_id}"


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
            at=trusted_now(),
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
            "most": most_winners(lot),
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
    form = AwardForm(lot, rows, areas)
    none = {area_name(area.province_id, part): None for part in form.parts for area in areas}
    form.initial.update(none)
    form.initial.update(form.shared_out(chosen))
    form.initial.update(
        winners=chosen, reason=request.POST.get("reason", ""), version=request.POST.get("version", lot.version)
    )
    return form


def fail_page(model_admin: DecidingAdmin, request: HttpRequest, lot: Lot) -> HttpResponse:
    """Declare a lot failed, with the reason."""

    def act(values: dict[str, Any]) -> str:
        fail_lot(lot_id=lot.pk, reason=values["reason"], actor=actor_of(request), at=trusted_now())
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
