"""What officers fill in about an edition of the list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.admin.forms import PeriodForm
from catalog.admin.pickers import some_of
from catalog.foundation.web.admin.forms import DayInput, Select, TextInput
from catalog.models import Edition, EditionEntry, Medicine
from catalog.states import EditionStatus


class DraftForm(PeriodForm):
    """An edition, and what its decision announced."""

    field_order = ("code", "title", "decision", "decided_on", "source")

    code = forms.SlugField(label=_("code"), max_length=20, widget=TextInput)
    title = forms.CharField(label=_("title"), max_length=200, widget=TextInput)
    decision = forms.CharField(
        label=pgettext_lazy("edition", "decision"), max_length=100, required=False, widget=TextInput
    )
    decided_on = forms.DateField(label=pgettext_lazy("edition", "decided on"), required=False, widget=DayInput)
    source = forms.CharField(label=_("source"), max_length=300, widget=TextInput)
    announced_chemical = forms.IntegerField(
        label=_("chemical and biological medicines, as announced"),
        required=False,
        min_value=0,
        widget=TextInput,
        help_text=_("Where given, the edition is published only when it lists exactly as many."),
    )
    announced_tcm = forms.IntegerField(
        label=_("Chinese patent medicines, as announced"), required=False, min_value=0, widget=TextInput
    )


class VersionForm(forms.Form):
    """The version that the officer saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class MembersForm(forms.Form):
    """The medicines that a group stands for."""

    def __init__(self, entry: EditionEntry, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["medicines"] = some_of(
            EditionEntry.members,
            Medicine.objects.exclude(pk=entry.medicine_id),
            required=False,
            initial=[medicine.pk for medicine in entry.members.all()],
        )


class EditionsForm(forms.Form):
    """The two editions to compare."""

    old = forms.ModelChoiceField(Edition.objects.none(), label=_("Earlier edition"), empty_label=None, widget=Select)
    new = forms.ModelChoiceField(Edition.objects.none(), label=_("Later edition"), empty_label=None, widget=Select)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Edition.objects.filter(~Q(status=EditionStatus.DISCARDED)).order_by("-validity")
        for name in ("old", "new"):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
