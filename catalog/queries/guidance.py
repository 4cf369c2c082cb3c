"""How the guidelines and the prescription set say that a product is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from catalog.models import DosageEntry, GuidanceDocument, Product


def dosages_of(products: Collection[Product], on: date) -> dict[int, list[DosageEntry]]:
    """The dosages in force on the day per product id, in as many queries for thousands as for one.

    Those for the medicine and those for the product's own presentation, in whatever spelling; an empty list where no
    document says anything. Each with its ``document`` and the ``presentation`` that it is limited to.
    """
    rows = list(
        Product.objects.filter(pk__in=[product.pk for product in products])
        .select_related("presentation")
        .only("presentation__medicine", "presentation__likeness")
    )
    by_medicine: dict[int, list[DosageEntry]] = defaultdict(list)
    for entry in (
        DosageEntry.objects.filter(
            document__in=GuidanceDocument.objects.in_force(on),
            medicine__in={product.presentation.medicine_id for product in rows},
        )
        .select_related("document", "presentation__medicine")
        .order_by("document__kind", "document__title", "document", "indication", "population", "pk")
    ):
        by_medicine[entry.medicine_id].append(entry)
    return {
        product.pk: [entry for entry in by_medicine[product.presentation.medicine_id] if _fits(entry, product)]
        for product in rows
    }


def _fits(entry: DosageEntry, product: Product) -> bool:
    only_as, own = entry.presentation, product.presentation
    return only_as is None or only_as.pk == own.pk or (own.likeness != "" and only_as.likeness == own.likeness)
