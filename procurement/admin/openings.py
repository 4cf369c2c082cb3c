"""The opening of a tender on its page: who has released their share, who is still needed, and what was found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.transitions import find
from catalog.foundation.web.admin import READERS, DecidingAdmin, actor_of, sent
from procurement.admin.tender_forms import OpeningKeyForm, PassphraseForm
from procurement.models import Evaluation, KeyShare, Opening, OpeningKey, Tender, TenderJob, TenderKey
from procurement.services.shares import release_share, set_opening_passphrase, stage_to_open
from procurement.states import TENDER, TenderStatus

UNDER_WAY = (TenderStatus.TECHNICAL_OPENING, TenderStatus.OPENING, TenderStatus.OPENED)
WORK = (TenderJob.Work.TECHNICAL_OPENING, TenderJob.Work.OPENING)


def may_follow(actor: Actor, tender: Tender) -> bool:
    """The agency's officers and supervisors follow the opening of what was published."""
    is_own = actor.has(Role.PROCUREMENT_OFFICER) and tender.agency_id == actor.organization_id
    return tender.published_at is not None and (is_own or actor.has(Role.SUPERVISOR))


def opening_page(model_admin: DecidingAdmin, request: HttpRequest, tender: Tender) -> HttpResponse:
    """The state of the opening; whoever holds a share that is still needed finds the field for their passphrase."""
    actor = actor_of(request)
    if not may_follow(actor, tender):
        raise PermissionDenied
    key = find(TenderKey.objects.all(), tender=tender, stage=stage_to_open(tender))
    shares = list(KeyShare.objects.filter(key=key).select_related("holder").defer("sealed", "released").order_by("pk"))
    own = next((share for share in shares if share.holder_id == actor.user_id), None)
    is_too_early = timezone.now() < tender.deadline_at
    released = sum(share.released_at is not None for share in shares)
    # shares that were released and do not fit are released again
    is_own_awaited = own is not None and (own.released_at is None or released >= key.threshold)
    is_awaited = is_own_awaited and not is_too_early and not _is_past_release(tender)
    address = reverse("admin:procurement_tender_opening", args=[tender.pk])

    def act(values: dict[str, Any]) -> HttpResponse:
        after = release_share(
            tender_number=tender.number, passphrase=values["passphrase"], actor=actor, at=trusted_now()
        )
        messages.success(request, _said(after, key.threshold - released - 1))
        return redirect(address)

    context = {
        "key": key,
        "shares": shares,
        "released": released,
        "tender": tender,
        "is_under_way": tender.status in UNDER_WAY,
        "work": TenderJob.objects.filter(tender=tender, name__in=WORK, ended_at=None).first(),
        "openings": Opening.objects.filter(tender=tender).defer("minutes"),
        "minutes": reverse("tender-openings", args=[tender.number]),
        "evaluation": Evaluation.objects.filter(tender=tender).first(),
        "may_release": is_awaited,
        "is_too_early": is_too_early,
        "holds_share": own is not None,
        "address": address,
    }
    title = _("Opening of %(tender)s") % {"tender": tender.number}
    template = "admin/procurement/opening.html"
    if not is_awaited and request.method != "POST":
        return model_admin.page(request, template, title=title, record=tender, **context)
    return model_admin.decide(
        request,
        title=title,
        record=tender,
        form=PassphraseForm(**sent(request)),
        act=act,
        confirm=_("Release my share"),
        deciders=READERS,
        template=template,
        context=context,
    )


def _is_past_release(tender: Tender) -> bool:
    """Neither closing nor assembling comes next: the shares were used, or it is not their turn."""
    return not {"close", "assemble", "assemble_technical"}.intersection(TENDER.allowed(tender.status))


def _said(tender: Tender, missing: int) -> str:
    if tender.status in (TenderStatus.TECHNICAL_OPENING, TenderStatus.OPENING):
        return _("Your share is released. Enough shares are there: the bids are being opened.")
    return ngettext(
        "Your share is released. %(count)s more is needed.",
        "Your share is released. %(count)s more are needed.",
        missing,
    ) % {"count": missing}


def opening_key_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponse:
    """Set one's own opening passphrase, once."""
    actor = actor_of(request)
    key = OpeningKey.objects.filter(user=request.user.pk).only("created_at").first()
    title = _("My opening key")
    if key is not None and request.method != "POST" and actor.has(*READERS):
        text = _("You set your passphrase at %(at)s. It cannot be read, changed or replaced here.") % {
            "at": localtime(key.created_at).strftime("%Y-%m-%d %H:%M")
        }
        return model_admin.page(request, "admin/decision.html", title=title, explanation=text)

    def act(values: dict[str, Any]) -> str:
        set_opening_passphrase(passphrase=values["passphrase"], actor=actor, at=timezone.now())
        return _("Your opening key is made. You can now be chosen as a holder when a tender is published.")

    return model_admin.decide(
        request,
        title=title,
        form=OpeningKeyForm(**sent(request)),
        act=act,
        deciders=READERS,
        explanation=_(
            "With your passphrase you release your share of a tender's key after its deadline. It is stored nowhere: "
            "whoever forgets it cannot open, and another holder has to."
        ),
    )
