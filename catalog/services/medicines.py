"""Registering medicines, their presentations and the products of makers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict
from catalog.foundation.journal.record import record
from catalog.models import Medicine, Presentation, Product
from catalog.rules.strengths import UnreadableStrength, parse_strength


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
    pack_unit: str = "盒"


def initials_of(name: str) -> str:
    """The pinyin initials of a Chinese name, lower case: 阿莫西林 → amxl."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:100]


def register_medicines(inn_of_name: Mapping[str, str]) -> dict[str, Medicine]:
    """The medicines of these names, registered where they were not yet; an INN that was missing is filled in."""
    Medicine.objects.bulk_create(
        (Medicine(name=name, inn=inn, initials=initials_of(name)) for name, inn in inn_of_name.items()),
        ignore_conflicts=True,
    )
    medicines = {medicine.name: medicine for medicine in Medicine.objects.filter(name__in=inn_of_name)}
    incomplete = [medicines[name] for name, inn in inn_of_name.items() if inn and not medicines[name].inn]
    for medicine in incomplete:
        medicine.inn = inn_of_name[medicine.name]
    Medicine.objects.bulk_update(incomplete, ["inn"])
    return medicines


def register_presentations(
    wanted: Collection[tuple[int, str, str]],
) -> dict[tuple[int, str, str], Presentation]:
    """The presentations (medicine id, form, strength), registered where they were not yet.

    A strength that cannot be read as a quantity is kept as text and cannot be compared with another one.
    """
    Presentation.objects.bulk_create(
        (_presentation(medicine_id, form, strength) for medicine_id, form, strength in dict.fromkeys(wanted)),
        ignore_conflicts=True,
    )
    found = Presentation.objects.filter(medicine_id__in={key[0] for key in wanted}).select_related("medicine")
    return {(item.medicine_id, item.form, item.strength): item for item in found}


def _presentation(medicine_id: int, form: str, strength: str) -> Presentation:
    presentation = Presentation(medicine_id=medicine_id, form=form, strength=strength)
    try:
        content = parse_strength(strength)
    except UnreadableStrength:
        return presentation
    presentation.amount, presentation.amount_unit = content.amount, content.unit
    presentation.volume_ml = content.volume_ml
    return presentation


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
