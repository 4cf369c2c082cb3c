"""The technical evaluation on the page of a tender: drawing the committee, its progress, the shortlist."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, actor_of, badge, hindrance, sent
from catalog.foundation.web.admin.forms import Select, TextArea
from procurement.admin.committees import progress_badge
from procurement.admin.labels import BID_COLOURS, WORDS
from procurement.admin.openings import may_follow
from procurement.admin.technical_words import RULES
from procurement.models import Bid, Committee, Tender
from procurement.policies import may_decide_shortlist
from procurement.queries.rules import rules_of
from procurement.rules.step_words import computation_in_words
from procurement.services.committees import draw_committee
from procurement.services.shortlists import correct_shortlist, publish_shortlist
from procurement.states import BidStatus, TenderStatus

ON_THE_LIST, OFF_THE_LIST = "on", "off"


def evaluation_actions(actor: Actor, tender: Tender, *, may_decide: bool) -> list[str]:
    """What can be read or done about the technical envelopes of a tender as it stands."""
    if not may_follow(actor, tender) or rules_of(tender).shortlist is None:
        return []
    offered = ["technical"]
    if may_decide and tender.status == TenderStatus.TECHNICAL_OPENED and not hasattr(tender, "committee"):
        offered.append("draw_committee")
    if may_decide and tender.status == TenderStatus.SHORTLIST_PUBLISHED:
        offered.append("correct_shortlist")
    return offered


class CorrectionForm(forms.Form):
    """Which bid, where it belongs, and why."""

    bid = forms.ModelChoiceField(Bid.objects.none(), label=gettext_lazy("bid"), widget=Select)
    place = forms.ChoiceField(
        label=gettext_lazy("what is decided"),
        choices=[
            (ON_THE_LIST, gettext_lazy("put on the shortlist")),
            (OFF_THE_LIST, gettext_lazy("take off the shortlist")),
        ],
        widget=Select,
    )
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=1000, widget=TextArea(attrs={"rows": 3}))

    def __init__(self, bids: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bid"].queryset = bids  # type: ignore[attr-defined]


class TechnicalEvaluation(DecidingAdmin):
    """The part of a tender's page that is about its technical envelopes."""

    @action(description=gettext_lazy("Technical evaluation"), url_path="technical-evaluation", icon="rule")
    def technical(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The committee's progress, and the shortlist with its figures."""
        tender = self.record_of(request, object_id)
        if not may_follow(actor_of(request), tender):
            raise PermissionDenied
        committee = Committee.objects.filter(tender=tender).first()
        members = committee.members.select_related("expert__user", "expert__employer", "sheet") if committee else ()
        return self.page(
            request,
            "admin/procurement/technical.html",
            title=_("Technical evaluation of %(tender)s") % {"tender": tender.number},
            record=tender,
            tender=tender,
            committee=committee,
            members=[(member, progress_badge(member)) for member in members],
            lots=_lots_of(tender, actor_of(request)),
            hindrance=_hindrance(request, tender),
        )

    @action(description=gettext_lazy("Draw the committee"), url_path="draw-committee", icon="casino")
    def draw_committee(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """By lot, from the experts who are in no conflict of interest."""
        tender = self.record_of(request, object_id)
        rule = rules_of(tender).committee

        def act(values: dict[str, Any]) -> HttpResponse:
            committee = draw_committee(tender_number=tender.number, actor=actor_of(request), at=timezone.now())
            return redirect(reverse("admin:procurement_committee_change", args=[committee.pk]))

        explanation = _(
            "%(size)s members are drawn by lot from the register, at least %(outside)s from outside the agency and "
            "%(primary)s of primary institutions; who is in a conflict of interest with a bidder is left out. The draw "
            "happens once and can be repeated from its seed by anybody. The members stay secret until the shortlist is "
            "published."
        )
        words = {"size": rule.size, "outside": rule.outside_members, "primary": rule.primary_members} if rule else {}
        return self.decide(
            request,
            title=_("Draw the committee of %(tender)s") % {"tender": tender.number},
            record=tender,
            act=act,
            is_final=True,
            confirm=_("Draw"),
            explanation=explanation % words if rule else "",
        )

    @action(description=gettext_lazy("Publish the shortlist"), url_path="publish-shortlist", icon="campaign")
    def publish_shortlist(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who goes on, for all to read and to object to."""
        tender = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            publish_shortlist(tender_number=tender.number, actor=actor_of(request), at=timezone.now())
            return _("The shortlist of “%(tender)s” is published.") % {"tender": tender}

        return self.decide(
            request,
            title=_("Publish the shortlist of %(tender)s") % {"tender": tender.number},
            record=tender,
            act=act,
            confirm=_("Publish"),
            context={"hindrance": _hindrance(request, tender)},
            explanation=_explanation(rules_of(tender).objection_days),
        )

    @action(description=gettext_lazy("Correct the shortlist"), url_path="correct-shortlist", icon="edit")
    def correct_shortlist(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """After an objection that was upheld."""
        tender = self.record_of(request, object_id)
        bids = _judged(tender, actor_of(request))

        def act(values: dict[str, Any]) -> str:
            correct_shortlist(
                bid_id=values["bid"].pk,
                advances=values["place"] == ON_THE_LIST,
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("The shortlist is corrected.")

        return self.decide(
            request,
            title=_("Correct the shortlist of %(tender)s") % {"tender": tender.number},
            record=tender,
            form=CorrectionForm(bids, **sent(request)),
            act=act,
            is_final=True,
            confirm=_("Correct"),
            context={"hindrance": _hindrance(request, tender)},
            explanation=_("Only after an objection to the tender or to the lot was upheld."),
        )


def _explanation(days: int) -> str:
    """How long bidders can object, and what follows."""
    if not days:
        return _(
            "No period for objections is set. When the commercial envelopes are opened, those of bidders who are not "
            "on the shortlist are destroyed unopened."
        )
    return _(
        "Bidders can object for %(days)s days. After that, when the commercial envelopes are opened, those of "
        "bidders who are not on the shortlist are destroyed unopened."
    ) % {"days": days}


def _hindrance(request: HttpRequest, tender: Tender) -> str:
    """Why the person cannot decide on the shortlist, where there is one to decide on."""
    if tender.status not in (TenderStatus.SHORTLISTED, TenderStatus.SHORTLIST_PUBLISHED):
        return ""
    return hindrance(may_decide_shortlist, request, "publish_shortlist", tender)


def _judged(tender: Tender, actor: Actor) -> Any:
    return (
        Bid.objects.visible_to(actor)
        .filter(lot__tender=tender, status__in=[BidStatus.SHORTLISTED, BidStatus.NOT_SHORTLISTED])
        .select_related("lot__presentation__medicine", "lot__tender", "supplier")
        .defer("envelope", "technical_envelope")
        .order_by("lot__number", "-technical_score", "pk")
    )


def _lots_of(tender: Tender, actor: Actor) -> list[tuple[Any, list[Any]]]:
    """Each lot with its scored bids, the best first, and every step of the computation."""
    bids = (
        Bid.objects.visible_to(actor)
        .filter(lot__tender=tender, technical_score__isnull=False)
        .select_related("lot__presentation__medicine", "lot__tender", "supplier")
        .defer("envelope", "technical_envelope")
        .order_by("lot__number", "-technical_score", "pk")
    )
    return [
        (lot, [(bid, badge(bid.get_status_display(), BID_COLOURS.get(bid.status)), _steps(bid)) for bid in group])
        for lot, group in groupby(bids, key=lambda bid: bid.lot)
    ]


def _steps(bid: Bid) -> list[tuple[Any, str, str]]:
    return [
        (RULES.get(step["rule"], step["rule"]), computation_in_words(step), WORDS.get(step["result"], step["result"]))
        for step in bid.technical_finding.get("steps", ())
    ]
