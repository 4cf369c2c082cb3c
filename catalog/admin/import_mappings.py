from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.import_words import KindFilter, kind_label
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of
from catalog.models import ImportMapping
from catalog.services.imports.mappings import delete_mapping


@admin.register(ImportMapping)
class ImportMappingAdmin(DecidingAdmin, ExportingAdmin):
    """Column mappings that are used again."""

    fields = ("name", "record_kind", "mapping", ("saved_by", "saved_at"))
    list_display = ("name", "record_kind", "saved_by", "saved_at")
    list_filter = (KindFilter,)
    list_select_related = ("saved_by",)
    search_fields = ("name",)
    actions_detail = ("forget",)

    def may_decide(self, request: HttpRequest, record: ImportMapping | None = None) -> bool:
        """Officers of the organization whose it is."""
        is_own = record is None or record.organization_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: ImportMapping) -> list[str]:
        return ["forget"] if self.may_decide(request, record) else []

    @display(description=gettext_lazy("kind of record"), ordering="kind")
    def record_kind(self, mapping: ImportMapping) -> str:
        return kind_label(mapping.kind)

    @action(description=gettext_lazy("Delete"), url_path="forget", icon="delete", variant=ActionVariant.DANGER)
    def forget(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete the mapping."""
        mapping = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            delete_mapping(mapping_id=mapping.pk, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("“%(mapping)s” is deleted.") % {"mapping": mapping})
            return redirect(self.address_of(None))

        return self.decide(
            request,
            title=_("Delete “%(mapping)s”") % {"mapping": mapping},
            record=mapping,
            act=act,
            confirm=_("Delete"),
            explanation=_("What was imported through it stays as it is."),
            is_final=True,
        )
