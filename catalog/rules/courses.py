"""How much of a medicine a course of treatment takes, read from the words of a guideline.

Doses, intervals and lengths are texts (“一次0.5g”, “每日3次”, “疗程7天”; “0.5 g”, “3 times daily”, “7 days”). What is
not certain from them is not guessed: then there is no course to reckon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from catalog.foundation.text import normalise
from catalog.rules.quantities import COUNTED, COUNTED_UNITS, MEASURED_UNITS, NUMBER, in_smallest_unit

TO = r"(?:~|-|–|—|至|到)"
DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "十": 10}
COUNT = rf"({NUMBER}|[{''.join(DIGITS)}])"
COUNTS = rf"{COUNT}(?:{TO}{COUNT})?"
UNITS = rf"(?:{MEASURED_UNITS}|{COUNTED_UNITS})"
# All of texts that ``normalise`` has taken the spaces out of.
DOSE = re.compile(rf"({NUMBER})(?:{TO}({NUMBER}))?({UNITS})", re.IGNORECASE)
# The amount is that of a whole day, however it is divided: 一日1.5g,分3次.
WHOLE_DAY = re.compile(rf"(?:每日|每天|一日|1日|daily){NUMBER}(?:{TO}{NUMBER})?{UNITS}", re.IGNORECASE)
BY_WEIGHT = re.compile(r"/(?:kg|公斤|千克|m2|m²|㎡)|每(?:公斤|千克|kg)|体重", re.IGNORECASE)
TIMES = re.compile(
    rf"(?:每日|每天|一日|1日|日){COUNTS}次|{COUNTS}次/(?:日|天|d)|{COUNTS}(?:times|x)(?:daily|aday|perday|/day)",
    re.IGNORECASE,
)
HOURS = re.compile(rf"每(?:隔)?{COUNTS}(?:小时|h)|every{COUNTS}(?:hours|h)", re.IGNORECASE)
LENGTH = re.compile(rf"{COUNTS}个?(日|天|周|星期|月|days?|weeks?|months?)", re.IGNORECASE)
DAYS = {"日": 1, "天": 1, "d": 1, "周": 7, "星期": 7, "w": 7, "月": 30, "m": 30}


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity in the smallest unit of its kind (mg, ml, 单位) or of counted things (片)."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Course:
    """So much at a time, so often a day, for so many days; of a range the upper end, which a patient must have."""

    dose: Amount
    times_a_day: Decimal
    days: Decimal

    @property
    def amount(self) -> Amount:
        """All of it."""
        return Amount(self.dose.value * self.times_a_day * self.days, self.dose.unit)


def read_course(dose: str, frequency: str, course: str) -> Course | None:
    """The course that the three texts of a dosage name; none where one of them does not say it for certain."""
    amount, days = _dose(normalise(dose)), _days(normalise(course))
    times = _times(normalise(dose)) or _times(normalise(frequency))
    return Course(amount, times, days) if amount and times and days else None


def units_for(course: Course, content: Decimal | None, content_unit: str) -> Decimal | None:
    """Units (tablets, vials) that the course takes, each dose in whole ones; none where the two do not compare.

    ``content`` is that of one unit. A dose in counted things is as many units.
    """
    if course.dose.unit in COUNTED:
        each = course.dose.value
    elif content and course.dose.unit == content_unit:
        each = course.dose.value / content
    else:
        return None
    return each.to_integral_value(ROUND_CEILING) * course.times_a_day * course.days


def _dose(text: str) -> Amount | None:
    # by weight or surface it depends on the patient
    if BY_WEIGHT.search(text):
        return None
    found = DOSE.search(text)
    if found is None:
        return None
    low, high, unit = found.groups()
    value, smallest = in_smallest_unit(Decimal(high or low), unit)
    return Amount(value, smallest)


def _times(text: str) -> Decimal | None:
    """How often a day a dose is given; once where the amount is that of a whole day (“一日1.5g，分3次”)."""
    if WHOLE_DAY.match(text):
        return Decimal(1)
    if found := TIMES.search(text):
        return max(_count(group) for group in found.groups() if group)
    if found := HOURS.search(text):
        # the shorter interval is the more frequent
        return Decimal(24) / min(_count(group) for group in found.groups() if group)
    return None


def _days(text: str) -> Decimal | None:
    found = LENGTH.search(text)
    if found is None:
        return None
    low, high, unit = found.groups()
    return _count(high or low) * DAYS[unit if unit in DAYS else unit[0].lower()]


def _count(text: str) -> Decimal:
    return Decimal(DIGITS[text]) if text in DIGITS else Decimal(text)
