"""Products of makers out of a file: registered, or brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, BadIdentifier, IdentifierTaken, ReasonNeeded, UnknownCode
from catalog.foundation.errors import DomainError, WrongState
from catalog.foundation.imports import (
    SMALL_INTEGER_MAX,
    BadCell,
    Column,
    day,
    one_of,
    optional_text_up_to,
    text_up_to,
    whole_number,
    whole_number_up_to,
    yes_no,
)
from catalog.foundation.journal.record import record_all
from catalog.foundation.readers import optional
from catalog.models import IdentifierOverride, Presentation, Product
from catalog.queries import presentations_of
from catalog.rules.identifiers import check_identifier, normalise_identifier
from catalog.services.imports.kinds import Context, Kind, Planned, Row, compared, refused
from catalog.services.imports.presentations import NAMING, name_of
from catalog.services.imports.standing import lock_all
from catalog.services.products import PACK_UNIT
from catalog.states import PRODUCT, IdentifierKind, ProductStatus, Quality, Storage

COLUMNS = [
    Column("code", text_up_to(32), label=gettext_lazy("code"), synonyms=("产品编码",)),
    *NAMING,
    Column("pack_quantity", whole_number, label=gettext_lazy("units per pack"), synonyms=("转换系数",)),
    Column("pack_unit", optional_text_up_to(10), label=gettext_lazy("pack"), is_required=False, synonyms=("单位",)),
    Column("manufacturer", text_up_to(200), label=gettext_lazy("maker"), synonyms=("生产企业",)),
    Column("trade_name", optional_text_up_to(100), label=gettext_lazy("trade name"), is_required=False),
    Column("quality", one_of("", *Quality.values), label=gettext_lazy("quality tier"), is_required=False),
    Column("sugar_free", optional(yes_no), label=gettext_lazy("sugar-free"), is_required=False),
    Column("packing", optional_text_up_to(20), label=gettext_lazy("packing material"), is_required=False),
    Column("licence_valid_until", optional(day), label=gettext_lazy("licence valid until"), is_required=False),
    Column(
        "storage",
        one_of("", *Storage.values),
        label=gettext_lazy("storage"),
        is_required=False,
        synonyms=("贮藏", "储存条件"),
    ),
    Column(
        "shelf_life_months",
        optional(whole_number_up_to(SMALL_INTEGER_MAX)),
        label=gettext_lazy("shelf life (months)"),
        is_required=False,
        synonyms=("有效期（月）",),
    ),
    Column(
        "controlled",
        optional(yes_no),
        label=gettext_lazy("narcotic or psychotropic"),
        is_required=False,
        synonyms=("麻醉精神药品",),
    ),
    *(Column(kind.value, optional_text_up_to(40), label=kind.label, is_required=False) for kind in IdentifierKind),
    Column("status", one_of("", *ProductStatus.values), label=gettext_lazy("status"), is_required=False),
    Column("status_reason", optional_text_up_to(300), label=gettext_lazy("reason of the status"), is_required=False),
]
# What a row brings up to date; what identifies a product stays as it was registered.
FIELDS = (
    "trade_name",
    "quality",
    "is_sugar_free",
    "packing",
    "licence_valid_until",
    "storage",
    "shelf_life_months",
    "is_controlled",
    *IdentifierKind.values,
    "status",
    "status_reason",
)
UNIQUE = (IdentifierKind.GTIN, IdentifierKind.TRACE_PREFIX)


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    found = _Register(rows)
    planned = []
    for number, row in rows:
        errors = found.problems(number, row)
        if errors:
            planned.append(refused(number, *errors))
            continue
        standing = found.products.get(row["code"])
        before = standing and {name: getattr(standing, name) for name in FIELDS}
        item = compared(number, before or None, _values(row, standing))
        item.claims = found.claims(row)
        planned.append(item)
    return planned


class _Register:
    """What the rows refer to, read in a constant number of queries."""

    def __init__(self, rows: Sequence[Row]) -> None:
        lines = [row for _number, row in rows]
        self.presentations: dict[tuple[str, str, str], Presentation] = presentations_of(
            row["medicine"] for row in lines
        )
        self.makers = makers_of(row["manufacturer"] for row in lines)
        self.products = Product.objects.in_bulk({row["code"] for row in lines}, field_name="code")
        trading = Product.objects.exclude(status=ProductStatus.WITHDRAWN)
        self.identities = {
            (product.presentation_id, product.pack_quantity, product.manufacturer_id): product.code
            for product in trading.filter(manufacturer__in=[maker.pk for maker in self.makers.values()])
        }
        self.owners = {
            kind: dict(
                trading.filter(
                    **{f"{kind}__in": {normalise_identifier(kind, row[kind]) for row in lines} - {""}}
                ).values_list(kind, "code")
            )
            for kind in UNIQUE
        }
        self.overridden = set(
            IdentifierOverride.objects.filter(product__code__in={row["code"] for row in lines}).values_list(
                "product__code", "kind", "value"
            )
        )

    def problems(self, number: int, row: dict[str, Any]) -> list[DomainError]:
        """Everything for which the row cannot be written."""
        at = f"/rows/{number}"
        errors: list[DomainError] = []
        presentation = self.presentations.get((row["medicine"], row["form"], row["strength"]))
        maker = self.makers.get(row["manufacturer"])
        if presentation is None:
            errors.append(UnknownCode(field="medicine", value=name_of(row), pointer=f"{at}/medicine"))
        if maker is None:
            value = row["manufacturer"]
            errors.append(UnknownCode(field="manufacturer", value=value, pointer=f"{at}/manufacturer"))
        if presentation is not None and maker is not None:
            identity = (presentation.pk, row["pack_quantity"], maker.pk)
            if self.identities.get(identity, row["code"]) != row["code"]:
                errors.append(AlreadyRegistered(field="product", value=self.identities[identity], pointer=at))
            standing = self.products.get(row["code"])
            if standing is not None and identity != (
                standing.presentation_id,
                standing.pack_quantity,
                standing.manufacturer_id,
            ):
                problem = _("is the code of another product (%(product)s)") % {"product": standing}
                errors.append(
                    BadCell(row=number, column="code", value=row["code"], problem=problem, pointer=f"{at}/code")
                )
            errors += _status_problems(at, row, standing)
        if row["status"] not in ("", ProductStatus.TRADING) and not row["status_reason"]:
            errors.append(ReasonNeeded(pointer=f"{at}/status_reason"))
        return errors + self._identifier_problems(at, row)

    def claims(self, row: dict[str, Any]) -> list[str]:
        """What no other product may be or be called by."""
        presentation = self.presentations[row["medicine"], row["form"], row["strength"]]
        named = [f"{kind.label} {value}" for kind in UNIQUE if (value := normalise_identifier(kind, row[kind]))]
        if row["status"] == ProductStatus.WITHDRAWN:
            return []
        return [f"{presentation} × {row['pack_quantity']} {self.makers[row['manufacturer']].name}", *named]

    def _identifier_problems(self, at: str, row: dict[str, Any]) -> list[DomainError]:
        errors: list[DomainError] = []
        for kind in IdentifierKind:
            value = normalise_identifier(kind, row[kind])
            if not value:
                continue
            problem = check_identifier(kind, value)
            if problem is not None and (row["code"], kind, value) not in self.overridden:
                errors.append(
                    BadIdentifier(kind=kind.label, value=value, problem=problem, pointer=f"{at}/{kind.value}")
                )
            owner = self.owners[kind].get(value, row["code"]) if kind in UNIQUE else row["code"]
            if owner != row["code"]:
                pointer = f"{at}/{kind.value}"
                errors.append(IdentifierTaken(kind=kind.label, value=value, product=owner, pointer=pointer))
        return errors


def _status_problems(at: str, row: dict[str, Any], standing: Product | None) -> list[DomainError]:
    """A known product goes only where its own life leads: what is withdrawn stays so."""
    if standing is None or row["status"] in ("", standing.status):
        return []
    ways = [item for item in PRODUCT.transitions.values() if item.target == row["status"]]
    if any(standing.status in item.sources for item in ways):
        return []
    allowed = ", ".join(str(ProductStatus(source).label) for item in ways for source in sorted(item.sources))
    status = standing.get_status_display()
    return [WrongState(action=ways[0].label, status=status, allowed=allowed, pointer=f"{at}/status")]


def makers_of(names: Any) -> dict[str, Organization]:
    """The suppliers by their codes and by their names, whichever a file uses."""
    wanted = set(names)
    suppliers = Organization.objects.filter(kind=OrganizationKind.SUPPLIER)
    by_name = {maker.name: maker for maker in suppliers.filter(name__in=wanted)}
    return by_name | {maker.code: maker for maker in suppliers.filter(code__in=wanted)}


def _values(row: dict[str, Any], standing: Product | None) -> dict[str, Any]:
    """The fields as they would be; an empty cell leaves alone what is there."""
    given = {
        "trade_name": row["trade_name"],
        "quality": row["quality"],
        "is_sugar_free": row["sugar_free"],
        "packing": row["packing"],
        "licence_valid_until": row["licence_valid_until"] or None,
        "storage": row["storage"],
        "shelf_life_months": row["shelf_life_months"],
        "is_controlled": row["controlled"],
        **{kind: normalise_identifier(kind, row[kind]) for kind in IdentifierKind.values},
        "status": row["status"],
        "status_reason": row["status_reason"],
    }
    standing = standing or Product()
    return {name: getattr(standing, name) if value in ("", None) else value for name, value in given.items()}


def lock(rows: Sequence[Row], context: Context) -> None:
    lock_all(Product.objects.filter(code__in={row["code"] for _number, row in rows}))


def write(rows: Sequence[Row], context: Context) -> None:
    found = _Register(rows)
    new: list[Product] = []
    changed: list[Product] = []
    journal: list[tuple[Product, dict[str, Any]]] = []
    for _number, row in rows:
        standing = found.products.get(row["code"])
        product = standing or Product(
            code=row["code"],
            presentation=found.presentations[row["medicine"], row["form"], row["strength"]],
            pack_quantity=row["pack_quantity"],
            pack_unit=row["pack_unit"] or PACK_UNIT,
            manufacturer=found.makers[row["manufacturer"]],
        )
        values = _values(row, standing)
        changes = {
            name: [getattr(product, name) if standing else None, value]
            for name, value in values.items()
            if value not in ("", None) and (standing is None or getattr(product, name) != value)
        }
        for name, value in values.items():
            setattr(product, name, value)
        journal.append((product, changes | ({} if standing else {"code": [None, product.code]})))
        (changed if standing else new).append(product)
    Product.objects.bulk_create(new)
    for product in changed:
        product.version += 1
        product.updated_at = context.at
    Product.objects.bulk_update(changed, [*FIELDS, "version", "updated_at"], batch_size=500)
    record_all(actor=context.actor, action="product.load", changes_of=journal, at=context.at)


PRODUCTS = Kind(
    name="products",
    label=gettext_lazy("products"),
    help=gettext_lazy(
        "One row per product; the maker by its code or its name. A known code is brought up to date: empty cells leave "
        "alone what is there."
    ),
    columns=COLUMNS,
    key=("code",),
    plan=plan,
    lock=lock,
    write=write,
)
