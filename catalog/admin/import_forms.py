"""What the steps of an import ask beside the columns: the file, and how it is written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.import_words import kind_label
from catalog.foundation.actor import Actor
from catalog.foundation.streams import MAX_BYTES
from catalog.foundation.web.admin.forms import File, Select
from catalog.models import ImportMapping
from catalog.services.imports.kinds import Kind
from catalog.services.imports.registry import KINDS


def kinds_of(actor: Actor) -> list[Kind]:
    """The kinds of record whose files the person brings."""
    return [kind for kind in KINDS.values() if actor.has(*kind.importers)]


class UploadForm(forms.Form):
    """The kind of record, its file, and a mapping that fits such files."""

    kind = forms.ChoiceField(label=gettext_lazy("what the file holds"), widget=Select)
    file = forms.FileField(
        label=gettext_lazy("file (.xlsx, .xls, .csv or .json)"),
        widget=File,
        help_text=gettext_lazy("Up to 20 MB; the first sheet, its headings in the first line."),
    )
    saved = forms.ModelChoiceField(
        ImportMapping.objects.none(),
        label=gettext_lazy("columns as in"),
        required=False,
        widget=Select,
        empty_label=gettext_lazy("a new mapping"),
        help_text=gettext_lazy(
            "Mappings that were saved for such files; what they say can be changed in the next step."
        ),
    )

    def __init__(self, actor: Actor, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kinds = kinds_of(actor)
        self.fields["kind"].choices = [(kind.name, kind_label(kind.name)) for kind in kinds]  # type: ignore[attr-defined]
        saved: Any = self.fields["saved"]
        saved.queryset = ImportMapping.objects.visible_to(actor).filter(
            organization=actor.organization_id, kind__in=[kind.name for kind in kinds]
        )
        saved.label_from_instance = lambda mapping: f"{kind_label(mapping.kind)} · {mapping}"

    def clean_file(self) -> Any:
        """Not even read into memory where it is too large."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            most = MAX_BYTES // 1024 // 1024
            raise forms.ValidationError(_("The file is larger than %(most)s MB: send it in parts.") % {"most": most})
        return file


class AgreeForm(forms.Form):
    """What becomes of the good rows where others are refused."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    by_row = forms.TypedChoiceField(
        label=gettext_lazy("how"),
        coerce=lambda value: value == "rows",
        choices=[
            ("whole", gettext_lazy("all or nothing: not while a single row is refused")),
            ("rows", gettext_lazy("row by row: write the good rows, leave the refused ones out")),
        ],
        widget=Select,
    )
