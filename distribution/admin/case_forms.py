"""What is asked before something is done in a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from catalog.foundation.web.admin.forms import File, Select, TextArea, TextInput
from distribution.states import Penalty
from procurement.services.documents import Attachment


class VersionForm(forms.Form):
    """The version that the decision is about."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def as_arguments(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The values, as the service wants them."""
        return values


class LetterForm(VersionForm):
    """What is written, and the file that goes with it."""

    text = forms.CharField(label=gettext_lazy("text"), max_length=4000, widget=TextArea(attrs={"rows": 6}))
    file = forms.FileField(label=gettext_lazy("file (.pdf, .docx or .xlsx)"), required=False, widget=File)

    @classmethod
    def as_arguments(cls, values: dict[str, Any]) -> dict[str, Any]:
        file = values.pop("file")
        return values | {"attachment": Attachment("", file.name, file.read()) if file else None}


class PenaltyForm(VersionForm):
    """What the institution is to bear, and why."""

    penalty = forms.ChoiceField(label=gettext_lazy("penalty"), choices=Penalty.choices, widget=Select)
    amount = forms.DecimalField(
        label=gettext_lazy("amount (yuan)"), max_digits=18, decimal_places=2, required=False, widget=TextInput
    )
    reason = forms.CharField(
        label=gettext_lazy("reasons of the penalty"), max_length=4000, widget=TextArea(attrs={"rows": 5})
    )

    @classmethod
    def as_arguments(cls, values: dict[str, Any]) -> dict[str, Any]:
        return values | {"penalty": Penalty(values["penalty"])}


class CaseReasonForm(VersionForm):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=4000, widget=TextArea(attrs={"rows": 4}))
