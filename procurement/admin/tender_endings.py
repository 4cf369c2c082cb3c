"""A tender that is given up, and one that is repeated."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.foundation.web.admin import DecidingAdmin, actor_of, sent
from procurement.admin.tender_forms import ReasonForm, RetenderForm
from procurement.models import Tender
from procurement.services.tenders import cancel_tender, retender


def cancel_page(model_admin: DecidingAdmin, request: HttpRequest, tender: Tender) -> HttpResponse:
    """Give up a tender, with the reason."""

    def act(values: dict[str, Any]) -> str:
        cancel_tender(number=tender.number, reason=values["reason"], actor=actor_of(request), at=timezone.now())
        return _("“%(tender)s” is cancelled.") % {"tender": tender}

    return model_admin.decide(
        request,
        title=_("Cancel %(tender)s") % {"tender": tender.number},
        record=tender,
        form=ReasonForm(**sent(request)),
        act=act,
        is_final=True,
        confirm=_("Cancel the tender"),
        explanation=_("The key is destroyed: bids that were not opened stay sealed for ever. This cannot be undone."),
    )


def retender_page(model_admin: DecidingAdmin, request: HttpRequest, tender: Tender) -> HttpResponse:
    """Draft the lots that found no supplier anew."""

    def act(values: dict[str, Any]) -> HttpResponse:
        draft = retender(
            number=tender.number,
            new_number=values["number"],
            deadline_at=values["deadline_at"],
            supply_from=values["supply_from"],
            supply_until=values["supply_until"],
            actor=actor_of(request),
            at=timezone.now(),
        )
        return redirect(model_admin.address_of(draft))

    return model_admin.decide(
        request,
        title=_("Tender the lots of %(tender)s again") % {"tender": tender.number},
        record=tender,
        form=RetenderForm(**sent(request)),
        act=act,
        confirm=_("Make the draft"),
        explanation=_("The lots that failed, or all of a cancelled tender, with their quantities and ceilings."),
    )
