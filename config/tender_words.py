"""The rules of a procedure and the steps of an evaluation in words, for everybody to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.rules.procedure_rules import (
    CountedBy,
    EntryRule,
    PriceKind,
    ProcedureRules,
    ShortlistMethod,
    ShortlistRule,
)
from config.templatetags.quantities import share, yuan
from procurement.rules import steps
from procurement.rules.step_words import ANCHORS, TIE_BREAKS, computation_in_words

STEPS = {
    steps.RULE_COMPARABLE: gettext_lazy("comparable price"),
    steps.RULE_CEILING: gettext_lazy("not above the ceiling"),
    steps.RULE_ZERO_VOLUME: gettext_lazy("wins without agreed volume"),
    steps.RULE_WINNERS: gettext_lazy("table of winners"),
    steps.RULE_TIE: gettext_lazy("equal prices"),
    steps.RULE_LEAST_BIDDERS: gettext_lazy("least bidders"),
    steps.RULE_LOW: gettext_lazy("abnormally low"),
    steps.RULE_OUTPUT: gettext_lazy("offered output"),
    f"{steps.RULE_ENTRY}.anchor": gettext_lazy("anchor of the entry rule"),
    f"{steps.RULE_ENTRY}.multiple": gettext_lazy("entry by the multiple of the anchor"),
    f"{steps.RULE_ENTRY}.cut": gettext_lazy("entry by the cut against the ceiling"),
    f"{steps.RULE_ENTRY}.floor": gettext_lazy("entry by the lowest price of all"),
    "verdict": gettext_lazy("verdict"),
}
ANSWERS = {"true": gettext_lazy("yes"), "false": gettext_lazy("no")}

VERDICTS = {
    "valid": gettext_lazy("valid"),
    "over_ceiling": gettext_lazy("above the ceiling"),
    "not_uniform": gettext_lazy("another price than the uniform one"),
    "not_comparable": gettext_lazy("strength cannot be compared with the lot's"),
    "above_entry": gettext_lazy("too far above the lowest price"),
    "zero_volume": gettext_lazy("wins without agreed volume"),
    "not_admitted": gettext_lazy("the supplier was not admitted"),
    "spoiled": gettext_lazy("could not be read"),
    "proposed": gettext_lazy("winners proposed"),
    "too_few_bidders": gettext_lazy("too few bidders"),
    "no_valid_offer": gettext_lazy("no valid offer"),
}


def rules_in_words(rules: ProcedureRules) -> list[tuple[str, str]]:
    """What a procedure goes by: each rule's name and its numbers, in the order of the procedure."""
    return [*_before_the_opening(rules), *_winning(rules), *_afterwards(rules)]


def _before_the_opening(rules: ProcedureRules) -> Iterator[tuple[str, str]]:
    yield _("Time for bids"), _period(rules.least_bidding_days)
    yield _("Time left after a change that matters"), _period(rules.least_change_days)
    yield _("Questions until"), _before_the_deadline(rules.objection_to_documents_days)
    yield _("Least bidders for a lot"), str(rules.least_bidders)
    if rules.shortlist:
        yield _("Shortlist"), _shortlist(rules.shortlist)
    if rules.criteria:
        yield _("Technical criteria"), "; ".join(f"{item.title} {_plain(item.points)}" for item in rules.criteria)
    if rules.conduct_deduction:
        yield (
            _("Conduct that lowers the score"),
            _("%(points)s points less") % {"points": _plain(rules.conduct_deduction)},
        )


def _winning(rules: ProcedureRules) -> Iterator[tuple[str, str]]:
    if rules.price == PriceKind.UNIFORM:
        yield _("What wins"), _("the largest output at a uniform price")
    else:
        yield _("What wins"), _("the lowest comparable price")
    yield _("Most winners"), _most_winners(rules)
    if rules.entry:
        yield _("Who may win"), _entry(rules.entry)
    if rules.zero_volume_under is not None:
        yield (
            _("Without agreed volume"),
            _("prices under the mean less %(count)s standard deviations") % {"count": _plain(rules.zero_volume_under)},
        )
    yield _("Equal prices"), "; ".join(str(TIE_BREAKS[item]) for item in rules.tie_breaks)
    if rules.abnormally_low is not None:
        yield (
            _("To be explained"),
            _("prices under %(share)s of the mean, within %(days)s")
            % {"share": share(rules.abnormally_low), "days": _days(rules.explanation_days)},
        )


def _afterwards(rules: ProcedureRules) -> Iterator[tuple[str, str]]:
    yield _("Objections to the result"), _period(rules.objection_days)
    if rules.volume_shares:
        yield _("Agreed share of the volume"), _by_winners((count, share(part)) for count, part in rules.volume_shares)
    if rules.terms:
        yield _("Term"), _by_winners((count, _years(years)) for count, years in rules.terms)
    if rules.picking:
        yield _("Areas"), _("winners choose in turn, the lowest price first")
    if rules.backup:
        yield _("Backup"), _("a second supplier for every area")
    if rules.filing_working_days is not None:
        days = rules.filing_working_days
        yield (
            _("Filing"),
            ngettext("within %(days)s working day", "within %(days)s working days", days) % {"days": days},
        )


def _days(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def _period(days: int) -> str:
    return _days(days) if days else _("no period is set")


def _before_the_deadline(days: int) -> str:
    return _("%(days)s before the deadline") % {"days": _days(days)} if days else _("the deadline for bids")


def _years(years: int) -> str:
    return ngettext("%(years)s year", "%(years)s years", years) % {"years": years}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _by_winners(rows: Iterable[tuple[int, str]]) -> str:
    return "; ".join(
        ngettext("%(count)s winner: %(value)s", "%(count)s winners: %(value)s", count)
        % {"count": count, "value": value}
        for count, value in rows
    )


def _most_winners(rules: ProcedureRules) -> str:
    counted = _("valid offers") if rules.winners_counted_by == CountedBy.VALID else _("bidders")
    rows = "; ".join(f"{count} → {most}" for count, most in rules.winners)
    return _("%(rows)s (%(counted)s → winners)") % {"rows": rows, "counted": counted}


def _shortlist(rule: ShortlistRule) -> str:
    said = []
    if rule.method == ShortlistMethod.SCORE:
        rows = "; ".join(f"{count} → {places}" for count, places in rule.places)
        said.append(_("the best scores: %(rows)s (bidders → places)") % {"rows": rows})
    if rule.pass_mark is not None:
        said.append(_("at least %(points)s points") % {"points": _plain(rule.pass_mark)})
    return "; ".join(said)


def _entry(rule: EntryRule) -> str:
    said = [
        _("at most %(multiple)s × %(anchor)s") % {"multiple": _plain(rule.multiple), "anchor": ANCHORS[rule.anchor]}
    ]
    if rule.cut is not None:
        said.append(_("or at least %(cut)s under the ceiling") % {"cut": share(rule.cut)})
    if rule.floor is not None:
        said.append(_("or at most %(floor)s per unit") % {"floor": yuan(rule.floor)})
    return " ".join(said)


def step_in_words(step: Mapping[str, str]) -> dict[str, str]:
    """A step of an evaluation: what was looked at, the computation, and what came of it."""
    rule, result = step["rule"], step["result"]
    return {
        "rule": rule,
        "name": str(STEPS.get(rule, rule)),
        "computation": computation_in_words(step),
        "result": str(ANSWERS.get(result) or VERDICTS.get(result) or result),
    }


# The facts behind a ceiling, and how the price was carried to the strength of the lot.
CEILING_FACTS = {
    "guide_price": gettext_lazy("guide price (yuan per unit)"),
    "surveyed_price": gettext_lazy("surveyed market price (yuan per unit)"),
    "survey_source": gettext_lazy("source of the survey"),
    "price": gettext_lazy("price as decided (yuan per unit)"),
    "strength": gettext_lazy("strength it was decided for"),
    "carried_to": gettext_lazy("carried to the strength"),
    "quantity_ratio": gettext_lazy("ratio of the contents of one unit"),
    "strength_base": gettext_lazy("price ratio for twice the strength"),
    "price_ratio": gettext_lazy("price ratio for the ratio of contents"),
    "carried_price": gettext_lazy("price at that strength (yuan per unit)"),
}


def ceiling_in_words(evidence: Mapping[str, str]) -> list[tuple[str, str]]:
    """Where a ceiling comes from, fact by fact."""
    return [(str(label), _shortened(evidence[name])) for name, label in CEILING_FACTS.items() if evidence.get(name)]


def _shortened(text: str) -> str:
    """A number with six decimals at most; anything else as it is."""
    whole, point, decimals = text.partition(".")
    return f"{Decimal(text):.6f}" if point and (whole + decimals).isdecimal() and len(decimals) > 6 else text
