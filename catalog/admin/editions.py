from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from catalog.admin.edition_import import import_page
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, RecordAdmin, period
from catalog.models import Edition, EditionEntry


@admin.register(Edition)
class EditionAdmin(DecidingAdmin):
    """The editions of the national list; one holds on any day."""

    fields = ("code", "title", "term", "source", "entries")
    list_display = ("code", "title", "term", "entry_count", "source")
    actions_list = ("load",)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(entry_count=Count("entries"))

    @display(description=_("in force"), ordering="validity")
    def term(self, edition: Edition) -> str:
        return period(edition.validity)

    @display(description=_("medicines on the list"), ordering="entry_count")
    def entry_count(self, edition: Any) -> int:
        return int(edition.entry_count)

    @display(description=_("entries"))
    def entries(self, edition: Any) -> SafeString:
        address = reverse("admin:catalog_editionentry_changelist")
        text = _("%(count)s medicines on the list") % {"count": edition.entry_count}
        return format_html('<a class="text-link" href="{}?edition__id__exact={}">{}</a>', address, edition.pk, text)

    @action(description=_("Import an edition"), url_path="import", icon="upload_file")
    def load(self, request: HttpRequest) -> HttpResponse:
        """Upload, look at what would be loaded, load."""
        return import_page(self, request)


@admin.register(EditionEntry)
class EditionEntryAdmin(RecordAdmin):
    """A medicine on an edition of the list."""

    fields = ("edition", "part", "number", "medicine", "section", "specialist_guidance", "listed")
    list_display = ("number", "medicine", "part", "section", "specialist_guidance", "edition")
    list_display_links = ("number", "medicine")
    list_filter = (("edition", RelatedDropdownFilter), ("part", ChoicesDropdownFilter), "specialist_guidance")
    list_select_related = ("edition", "medicine", "section")
    search_fields = ("medicine__name", "medicine__inn", "medicine__initials", "section__path")

    @display(description=_("presentations"))
    def listed(self, entry: EditionEntry) -> str:
        return "; ".join(f"{item.form} {item.strength}" for item in entry.presentations.all())
