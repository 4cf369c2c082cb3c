"""Choosing a record out of thousands in a decision's form: the browser asks for what matches as one types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import QuerySet

WIDE = {"style": "width: 100%"}


def one_of(source: Any, rows: QuerySet[Any], **options: Any) -> forms.ModelChoiceField:
    """One of the records that the model's field ``source`` can point to, searched as their list is."""
    widget = AutocompleteSelect(source.field, admin.site, attrs=WIDE)
    return forms.ModelChoiceField(rows, widget=widget, **{"label": source.field.verbose_name} | options)


def some_of(source: Any, rows: QuerySet[Any], **options: Any) -> forms.ModelMultipleChoiceField:
    """Some of the records that the model's field ``source`` can point to, searched as their list is."""
    widget = AutocompleteSelectMultiple(source.field, admin.site, attrs=WIDE)
    return forms.ModelMultipleChoiceField(rows, widget=widget, **{"label": source.field.verbose_name} | options)
