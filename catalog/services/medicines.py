"""Registering medicines by their generic names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pypinyin import Style, lazy_pinyin

from catalog.models import Medicine


def initials_of(name: str) -> str:
    """The pinyin initials of a Chinese name, lower case: 阿莫西林 → amxl."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:100]


def register_medicines(
    inn_of_name: Mapping[str, str],
    *,
    atc_of_name: Mapping[str, str] | None = None,
    traditional: Collection[str] = (),
) -> dict[str, Medicine]:
    """The medicines of these names, registered where they were not yet; ``traditional`` are Chinese patent medicines.

    An INN or an ATC code that was missing is filled in; one that is there is left alone. What was not known to be a
    Chinese patent medicine becomes one, and stays one.
    """
    codes = atc_of_name or {}
    Medicine.objects.bulk_create(
        (
            Medicine(
                name=name,
                inn=inn,
                atc=codes.get(name, ""),
                initials=initials_of(name),
                is_traditional=name in traditional,
            )
            for name, inn in inn_of_name.items()
        ),
        ignore_conflicts=True,
    )
    medicines = {medicine.name: medicine for medicine in Medicine.objects.filter(name__in=inn_of_name)}
    incomplete = []
    for name, medicine in medicines.items():
        known = (medicine.inn, medicine.atc, medicine.is_traditional)
        medicine.inn = medicine.inn or inn_of_name[name]
        medicine.atc = medicine.atc or codes.get(name, "")
        medicine.is_traditional = medicine.is_traditional or name in traditional
        if known != (medicine.inn, medicine.atc, medicine.is_traditional):
            incomplete.append(medicine)
    Medicine.objects.bulk_update(incomplete, ["inn", "atc", "is_traditional"])
    return medicines
