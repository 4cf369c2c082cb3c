"""The kinds of record that files bring, by their names."""

from __future__ import annotations

from catalog.foundation.errors import NotVisible
from catalog.services.imports.dosages import DOSAGES
from catalog.services.imports.entries import ENTRIES
from catalog.services.imports.guide_prices import GUIDE_PRICES
from catalog.services.imports.insurance import INSURANCE_LISTINGS
from catalog.services.imports.kinds import Kind
from catalog.services.imports.licences import LICENCES
from catalog.services.imports.organizations import ORGANIZATIONS
from catalog.services.imports.presentations import PRESENTATIONS
from catalog.services.imports.prices import PRICES
from catalog.services.imports.products import PRODUCTS
from catalog.services.imports.reference_prices import REFERENCE_PRICES
from catalog.services.imports.regions import REGIONS
from catalog.services.imports.townships import TOWNSHIPS

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        ENTRIES,
        PRESENTATIONS,
        PRODUCTS,
        GUIDE_PRICES,
        PRICES,
        INSURANCE_LISTINGS,
        DOSAGES,
        REFERENCE_PRICES,
        ORGANIZATIONS,
        LICENCES,
        REGIONS,
        TOWNSHIPS,
    )
}


def kind_of(name: str) -> Kind:
    """The kind of this name.

    Raises:
        NotVisible
    """
    try:
        return KINDS[name]
    except KeyError:
        raise NotVisible(what="kind of record", key=name) from None
