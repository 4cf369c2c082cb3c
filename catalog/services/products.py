"""Registering the products of makers, and what happens to them later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict, NothingGiven
from catalog.foundation.imports import (
    BadCell,
    Checked,
    Column,
    DuplicateRow,
    Table,
    check,
    optional_text_up_to,
    text_up_to,
    whole_number,
)
from catalog.foundation.journal.record import record
from catalog.models import Presentation, Product
from catalog.queries import presentations_of
from catalog.states import ProductStatus

# The columns of a sheet of products; an empty pack_unit is PACK_UNIT.
PRODUCT_COLUMNS = [
    Column("code", text_up_to(32)),
    Column("medicine", text_up_to(200)),
    Column("form", text_up_to(50)),
    Column("strength", optional_text_up_to(100)),
    Column("pack_quantity", whole_number),
    Column("pack_unit", optional_text_up_to(10)),
    Column("manufacturer", text_up_to(32)),
]
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


def check_product_table(table: Table) -> Checked:
    """Check a sheet with one row per product, down to whether it names what is registered and is new itself.

    The values of a good row gain the ``presentation`` and replace the code of the ``manufacturer`` by the organization.

    Raises:
        MissingColumns
    """
    checked = check(table, PRODUCT_COLUMNS, key=("code",))
    rows = [row for _number, row in checked.rows]
    presentations = presentations_of(row["medicine"] for row in rows)
    makers = Organization.objects.in_bulk({row["manufacturer"] for row in rows}, field_name="code")
    codes = set(Product.objects.filter(code__in={row["code"] for row in rows}).values_list("code", flat=True))
    identities = set(
        Product.objects.filter(presentation__in=presentations.values(), manufacturer__in=makers.values())
        .exclude(status=ProductStatus.WITHDRAWN)
        .values_list("presentation_id", "pack_quantity", "manufacturer_id")
    )
    first_row_of: dict[tuple[int, int, int], int] = {}
    for number, row in checked.rows:
        at = f"/rows/{number}"
        presentation = presentations.get((row["medicine"], row["form"], row["strength"]))
        maker = makers.get(row["manufacturer"])
        if row["code"] in codes:
            checked.add(number, AlreadyRegistered(field="code", value=row["code"], pointer=f"{at}/code"))
        if presentation is None:
            value = f"{row['medicine']} {row['form']} {row['strength']}".strip()
            checked.add(number, UnknownCode(field="medicine", value=value, pointer=f"{at}/medicine"))
        if maker is None:
            value = row["manufacturer"]
            checked.add(number, UnknownCode(field="manufacturer", value=value, pointer=f"{at}/manufacturer"))
        elif maker.kind != OrganizationKind.SUPPLIER:
            checked.add(
                number,
                BadCell(
                    row=number,
                    column="manufacturer",
                    value=maker.code,
                    problem=gettext("is not a supplier"),
                    pointer=f"{at}/manufacturer",
                ),
            )
        if presentation is None or maker is None:
            continue
        identity = (presentation.pk, row["pack_quantity"], maker.pk)
        name = f"{presentation} × {row['pack_quantity']} · {maker}"
        first = first_row_of.setdefault(identity, number)
        if first != number:
            checked.add(number, DuplicateRow(row=number, first=first, key=name))
        elif identity in identities and row["code"] not in codes:
            checked.add(number, AlreadyRegistered(field="product", value=name))
        row |= {"presentation": presentation, "manufacturer": maker}
    return checked


def load_products(*, table: Table, actor: Actor, at: datetime) -> list[Product]:
    """Register the products of a sheet; all or nothing.

    Raises:
        RulesBroken: with every bad row.
        MissingColumns, NothingGiven, ProductExists
    """
    checked = check_product_table(table)
    checked.refuse()
    if not checked.rows:
        raise NothingGiven(pointer="/rows")
    return register_products(products=[_new_product(row) for _number, row in checked.rows], actor=actor, at=at)


def _new_product(row: dict[str, Any]) -> NewProduct:
    return NewProduct(
        code=row["code"],
        presentation=row["presentation"],
        pack_quantity=row["pack_quantity"],
        manufacturer=row["manufacturer"],
        pack_unit=row["pack_unit"] or PACK_UNIT,
    )


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
