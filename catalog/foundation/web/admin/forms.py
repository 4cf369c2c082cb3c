"""The controls of the admin's own forms, in the admin's looks."""

from __future__ import annotations

from django import forms
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

Checkboxes = UnfoldAdminCheckboxSelectMultipleWidget
File = UnfoldAdminFileFieldWidget
Passphrase = UnfoldAdminPasswordWidget
Select = UnfoldAdminSelectWidget
SelectSeveral = UnfoldAdminSelectMultipleWidget
Switch = UnfoldBooleanSwitchWidget
TextArea = UnfoldAdminTextareaWidget
TextInput = UnfoldAdminTextInputWidget

_CLASSES = " ".join(INPUT_CLASSES)


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": _CLASSES}, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """A day and a time, with the browser's own calendar."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"class": _CLASSES}, format="%Y-%m-%dT%H:%M")
