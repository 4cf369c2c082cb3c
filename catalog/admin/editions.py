from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.edition_comparison import comparison_page
from catalog.admin.edition_forms import DraftForm, VersionForm
from catalog.admin.forms import beside_fields
from catalog.admin.record_tables import TabledAdmin
from catalog.admin.section_tree import section_tree
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    actor_of,
    badge,
    hindrance,
    period,
    sent,
    whole,
)
from catalog.models import Edition
from catalog.policies import may_handle_edition
from catalog.services.drafts import amend_draft
from catalog.services.editions import discard_edition, draft_edition, publish_edition
from catalog.states import EDITION, EditionStatus, ListPart

COLOURS: dict[str, str] = {
    EditionStatus.DRAFT: "warning",
    EditionStatus.PUBLISHED: "info",
    EditionStatus.IN_FORCE: "success",
    EditionStatus.DISCARDED: "danger",
}


@admin.register(Edition)
class EditionAdmin(TabledAdmin, DecidingAdmin, ExportingAdmin):
    """The editions of the national list; one holds on any day."""

    fields = (
        ("code", "state"),
        "title",
        ("decision", "decided_on"),
        ("term", "source"),
        ("chemical", "tcm"),
        ("drafted_by", "published_by", "published_at"),
    )
    list_display = ("code", "title", "state", "term", "chemical", "tcm", "decision")
    list_filter = (("status", ChoicesDropdownFilter),)
    search_fields = ("code", "title", "decision")
    actions_list = ("draft", "compare", "load", "export_workbook", "export_csv")
    reading_actions = ("compare", "export_workbook", "export_csv")
    actions_detail = ("publish", "import_entries", "amend", "discard")
    export_columns = (
        ExportColumn(gettext_lazy("code"), lambda row: row.code),
        ExportColumn(gettext_lazy("title"), lambda row: row.title),
        ExportColumn(gettext_lazy("status"), lambda row: row.get_status_display()),
        ExportColumn(gettext_lazy("in force"), lambda row: period(row.validity)),
        ExportColumn(ListPart.CHEMICAL.label, lambda row: row.chemical_count),
        ExportColumn(
            gettext_lazy("chemical and biological medicines, as announced"), lambda row: row.announced_chemical
        ),
        ExportColumn(ListPart.TCM.label, lambda row: row.tcm_count),
        ExportColumn(gettext_lazy("Chinese patent medicines, as announced"), lambda row: row.announced_tcm),
        ExportColumn(pgettext_lazy("edition", "decision"), lambda row: row.decision),
        ExportColumn(pgettext_lazy("edition", "decided on"), lambda row: row.decided_on),
        ExportColumn(gettext_lazy("source"), lambda row: row.source),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        own = Q(entries__is_repeat=False)
        return rows.annotate(
            chemical_count=Count("entries", filter=own & Q(entries__part=ListPart.CHEMICAL)),
            tcm_count=Count("entries", filter=own & Q(entries__part=ListPart.TCM)),
        )

    def offered(self, request: HttpRequest, record: Edition) -> list[str]:
        if not self.may_decide(request, record):
            return []
        mending = ["import_entries", "amend"] if record.status == EditionStatus.DRAFT else []
        return EDITION.allowed(record.status) + mending

    def hindrance_of(self, request: HttpRequest, record: Edition) -> str:
        is_due = "publish" in self.offered(request, record)
        return hindrance(may_handle_edition, request, "publish", record) if is_due else ""

    def tables(self, request: HttpRequest, record: Edition) -> list[tuple[Any, SafeString | str]]:
        return [(_("Sections"), section_tree(record))]

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, edition: Edition) -> SafeString:
        return badge(edition.get_status_display(), COLOURS.get(edition.status))

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, edition: Edition) -> str:
        return period(edition.validity)

    @display(description=ListPart.CHEMICAL.label)
    def chemical(self, edition: Any) -> SafeString:
        return _counted(edition, ListPart.CHEMICAL, edition.chemical_count, edition.announced_chemical)

    @display(description=ListPart.TCM.label)
    def tcm(self, edition: Any) -> SafeString:
        return _counted(edition, ListPart.TCM, edition.tcm_count, edition.announced_tcm)

    @action(description=gettext_lazy("Draft an edition"), url_path="draft", icon="edit_note")
    def draft(self, request: HttpRequest) -> HttpResponse:
        """Begin an edition; its entries come afterwards."""
        form = DraftForm(**sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                edition = draft_edition(**values, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("“%(edition)s” is drafted.") % {"edition": edition})
            return redirect(self.address_of(edition))

        return self.decide(
            request,
            title=_("Draft an edition of the list"),
            form=form,
            act=act,
            explanation=_("A draft holds on no day. Its entries are imported; then a second officer publishes it."),
        )

    @action(description=gettext_lazy("Compare two editions"), url_path="compare", icon="compare_arrows")
    def compare(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What one edition adds, removes and changes against another."""
        return comparison_page(self, request)

    @action(description=gettext_lazy("Import an edition"), url_path="import", icon="upload_file")
    def load(self, request: HttpRequest) -> HttpResponse:
        """The entries of a draft come out of a file like everything else."""
        return redirect(f"{reverse('admin:catalog_import_upload')}?kind=entries")

    @action(description=gettext_lazy("Publish"), url_path="publish", icon="campaign", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the edition hold from its first day on."""
        edition = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            after = publish_edition(
                edition_id=edition.pk,
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
            return _("“%(edition)s” is now “%(status)s”.") % {
                "edition": after,
                "status": after.get_status_display(),
            }

        return self.decide(
            request,
            title=_("Publish “%(edition)s”") % {"edition": edition},
            record=edition,
            form=VersionForm(**sent(request), initial={"version": edition.version}),
            act=act,
            confirm=_("Publish"),
            explanation=_(
                "The edition holds from %(day)s on, and the one that stands until then ends on that day. It lists "
                "%(chemical)s chemical and biological and %(tcm)s Chinese patent medicines. This cannot be undone."
            )
            % {
                "day": edition.validity.lower,
                "chemical": edition.chemical_count,
                "tcm": edition.tcm_count,
            },
            is_final=True,
            context={"hindrance": hindrance(may_handle_edition, request, "publish", edition)},
        )

    @action(description=gettext_lazy("Mend the draft"), url_path="amend", icon="edit")
    def amend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say anew what the draft is called, when it is to hold and what was announced."""
        edition = self.record_of(request, object_id)
        known = {
            name: getattr(edition, name)
            for name in ("title", "decision", "decided_on", "source", "announced_chemical", "announced_tcm")
        }
        known |= {"valid_from": edition.validity.lower, "valid_until": edition.validity.upper, "code": edition.code}
        form = DraftForm(initial=known, **sent(request))
        del form.fields["code"]

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                after = amend_draft(edition_id=edition.pk, **values, actor=actor_of(request), at=timezone.now())
            return _("“%(edition)s” is mended.") % {"edition": after}

        return self.decide(
            request, title=_("Mend “%(edition)s”") % {"edition": edition}, record=edition, form=form, act=act
        )

    @action(description=gettext_lazy("Import entries"), url_path="entries", icon="upload_file")
    def import_entries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """On to the wizard, which fills this draft."""
        edition = self.record_of(request, object_id)
        about = urlencode({"kind": "entries", "edition": edition.code})
        return redirect(f"{reverse('admin:catalog_import_upload')}?{about}")

    @action(description=gettext_lazy("Discard"), url_path="discard", icon="delete", variant=ActionVariant.DANGER)
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the draft up."""
        edition = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            discard_edition(edition_id=edition.pk, actor=actor_of(request), at=timezone.now())
            return _("“%(edition)s” is discarded.") % {"edition": edition}

        return self.decide(
            request,
            title=_("Discard “%(edition)s”") % {"edition": edition},
            record=edition,
            act=act,
            confirm=_("Discard"),
            explanation=_("The draft is given up for good. This cannot be undone."),
            is_final=True,
        )


def _counted(edition: Edition, part: ListPart, listed: int, announced: int | None) -> SafeString:
    """How many medicines the part lists, beside the announced number where there is one."""
    filters = urlencode({"edition__id__exact": edition.pk, "part__exact": part.value, "is_repeat__exact": 0})
    address = f"{reverse('admin:catalog_editionentry_changelist')}?{filters}"
    link = format_html('<a class="text-link" href="{}">{}</a>', address, whole(listed))
    if announced is None:
        return link
    words = _("announced %(count)s") % {"count": whole(announced)}
    return format_html("{} {}", link, badge(words, "success" if listed == announced else "danger"))
