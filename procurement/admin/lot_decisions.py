"""Decisions about single bids of a lot: set aside, chosen for, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.web.admin import DecidingAdmin, actor_of, hindrance, sent, yuan
from catalog.foundation.web.admin.forms import Select, TextArea
from catalog.models import Region
from procurement.models import Bid, Lot
from procurement.policies import may_decide_lot
from procurement.queries.picks import Picking, picking_of
from procurement.services.candidates import set_aside_bid
from procurement.services.picks import pick_for
from procurement.services.replacements import passed_over, revoke_award
from procurement.states import BidStatus, SupplyRole

PASS = "pass"


class BidForm(forms.Form):
    """One of the lot's bids, and why."""

    bid = forms.TypedChoiceField(label=gettext_lazy("bid"), coerce=int, widget=Select)
    reason = forms.CharField(label=gettext_lazy("reason"), required=False, widget=TextArea(attrs={"rows": 3}))

    def __init__(self, bids: Iterable[Bid], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(bid.pk, f"{bid.supplier} · {yuan(bid.offer_price)}") for bid in bids]
        self.fields["bid"].choices = choices  # type: ignore[attr-defined]


class PickForm(forms.Form):
    """An area for the firm whose turn it is, or a pass, and why the agency chooses."""

    area = forms.ChoiceField(label=gettext_lazy("province"), widget=Select)
    reason = forms.CharField(label=gettext_lazy("reason"), required=False, widget=TextArea(attrs={"rows": 3}))

    def __init__(self, codes: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = Region.objects.filter(pk__in=codes).order_by("pk").values_list("pk", "name")
        self.fields["area"].choices = [*areas, (PASS, _("none: it passes"))]  # type: ignore[attr-defined]


def _bids(lot: Lot, status: BidStatus) -> list[Bid]:
    bids = Bid.objects.filter(lot=lot, status=status).select_related("supplier").defer("envelope")
    return list(bids.order_by("evaluation_line__rank"))


def set_aside_page(model_admin: DecidingAdmin, request: HttpRequest, lot: Lot) -> HttpResponse:
    """Set one of the ranked bids aside."""

    def act(values: dict[str, Any]) -> str:
        bid = set_aside_bid(bid_id=values["bid"], reason=values["reason"], actor=actor_of(request), at=trusted_now())
        return _("The bid of %(supplier)s is set aside.") % {"supplier": bid.supplier}

    return model_admin.decide(
        request,
        title=_("Set a bid aside: lot %(lot)s, %(presentation)s")
        % {"lot": lot.number, "presentation": lot.presentation},
        record=lot,
        form=BidForm(_bids(lot, BidStatus.RANKED), **sent(request)),
        act=act,
        is_final=True,
        confirm=_("Set aside"),
        explanation=_(
            "The next in rank is proposed in its place and published for as long as the others were. Areas that were "
            "chosen are open again. Where nobody is left the lot fails."
        ),
        context={"hindrance": hindrance(may_decide_lot, request, "award", lot)},
    )


def revoke_page(model_admin: DecidingAdmin, request: HttpRequest, lot: Lot) -> HttpResponse:
    """Revoke one of the awards."""

    def act(values: dict[str, Any]) -> str:
        successor = revoke_award(
            bid_id=values["bid"], reason=values["reason"], actor=actor_of(request), at=trusted_now()
        )
        if successor is None:
            told = _("The award is revoked. Nobody moves up: look for areas without a supplier.")
        else:
            told = _("The award is revoked; %(supplier)s moves up.") % {"supplier": successor.bid.supplier}
        passed = passed_over(values["bid"])
        return " ".join([told, _("Passed over: %(bids)s") % {"bids": " ".join(passed)}]) if passed else told

    return model_admin.decide(
        request,
        title=_("Revoke an award: lot %(lot)s, %(presentation)s")
        % {"lot": lot.number, "presentation": lot.presentation},
        record=lot,
        form=BidForm(_bids(lot, BidStatus.AWARDED), **sent(request)),
        act=act,
        is_final=True,
        confirm=_("Revoke"),
        explanation=_(
            "The next in rank that may supply takes over its areas at its own price. What was called off stays with "
            "the former supplier, the rest of the agreed volume goes over."
        ),
        context={"hindrance": hindrance(may_decide_lot, request, "award", lot)},
    )


def pick_page(model_admin: DecidingAdmin, request: HttpRequest, lot: Lot) -> HttpResponse:
    """Choose an area for the firm whose turn it is."""
    picking = picking_of(lot)
    codes = picking.turn.areas if picking.turn else ()

    def act(values: dict[str, Any]) -> str:
        pick_for(
            lot_id=lot.pk,
            province_id=None if values["area"] == PASS else values["area"],
            reason=values["reason"],
            actor=actor_of(request),
            at=trusted_now(),
        )
        return _("The choice is written down.")

    return model_admin.decide(
        request,
        title=_("Choose for a candidate: lot %(lot)s, %(presentation)s")
        % {"lot": lot.number, "presentation": lot.presentation},
        record=lot,
        form=PickForm(codes, **sent(request)),
        act=act,
        confirm=_("Choose"),
        explanation=_turn(picking),
        context={"hindrance": hindrance(may_decide_lot, request, "award", lot)},
    )


def _turn(picking: Picking) -> str:
    if picking.turn is None:
        return _("No choice is due.")
    supplier = Bid.objects.select_related("supplier").defer("envelope").get(pk=picking.turn.winner).supplier
    return _("It is the turn of %(supplier)s: lap %(lap)s, %(part)s.") % {
        "supplier": supplier,
        "lap": picking.turn.lap,
        "part": SupplyRole(picking.part).label,
    }
