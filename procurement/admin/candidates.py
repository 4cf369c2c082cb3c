"""Publishing the candidates of a tender: what was proposed for every lot, before anybody may object to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.web.admin import DecidingAdmin, actor_of, hindrance, table, yuan
from procurement.models import EvaluationLine, Lot, Tender
from procurement.policies import may_publish_candidates
from procurement.queries import rules_of
from procurement.services.candidates import publish_candidates
from procurement.states import BidStatus


def candidates_page(
    model_admin: DecidingAdmin, request: HttpRequest, tender: Tender, *, record: Tender | Lot
) -> HttpResponse:
    """Who is proposed for each lot, and the button that publishes it; ``record`` is what the page belongs to."""

    def act(values: dict[str, Any]) -> str:
        published = publish_candidates(tender_number=tender.number, actor=actor_of(request), at=trusted_now())
        return _("The candidates of “%(tender)s” are published; objections are heard until %(until)s.") % {
            "tender": tender.number,
            "until": timezone.localtime(published.objections_until).strftime("%Y-%m-%d %H:%M"),
        }

    return model_admin.decide(
        request,
        title=_("Publish the candidates of %(tender)s") % {"tender": tender.number},
        record=record,
        act=act,
        confirm=_("Publish"),
        template="admin/procurement/candidates.html",
        explanation=_explanation(rules_of(tender).objection_days),
        context={
            "candidates": _candidates(tender),
            "hindrance": hindrance(may_publish_candidates, request, "publish_candidates", tender),
        },
    )


def _explanation(days: int) -> str:
    """How long bidders may object."""
    if not days:
        return _("No period for objections is set. While an objection is unanswered nothing is awarded.")
    return ngettext(
        "Bidders may object for %(count)s day. While an objection is unanswered nothing is awarded.",
        "Bidders may object for %(count)s days. While an objection is unanswered nothing is awarded.",
        days,
    ) % {"count": days}


def _candidates(tender: Tender) -> Any:
    lines = (
        EvaluationLine.objects.filter(bid__lot__tender=tender, is_proposed=True, bid__status=BidStatus.RANKED)
        .select_related("bid__supplier", "bid__lot__presentation__medicine")
        .order_by("bid__lot__number", "rank")
    )
    rows = [
        [
            f"{line.bid.lot.number} {line.bid.lot.presentation}",
            line.rank,
            str(line.bid.supplier),
            yuan(line.bid.offer_price if line.bid.agreed_price is None else line.bid.agreed_price),
            _("without volume") if line.is_zero_volume else "",
        ]
        for line in lines
    ]
    headings = [_("Lot"), _("Rank"), _("Supplier"), _("Offer per pack"), ""]
    return table(headings, rows)
