"""Importing an edition of the list: the sheet is looked at first, with every refused row, and loaded afterwards."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import asdict
from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import DomainError
from catalog.foundation.imports import Checked, Table, annotated, read_table
from catalog.foundation.web.admin import DecidingAdmin, actor_of, sent
from catalog.foundation.web.admin.exports import WORKBOOK
from catalog.foundation.web.admin.forms import DayInput, File, TextInput
from catalog.models import EditionEntry, ListSection, Medicine, Presentation
from catalog.services.editions import COLUMNS, check_edition_table, load_edition
from catalog.states import ListPart

# The first rows of each kind that the preview shows; the workbook has them all.
SHOWN = 20
# The columns of the sheet by the fields that they fill: those have names in both languages.
FIELDS: dict[str, Any] = {
    "part": EditionEntry._meta.get_field("part"),
    "number": EditionEntry._meta.get_field("number"),
    "name": Medicine._meta.get_field("name"),
    "inn": Medicine._meta.get_field("inn"),
    "category": ListSection._meta.get_field("path"),
    "subcategory": ListSection._meta.get_field("path"),
    "specialist": EditionEntry._meta.get_field("specialist_guidance"),
    "form": Presentation._meta.get_field("form"),
    "strength": Presentation._meta.get_field("strength"),
}


class EditionForm(forms.Form):
    """An edition and its sheet. ``kept`` carries the sheet from the preview to the loading, signed."""

    code = forms.SlugField(label=gettext_lazy("code"), max_length=20, widget=TextInput)
    title = forms.CharField(label=gettext_lazy("title"), max_length=200, widget=TextInput)
    source = forms.CharField(label=gettext_lazy("source"), max_length=300, widget=TextInput)
    valid_from = forms.DateField(label=gettext_lazy("in force from"), widget=DayInput)
    valid_until = forms.DateField(
        label=gettext_lazy("in force until (exclusive)"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Empty for an edition without an end."),
    )
    sheet = forms.FileField(label=gettext_lazy("sheet (.xlsx or .csv)"), required=False, widget=File)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    table: Table | None = None
    checked: Checked | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].help_text = _("Columns: %(columns)s.") % {
            "columns": ", ".join(column.name for column in COLUMNS)
        }

    def clean(self) -> dict[str, Any]:
        """Read the sheet, new or kept, and check every row."""
        values = super().clean() or {}
        valid_from, valid_until = values.get("valid_from"), values.get("valid_until")
        if valid_from and valid_until and valid_until <= valid_from:
            self.add_error("valid_until", _("The end must lie after the beginning."))
        try:
            self.table = self._table(values)
            if self.table is None:
                self.add_error("sheet", _("Choose a file."))
            else:
                self.checked = check_edition_table(self.table)
        except DomainError as error:
            self.add_error("sheet", str(error))
        return values

    def _table(self, values: dict[str, Any]) -> Table | None:
        sheet = values.get("sheet")
        if sheet is not None:
            return read_table(sheet.read(), name=sheet.name)
        if not values.get("kept"):
            return None
        try:
            kept = signing.loads(values["kept"], salt=__name__)
        except signing.BadSignature:
            return None
        return Table(**kept)


def import_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponse:
    """The form; then the same with a preview below it; then, once confirmed, the loading."""
    form = EditionForm(**sent(request))
    context: dict[str, Any] = {}

    def act(values: dict[str, Any]) -> str | HttpResponse:
        assert form.table is not None and form.checked is not None  # a valid form has both
        if "_load" in request.POST and not values["sheet"]:
            return _load(request, values, form.table)
        context.update(_preview(form.table, form.checked))
        kept = signing.dumps(asdict(form.table), salt=__name__, compress=True)
        form.data = MultiValueDict({**dict(request.POST.lists()), "kept": [kept]})
        return model_admin.page(request, "admin/edition_import.html", title=title, form=form, **context)

    title = _("Import an edition of the list")
    return model_admin.decide(
        request,
        title=title,
        form=form,
        act=act,
        template="admin/edition_import.html",
        explanation=_("The sheet is checked first; nothing is written until you have seen what would be loaded."),
    )


def _load(request: HttpRequest, values: dict[str, Any], table: Table) -> str:
    loaded = load_edition(
        code=values["code"],
        title=values["title"],
        source=values["source"],
        valid_from=values["valid_from"],
        valid_until=values["valid_until"],
        table=table,
        actor=actor_of(request),
        at=timezone.now(),
    )
    return _("“%(edition)s” is loaded: %(medicines)s medicines, %(presentations)s presentations.") % {
        "edition": loaded.edition,
        "medicines": loaded.medicines,
        "presentations": loaded.presentations,
    }


def _preview(table: Table, checked: Checked) -> dict[str, Any]:
    refused = checked.in_order()
    parts = Counter(row["part"] for _number, row in checked.rows)
    names = [column.name for column in COLUMNS if column.name in FIELDS]
    workbook = base64.b64encode(annotated(table, checked)).decode() if refused else ""
    return {
        "preview": {
            "row_count": len(table.rows),
            "good_count": len(checked.rows),
            "medicine_count": len({row["name"] for _number, row in checked.rows}),
            "parts": [(ListPart(part).label, count) for part, count in sorted(parts.items())],
            "refused": refused[:SHOWN],
            "refused_count": len(checked.refused),
            "sample": {
                "headers": [capfirst(str(FIELDS[name].verbose_name)) for name in names],
                "rows": [[_in_words(name, row[name]) for name in names] for _number, row in checked.rows[:SHOWN]],
            },
            "workbook": f"data:{WORKBOOK};base64,{workbook}" if workbook else "",
            "workbook_name": f"{slugify(_('refused rows')) or 'refused-rows'}.xlsx",
            "may_load": bool(checked.rows) and not refused,
        }
    }


def _in_words(name: str, value: Any) -> Any:
    if name == "part":
        return ListPart(value).label
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value
