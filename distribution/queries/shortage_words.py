"""The signals of a shortage in words, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from distribution.rules.shortage import RULE_EASILY_SHORT, RULE_NATIONAL, RULES, Signal
from distribution.states import ShortageGrade

SENTENCES = {
    RULES[Signal.REPORTS][0]: gettext_lazy(
        "%(institutions)s institutions report that they lack %(lacking)s units a month."
    ),
    RULES[Signal.UNSUPPLIED][0]: gettext_lazy(
        "%(unsupplied)s of %(ordered)s ordered units are supplied by nobody; %(silent)s of them wait for an overdue "
        "answer."
    ),
    RULES[Signal.STOCK][0]: gettext_lazy(
        "%(usable)s units in stock last %(days)s days by the usual use of %(monthly_use)s a month; %(users_out)s of "
        "%(users)s institutions that use it have none."
    ),
    RULES[Signal.STOP][0]: gettext_lazy(
        "A producer stops in %(stops_in)s days; %(others)s other products are agreed for the province."
    ),
    RULE_NATIONAL: gettext_lazy("Short in %(provinces)s provinces; %(national_provinces)s make a national shortage."),
    RULE_EASILY_SHORT: gettext_lazy(
        "Short in %(provinces)s provinces (watched from %(easily_short_provinces)s), listed %(times)s times within "
        "%(months)s months (watched from %(easily_short_times)s)."
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A signal as people read it; ``steps`` are the values from which it is watched, short and severe."""

    rule: str
    source: str
    sentence: str
    steps: str
    grade: str


def said(checks: Iterable[Mapping[str, Any]]) -> list[Said]:
    """The kept checks of a shortage, of a province or of the country, in their order."""
    return [
        Said(
            rule=check["rule"],
            source=check["source"],
            sentence=str(SENTENCES[check["rule"]]) % check["values"],
            steps=_steps(check["values"]),
            grade=str(ShortageGrade(check["grade"]).label) if "grade" in check else "",
        )
        for check in checks
    ]


def _steps(values: Mapping[str, Any]) -> str:
    if ShortageGrade.SEVERE not in values:
        return ""
    return gettext("watched from %(watch)s, short from %(short)s, severe from %(severe)s") % values
