"""The sections of an edition as a tree, each with what is listed in it and below it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from catalog.models import Edition, ListSection


@dataclass(frozen=True, slots=True)
class Branch:
    """A section: how many medicines it holds with all below it, and how many are listed there again."""

    section: ListSection
    listed: int
    repeated: int
    below: tuple[Branch, ...]


def branches_of(edition: Edition) -> tuple[Branch, ...]:
    """The topmost sections of the edition with all below them; one query however deep they are."""
    rows = (
        ListSection.objects.filter(edition=edition)
        .annotate(
            listed=Count("entries", filter=Q(entries__is_repeat=False)),
            repeated=Count("entries", filter=Q(entries__is_repeat=True)),
        )
        .order_by("part", "position")
    )
    children: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)

    def branch(section: Any) -> Branch:
        below = tuple(branch(child) for child in children[section.pk])
        return Branch(
            section=section,
            listed=section.listed + sum(item.listed for item in below),
            repeated=section.repeated + sum(item.repeated for item in below),
            below=below,
        )

    return tuple(branch(section) for section in children[None])


def section_tree(edition: Edition) -> SafeString | str:
    """The tree, part by part, with links to the entries of each section."""
    parts = [
        (label, list(branches))
        for label, branches in groupby(branches_of(edition), lambda item: item.section.get_part_display())
    ]
    if not parts:
        return ""
    address = f"{reverse('admin:catalog_editionentry_changelist')}?edition__id__exact={edition.pk}&section="
    return render_to_string("admin/catalog/section_tree.html", {"parts": parts, "address": address})
