"""Choosing a record out of thousands in a decision's form: the browser asks for what matches as one types."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import QuerySet

WIDE = {"style": "width: 100%"}
_ID = re.compile(r"[0-9]{1,18}")


class _Picked(AutocompleteMixin):
    """The chosen records of a picker.

    Its parent asks the database for whatever was sent, though the form has just refused it as no record.
    """

    def optgroups(self, name: str, value: Any, attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [item for item in value if _ID.fullmatch(item)], attr)


class _PickedOne(_Picked, AutocompleteSelect):
    pass


class _PickedSome(_Picked, AutocompleteSelectMultiple):
    pass


def one_of(source: Any, rows: QuerySet[Any], **options: Any) -> forms.ModelChoiceField:
    """One of the records that the model's field ``source`` can point to, searched as their list is."""
    widget = _PickedOne(source.field, admin.site, attrs=WIDE)
    return forms.ModelChoiceField(rows, widget=widget, **{"label": source.field.verbose_name} | options)


def some_of(source: Any, rows: QuerySet[Any], **options: Any) -> forms.ModelMultipleChoiceField:
    """Some of the records that the model's field ``source`` can point to, searched as their list is."""
    widget = _PickedSome(source.field, admin.site, attrs=WIDE)
    return forms.ModelMultipleChoiceField(rows, widget=widget, **{"label": source.field.verbose_name} | options)
