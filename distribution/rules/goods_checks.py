"""Are the goods themselves in order: life left, quantity, traceability codes, temperatures on the way, time of arrival?

Sources: the Good Supply Practice (药品经营质量管理规范, 2016) and its annex 3, NMPAB/T 1001 and 1002 of 2019; how much
life has to be left and when goods are due is the contract's, as the supply rules of the day state it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.foundation.money import round_half_up
from catalog.rules.months import months_after
from catalog.rules.supply_rules import SupplyRules
from distribution.rules.checks import Check, Gate
from distribution.rules.cold_chain import ColdChainReport
from distribution.rules.receipt_facts import CONTRACT, GSP, DespatchFacts, LineFacts, on_line

# The places of a share: 0.6667 states two thirds.
FOUR_PLACES = Decimal("0.0001")
TRACEABILITY = "NMPAB/T 1001–2019, NMPAB/T 1002–2019"

RULE_EXPIRED = "CN.GSP.expired"
RULE_REMAINING_LIFE = "CN.contract.remaining-life"
RULE_QUANTITY = "CN.GSP.quantity"
RULE_SHORT = "CN.contract.short"
RULE_OVER = "CN.contract.over"
RULE_CODES_BELONG = "CN.NMPAB-1001.codes-belong"
RULE_CODES_UNIQUE = "CN.NMPAB-1001.codes-unique"
RULE_CODES_ANNOUNCED = "CN.NMPAB-1002.codes-announced"
RULE_COLD_CHAIN = "CN.GSP-annex-3.temperature"
RULE_LATE = "CN.contract.delivery-time"


def check_life(line: LineFacts, today: date, rules: SupplyRules) -> Iterator[Check]:
    """Not expired, and life enough left: so many months, or such a share of the shelf life where that is known."""
    yield on_line(
        line,
        (RULE_EXPIRED, GSP),
        today <= line.expires_on,
        (_("It may be used until %(expires_on)s."), _("It has expired: %(expires_on)s was the last day of use.")),
        expires_on=line.expires_on,
        today=today,
    )
    share = _remaining_share(line, today)
    enough_until = months_after(today, rules.remaining_life_months) - timedelta(days=1)
    by_months = _("It may be used until %(expires_on)s only; it has to last %(months)s months, until %(enough_until)s.")
    by_either = _(
        "It may be used until %(expires_on)s only; it has to last %(months)s months, until %(enough_until)s, "
        "or %(least_percent)s %% of its shelf life, of which %(percent)s %% are left."
    )
    yield on_line(
        line,
        (RULE_REMAINING_LIFE, CONTRACT),
        line.expires_on >= enough_until
        or (share is not None and round_half_up(share, FOUR_PLACES) >= rules.remaining_life_share),
        (_("Enough of its life is left: until %(expires_on)s."), by_months if share is None else by_either),
        expires_on=line.expires_on,
        months=rules.remaining_life_months,
        enough_until=enough_until,
        percent=None if share is None else _percent(share),
        least_percent=_percent(rules.remaining_life_share),
    )


def _remaining_share(line: LineFacts, today: date) -> Decimal | None:
    """The part of the shelf life in days that is left, today counted; None where the shelf life is not known."""
    end = line.expires_on + timedelta(days=1)
    start = months_after(end, -line.shelf_life_months) if line.shelf_life_months else line.made_on
    return Decimal((end - today).days) / (end - start).days if start is not None and start < end else None


def _percent(share: Decimal) -> Decimal:
    return (share * 100).quantize(Decimal("0.01"))


def check_quantity(line: LineFacts) -> Iterator[Check]:
    """Never more than was sent, which is hard even where nothing is accepted; short and over are told."""
    yield on_line(
        line,
        (RULE_QUANTITY, GSP),
        line.missing >= 0 and min(line.accepted, line.rejected, line.surplus) >= 0,
        (
            _("Accepted and rejected are no more than the %(sent)s packs sent."),
            _(
                "%(accepted)s packs accepted and %(rejected)s rejected do not fit the %(sent)s packs sent; "
                "what came beyond them is recorded as surplus."
            ),
        ),
        gate=Gate.HARD,
        sent=line.packs_sent,
        accepted=line.accepted,
        rejected=line.rejected,
        surplus=line.surplus,
    )
    yield on_line(
        line,
        (RULE_SHORT, CONTRACT),
        line.missing <= 0,
        (_("No pack is missing."), _("%(missing)s of the %(sent)s packs sent are missing.")),
        gate=Gate.WARNING,
        sent=line.packs_sent,
        missing=line.missing,
    )
    yield on_line(
        line,
        (RULE_OVER, CONTRACT),
        line.surplus <= 0,
        (
            _("No more came than was sent."),
            _("%(surplus)s packs came beyond the %(sent)s packs sent; they are not accepted and go back."),
        ),
        gate=Gate.WARNING,
        sent=line.packs_sent,
        surplus=line.surplus,
    )


def check_trace_codes(line: LineFacts, counted: Mapping[str, int]) -> Iterator[Check]:
    """Codes of the product, each on one pack alone, and those that were announced.

    ``counted`` says how often each code was found in the whole despatch. Codes that were announced and not found are
    told only where they are more than the packs that are missing or rejected.
    """
    if not (line.codes_sent or line.codes_found):
        return
    yield on_line(
        line,
        (RULE_CODES_BELONG, TRACEABILITY),
        not line.foreign_codes,
        (_("The traceability codes are those of the product."), _("Codes of another product: %(codes)s.")),
        codes=line.foreign_codes,
    )
    seen = set(line.codes_seen_before)
    repeated = tuple(dict.fromkeys(code for code in line.codes_found if counted[code] > 1 or code in seen))
    yield on_line(
        line,
        (RULE_CODES_UNIQUE, TRACEABILITY),
        not repeated,
        (_("Every pack has a code of its own."), _("Codes that came more than once, now or before: %(codes)s.")),
        codes=repeated,
    )
    if line.codes_sent:
        lacking = tuple(sorted(set(line.codes_sent) - set(line.codes_found)))
        unannounced = tuple(sorted(set(line.codes_found) - set(line.codes_sent)))
        yield on_line(
            line,
            (RULE_CODES_ANNOUNCED, TRACEABILITY),
            len(lacking) <= line.rejected + line.missing and not unannounced,
            (
                _("The codes found are those that were announced."),
                _("Announced and not found: %(lacking)s. Found and not announced: %(unannounced)s."),
            ),
            gate=Gate.WARNING,
            lacking=lacking,
            unannounced=unannounced,
        )


def check_cold_chain(line: LineFacts, report: ColdChainReport | None) -> Iterator[Check]:
    """A whole record within the limits; a record that is missing or has gaps shows nothing, and does not pass."""
    if not line.needs_cold_chain:
        return
    verdict = "missing" if report is None else report.verdict
    refusals = {
        "missing": _("It has to be kept cold, and there is no record of its temperatures on the way."),
        "excursion": _("It was outside its temperatures on the way: %(lowest)s to %(highest)s °C, since %(since)s."),
        "gaps": _("The record of its temperatures has gaps (%(gaps)s), the first since %(since)s."),
    }
    broken = () if report is None else report.excursions or report.gaps
    yield on_line(
        line,
        (RULE_COLD_CHAIN, f"{GSP}, 附录3"),
        verdict == "within",
        (_("It stayed within its temperatures: %(lowest)s to %(highest)s °C."), refusals.get(verdict, "")),
        verdict=verdict,
        lowest=report and report.lowest,
        highest=report and report.highest,
        readings=report.count if report else 0,
        gaps=len(report.gaps) if report else 0,
        since=broken[0].start if broken else None,
    )


def check_time(line: LineFacts, facts: DespatchFacts) -> Iterator[Check]:
    """On the promised day at the latest, and before the contract's time for delivery is over."""
    is_past_due = facts.received_at > line.due_at
    yield on_line(
        line,
        (RULE_LATE, CONTRACT),
        not is_past_due and (line.promised_on is None or facts.today <= line.promised_on),
        (
            _("It came in time."),
            _("It came at %(received_at)s and was due at %(due_at)s.")
            if is_past_due
            else _("It came on %(today)s and was promised for %(promised_on)s."),
        ),
        gate=Gate.WARNING,
        received_at=facts.received_at,
        due_at=line.due_at,
        today=facts.today,
        promised_on=line.promised_on,
    )
