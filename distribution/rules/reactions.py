"""What a report of an adverse reaction may say, and by when it is due: MOH Order 81 (2011), articles 20 to 26."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from catalog.rules.safety_rules import SafetyRules
from procurement.rules.working_days import working_days_after

REPORT = "CN.2011-81.21"
# A number of a person: of an identity card, a telephone, a bed or a record, also in groups.
NUMBER_OF_A_PERSON = re.compile(r"\d(?:[\s.·\-]?\d){5,}")


@dataclass(frozen=True, slots=True)
class Limits:
    """The last day of reporting, and of the first review."""

    due_on: date
    review_by: date


def limits_of(seriousness: str, *, known_on: date, reported_on: date, rules: SafetyRules) -> Limits:
    """By when a reaction was to be reported and is to be reviewed; a limit of 0 days ends on the day itself."""
    return Limits(
        due_on=known_on + timedelta(days=rules.report_days[seriousness]),
        review_by=working_days_after(reported_on, rules.review_working_days[seriousness]),
    )


def conclude_by(seriousness: str, *, reported_on: date, reviewed_on: date, rules: SafetyRules) -> date | None:
    """By when the province concludes: of a death so many days after its report, of what is serious so many working days
    after the review; None where the review is the end."""
    if seriousness == "death":
        return reported_on + timedelta(days=rules.death_report_days)
    return working_days_after(reviewed_on, rules.conclude_working_days) if seriousness == "serious" else None


def tidy(text: str) -> str:
    """The text with one width of letters and single spaces, so that equal terms are equal."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def tells_a_person(text: str) -> bool:
    """Does the text hold a number by which somebody could be found? Names stand nowhere, since nothing asks for one."""
    return NUMBER_OF_A_PERSON.search(unicodedata.normalize("NFKC", text)) is not None
