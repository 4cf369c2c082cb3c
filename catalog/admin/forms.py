"""What the catalogue's decisions ask for, and how they tell what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import DomainError, RulesBroken
from catalog.foundation.web.admin.forms import DayInput, TextArea, TextInput
from catalog.models import Product


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("reason"), required=False, strip=True, max_length=300, widget=TextArea(attrs={"rows": 3})
    )


class YuanField(forms.DecimalField):
    """An amount in yuan, to parts of a fen."""

    def __init__(self, **options: Any) -> None:
        # as text: a browser's number field would round what is typed
        super().__init__(**{"max_digits": 18, "decimal_places": 4, "widget": TextInput, **options})

    def prepare_value(self, value: Any) -> Any:
        """Without idle zeros behind the fen."""
        if not isinstance(value, Decimal):
            return value
        return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


class PercentField(forms.DecimalField):
    """A share of 0 to 1, asked for in percent."""

    def __init__(self, **options: Any) -> None:
        limits = {"min_value": 0, "max_value": 100, "max_digits": 5, "decimal_places": 2}
        super().__init__(**{**limits, "widget": TextInput, **options})

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return None if percent is None else percent / 100


class ProductCodeField(forms.CharField):
    """A product, by its code."""

    widget = TextInput

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        if not code:
            return None
        product = (
            Product.objects.select_related("presentation__medicine", "manufacturer").filter(code=code.strip()).first()
        )
        if product is None:
            raise forms.ValidationError(_("No product has the code “%(code)s”."), params={"code": code})
        return product


class PeriodForm(forms.Form):
    """From the first day on; with an end where there is one."""

    valid_from = forms.DateField(label=gettext_lazy("in force from"), widget=DayInput)
    valid_until = forms.DateField(
        label=gettext_lazy("until (exclusive)"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Empty where no end is decided."),
    )


def chosen_day(text: str, default: date) -> date:
    """The day that an address names; the default where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default


@contextmanager
def beside_fields(form: forms.Form) -> Iterator[None]:
    """Put what a service refuses beside the field that it is about; the rest is left to be told above the form.

    Raises:
        DomainError: always where something was refused.
    """
    try:
        yield
    except DomainError as error:
        parts = error.errors if isinstance(error, RulesBroken) else [error]
        left = []
        for part in parts:
            name = part.pointer.removeprefix("/").partition("/")[0]
            if name in form.fields:
                form.add_error(name, str(part))
            else:
                left.append(part)
        if left == [error]:
            raise
        raise RulesBroken(left, count=len(parts)) from error
