"""The words in the computations of the steps, for whoever reads them on a page; the steps themselves stay as kept."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from catalog.rules.procedure_rules import Anchor, TieBreak
from procurement.rules.scoring import RULE_CONDUCT

ANCHORS: dict[str, str | Promise] = {
    Anchor.LOWEST: gettext_lazy("the lowest price"),
    Anchor.MEAN_IF_LOWEST_UNDER_HALF: gettext_lazy(
        "the lowest price, or the mean where the lowest is under half of it"
    ),
    Anchor.LOWEST_OR_MEAN_MINUS_SD: gettext_lazy(
        "the lowest price, or the mean less one standard deviation where that is higher"
    ),
}
TIE_BREAKS: dict[str, str | Promise] = {
    TieBreak.OWN_API: gettext_lazy("who makes the active ingredient"),
    TieBreak.SALES: gettext_lazy("larger sales"),
    TieBreak.APPROVED_ON: gettext_lazy("earlier consistency evaluation"),
    TieBreak.RECEIVED_AT: gettext_lazy("earlier receipt"),
    TieBreak.DRAWN: gettext_lazy("a draw that everybody can repeat from the minutes"),
}
# as the rules write them into a computation
WORDS: dict[str, str | Promise] = {
    "bidders": pgettext_lazy("computation", "bidders"),
    "mean": pgettext_lazy("computation", "mean"),
    "min": pgettext_lazy("computation", "min"),
    "output": pgettext_lazy("computation", "output"),
    "places": pgettext_lazy("computation", "places"),
    "rank": pgettext_lazy("computation", "rank"),
    "valid offers": pgettext_lazy("computation", "valid offers"),
    **ANCHORS,
    **TIE_BREAKS,
}
WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b")


def computation_in_words(step: Mapping[str, str]) -> str:
    """The computation of a step with its words in the reader's language; the names of documents stay as they are."""
    if step["rule"] == RULE_CONDUCT:
        return step["computation"]
    return WORD.sub(lambda found: str(WORDS[found[0]]), step["computation"])
