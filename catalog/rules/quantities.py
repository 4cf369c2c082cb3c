"""Units of measure: the one exact conversion of an amount into the smallest unit of its kind."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from catalog.foundation.text import normalise

# Powers of ten only: every conversion is exact.
_FACTORS: dict[str, dict[str, str]] = {
    "mg": {
        "kg": "1000000",
        "千克": "1000000",
        "公斤": "1000000",
        "g": "1000",
        "克": "1000",
        "mg": "1",
        "毫克": "1",
        "μg": "0.001",
        "ug": "0.001",
        "mcg": "0.001",
        "微克": "0.001",
        "ng": "0.000001",
        "纳克": "0.000001",
    },
    "单位": {
        "单位": "1",
        "国际单位": "1",
        "iu": "1",
        "u": "1",
        "unit": "1",
        "units": "1",
        "ku": "1000",
        "kiu": "1000",
        "万单位": "10000",
        "万国际单位": "10000",
        "万iu": "10000",
        "万u": "10000",
        # W is 万 typed on a Latin keyboard: 80WU.
        "wiu": "10000",
        "wu": "10000",
        "百万单位": "1000000",
        "亿单位": "100000000",
    },
    "ml": {"l": "1000", "升": "1000", "ml": "1", "毫升": "1", "cc": "1", "μl": "0.001", "ul": "0.001", "微升": "0.001"},
    "mmol": {"mol": "1000", "mmol": "1", "μmol": "0.001", "umol": "0.001"},
    "meq": {"meq": "1"},
    "MBq": {"gbq": "1000", "mbq": "1", "kbq": "0.001"},
    "kcal": {"kcal": "1"},
    "cm²": {"cm2": "1", "平方厘米": "1"},
    "%": {"%": "1"},
}
COUNTED = (
    *("片", "粒", "丸", "支", "瓶", "袋", "贴", "张", "板", "盒", "听", "包", "枚", "管", "罐", "桶", "块", "滴"),
    *("揿", "喷", "吸", "剂", "套", "筒", "条", "个"),
)
_SMALLEST: dict[str, tuple[Decimal, str]] = {
    spelling: (Decimal(factor), smallest)
    for smallest, spellings in _FACTORS.items()
    for spelling, factor in spellings.items()
} | {unit: (Decimal(1), unit) for unit in COUNTED}

NUMBER = r"\d+(?:\.\d+)?"
MASS, ACTIVITY, VOLUME, PERCENT = "mg", "单位", "ml", "%"


def _alternatives(spellings: list[str]) -> str:
    return "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True))


# Patterns for readers of longer texts, longest spelling first; to be used without regard to case.
MEASURED_UNITS = _alternatives([spelling for spelling, (_f, smallest) in _SMALLEST.items() if smallest not in COUNTED])
COUNTED_UNITS = _alternatives(list(COUNTED))


class UnknownUnit(ValueError):
    """The text is no unit that the tables know."""


def in_smallest_unit(amount: Decimal, unit: str) -> tuple[Decimal, str]:
    """The amount in the smallest unit of its kind, exactly: mass mg, activity 单位, volume ml; counted things stay.

    Spellings are read without regard to case, width or micro sign.

    Raises:
        UnknownUnit
    """
    try:
        factor, smallest = _SMALLEST[normalise(unit).lower()]
    except KeyError:
        raise UnknownUnit(f"“{unit}” is not a known unit of measure") from None
    digits = len(amount.as_tuple().digits) + len(factor.as_tuple().digits)
    return Context(prec=digits).multiply(amount, factor), smallest
