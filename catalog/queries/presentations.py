"""Finding presentations as sheets name them."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.models import Presentation


def presentations_of(medicines: Iterable[str]) -> dict[tuple[str, str, str], Presentation]:
    """The presentations of these medicines, by name, form and strength, in one query.

    The spelling of one that was merged into another names the other.
    """
    found = Presentation.objects.filter(medicine__name__in=set(medicines)).select_related(
        "medicine", "merged_into__medicine"
    )
    return {(item.medicine.name, item.form, item.strength): item.merged_into or item for item in found}
