from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import Lines, RecordAdmin, link_to
from catalog.models import Medicine, Presentation


class PresentationLines(Lines):
    model = Presentation
    fields = ("presentation", "amount", "amount_unit", "volume_ml")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("medicine")

    @display(description=_("presentation"))
    def presentation(self, presentation: Presentation) -> str | SafeString:
        return link_to(presentation, f"{presentation.form} {presentation.strength}")


@admin.register(Medicine)
class MedicineAdmin(RecordAdmin):
    """Medicines by their generic names, to be found by name, INN or pinyin initials."""

    fields = ("name", "inn", "initials")
    list_display = ("name", "inn", "initials", "presentation_count")
    search_fields = ("name", "inn", "initials")
    search_help_text = _("Chinese name, INN or pinyin initials")
    inlines = (PresentationLines,)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(presentation_count=Count("presentations"))

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term), False

    @display(description=_("presentations"), ordering="presentation_count")
    def presentation_count(self, medicine: Any) -> int:
        return int(medicine.presentation_count)


@admin.register(Presentation)
class PresentationAdmin(RecordAdmin):
    """A medicine in one form and strength."""

    fields = ("medicine", "form", "strength", "amount", "amount_unit", "volume_ml")
    list_display = ("medicine", "form", "strength", "content")
    list_select_related = ("medicine",)
    search_fields = ("medicine__name", "medicine__inn", "medicine__initials", "strength", "form")
    search_help_text = _("Chinese name, INN, pinyin initials, form or strength")

    @display(description=_("content of one unit"), empty_value=_("not readable as a quantity"))
    def content(self, presentation: Presentation) -> str | None:
        content = presentation.content
        if content is None:
            return None
        volume = f" / {content.volume_ml.normalize():f} ml" if content.volume_ml else ""
        return f"{content.amount.normalize():f} {content.unit}{volume}"
