"""Registering the products of makers, and what happens to them later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict
from catalog.foundation.journal.record import record
from catalog.models import Presentation, Product

PACK_UNIT = "盒"


class ProductExists(Conflict):
    """The product, or its code, is registered."""

    code = "product-exists"
    template = _("One of the products, or its code, is already registered.")


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product to register."""

    code: str
    presentation: Presentation
    pack_quantity: int
    manufacturer: Organization
    pack_unit: str = PACK_UNIT


def register_products(*, products: Collection[NewProduct], actor: Actor, at: datetime) -> list[Product]:
    """Register products of makers; all or nothing.

    Raises:
        ProductExists
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                created = Product.objects.bulk_create(
                    Product(
                        code=new.code,
                        presentation=new.presentation,
                        pack_quantity=new.pack_quantity,
                        pack_unit=new.pack_unit,
                        manufacturer=new.manufacturer,
                    )
                    for new in products
                )
        except IntegrityError as error:
            raise ProductExists() from error
        if created:
            record(
                actor=actor,
                action="product.register",
                subject=created[0],
                at=at,
                changes={"products": [None, [product.code for product in created]]},
            )
    return created
