"""Files of retail prices that are too long to wait for: handed to the worker, and given back where rows are wrong."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.transitions import find
from distribution.models import RetailFile
from distribution.portal.page import institution_page, page_of, render_page
from distribution.services.retail_files import hand_in_retail_file

# Bytes: some ten thousand rows, which are looked at while somebody waits.
AT_ONCE = 512 * 1024
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def hand_in(request: HttpRequest, actor: Actor, name: str, content: bytes) -> HttpResponse:
    """Hand the file to the worker, and show what becomes of it."""
    hand_in_retail_file(file_name=name, content=content, actor=actor, at=timezone.now())
    messages.success(request, _("“%(file)s” is handed in; this page shows what becomes of it.") % {"file": name})
    return redirect("portal:retail-files")


@institution_page()
def file_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The institution's files, the latest first; read again while one of them waits."""
    files = RetailFile.objects.visible_to(actor).defer("content", "refused_rows").select_related("handed_in_by")
    return render_page(request, actor, "portal/retail_files.html", {"page": page_of(request, files)})


@institution_page(Role.PHARMACIST)
def refused_rows(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Every refused row with what is wrong with it."""
    file = find(RetailFile.objects.visible_to(actor).exclude(refused_rows=None), pk=pk)
    return HttpResponse(
        bytes(file.refused_rows or b""),
        content_type=WORKBOOK,
        headers={"Content-Disposition": 'attachment; filename="refused-rows.xlsx"'},
    )
