"""The files of opened technical envelopes, to be read by the committee, the agency and supervisors."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import READERS, DecidingAdmin, ExportingAdmin
from catalog.foundation.web.attachments import as_attachment
from procurement.models import BidDocument


@admin.register(BidDocument)
class BidDocumentAdmin(DecidingAdmin, ExportingAdmin):
    """Documents of bids, from the opening of the technical envelopes on."""

    readers = (*READERS, Role.EXPERT)
    fields = (("name", "media_type"), ("tender", "lot"), ("supplier", "sha256"))
    list_display = ("name", "media_type", "tender", "lot", "supplier", "sha256")
    list_select_related = ("bid__lot__tender", "bid__supplier")
    search_fields = ("name", "bid__supplier__name", "bid__lot__tender__number", "sha256")
    ordering = ("-pk",)
    actions_detail = ("download",)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).defer("content")

    def offered(self, request: HttpRequest, record: BidDocument) -> list[str]:
        return ["download"]

    @display(description=gettext_lazy("tender"), ordering="bid__lot__tender__number")
    def tender(self, document: BidDocument) -> str:
        return document.bid.lot.tender.number

    @display(description=gettext_lazy("lot"), ordering="bid__lot__number")
    def lot(self, document: BidDocument) -> int:
        return document.bid.lot.number

    @display(description=gettext_lazy("supplier"), ordering="bid__supplier__name")
    def supplier(self, document: BidDocument) -> str | SafeString:
        return document.bid.supplier.name

    @action(description=gettext_lazy("Download"), url_path="download", icon="download")
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The file as it came in the envelope."""
        document = self.record_of(request, object_id)
        return as_attachment(document.name, bytes(document.content))
