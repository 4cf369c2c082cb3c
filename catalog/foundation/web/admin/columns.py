"""The columns of a list as values for a file: what the page shows, without its looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import unescape
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from catalog.foundation.web.admin.values import EMPTY


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of the file: its heading, and how a row's value is had."""

    heading: str | Promise
    value: Callable[[Any], Any]


def columns_shown(
    model_admin: ModelAdmin[Any], names: Sequence[Any], values: Mapping[str, Callable[[Any], Any]]
) -> list[ExportColumn]:
    """The list's own columns: its headings; choices by their label, links, badges and bars by their text.

    ``values`` holds, by the name of a column, what stands in the file instead.
    """
    return [
        ExportColumn(
            str(label_for_field(name, model_admin.model, model_admin)),
            values.get(name) or partial(_shown, model_admin, name),
        )
        for name in names
    ]


def _shown(model_admin: ModelAdmin[Any], name: Any, row: Any) -> Any:
    try:
        field, _attribute, value = lookup_field(name, row, model_admin)
    except ObjectDoesNotExist:
        return None
    choices = dict(getattr(field, "flatchoices", None) or ())
    if choices:
        return choices.get(value, value)
    return _text_of(value) if isinstance(value, str) else value


def _text_of(value: str) -> str:
    """The words of a cell of the page; nothing where it shows that there is nothing."""
    if isinstance(value, SafeString):
        value = " ".join(unescape(strip_tags(value.replace("><", "> <"))).split())
    return "" if value == EMPTY else value
