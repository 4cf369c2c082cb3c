"""The small objects of OCDS 1.1: numbers, times, money, periods, units, parties, medicines."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from catalog.foundation.money import round_half_up
from procurement.rules.ocds.facts import Area, Ingredient, Medicine, Party

Json = dict[str, Any]

CURRENCY = "CNY"
# A date of the law begins at midnight in Beijing; China has one time zone and no summer time.
BEIJING = timezone(timedelta(hours=8))
# UN/CEFACT Recommendation 20.
UNIT_CODES = {"g": "GRM", "mg": "MGM", "μg": "MC", "ml": "MLT", "单位": "NIU", "mmol": "C18", "%": "P1", "cm²": "CMK"}
SMALLER = {"g": "mg", "mg": "μg"}


def compact(values: Json) -> Json:
    """Leave out what is not known: OCDS reads a null as a deletion and forbids empty arrays and texts."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def number(value: Decimal | int) -> int | float:
    """Write a number for JSON. Up to 15 digits come back as they were; yuan to four decimals never have more."""
    return int(value) if value == int(value) else float(value)


def stamp(at: datetime) -> str:
    return at.isoformat()


def day(on: date) -> str:
    return datetime.combine(on, time.min, BEIJING).isoformat()


def last_moment(until: date) -> str:
    """Write the end of a half-open period of days: OCDS periods include their end."""
    return (datetime.combine(until, time.min, BEIJING) - timedelta(seconds=1)).isoformat()


def ocid_of(prefix: str, number: str) -> str:
    return f"{prefix}-{number}"


def release_id(ocid: str, at: datetime) -> str:
    return f"{ocid}-{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"


def money(amount: Decimal, step: Decimal | None = None) -> Json:
    return {"amount": number(round_half_up(amount, step) if step else amount), "currency": CURRENCY}


def is_past(event: datetime | None, at: datetime) -> bool:
    return event is not None and event <= at


def lot_id(lot: int) -> str:
    return f"LOT-{lot:04d}"


def party_id(party: Party) -> str:
    return f"CN-USCC-{party.uscc}" if party.uscc else f"CN-LOCAL-{party.code}"


def reference(party: Party) -> Json:
    return {"id": party_id(party), "name": party.name}


def address(region: str) -> Json:
    return {"region": region, "countryName": "China"}


def organization(party: Party, roles: set[str]) -> Json:
    identifier = {"scheme": "CN-USCC", "id": party.uscc, "legalName": party.name} if party.uscc else None
    return compact(
        {
            "id": party_id(party),
            "name": party.name,
            "identifier": identifier,
            "address": address(party.region) if party.region else None,
            "roles": sorted(roles),
        }
    )


def medicine_item(medicine: Medicine) -> Json:
    """Describe a medicine by the medicines extension; a form or container without a code is named as it is."""
    container = medicine.container_code or medicine.container
    atc = {"scheme": "ATC", "id": medicine.atc, "description": medicine.description}
    return compact(
        {
            "description": medicine.description,
            "classification": atc if medicine.atc else None,
            "activeIngredients": [_ingredient(ingredient) for ingredient in medicine.ingredients],
            "dosageForm": medicine.form_code or medicine.form,
            "immediateContainer": {"name": container} if container else None,
        }
    )


def _ingredient(ingredient: Ingredient) -> Json:
    amount, unit = ingredient.amount, ingredient.unit
    # The extension writes amounts as intervals of whole numbers: 2.5 mg is [2500,2500] μg.
    while amount is not None and amount != int(amount) and unit in SMALLER:
        amount, unit = amount * 1000, SMALLER[unit]
    strength = None
    if amount is not None:
        whole = amount == int(amount)
        value = f"[{int(amount)},{int(amount)}]" if whole else number(amount)
        code = UNIT_CODES.get(unit)
        strength = {"value": value, "unit": {"scheme": "UNCEFACT", "id": code} if code else {"id": unit}}
    return compact({"name": ingredient.name, "strength": strength})


def area_items(lot: int, product: str, areas: tuple[Area, ...], unit: str, price: Decimal) -> list[Json]:
    """Write what is bought for each area: its quantity and the price of a unit."""
    return [
        {
            "id": f"{lot_id(lot)}-{place}",
            "description": product,
            "quantity": area.quantity,
            "unit": {"name": unit, "value": money(price)},
            "relatedLot": lot_id(lot),
            "deliveryAddresses": [address(area.name)],
        }
        for place, area in enumerate(areas, start=1)
    ]
