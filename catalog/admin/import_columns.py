"""Saying where each column comes from: the second step of an import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldBooleanWidget

from catalog.foundation.imports import Column
from catalog.foundation.mapping import suggest
from catalog.foundation.mapping_sources import MAX_PAD
from catalog.foundation.web.admin.forms import DayInput, Select, TextArea, TextInput
from catalog.models import Import, ImportMapping
from catalog.services.imports.kinds import Option
from catalog.services.imports.registry import KINDS

FROM, VALUE, TEMPLATE = "from:", "value", "template"
DECIMAL_SIGNS: dict[str, Any] = {
    "auto": gettext_lazy("as is, where it can be read in one way only"),
    ".": gettext_lazy("point: 1,234.50"),
    ",": gettext_lazy("comma: 1.234,50"),
}
DAY_ORDERS: dict[str, Any] = {
    "auto": gettext_lazy("as is, where it can be read in one way only"),
    "ymd": gettext_lazy("year, month, day"),
    "dmy": gettext_lazy("day, month, year"),
    "mdy": gettext_lazy("month, day, year"),
}
SIDES = {"": gettext_lazy("no"), "left": gettext_lazy("on the left"), "right": gettext_lazy("on the right")}


class MappingForm(forms.Form):
    """Where each column of the kind comes from, how the file writes numbers and days, and the options of the kind."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decimal_sign = forms.ChoiceField(
        label=gettext_lazy("decimal sign"), choices=DECIMAL_SIGNS.items(), widget=Select, initial="auto"
    )
    day_order = forms.ChoiceField(
        label=gettext_lazy("order of the days"), choices=DAY_ORDERS.items(), widget=Select, initial="auto"
    )
    distinct = forms.BooleanField(
        label=gettext_lazy("rows that say the same count once"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy("For example the makers out of a file of their products."),
    )
    save_as = forms.CharField(
        label=gettext_lazy("save this mapping as"),
        required=False,
        max_length=100,
        widget=TextInput,
        help_text=gettext_lazy("To be used again for such files; a name that is taken is overwritten."),
    )

    def __init__(self, taken: Import, *, given: Mapping[str, str], saved: ImportMapping | None, **kwargs: Any) -> None:
        self.taken, self.kind = taken, KINDS[taken.kind]
        proposed = saved.mapping if saved else taken.mapping or suggest(taken.header, self.kind.columns).as_json()
        initial = {"version": taken.version, "save_as": saved.name if saved else ""}
        super().__init__(initial=initial | initial_of(proposed) | self._option_values(given), **kwargs)
        for option in self.kind.options:
            self.fields[_option(option.name)] = _option_field(option)
        sources = self._sources()
        for column in self.kind.columns:
            self.fields.update(_column_fields(column, sources))

    def _option_values(self, given: Mapping[str, str]) -> dict[str, str]:
        """What was said about the file, what the address says, or the only thing that can be said."""
        values = {option.name: given.get(option.name, "") for option in self.kind.options} | {
            name: value for name, value in self.taken.options.items() if value
        }
        return {_option(name): value for name, value in values.items() if value}

    def _sources(self) -> list[tuple[str, str]]:
        """The columns of the file, each with what stands in its first rows."""
        found = [("", _("– nothing –"))]
        for place, heading in enumerate(self.taken.header):
            if heading:
                cells = dict.fromkeys(str(row[place]) for row in self.taken.sample if place < len(row) and row[place])
                seen = Truncator(", ".join(cells)).chars(40)
                found.append((f"{FROM}{heading}", f"{heading}  ({seen})" if seen else heading))
        return [*dict(found).items(), (VALUE, _("one value for all rows")), (TEMPLATE, _("a template"))]

    @cached_property
    def option_fields(self) -> list[Any]:
        """The fields of the options."""
        return [self[_option(option.name)] for option in self.kind.options]

    @property
    def column_rows(self) -> Iterator[tuple[Column, dict[str, Any], bool]]:
        """Each column with its fields, and whether more than its source is said."""
        for column in self.kind.columns:
            fields = {name: self[f"{column.name}__{name}"] for name in PARTS}
            is_open = any(fields[name].value() or fields[name].errors for name in PARTS[2:] if name != "sign")
            yield column, fields, is_open

    def clean(self) -> dict[str, Any]:
        """Everything that is needed comes from somewhere."""
        values = super().clean() or {}
        for column in self.kind.columns:
            source, text = values.get(f"{column.name}__source"), values.get(f"{column.name}__text")
            if column.is_required and source == "":
                self.add_error(f"{column.name}__source", _("Say where this comes from."))
            if source == TEMPLATE and not text:
                self.add_error(f"{column.name}__text", _("Write the template, such as {city}-{row}."))
            if values.get(f"{column.name}__side") and not values.get(f"{column.name}__length"):
                self.add_error(f"{column.name}__length", _("Say up to which length."))
        return values

    @property
    def options(self) -> dict[str, str]:
        """What is said about the file as a whole."""
        return {option.name: str(self.cleaned_data[_option(option.name)] or "") for option in self.kind.options}

    @property
    def mapping(self) -> dict[str, Any]:
        """The mapping as it is kept."""
        values = self.cleaned_data
        columns = {column.name: _source_of(column.name, values) for column in self.kind.columns}
        return {
            "columns": {name: source for name, source in columns.items() if source is not None},
            **{name: values[name] for name in ("decimal_sign", "day_order", "distinct")},
        }

    def tell(self, pointer: str, words: str) -> bool:
        """Put what was refused beside its field, where it has one."""
        _empty, *path = pointer.split("/") if pointer else ["", ""]
        name = ""
        if path[0] == "columns" and len(path) > 1:
            name = f"{path[1]}__source"
        elif path[0] == "options" and len(path) > 1:
            name = _option(path[1])
        elif len(path) == 1:
            name = _option(path[0])
        if name not in self.fields:
            return False
        self.add_error(name, words)
        return True


PARTS = ("source", "text", "words", "only", "side", "sign", "length")


class WordsField(forms.CharField):
    """A table of words, one line for each: what the file says = what is meant."""

    widget = TextArea(attrs={"rows": 3, "placeholder": "1=…"})

    def clean(self, value: Any) -> dict[str, str]:
        words: dict[str, str] = {}
        for line in super().clean(value).splitlines():
            word, sign, meaning = line.partition("=")
            if line.strip() and not sign:
                raise forms.ValidationError(_("“%(line)s” is not of the form a=b.") % {"line": line})
            if line.strip():
                words[word.strip()] = meaning.strip()
        return words

    def prepare_value(self, value: Any) -> Any:
        """As lines."""
        if not isinstance(value, Mapping):
            return value
        return "\n".join(f"{word}={meaning}" for word, meaning in value.items())


def _column_fields(column: Column, sources: Sequence[tuple[str, str]]) -> dict[str, forms.Field]:
    return {
        f"{column.name}__source": forms.ChoiceField(choices=sources, required=False, widget=Select),
        f"{column.name}__text": forms.CharField(
            required=False, strip=False, max_length=300, widget=TextInput(attrs={"placeholder": _("value or template")})
        ),
        f"{column.name}__words": WordsField(label=gettext_lazy("words (a=b, one per line)"), required=False),
        f"{column.name}__only": forms.BooleanField(
            label=gettext_lazy("only these words"), required=False, widget=UnfoldBooleanWidget
        ),
        f"{column.name}__side": forms.ChoiceField(
            label=gettext_lazy("fill up"), choices=SIDES.items(), required=False, widget=Select
        ),
        f"{column.name}__sign": forms.CharField(
            label=gettext_lazy("with"), required=False, max_length=1, strip=False, widget=TextInput
        ),
        f"{column.name}__length": forms.IntegerField(
            label=gettext_lazy("to the length"), required=False, min_value=1, max_value=MAX_PAD, widget=TextInput
        ),
    }


def _option(name: str) -> str:
    return f"option__{name}"


def _option_field(option: Option) -> forms.Field:
    label = capfirst(str(option.label))
    if option.choices is not None:
        return forms.ChoiceField(
            label=label, choices=list(option.choices()), required=option.is_required, widget=Select
        )
    widget = DayInput() if option.is_day else TextInput()
    kind = forms.DateField if option.is_day else forms.CharField
    return kind(label=label, required=option.is_required, widget=widget)


def _source_of(name: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the column comes from, as a mapping keeps it."""
    source, text, words, only, side, sign, length = (values[f"{name}__{part}"] for part in PARTS)
    if source == VALUE:
        return {VALUE: text}
    if source == TEMPLATE:
        return {TEMPLATE: text}
    if not source:
        return None
    return {
        "from": source.removeprefix(FROM),
        **({"words": words} if words else {}),
        **({"only": True} if only else {}),
        **({"pad": {side: sign or "0", "length": length}} if side else {}),
    }


def initial_of(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the form for a mapping that was kept."""
    initial = {name: mapping.get(name, "auto") for name in ("decimal_sign", "day_order")}
    initial["distinct"] = mapping.get("distinct", False)
    for name, source in mapping["columns"].items():
        kind = next(kind for kind in ("from", VALUE, TEMPLATE) if kind in source)
        initial[f"{name}__source"] = f"{FROM}{source['from']}" if kind == "from" else kind
        initial[f"{name}__text"] = "" if kind == "from" else source[kind]
        initial[f"{name}__words"] = source.get("words", {})
        initial[f"{name}__only"] = source.get("only", False)
        pad = source.get("pad", {})
        side = next((side for side in ("left", "right") if side in pad), "")
        initial |= {f"{name}__side": side, f"{name}__sign": pad.get(side, ""), f"{name}__length": pad.get("length")}
    return initial
