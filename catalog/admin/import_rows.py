"""The rows of a file as an officer looks at them: by outcome, page by page, with what would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from catalog.foundation.web.admin.values import EMPTY
from catalog.models import Import, ImportRow, Product
from catalog.services.imports.registry import KINDS
from catalog.states import RowOutcome

PER_PAGE = 50
COLOURS: dict[str, str] = {
    RowOutcome.ADDED: "success",
    RowOutcome.CHANGED: "info",
    RowOutcome.REFUSED: "danger",
}
# What stands in a cell of the page; the file has it in full.
SHOWN = 60


def rows_shown(taken: Import, asked: QueryDict) -> dict[str, Any]:
    """A page of the rows of one outcome, the refused ones first, and the way to the others."""
    outcomes = [outcome for outcome in RowOutcome if taken.counts.get(outcome)]
    if not outcomes:
        return {}
    first = RowOutcome.REFUSED if RowOutcome.REFUSED in outcomes else outcomes[0]
    outcome = next((item for item in outcomes if item == asked.get("outcome")), first)
    rows = taken.rows.filter(outcome=outcome).order_by("number").defer("cells")
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    labels = labels_of(taken.kind)
    return {
        "tabs": [(item.value, item.label, taken.counts[item], item == outcome) for item in outcomes],
        "outcome": outcome.value,
        "page": page,
        "rows": [(row.number, row.key or EMPTY, _words_of(row, labels)) for row in page],
        "heading": _("what is wrong") if outcome == RowOutcome.REFUSED else _("what the row says"),
    }


def labels_of(kind: str) -> dict[str, str]:
    """The columns of the kind in words."""
    return {column.name: capfirst(str(column.label or column.name)) for column in KINDS[kind].columns}


def _words_of(row: ImportRow, labels: Mapping[str, str]) -> SafeString:
    if row.outcome == RowOutcome.REFUSED:
        return format_html_join("", "<div>{}</div>", ((part,) for part in row.problem.split("; ")))
    if row.changes:
        return format_html_join(
            "",
            '<div>{}: <del class="opacity-60">{}</del> → <strong>{}</strong></div>',
            ((_label(name, labels), _value(old), _value(new)) for name, (old, new) in row.changes.items()),
        )
    said = ((labels.get(name, name), _value(cell)) for name, cell in row.values.items() if cell != "")
    return format_html_join(" · ", "<span>{}: {}</span>", said)


def _label(name: str, labels: Mapping[str, str]) -> str:
    if name in labels:
        return labels[name]
    try:
        return capfirst(str(Product._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return {"presentations": _("forms and strengths")}.get(name, name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return EMPTY if value in (None, "") else Truncator(str(value)).chars(SHOWN)
