"""Files of retail prices of any length: handed in by an officer, followed, and given back where rows are wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.transitions import find
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, sent
from catalog.foundation.web.admin.exports import WORKBOOK
from catalog.foundation.web.admin.forms import File
from distribution.admin.labels import RETAIL_FILE_COLOURS
from distribution.models import RetailFile
from distribution.services.retail_files import hand_in_retail_file


class HandInForm(forms.Form):
    """A file with the prices of the province's institutions."""

    file = forms.FileField(label=gettext_lazy("file (.xlsx or .csv)"), widget=File)


@admin.register(RetailFile)
class RetailFileAdmin(DecidingAdmin, ExportingAdmin):
    """What was handed in, what became of it, and the rows that were refused."""

    fields = (
        ("file_name", "state"),
        ("organization", "province", "handed_in_by"),
        ("handed_in_at", "done_at"),
        ("read_count", "bad_count"),
        "problem",
    )
    list_display = (
        *("file_name", "state", "organization", "province", "handed_in_at", "done_at", "read_count", "bad_count"),
    )
    list_filter = (ProvinceFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("organization", "province")
    search_fields = ("file_name", "organization__name")
    actions_list = ("hand_in", "export_workbook", "export_csv")
    actions_detail = ("refused_rows",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content", "refused_rows")

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, file: RetailFile) -> SafeString:
        return badge(file.get_status_display(), RETAIL_FILE_COLOURS.get(file.status))

    @action(
        description=gettext_lazy("Hand in a file"),
        url_path="hand-in",
        icon="upload_file",
        variant=ActionVariant.PRIMARY,
    )
    def hand_in(self, request: HttpRequest) -> HttpResponse:
        """Hand in the retail prices of many institutions at once."""

        def act(values: dict[str, Any]) -> str:
            file = values["file"]
            hand_in_retail_file(file_name=file.name, content=file.read(), actor=actor_of(request), at=timezone.now())
            return _("“%(file)s” is handed in; the list shows what becomes of it.") % {"file": file.name}

        return self.decide(
            request,
            title=_("Hand in a file of retail prices"),
            act=act,
            form=HandInForm(**sent(request)),
            confirm=_("Hand in"),
            explanation=_(
                "Columns: institution, product (codes), price (yuan per pack), observed_on. All rows are taken in, or "
                "none: then the refused rows can be fetched with what is wrong with each."
            ),
        )

    @action(description=gettext_lazy("Fetch the refused rows"), url_path="refused-rows", icon="download")
    def refused_rows(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The refused rows as a workbook, with what is wrong with each."""
        file = find(RetailFile.objects.visible_to(actor_of(request)), pk=object_id)
        return HttpResponse(
            bytes(file.refused_rows or b""),
            content_type=WORKBOOK,
            headers={"Content-Disposition": 'attachment; filename="refused-rows.xlsx"'},
        )
