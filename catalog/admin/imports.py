"""Files in: chosen, their columns mapped, looked at row by row, and written once an officer agrees."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.import_columns import MappingForm
from catalog.admin.import_forms import AgreeForm, UploadForm
from catalog.admin.import_rows import COLOURS as ROW_COLOURS
from catalog.admin.import_rows import rows_shown
from catalog.admin.import_words import COLOURS, KindFilter, kind_label
from catalog.foundation.errors import DomainError, RulesBroken
from catalog.foundation.imports import write_refused
from catalog.foundation.web.admin import DecidingAdmin, ExportingAdmin, actor_of, badge, sent, whole
from catalog.foundation.web.admin.exports import WORKBOOK
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import Import, ImportMapping
from catalog.services.imports.intake import discard_import, map_import, remap_import, take_file
from catalog.services.imports.mappings import save_mapping
from catalog.services.imports.reading import refused_rows
from catalog.services.imports.registry import KINDS
from catalog.services.imports.writing import agree_import
from catalog.states import IMPORT, ImportStatus, RowOutcome

WORKING = (ImportStatus.CHECKING, ImportStatus.APPLYING)
# The page of a file that a worker has in hand is looked at again after so many seconds.
REFRESH = "2"
COLUMNS_PAGE = "admin/catalog/import_columns.html"


@admin.register(Import)
class ImportAdmin(DecidingAdmin, ExportingAdmin):
    """Files, from the upload to the result."""

    fields = (
        ("file_name", "record_kind"),
        ("state", "counted"),
        ("started_by", "created_at"),
        ("agreed_by", "agreed_at"),
        "problem",
    )
    list_display = ("file_name", "record_kind", "state", "counted", "started_by", "created_at")
    list_filter = (KindFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("started_by",)
    search_fields = ("file_name",)
    actions_list = ("upload", "export_workbook", "export_csv")
    actions_detail = ("agree", "columns", "again", "refused", "discard")
    change_form_outer_after_template = "admin/catalog/import_rows.html"

    def visible(self, rows: Any, actor: Any) -> Any:
        return rows.visible_to(actor).defer("content")

    def may_decide(self, request: HttpRequest, record: Import | None = None) -> bool:
        """Officers of the organization whose file it is."""
        is_own = record is None or record.organization_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Import) -> list[str]:
        names = ["refused"] if record.counts.get(RowOutcome.REFUSED) else []
        if not self.may_decide(request, record):
            return names
        pages = {"agree": "agree", "map": "columns", "remap": "again", "discard": "discard"}
        return names + [pages[name] for name in IMPORT.allowed(record.status) if name in pages]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What would become of the rows; while a worker has the file in hand the page looks again by itself."""
        record = self.record_of(request, object_id)
        context = {"shown": rows_shown(record, request.GET), "is_worked_on": record.status in WORKING}
        response = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        if record.status in WORKING:
            response["Refresh"] = REFRESH
        return response

    @display(description=gettext_lazy("kind of record"), ordering="kind")
    def record_kind(self, taken: Import) -> str:
        return kind_label(taken.kind)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, taken: Import) -> SafeString:
        return badge(taken.get_status_display(), COLOURS.get(taken.status))

    @display(description=gettext_lazy("rows by outcome"))
    def counted(self, taken: Import) -> str:
        parts = [
            (badge(f"{outcome.label} {whole(taken.counts[outcome])}", ROW_COLOURS.get(outcome)),)
            for outcome in RowOutcome
            if taken.counts.get(outcome)
        ]
        return format_html_join(" ", "{}", parts) or EMPTY

    @action(
        description=gettext_lazy("Import a file"),
        url_path="upload",
        icon="upload_file",
        variant=ActionVariant.PRIMARY,
    )
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Step 1: what the file holds, and the file."""
        actor = actor_of(request)

        def act(values: dict[str, Any]) -> HttpResponse:
            file = values["file"]
            taken = take_file(
                kind=values["kind"], file_name=file.name, content=file.read(), actor=actor, at=timezone.now()
            )
            about, saved = request.GET.dict(), values["saved"]
            if saved is not None and saved.kind == taken.kind:
                about["saved"] = saved.pk
            elif saved is not None:
                # the file is kept all the same: nobody chooses it twice
                messages.warning(request, _("“%(mapping)s” is for another kind of record.") % {"mapping": saved})
            address = reverse("admin:catalog_import_columns", args=[taken.pk])
            return redirect(f"{address}?{urlencode(about)}" if about else address)

        return self.decide(
            request,
            title=_("Import a file"),
            form=UploadForm(actor, initial={"kind": request.GET.get("kind")}, **sent(request)),
            act=act,
            confirm=_("Next: the columns"),
            explanation=_(
                "Step 1 of 3. The file is read by what is in it, not by its name. Nothing is written before you have "
                "seen what would become of every row."
            ),
        )

    @action(
        description=gettext_lazy("Say what the columns are"),
        url_path="columns",
        icon="view_column",
        variant=ActionVariant.PRIMARY,
    )
    def columns(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Step 2: where each column comes from."""
        taken = self.record_of(request, object_id)
        if taken.status != ImportStatus.UPLOADED:
            return redirect(self.address_of(taken))
        actor = actor_of(request)
        own = ImportMapping.objects.filter(organization=actor.organization_id, kind=taken.kind)
        asked = request.GET.get("saved", "")
        saved = own.filter(pk=asked).first() if asked.isdecimal() else None
        form = MappingForm(taken, given=request.GET.dict(), saved=saved, **sent(request))

        def act(values: dict[str, Any]) -> HttpResponse | str:
            try:
                map_import(
                    import_id=taken.pk,
                    mapping=form.mapping,
                    options=form.options,
                    actor=actor,
                    at=timezone.now(),
                    expected_version=values["version"],
                )
            except DomainError as error:
                parts = error.errors if isinstance(error, RulesBroken) else [error]
                left = [part for part in parts if not form.tell(part.pointer, str(part))]
                if left:
                    raise RulesBroken(left) from error
                return show()
            if values["save_as"].strip():
                save_mapping(
                    kind=taken.kind,
                    name=values["save_as"],
                    mapping=form.mapping,
                    actor=actor,
                    at=timezone.now(),
                )
            return redirect(self.address_of(taken))

        about = request.GET.dict()
        context = {
            "saved_mappings": [(mapping, urlencode(about | {"saved": mapping.pk})) for mapping in own.order_by("name")]
        }
        title = _("Columns of “%(file)s”") % {"file": taken.file_name}
        page: dict[str, Any] = {
            "record": taken,
            "form": form,
            "explanation": _("Step 2 of 3. %(kind)s: %(help)s")
            % {"kind": kind_label(taken.kind), "help": KINDS[taken.kind].help},
            "confirm": _("Next: look at the rows"),
        }

        def show() -> HttpResponse:
            return self.page(request, COLUMNS_PAGE, title=title, **page, **context)

        return self.decide(request, title=title, act=act, template=COLUMNS_PAGE, context=context, **page)

    @action(description=gettext_lazy("Change the columns"), url_path="again", icon="view_column")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Back to step 2."""
        taken = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            remap_import(import_id=taken.pk, actor=actor_of(request), at=timezone.now())
            return redirect(reverse("admin:catalog_import_columns", args=[taken.pk]))

        return self.decide(
            request,
            title=_("Change the columns of “%(file)s”") % {"file": taken.file_name},
            record=taken,
            act=act,
            confirm=_("Change the columns"),
            explanation=_("The rows are looked at again afterwards; what is said about the columns is kept."),
        )

    @action(description=gettext_lazy("Write"), url_path="agree", icon="check", variant=ActionVariant.PRIMARY)
    def agree(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Step 3: have the rows written as they are shown."""
        taken = self.record_of(request, object_id)
        counts = {outcome.value: taken.counts.get(outcome, 0) for outcome in RowOutcome}
        form = AgreeForm(initial={"version": taken.version}, **sent(request))
        if not counts["refused"]:
            form.fields["by_row"].choices = form.fields["by_row"].choices[:1]  # type: ignore[attr-defined]

        def act(values: dict[str, Any]) -> HttpResponse:
            agree_import(
                import_id=taken.pk,
                by_row=values["by_row"],
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
            messages.success(request, _("“%(file)s” is being written.") % {"file": taken.file_name})
            return redirect(self.address_of(taken))

        return self.decide(
            request,
            title=_("Write “%(file)s”") % {"file": taken.file_name},
            record=taken,
            form=form,
            act=act,
            confirm=_("Write"),
            explanation=_(
                "Step 3 of 3. %(added)s rows would be added, %(changed)s changed, %(unchanged)s left alone; "
                "%(refused)s are refused."
            )
            % counts,
        )

    @action(description=gettext_lazy("Refused rows as a file"), url_path="refused", icon="download")
    def refused(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The refused rows with what is wrong, to be mended and imported again."""
        taken = self.record_of(request, object_id)
        name = slugify(taken.file_name.rpartition(".")[0], allow_unicode=True) or "rows"
        file = write_refused(taken.header, refused_rows(taken))
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"{name}-{slugify(_('refused'), allow_unicode=True)}.xlsx",
            content_type=WORKBOOK,
        )

    @action(description=gettext_lazy("Discard"), url_path="discard", icon="delete", variant=ActionVariant.DANGER)
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the file up."""
        taken = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            discard_import(import_id=taken.pk, actor=actor_of(request), at=timezone.now())
            return _("“%(file)s” is discarded.") % {"file": taken.file_name}

        return self.decide(
            request,
            title=_("Discard “%(file)s”") % {"file": taken.file_name},
            record=taken,
            act=act,
            confirm=_("Discard"),
            explanation=_("Nothing of it was written; the file and its rows are forgotten. This cannot be undone."),
            is_final=True,
        )
