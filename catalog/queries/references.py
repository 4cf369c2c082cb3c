"""What refers to a presentation, whichever app keeps it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Count

from catalog.models import MergeProposal, Presentation


def references_to(presentations: Collection[Presentation]) -> dict[type[models.Model], dict[int, int]]:
    """How many records of each kind name each presentation, by its id; kinds that name none of them are left out.

    One query for each kind of record that can name a presentation.
    """
    keys = [item.pk for item in presentations]
    found: dict[type[models.Model], dict[int, int]] = {}
    for relation in _relations():
        name = relation.field.name
        rows = relation.related_model._base_manager.filter(**{f"{name}__in": keys}).order_by()
        for key, count in rows.values_list(name).annotate(count=Count("pk")):
            counts = found.setdefault(relation.related_model, {})
            counts[key] = counts.get(key, 0) + count
    return found


def _relations() -> list[Any]:
    """Also those that lead back by no name (``related_name="+"``); not the tables that only join two kinds."""
    own = (MergeProposal, Presentation)
    return [
        relation
        for relation in Presentation._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel)
        and relation.related_model not in own
        and not relation.related_model._meta.auto_created
    ]
