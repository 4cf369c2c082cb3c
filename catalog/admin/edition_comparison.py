"""Two editions of the list side by side, to read and to take along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from catalog.admin.edition_forms import EditionsForm
from catalog.foundation.web.admin import DecidingAdmin
from catalog.foundation.web.admin.exports import csv_response, workbook_response
from catalog.models import EditionEntry
from catalog.queries.comparisons import Change, Comparison, compare_editions

FILES: dict[str, Callable[..., HttpResponse | StreamingHttpResponse]] = {
    "xlsx": workbook_response,
    "csv": csv_response,
}


def comparison_page(model_admin: DecidingAdmin, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The comparison as a page, or with ``?file=xlsx`` or ``?file=csv`` as a file; at first of the two newest.

    Raises:
        PermissionDenied: not a reader.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    form = EditionsForm(request.GET) if {"old", "new"} <= request.GET.keys() else _of_the_newest()
    comparison = None
    if form.is_bound and form.is_valid():
        comparison = compare_editions(form.cleaned_data["old"], form.cleaned_data["new"])
        if write := FILES.get(request.GET.get("file", "")):
            name = f"edition-{comparison.old.code}-{comparison.new.code}"
            return write(name, _headings(), _lines(comparison))
    return model_admin.page(
        request,
        "admin/catalog/compare_editions.html",
        title=_("Compare two editions"),
        editions=form,
        comparison=comparison,
        sections=_sections(comparison) if comparison else [],
    )


def _of_the_newest() -> EditionsForm:
    form = EditionsForm()
    newest = list(form.fields["new"].queryset[:2])  # type: ignore[attr-defined]
    return EditionsForm({"new": newest[0].pk, "old": newest[1].pk}) if len(newest) == 2 else form


def _sections(comparison: Comparison) -> list[tuple[str, str, list[str], list[list[Any]]]]:
    listed = [_("number"), _("medicine"), _("INN"), _("part"), _("section"), _("presentations")]
    changed = [_("number before"), _("number after"), _("medicine"), _("what"), _("before"), _("after")]
    return [
        ("added", _("Added"), listed, [_row(entry) for entry in comparison.added]),
        ("removed", _("Removed"), listed, [_row(entry) for entry in comparison.removed]),
        (
            "changed",
            _("Changed"),
            changed,
            [
                [item.old.number, item.new.number, item.new.medicine.name, *_in_words(change)]
                for item in comparison.changed
                for change in item.changes
            ],
        ),
    ]


def _row(entry: EditionEntry) -> list[Any]:
    medicine = entry.medicine
    listed = "\n".join(f"{item.form} {item.strength}" for item in entry.presentations.all())
    words = [_number(entry), medicine.name, medicine.inn, entry.get_part_display(), entry.section.path]
    return [*words, listed or "\n".join(entry.forms_without_strength)]


def _number(entry: EditionEntry) -> str:
    return f"{entry.number} △" if entry.specialist_guidance else str(entry.number)


def _in_words(change: Change) -> list[str]:
    return [str(change.aspect.label), "\n".join(change.before), "\n".join(change.after)]


def _headings() -> list[str]:
    return [
        _("change"),
        _("part"),
        _("medicine"),
        _("INN"),
        _("number before"),
        _("number after"),
        _("what"),
        _("before"),
        _("after"),
    ]


def _lines(comparison: Comparison) -> Iterator[list[Any]]:
    """One line for each medicine added or removed, and for each thing that is said otherwise."""
    for entry in comparison.added:
        yield [_("added"), *_named(entry), None, entry.number, "", "", _row(entry)[-1]]
    for entry in comparison.removed:
        yield [_("removed"), *_named(entry), entry.number, None, "", _row(entry)[-1], ""]
    for item in comparison.changed:
        for change in item.changes:
            yield [_("changed"), *_named(item.new), item.old.number, item.new.number, *_in_words(change)]


def _named(entry: EditionEntry) -> list[str]:
    return [entry.get_part_display(), entry.medicine.name, entry.medicine.inn]
