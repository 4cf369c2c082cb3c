"""The public page of the journal's seals: whoever keeps one can show later that the journal was rewritten."""

from __future__ import annotations

import base64

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.foundation.journal.models import Seal
from catalog.foundation.journal.sealing import signed_document, stamp_of

SEALS_PER_PAGE = 50
SEALS_PER_FILE = 1000


@require_safe
def journal_seals(request: HttpRequest) -> HttpResponse:
    """The seals, the latest first."""
    page = Paginator(Seal.objects.order_by("-pk"), SEALS_PER_PAGE).get_page(request.GET.get("page"))
    seals = [(seal, stamp_of(seal)) for seal in page]
    return render(request, "journal_seals.html", {"page": page, "seals": seals})


@require_safe
def journal_seals_file(request: HttpRequest) -> JsonResponse:
    """The latest seals as `verify_journal --kept` reads them; ``next`` is where those before them are, if any are."""
    before = request.GET.get("before", "")
    seals = Seal.objects.order_by("-pk")
    if before.isdecimal():
        seals = seals.filter(pk__lt=min(int(before), 2**63 - 1))
    rows = list(seals[:SEALS_PER_FILE])
    is_more = len(rows) == SEALS_PER_FILE
    following = f"{request.build_absolute_uri(request.path)}?before={rows[-1].pk}" if is_more else None
    keys = {seal.key_id: base64.b64encode(bytes(seal.public_key)).decode() for seal in rows}
    return JsonResponse({"seals": [signed_document(seal) for seal in rows], "keys": keys, "next": following})
