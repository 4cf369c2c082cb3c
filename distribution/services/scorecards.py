"""Judging every firm's deliveries of a month, and proposing a conduct record for who fails month after month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time

from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext as _

from catalog.accounts.models import Organization
from catalog.errors import NoRuleSet
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import lock, unit_of_work
from catalog.models import Region
from catalog.rules.conduct_rules import Level, Offence
from catalog.rules.delivery_rules import DeliveryRules
from catalog.rules.months import months_after
from distribution.errors import MonthNotOver
from distribution.models import Scorecard
from distribution.policies import may_draw_scorecards
from distribution.queries.performance import By, Performance, performance
from distribution.queries.rules import delivery_rules
from distribution.rules.checks import Check
from distribution.rules.indicators import Indicators, judge
from distribution.states import ScorecardVerdict
from procurement.services.conduct import propose_conduct_record


def draw_scorecards(*, province_id: str, month: date, actor: Actor, at: datetime) -> list[Scorecard]:
    """Draw up how each supplier and distributor delivered in a province in a month.

    Drawn again, the scorecards are brought up to date. Who has failed for as many months in a row as the rules name is
    proposed for a conduct record, once for the row; a second person puts it into force.

    Raises:
        NotAllowed, NotVisible, MonthNotOver, RuleSetMissing
    """
    may_draw_scorecards(actor, province_id)
    month = month.replace(day=1)
    end = months_after(month, 1)
    if localdate(at) < end:
        raise MonthNotOver(month=f"{month:%Y-%m}", today=localdate(at), pointer="/month")
    rules = delivery_rules(month)
    with unit_of_work():
        # one drawing of a province after the other
        province = lock(Region.objects.filter(parent=None), pk=province_id)
        rows = [
            row
            for by in (By.SUPPLIER, By.DISTRIBUTOR)
            for row in performance(
                by,
                since=_start(month),
                until=_start(end),
                three_days=rules.three_days,
                province_id=province_id,
            )
        ]
        firms = Organization.objects.in_bulk([int(row.key) for row in rows])
        cards = [_card(row, firms[int(row.key)], province, month, rules, at) for row in rows]
        drawn = Scorecard.objects.bulk_create(
            cards,
            update_conflicts=True,
            unique_fields=["organization", "province", "month"],
            update_fields=["figures", "checks", "verdict", "drawn_at"],
        )
        record_all(
            actor=actor,
            action="scorecard.draw",
            changes_of=[(card, {"verdict": [None, card.verdict]}) for card in drawn],
            at=at,
        )
        _propose(province, month, rules, actor=actor, at=at)
    return list(Scorecard.objects.filter(province=province, month=month).select_related("organization"))


def _start(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


def _card(
    row: Performance, firm: Organization, province: Region, month: date, rules: DeliveryRules, at: datetime
) -> Scorecard:
    checks = judge(row.indicators, rules)
    return Scorecard(
        organization=firm,
        province=province,
        month=month,
        figures=figures_of(row.indicators),
        checks=[asdict(check) for check in checks],
        verdict=_verdict(checks),
        drawn_at=at,
    )


def figures_of(indicators: Indicators) -> dict[str, str | int | None]:
    """The rates as text and what they count, by their names."""
    rates = {name: getattr(indicators, name) for name in Indicators.__slots__ if name != "counts"}
    return {name: None if rate is None else str(rate) for name, rate in rates.items()} | asdict(indicators.counts)


def _verdict(checks: list[Check]) -> ScorecardVerdict:
    if not checks:
        return ScorecardVerdict.TOO_FEW
    passes, is_not_warned = (check.passed for check in checks)
    if passes:
        return ScorecardVerdict.GOOD
    return ScorecardVerdict.WATCHED if is_not_warned else ScorecardVerdict.FAILING


def _propose(province: Region, month: date, rules: DeliveryRules, *, actor: Actor, at: datetime) -> None:
    for failing in _failing_in_a_row(province, month):
        if len(failing) < rules.failing_months_for_conduct or any(card.conduct_record_id for card in failing):
            continue
        last = failing[0]
        try:
            last.conduct_record = propose_conduct_record(
                organization_id=last.organization_id,
                offence=Offence.FAILED_SUPPLY,
                level=Level.GENERAL,
                province_id=province.pk,
                starts_on=localdate(at),
                facts=_facts(failing),
                source=_("scorecards of %(province)s, %(month)s") % {"province": province, "month": f"{month:%Y-%m}"},
                actor=Actor.platform(actor.channel),
                at=at,
            )
        except NoRuleSet:
            # nothing says what it would lead to; the next drawing tries again
            return
        last.save(update_fields=["conduct_record"])


def _failing_in_a_row(province: Region, month: date) -> list[list[Scorecard]]:
    """Of each firm that fails in the month its failing scorecards without a gap, the latest first."""
    failing = Scorecard.objects.filter(province=province, verdict=ScorecardVerdict.FAILING)
    firms = failing.filter(month=month).values("organization")
    rows: dict[int, list[Scorecard]] = {}
    for card in failing.filter(organization__in=firms, month__lte=month).order_by("organization", "-month"):
        row = rows.setdefault(card.organization_id, [])
        if card.month == months_after(month, -len(row)):
            row.append(card)
    return list(rows.values())


def _facts(failing: Iterable[Scorecard]) -> str:
    """What was delivered of what was ordered, month by month."""
    words = _("%(month)s: %(delivered)s of %(packs)s ordered packs were delivered.")
    return "\n".join(words % (_numbers(card.figures) | {"month": f"{card.month:%Y-%m}"}) for card in failing)


def _numbers(figures: Mapping[str, object]) -> dict[str, object]:
    return {"delivered": figures["delivered"], "packs": figures["packs"]}
